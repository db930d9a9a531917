"""Two runs beside each other: cost, failures, speed and disagreement, and what their plans differ
in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis.measure.estimates.estimates import Measured
from analysis.settings import Settings
from analysis.vocabulary import Outcome
from pipeline.journal.journal import reading
from pipeline.plan.diff import plan_diff
from pipeline.plan.plan import read_plan
from pipeline.run import live
from pipeline.run.state import PLAN, run_folder
from pipeline.run.status import Watch, watch


@dataclass(frozen=True)
class RunFacts:
    """One run in numbers. Dollars, calls, and calls a second from the first reply to the last, with
    what the run was paused included (None with fewer than two replies); D on what is scored."""

    state: str
    confirmed_usd: float
    at_risk_usd: float
    done: int
    failed: int
    unparsable: int
    refused: int
    truncated: int
    other_model: int
    per_second: float | None
    mean_d: Measured
    high_d: Measured


def facts(settings: Settings, run: str) -> RunFacts:
    """A run as it stands. Raises FaultlineError for an unknown one."""
    seen = watch(settings, run)
    spread = live.disagreement(settings, run)
    return RunFacts(
        state=str(seen.status["state"]),
        confirmed_usd=seen.status["confirmed_usd"],
        at_risk_usd=seen.status["at_risk_usd"],
        done=_sum(seen, "done"),
        failed=_sum(seen, "failed"),
        unparsable=_sum(seen, "unparsable"),
        refused=_sum(seen, Outcome.API_REFUSAL.value),
        truncated=_sum(seen, Outcome.TRUNCATED.value),
        other_model=seen.calls_by_others,
        per_second=_speed(settings, run),
        mean_d=spread.mean,
        high_d=spread.high,
    )


def _sum(seen: Watch, name: str) -> int:
    return sum(int(part[name]) for part in seen.stages.values())


def _speed(settings: Settings, run: str) -> float | None:
    with reading(run_folder(settings, run)) as connection:
        row: Mapping[str, Any] = connection.execute(
            "SELECT min(settled_at) AS first, max(settled_at) AS last, count(*) AS replies "
            "FROM calls WHERE state IN ('done', 'failed')"
        ).fetchone()
    if row["replies"] < 2 or row["first"] == row["last"]:
        return None
    took = datetime.fromisoformat(row["last"]) - datetime.fromisoformat(row["first"])
    return float(row["replies"] / took.total_seconds())


def changes(settings: Settings, a: str, b: str) -> list[tuple[str, Any, Any]]:
    """(field, in A, in B) of all that differs between the plans of two runs."""
    before, after = (read_plan(run_folder(settings, run) / PLAN) for run in (a, b))
    return plan_diff(before, after)
