"""A run before it is through: disagreement and refusals on what is done, and what is left.

Read from the newest replies of a stage, at most `LATEST`, so that a page may ask every few seconds
however long the run is. Studies compute the same from everything once a run is loaded.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.measure.disagreement_formula import d_of, moments
from analysis.measure.estimates.estimates import Measured, clustered_mean, rate_by_family
from analysis.settings import Settings
from analysis.vocabulary import HIGH_D, REFUSALS, Outcome, ResponseType
from pipeline.asks import scoring
from pipeline.journal.journal import reading
from pipeline.prompting import UnparsableError
from pipeline.run.runner import FEW, LOW_CACHE
from pipeline.run.state import State, run_folder
from pipeline.run.status import ENDS, Watch
from pipeline.stages import CALLING, judge, label, score

LATEST = 2_000
_WORDING = re.compile(r"_(neutral|value1|value2|unknown)\b.*$")
Rows = list[sqlite3.Row]


@dataclass(frozen=True)
class Spread:
    """Disagreement among the newest scored queries: how many have a D, their mean D and the share
    of high ones, both family-clustered."""

    scored: int
    mean: Measured
    high: Measured


def disagreement(settings: Settings, run: str) -> Spread:
    """D of a run on what is scored. Raises FaultlineError for an unknown run."""
    with reading(run_folder(settings, run)) as connection:
        spreads = _disagreement(_replies(connection, score.SPEC.name))
    by_family: dict[str, list[float]] = defaultdict(list)
    for scenario, d in spreads.items():
        by_family[_family(scenario)].append(d)
    sizes = [len(found) for found in by_family.values()]
    return Spread(
        scored=len(spreads),
        mean=clustered_mean([sum(found) for found in by_family.values()], sizes),
        high=rate_by_family([_high(found) for found in by_family.values()], sizes),
    )


def refusals(settings: Settings, run: str) -> dict[str, Measured]:
    """Model -> share of its labelled answers that refuse. Raises FaultlineError for an unknown
    run."""
    with reading(run_folder(settings, run)) as connection:
        typed = _types(_replies(connection, label.SPEC.name))
    return {model: _share(found) for model, found in sorted(typed.items())}


def _replies(connection: sqlite3.Connection, stage: str) -> Rows:
    """Subject and text of the newest replies of a stage that could be read."""
    return connection.execute(
        "SELECT subject, text FROM calls WHERE stage = ? AND state = 'done' AND parse = 'ok' "
        "ORDER BY id DESC LIMIT ?",
        (stage, LATEST),
    ).fetchall()


def _read(rows: Rows, read: Callable[[str], Any]) -> list[tuple[str, Any]]:
    found = []
    for row in rows:
        try:
            found.append((row["subject"], read(row["text"])))
        except UnparsableError:  # marked as readable by an older reader
            continue
    return found


def _disagreement(rows: Rows) -> dict[str, float]:
    """Scenario -> D, of those with two positions or more. Where answers are placed one by one the
    oldest query may be cut in two by the limit: it is left out."""
    held: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for subject, places in _read(rows, scoring.positions):
        held[subject.partition("|")[0]] += places
    if len(rows) == LATEST and held:
        held.pop(next(reversed(held)))
    found = {s: d_of(map(moments, zip(*at, strict=True))) for s, at in held.items()}
    return {s: d for s, d in found.items() if d is not None}


def _types(rows: Rows) -> dict[str, dict[str, list[bool]]]:
    """Model -> family -> whether each labelled answer refuses."""
    found: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    typed = [row for row in rows if not row["subject"].endswith(label.ABOUT_TOPICS)]
    for subject, kind in _read(typed, label.response_type):
        scenario, _, answer = subject.partition("|")
        model = answer.rpartition("#")[0]
        found[model][_family(scenario)].append(ResponseType(kind) in REFUSALS)
    return found


def _family(scenario: str) -> str:
    return _WORDING.sub("", scenario)


def _high(found: Sequence[float]) -> int:
    return sum(d >= HIGH_D - 1e-9 for d in found)


def _share(families: Mapping[str, Sequence[bool]]) -> Measured:
    return rate_by_family(
        np.array([sum(found) for found in families.values()], dtype=float),
        np.array([len(found) for found in families.values()], dtype=float),
    )


def from_cache(seen: Watch) -> tuple[float, bool] | None:
    """Share of the judges' input that the providers' caches held, and whether that is low; None
    before there is enough to tell, and for simulated judges, which have no cache."""
    stage = judge.SPEC.name
    part = seen.stages.get(stage)
    if part is None or all(seen.plan.models[m].simulated for m in seen.plan.models_of(stage)):
        return None
    read = part["input_tokens"] + part["cached_tokens"]
    if part["done"] < FEW or not read:
        return None
    share = part["cached_tokens"] / read
    return share, share < LOW_CACHE


def lanes(seen: Watch) -> list[dict[str, Any]]:
    """One row a stage and model that it calls, in the plan's order.

    Keys: stage, model, done, failed, api_refusal, truncated, unparsable, waiting, usd, and, where
    its stage is under way, rate_limited (429s since the runner began), per_second, left_s (None
    where unknown) and paused (a sentence).
    """
    sums = {(lane["stage"], lane["model"]): lane for lane in seen.lanes}
    rows = []
    for stage in seen.plan.stages:
        models = seen.plan.models_of(stage)
        share = int(seen.stages[stage]["total"]) / max(1, len(models))
        for model in models:
            if stage not in CALLING and (stage, model) not in sums:
                continue  # a selection that asks for no vectors of its own
            rows.append(_lane(seen, stage, model, round(share), sums.get((stage, model), {})))
    return rows


_COUNTS = ("done", "failed", Outcome.API_REFUSAL.value, Outcome.TRUNCATED.value, "unparsable")


def _lane(
    seen: Watch, stage: str, model: str, share: int, sums: Mapping[str, Any]
) -> dict[str, Any]:
    state = seen.stages[stage]["state"]
    counts = {name: int(sums.get(name, 0)) for name in _COUNTS}
    ended = counts["done"] + counts["failed"]
    counts["done"] -= counts["unparsable"]
    waiting = 0 if state == "complete" else max(0, share - ended)
    gauge = seen.models.get(model, {}) if state in ("running", "paused") else {}
    live = state == "running" and seen.status["state"] == State.RUNNING
    speed = float(gauge.get("per_second", 0.0)) if live else None
    return {
        "stage": stage,
        "model": model,
        **counts,
        "waiting": waiting,
        "usd": float(sums.get("usd", 0.0)),
        "rate_limited": gauge.get("rate_limited"),
        "per_second": speed,
        "left_s": waiting / speed if speed else None,
        "paused": gauge.get("paused", ""),
    }


def now(seen: Watch) -> str:
    """What is under way, in one sentence with its numbers; "" when nothing runs."""
    if seen.status["state"] != State.RUNNING:
        return ""
    rows = lanes(seen)
    at = next((row["stage"] for row in rows if seen.stages[row["stage"]]["state"] == "running"), "")
    if not at:
        return "The runner is getting ready."
    mine = [row for row in rows if row["stage"] == at]
    part = seen.stages[at]
    speed = sum(row["per_second"] or 0.0 for row in mine)
    slowest = max((row["left_s"] or 0.0 for row in mine), default=0.0)
    ended = sum(int(part[name]) for name in ENDS)
    words = f"{at.capitalize()}: {ended:,} of {part['total']:,} calls"
    if speed:
        words += f", {speed:,.0f} a second" if speed >= 1 else f", {speed:.2f} a second"
        words += f", about {duration(slowest)} left in this stage"
    after = [s for s in seen.plan.stages if seen.stages[s]["state"] == "waiting" and s != at]
    return f"{words}; then {', '.join(after)}." if after else f"{words}; it is the last stage."


def duration(seconds: float) -> str:
    """A time for people: 40 seconds, 3 minutes, 2.5 hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 5_400 else f"{seconds / 3_600:.1f} hours"
