"""Figures of scenarios: all that a filter leaves, and one of them in full."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.figures import filter_words, inputs
from analysis.figures.columns import MODEL, PROVIDER
from analysis.figures.declaration import Parameters, Worded, figure
from analysis.files.columns import Column, Format
from analysis.measure import disagreement
from analysis.number_text import counted
from analysis.queries import cases, scenarios
from analysis.queries.filters import set_members
from analysis.show import disagreement as charts
from analysis.show import positions as position_charts
from analysis.store.study import OpenStudy
from analysis.text_safety import contained
from analysis.vocabulary import D_RANGE, HIGHEST_POSITION, d_text

MOST = 50_000
_EVERYTHING: dict[str, Any] = {}
_ON = f"Position of the answer, 0 (extreme oppose) to {HIGHEST_POSITION} (extreme favor)."
_BY = {
    "rank": "rank in the source",
    "models": "number of models",
    "value1": "value 1",
    "value2": "value 2",
    "scenario": "id",
}
_LISTED = (
    Column("disagreement", "D", format=Format.D, digits=3, bar=D_RANGE, width=95, pinned=True),
    Column("query", "Query", width=340, help=f"Cut after {scenarios.EXCERPT} characters."),
    Column("value1", "Value 1", width=140),
    Column("value2", "Value 2", width=140),
    Column("nudge", "Nudge", width=75),
    Column("models", "Models", width=65, help="Models with a position on either value."),
    Column("generator", "Generator", width=80, help="Which model wrote the query."),
    Column("scenario", "Scenario", help="Its id in the study.", shown=False),
    Column("family", "Family", shown=False),
    Column("category1", "Category 1", help="Of value 1, by the taxonomy.", shown=False),
    Column("category2", "Category 2", help="Of value 2, by the taxonomy.", shown=False),
    Column("rank", "Rank", help="In the public dataset.", shown=False),
)
_PLACED = (
    MODEL,
    Column("label", "Model", shown=False),
    PROVIDER,
    Column("value1_position", "On value 1", help=_ON),
    Column("value2_position", "On value 2", help=_ON),
    Column("outcome", "Outcome", help="How the call ended.", shown=False),
    Column("chars", "Characters", help="Length of the answer.", shown=False),
    Column("latency_s", "Seconds", help="How long the answer took.", shown=False),
)
_WITHOUT = (
    *_PLACED,
    Column(
        "d",
        "D without it",
        format=Format.D,
        digits=3,
        help="Disagreement of the other models.",
    ),
    Column("change", "Change", format=Format.SIGNED, digits=3, help="D without it minus D of all."),
)
_ANSWERS = (
    MODEL,
    Column("replicate", "Time asked", help="0 for the first answer."),
    Column("text", "Answer"),
    Column("scenario", "Scenario", shown=False),
    Column("query", "Query", shown=False),
)


def _ordered(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    if p["sort"] == "disagreement":
        return f"Scenarios, {'most' if p['descending'] else 'least'} disagreement first"
    return (
        f"Scenarios by {_BY.get(p['sort'], p['sort'])}{', descending' if p['descending'] else ''}"
    )


def _left(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    n = study.read(
        scenarios.count, inputs.scenario_filter(p["filter"]), inputs.taxonomy(study, p["taxonomy"])
    )
    whole, most = study.info.scenarios, int(p["limit"])
    of = "" if n == whole else f" of {whole:,}"
    cut = f" Files hold the first {most:,}." if n > most else ""
    return f"n = {n:,}{of} {'scenario' if whole == 1 else 'scenarios'}.{cut}"


@figure(
    "scenarios.listed",
    title=_ordered,
    note=_left,
    definition=("scenario", "disagreement"),
    keys=("scenario",),
    columns=_LISTED,
)
def listed(
    study: OpenStudy,
    *,
    filter: Mapping[str, Any] = _EVERYTHING,
    sort: str = "disagreement",
    descending: bool = True,
    taxonomy: str = "",
    limit: int = MOST,
) -> pd.DataFrame:
    """Scenarios in the chosen order, without answers; columns as `queries.scenarios.page`."""
    return scenarios.page(
        study,
        inputs.scenario_filter(filter),
        sort=sort,
        descending=descending,
        limit=limit,
        offset=0,
        taxonomy=inputs.taxonomy(study, taxonomy),
    )


def _who(frame: pd.DataFrame) -> str:
    missing = int(frame[list(disagreement.VALUES)].isna().any(axis=1).sum())
    left_out = f", {missing} without one of the two positions" if missing else ""
    return f"n = {counted(len(frame), 'model')}{left_out}."


def _titled(form: str) -> Worded:
    """A title with the scenario's two values in it, and the models where they are not all."""
    return lambda study, frame, p: filter_words.with_models(
        study, form.format(*map(contained, _values(study, p))), p["models"]
    )


