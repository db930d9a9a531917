"""Command `compare`: what differs between two studies, and guards for scripts."""

import math
import sys
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, link_first, print_json, print_table
from analysis.errors import FaultlineError
from analysis.figures.frames.compare import between
from analysis.measure.compare.guards import BOUND, broken, parse_guard
from analysis.measure.compare.metric_differences import Comparison, Metric
from analysis.measure.estimates.estimates import Estimate, Measured, Undefined
from analysis.settings import current
from analysis.store.draws import for_rates
from analysis.store.study import open_study
from analysis.text_safety import spelled

BROKEN = 3
"""The exit code of a broken guard."""
NOTHING_SHARED = (
    "The two share no query, neither by id nor by its words, so nothing can be compared. Load two "
    "runs of one plan, or judgements of the same answers."
)


def compare_command(
    a: Annotated[str, typer.Argument(help="A study's id: the one before; or STUDY:MODEL.")],
    b: Annotated[str, typer.Argument(help="The study that is compared with it; or STUDY:MODEL.")],
    guard: Annotated[
        list[str] | None,
        typer.Option(help='What must hold of B, such as "refusals.o3<0.02"; may be repeated.'),
    ] = None,
    by: Annotated[
        str, typer.Option(help="bound: the whole interval breaks a guard; point: the number.")
    ] = BOUND,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> int:
    """Compare two studies on the queries that both have; differences are B - A."""
    guards = [parse_guard(text) for text in guard or []]
    settings = current()
    before, other_model = _named(a)
    after, model = _named(b)
    if bool(model) != bool(other_model):
        raise FaultlineError(
            f"Compare two studies, or two models: {a} and {b} are one of each. Write STUDY:MODEL "
            "on both sides."
        )
    opened = for_rates(open_study(settings, after))
    link_first(opened)
    found = between(opened, before, "", model, other_model)
    opened.close()
    if not found.matched:
        print(NOTHING_SHARED, file=sys.stderr)
    fallen = broken(guards, found, by)
    if format is Format.JSON:
        print_json(to_json(found))
    else:
        _print(found)
    for one in fallen:
        print(spelled(one.sentence), file=sys.stderr)
    return BROKEN if fallen else 0


def _named(text: str) -> tuple[str, str]:
    """(study, model) of `STUDY` or `STUDY:MODEL`."""
    study, _, model = text.partition(":")
    return study, model


def to_json(found: Comparison) -> dict[str, Any]:
    """The comparison as scripts read it."""
    return {
        "a": found.a,
        "b": found.b,
        "identical": found.identical,
        "matched": found.matched,
        "only_a": found.only_a,
        "only_b": found.only_b,
        "metrics": {name: _cell(metric) for name, metric in found.metrics.items()},
    }


def _cell(metric: Metric) -> dict[str, Any]:
    low, high = _ends(metric.difference)
    b_low, b_high = _ends(metric.b)
    cell: dict[str, Any] = {
        "a": metric.a.value,
        "b": metric.b.value,
        "difference": metric.difference.value,
        "low": low,
        "high": high,
        "q": None if math.isnan(metric.q) else metric.q,
        "b_low": b_low,
        "b_high": b_high,
        "n": metric.n,
    }
    if isinstance(metric.difference, Undefined) and not metric.same:
        cell["undefined"] = metric.difference.reason
    return cell


def _ends(found: Measured) -> tuple[float | None, float | None]:
    return (found.low, found.high) if isinstance(found, Estimate) else (None, None)


def _print(found: Comparison) -> None:
    print(
        f"{found.a} (A) and {found.b} (B): {found.matched:,} queries in common, {found.by_words:,} "
        f"of them by their words; {found.only_a:,} only in A, {found.only_b:,} only in B."
    )
    if found.identical:
        print("They hold the same content: nothing differs.")
    rows = [
        {
            "metric": m.name,
            "a": _number(m.a.value),
            "b": _number(m.b.value),
            "difference": _number(m.difference.value),
            "low": _number(_ends(m.difference)[0]),
            "high": _number(_ends(m.difference)[1]),
            "q": _number(m.q),
            "n": m.n,
        }
        for m in found.by_evidence()
    ]
    print_table(pd.DataFrame(rows))


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"
