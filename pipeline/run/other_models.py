"""Replies of another model than the one that was asked: counted by model, and kept out of the
numbers until somebody says that it is the same model.

What is kept out are answers and what is said of answers (`MEASURED`): placements, labels, grades,
verdicts. A query or a rubric is what it is, whoever wrote it, and stays. Nothing leaves the
journal: the run is asked no call anew, and loading it again after a word changes the study.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.journal.journal import SET_META, read_meta, reading
from pipeline.plan.plan import Plan, read_plan
from pipeline.run.served import as_asked, asked_name, served
from pipeline.run.state import PLAN, check_usable, run_folder
from pipeline.stages import (
    grade,
    judge,
    label,
    noise_answer,
    noise_scorer,
    noise_scoring,
    respond,
    score,
)

SAME = "said_same"
"""The journal's entry with what people said: pairs of a model of the plan and a served name."""
MEASURED = tuple(
    stage.SPEC.name
    for stage in (respond, noise_answer, score, noise_scoring, noise_scorer, label, grade, judge)
)
"""Stages whose replies are answers, or say something of answers."""
_ANSWERING = (respond, noise_answer)


@dataclass(frozen=True)
class OtherModel:
    """One model of a plan x one other name under which its calls were answered: in how many calls,
    and whether somebody said that it is the same model."""

    model: str
    name: str
    calls: int
    same: bool


@dataclass(frozen=True)
class KeptOut:
    """The calls whose replies do not count: (stage, model, subject)."""

    calls: frozenset[tuple[str, str, str]] = frozenset()

    def call(self, stage: str, model: str, subject: str) -> bool:
        return (stage, model, subject) in self.calls

    def answer(self, scenario: str, model: str, replicate: int) -> bool:
        """Whether another model gave this answer, which may be one of the noise sample."""
        subject = f"{scenario}#{replicate}"
        return any((stage.SPEC.name, model, subject) in self.calls for stage in _ANSWERING)


def other_models(plan: Plan, connection: sqlite3.Connection) -> tuple[OtherModel, ...]:
    """Who else answered than was asked, by model and name."""
    same = _said_same(connection)
    return tuple(
        OtherModel(model, name, calls, (model, name) in same)
        for model, names in served(connection).items()
        for name, calls in names.items()
        if not as_asked(model, asked_name(plan, model), name)
    )


def kept_out(plan: Plan, connection: sqlite3.Connection) -> KeptOut:
    """The calls that do not count, as far as the run got."""
    found: set[tuple[str, str, str]] = set()
    marks = ",".join("?" * len(MEASURED))
    for other in other_models(plan, connection):
        if other.same:
            continue
        rows = connection.execute(
            "SELECT stage, model, subject FROM calls WHERE state = 'done' AND model = ? "
            f"AND served_model = ? AND stage IN ({marks})",
            (other.model, other.name, *MEASURED),
        )
        found.update((row["stage"], row["model"], row["subject"]) for row in rows)
    return KeptOut(frozenset(found))


def counted(left: KeptOut) -> dict[str, int]:
    """Model -> calls that do not count."""
    models = sorted({model for _, model, _ in left.calls})
    return {name: sum(model == name for _, model, _ in left.calls) for name in models}


def said_same(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Model -> the names that somebody said are the same model."""
    found: dict[str, tuple[str, ...]] = {}
    for model, name in sorted(_said_same(connection)):
        found[model] = (*found.get(model, ()), name)
    return found


def _said_same(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {(model, name) for model, name in json.loads(read_meta(connection, SAME) or "[]")}


def say_same(settings: Settings, run: str, model: str, name: str, *, same: bool = True) -> str:
    """Keep somebody's word that a served name is the model that was asked, or take it back; gives
    the sentence about it. Raises FaultlineError for an unknown run, or a name that did not answer.
    """
    folder = run_folder(settings, run)
    check_usable(folder)
    plan = read_plan(folder / PLAN)
    with reading(folder) as connection:
        found = other_models(plan, connection)
        pairs = _said_same(connection)
    if (model, name) not in {(one.model, one.name) for one in found}:
        raise FaultlineError(
            f"No call to {model} was answered by another model called {name!r}. {_listed(found)}"
        )
    pairs = pairs | {(model, name)} if same else pairs - {(model, name)}
    with reading(folder, write=True) as connection:
        connection.execute(SET_META, (SAME, json.dumps(sorted(pairs))))
    means = "counts as" if same else "does not count as"
    return f"{name} {means} {model} when the run is loaded. Load it again where it was loaded."


def _listed(found: Iterable[OtherModel]) -> str:
    told = ", ".join(f"{one.name} for {one.model}" for one in found)
    return f"Other models answered so: {told}." if told else "Every call was answered as asked."