def _values(study: OpenStudy, p: Parameters) -> tuple[str, str]:
    row = _known(study, p["scenario"])
    return row.value1, row.value2


def _rubric(study: OpenStudy, p: Parameters) -> pd.DataFrame | None:
    """What each position stands for; none where the files that hold the words are gone."""
    try:
        return study.read(cases.rubric, p["scenario"])
    except FaultlineError:
        return None


@figure(
    "scenarios.positions",
    title=_titled("Where each model stands on “{}” and “{}”"),
    note=lambda study, frame, p: (
        f"{_who(frame)} A rubric is written per family: compare models inside a scenario, not "
        "positions across families."
    ),
    definition=("spectrum", "position"),
    keys=("model",),
    columns=_PLACED,
    draw=lambda study, frame, p: position_charts.dots(frame, _values(study, p), _rubric(study, p)),
    alt=lambda study, frame, p: position_charts.dots_alt(frame, _values(study, p)),
)
def positions(study: OpenStudy, *, scenario: str = "", models: str = "all") -> pd.DataFrame:
    """One row a model: model, label, provider, value1_position, value2_position, …"""
    found = cases.positions(study, _known(study, scenario).scenario)
    _, members = set_members(study, models)
    return found[found["model"].isin(members)].reset_index(drop=True)


def _whole(frame: pd.DataFrame) -> float:
    """D with all models."""
    return float((frame["d"] - frame["change"]).dropna().max())


def _without_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    if frame["d"].isna().all():
        return f"{_who(frame)} Without any of them fewer than two positions are left."
    lowest = frame["d"].min()
    return (
        f"{_who(frame)} D with all: {d_text(_whole(frame), 3)}. "
        f"Lowest without one: {d_text(lowest, 3)}."
    )


def _without_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    if frame["d"].isna().all():
        return ""
    return (
        f"D without each model in turn, between {d_text(frame['d'].min())} and "
        f"{d_text(frame['d'].max())}; {d_text(_whole(frame))} with all."
    )


def _draw_without(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.leave_one_out(frame, _whole(frame))


@figure(
    "scenarios.without_each",
    title=_titled("D without each model: “{}” and “{}”"),
    note=_without_note,
    definition=("leave_one_out", "disagreement"),
    keys=("model",),
    columns=_WITHOUT,
    draw=_draw_without,
    alt=_without_alt,
)
def without_each(study: OpenStudy, *, scenario: str = "", models: str = "all") -> pd.DataFrame:
    """One row a model with a position: as `positions`, with d and change."""
    return disagreement.leave_one_out(positions(study, scenario=scenario, models=models))


@figure(
    "scenarios.answers",
    title=lambda study, frame, p: "Answers to a query on “{}” and “{}”".format(
        *map(contained, _values(study, p))
    ),
    note=lambda study, frame, p: f"n = {counted(len(frame), 'answer')}.",
    definition="answer",
    keys=("model", "replicate"),
    columns=_ANSWERS,
)
def answers(study: OpenStudy, *, scenario: str = "") -> pd.DataFrame:
    """One row an answer: model, replicate, text, scenario, query."""
    row = _known(study, scenario)
    return cases.answers(study, row.scenario).assign(scenario=row.scenario, query=row.query)


def _known(study: OpenStudy, scenario: str) -> cases.ScenarioRow:
    row = study.read(cases.one, scenario)
    if row is None:
        raise FaultlineError(f"The study “{study.info.id}” has no scenario “{scenario}”.")
    return row
