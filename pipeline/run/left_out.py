"""Models that a run goes on without, for now or once: kept in its journal.

`WITHOUT` names those that this runner does not ask. `LATE` names those that were left out while
queries were answered; once in, a model stays, since the other answers were placed without its own.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable

from analysis.errors import FaultlineError
from pipeline.journal.journal import read_meta
from pipeline.plan.plan import Plan
from pipeline.stages import BY_NAME

WITHOUT, LATE = "without", "late"


def left_out(connection: sqlite3.Connection, kept_as: str) -> tuple[str, ...]:
    """Ids of the models kept under `WITHOUT` or `LATE`."""
    return tuple(json.loads(read_meta(connection, kept_as) or "[]"))


def noted(names: Iterable[str]) -> str:
    """Models as the journal keeps them."""
    return json.dumps(sorted(set(names)))


def check_without(plan: Plan, names: Collection[str]) -> None:
    """Raises FaultlineError for a model that the run does not ask or can't do without."""
    for name in names:
        if name not in plan.used_models():
            raise FaultlineError(
                f"The run asks no model {name!r}: it asks {', '.join(plan.used_models())}."
            )
    for stage in plan.stages:
        asked = set(plan.models_of(stage))
        if asked and asked <= set(names):
            role = BY_NAME[stage].role
            does = role.does if role is not None else f"works on the stage {stage}"
            raise FaultlineError(
                f"Nobody else {does}: the run can't go on without {', '.join(sorted(asked))}. Mend "
                "what keeps it from answering, and resume the run."
            )


def can_do_without(plan: Plan, name: str) -> bool:
    """Whether every stage has somebody else."""
    try:
        check_without(plan, (name,))
    except FaultlineError:
        return False
    return True
