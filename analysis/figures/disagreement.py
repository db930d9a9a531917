"""Figures of disagreement: its distribution over scenarios, in steps and in the paper's bins."""

from dataclasses import replace

import pandas as pd

from analysis.figures import filter_words
from analysis.figures.columns import FAMILIES, UNDEFINED, estimate
from analysis.figures.declaration import Parameters, figure
from analysis.figures.frames import noise as noise_frames
from analysis.files.columns import Column, Format
from analysis.measure.estimates.estimates import (
    Measured,
    Undefined,
    defined_cells,
    rate_by_family,
)
from analysis.number_text import counted
from analysis.queries import disagreement as queries
from analysis.show import disagreement as charts
from analysis.store import draws
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D, Draw

_SCENARIOS = Column(
    "scenarios", "Scenarios", format=Format.COUNT, help="Scenarios whose D lies in it."
)
_STEPS = (
    Column("low", "D from", format=Format.NUMBER, digits=1, help="This D counts to the step."),
    Column("high", "D below", format=Format.NUMBER, digits=1, help="3.0 counts to the last step."),
    _SCENARIOS,
)
_BINS = (
    Column("bin", "Bin", help="0 is the lowest of the five.", shown=False),
    Column("name", "D", help="A D on an edge counts to the bin above it.", width=80),
    replace(_SCENARIOS, width=85),
    Column(
        "share",
        "Share",
        format=Format.SHARE,
        bar=(0, 100),
        width=125,
        help="Of all scenarios with a D.",
        made=lambda f: f["scenarios"] / max(int(f["scenarios"].sum()), 1),
    ),
    replace(FAMILIES, shown=False),
)


_NOISE = (
    Column("component", "Component", shown=False),
    Column("name", "What differs", width=150),
    *estimate(
        "value",
        "Variance",
        unit="positions²",
        help="Between models within a query, mean of the two values.",
    ),
    Column(
        "n",
        "Repeated families",
        format=Format.COUNT,
        help="Families of which one query was repeated so; the interval is over them.",
    ),
    replace(UNDEFINED, shown=True),
)


def _models(study: OpenStudy, p: Parameters) -> str:
    return filter_words.model_set(study, p["models"]) or "all models"


def _floor(study: OpenStudy, p: Parameters) -> float | None:
    found = study.read(noise_frames.noise, p["models"])
    return None if found is None else found.floor


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    n = int(frame["scenarios"].sum())
    left_out = study.info.scenarios - n
    missing = (
        f" {counted(left_out, 'scenario')} left out: fewer than two positions." if left_out else ""
    )
    return f"n = {counted(n, 'scenario')}, {_models(study, p)}.{missing}"


@figure(
    "disagreement.histogram",
    title=lambda study, frame, p: filter_words.with_models(
        study, "How far the models disagree", p["models"]
    ),
    note=_note,
    definition="disagreement",
    keys=("low", "high"),
    columns=_STEPS,
    draw=lambda study, frame, p: charts.histogram(frame, _floor(study, p)),
    alt=lambda study, frame, p: charts.histogram_alt(frame, _models(study, p), _floor(study, p)),
)
def histogram(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """Scenarios per step of D: low, high, scenarios."""
    return queries.histogram(study, models)


@figure(
    "disagreement.bins",
    title=lambda study, frame, p: filter_words.with_models(
        study, "Disagreement in five bins", p["models"]
    ),
    note=_note,
    definition=("bins", "disagreement"),
    keys=("bin",),
    columns=_BINS,
)
def bins(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """Scenarios per bin of D: bin, name, scenarios, families."""
    return queries.bins(study, models)


_NO_RATE = "drawn by search: not a rate"
_BY = {Draw.UNIFORM: "uniform share", Draw.SEARCH: "search"}
_DRAWS = (
    Column("draw", "Draw", shown=False),
    Column("name", "Drawn by", width=120),
    replace(FAMILIES, help="Families that were drawn so."),
    replace(_SCENARIOS, help="Scenarios with a D."),
    Column("high", "High D", format=Format.COUNT, help=f"Scenarios with D of at least {HIGH_D}."),
    *estimate("value", "Rate of high D", format=Format.SHARE, low="from", high="to"),
    replace(UNDEFINED, shown=True),
)


@figure(
    "disagreement.draws",
    title=lambda study, frame, p: filter_words.with_models(
        study, "High disagreement by how scenarios were drawn", p["models"]
    ),
    note=lambda study, frame, p: (
        f"n = {counted(int(frame['scenarios'].sum()), 'scenario', 'scenarios')}, "
        f"{_models(study, p)}. The interval is over families."
    ),
    definition=("uniform_share", "search"),
    keys=("draw",),
    columns=_DRAWS,
)
def by_draw(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """One row a draw: draw, name, families, scenarios, high, value (rate), from, to, undefined.
    No rows in a study without a search."""
    whole = draws.read_as(study, "")
    found = whole.read(queries.by_draw, models) if whole.read(draws.counts) else pd.DataFrame()
    rows = [_drawn(str(draw), part) for draw, part in found.groupby("draw")] if len(found) else []
    names = ["draw", "name", "families", "scenarios", "high", "value", "from", "to", "undefined"]
    return pd.DataFrame(rows, columns=names).sort_values("draw", ascending=False)


def _drawn(draw: str, part: pd.DataFrame) -> dict[str, object]:
    high, scenarios = int(part["high"].sum()), int(part["scenarios"].sum())
    rate: Measured = Undefined(_NO_RATE, scenarios)
    if draw == Draw.UNIFORM:
        rate = rate_by_family(part["high"], part["scenarios"])
    cells = defined_cells(rate)
    return {
        "draw": draw,
        "name": _BY.get(Draw(draw), draw) if draw else "not said",
        "families": len(part),
        "scenarios": scenarios,
        "high": high,
        "value": cells["value"],
        "from": cells["low"],
        "to": cells["high"],
        "undefined": cells["undefined"],
    }


def _noise_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    n = int(frame["n"].max()) if len(frame) else 0
    return (
        f"n = {counted(n, 'family')} repeated at most, {_models(study, p)}. Variances "
        "between the models on one query: they add up to the whole. What remains for the model is "
        "at least so much, since how a scorer or a rubric takes a single answer also shows in one "
        "more answer."
    )


@figure(
    "disagreement.noise",
    title=lambda study, frame, p: filter_words.with_models(
        study, "What the differences are made of", p["models"]
    ),
    note=_noise_note,
    definition=("noise_components", "noise_floor"),
    keys=("component",),
    columns=_NOISE,
)
def noise(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """One row a component: component, name, value (positions squared), low, high, n (families),
    undefined. No rows where nothing was repeated."""
    found = study.read(noise_frames.noise, models)
    rows = [
        {"component": name, "name": noise_frames.NAMES[name], **defined_cells(part)}
        for name, part in (found.components.items() if found else ())
    ]
    columns = ["component", "name", "value", "low", "high", "n", "undefined"]
    return pd.DataFrame(rows, columns=columns)
