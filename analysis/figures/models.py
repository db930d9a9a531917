"""Figures of one model: what it leans towards, what it chooses, which models are most similar."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import (
    FAMILIES,
    MODEL,
    PROVIDER,
    TESTED,
    UNDEFINED,
    estimate,
    n,
    ranking,
)
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import answer_means
from analysis.figures.frames import models as model_frames
from analysis.figures.frames import ranking as rankings
from analysis.figures.frames import values as value_frames
from analysis.figures.phrases import BARS, sentences, span, taxonomy_name
from analysis.files.columns import Column, Format
from analysis.measure import chance
from analysis.measure import refusals as refusing
from analysis.measure import robustness as moving
from analysis.number_text import counted
from analysis.queries import blocks
from analysis.queries import refusals as refusal_queries
from analysis.queries import robustness as robustness_queries
from analysis.queries import values as value_queries
from analysis.queries.filters import ScenarioFilter
from analysis.registry import registry
from analysis.show import model_dots, value_dots
from analysis.store.study import OpenStudy
from analysis.vocabulary import (
    DIVERSITY_WINDOW,
    LEANS_IN_WORDS,
    LEAST_FAMILIES,
    POSITIONS_IN_WORDS,
    SIGNIFICANT,
    Nudge,
    with_minus,
)

_DRAWN = 6  # leans at either end
_LEVELS = {"category": "category", "value": "single value"}
LEANS = {
    "all": "Lean over all wordings",
    Nudge.NEUTRAL.value: "Lean on neutral wording",
    "own": "Lean from own level",
}
"""Which lean: the default, the one that no nudge pulls at, and that from the model's own level."""
_TOLD = {"all": "", Nudge.NEUTRAL.value: " on neutral wording", "own": " from its own level"}
_ENDS = {"strongest": "Values that {} puts first", "weakest": "Values that {} gives up"}

_LEANS = (
    Column("key", "Category or value"),
    Column("kind", "Kind", help="Always a model here.", shown=False),
    Column("name", "Model", format=Format.MODEL, shown=False),
    *estimate("value", "Lean", unit=LEANS_IN_WORDS, format=Format.SIGNED),
    n("Positions", "Positions of the model behind the lean."),
    FAMILIES,
    *TESTED,
    UNDEFINED,
)
_STRENGTHS = (
    Column("value", "Value"),
    *estimate(
        "strength",
        "Strength",
        unit="logits",
        format=Format.SIGNED,
        help="How strongly the model chooses this value when two compete; 0 is the average.",
    ),
    n("Choices", "Choices that involve this value."),
    FAMILIES,
    Column(
        "q",
        "q",
        format=Format.NUMBER,
        help="That the strength is 0: Benjamini-Hochberg over the values listed.",
    ),
)
_NEIGHBOURS = (
    MODEL,
    PROVIDER,
    *estimate(
        "value",
        "Distance",
        unit=POSITIONS_IN_WORDS,
        help="Mean distance of positions on the same value in the same scenario.",
    ),
    n("Positions", "Positions that both models have."),
    FAMILIES,
    UNDEFINED,
    *ranking(),
)

_LENGTH_AXIS = model_dots.Axis("Characters per answer", ",.0f", 0, float("inf"), least=100)
_LENGTHS = (
    MODEL,
    Column("label", "Name", shown=False),
    PROVIDER,
    *(
        replace(c, digits=0)
        for c in estimate("value", "Mean length", unit="characters", help="Of its answers.")
    ),
    n("Answers", "Answers whose text was read."),
    FAMILIES,
    UNDEFINED,
    *ranking(digits=0),
)


_CHARACTER = (
    Column("measure", "Measure", help="Its name in files.", shown=False),
    *estimate(
        "value",
        "Number",
        help=f"A refusal rate (0 to 1), a shift ({LEANS_IN_WORDS} positions) or a flip rate "
        "(0 to 1).",
    ),
    n("Cases", "Answers, leaning queries or values behind the number."),
    FAMILIES,
    Column("rank", "Rank", format=Format.COUNT, help="1 is the highest of all models."),
    Column("models", "Of models", format=Format.COUNT, help="Models that have the number."),
    UNDEFINED,
    *ranking(),
)
_CHARACTER_READ = (
    Column("named", "Measure", width=230),
    Column("number", "Number", help="With its 95% interval.", width=230),
    Column("cases", "n", width=200),
    Column("alike", "By chance", help=glossary.find("chance_level").definition, width=150),
    Column("place", "Ranks open", help=glossary.find("rank_interval").definition, width=120),
)
_NAMED = {
    "refusals": ("Refusal rate", "{:.0%}", "answers"),
    "shift": ("Shift towards the leaning side", "{:+.2f}", "leaning queries"),
    "flip": ("Flip rate between wordings", "{:.0%}", "values"),
}


_ONLY = {
    "all": "",
    Nudge.NEUTRAL.value: ", neutral queries only",
    "own": ", minus the model's mean lean over all values",
}


def label(parameters: Mapping[str, Any]) -> str:
    """The model that a figure is about, by its name."""
    return registry().model(str(parameters["model"])).label


def _lean_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return f"What {label(p)} leans towards{_TOLD[p['lean']]}, by {_LEVELS[p['by']]}"


def _lean_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    who = study.read(value_queries.members, "all")
    rows = {"category": ("category", "categories"), "value": ("single value", "single values")}
    return " ".join(
        (
            f"n = {int(frame['n'].sum()):,} positions on {counted(len(frame), *rows[p['by']])}, "
            f"against {value_frames.baseline(who)}{_ONLY[p['lean']]}; taxonomy "
            f"{taxonomy_name(p)}.",
            f"{int(frame['differs'].sum()):,} differ from 0 (q ≤ {SIGNIFICANT}, from at least "
            f"{LEAST_FAMILIES} families).",
            _drawn(frame),
        )
    )


def _drawn(frame: pd.DataFrame) -> str:
    """Which of the leans a chart shows."""
    if not frame["differs"].any():
        return "Drawn are the highest and lowest, none of them sure."
    return f"Drawn are those that differ, at most {_DRAWN} at either end. Bars: 95%."


def _ends(frame: pd.DataFrame) -> pd.DataFrame:
    shown = value_frames.ends(frame, _DRAWN)
    return shown.assign(label=shown["key"])


def _draw_leans(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return value_dots.dots(_ends(frame), _measured(p["lean"]))


def _lean_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    named = f"Leans of {label(p)}{_TOLD[p['lean']]} by {_LEVELS[p['by']]}"
    return value_dots.dots_alt(_ends(frame), named)


def _measured(lean: str) -> str:
    return "own" if lean == "own" else "lean"


@figure(
    "models.leans",
    title=_lean_title,
    note=_lean_note,
    definition=("lean", "own_lean", "differs", "interval"),
    keys=("key",),
    columns=_LEANS,
    draw=_draw_leans,
    alt=_lean_alt,
)
def leans(
    study: OpenStudy,
    *,
    model: str = "",
    by: str = "category",
    lean: str = "all",
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a category or value: key, kind, name, value (-6..6; from its own level -12..12), low,
    high, n, families, q … `lean`: over all wordings, on neutral ones, or from the own level."""
    inputs.one_of("grouping", by, tuple(_LEVELS))
    inputs.one_of("lean", lean, tuple(LEANS))
    path, measure = inputs.taxonomy(study, taxonomy), _measured(lean)
    flt = ScenarioFilter(nudges=(Nudge.NEUTRAL.value,) if lean == Nudge.NEUTRAL else ())
    if by == "value":
        return study.read(value_frames.of_unit, path, flt, "model", model, measure)
    cells = study.read(value_frames.by_category, path, measure, flt)
    mine = (cells["kind"] == "model") & (cells["name"] == model) & (cells["n"] > 0)
    return cells[mine].reset_index(drop=True)


def _strength_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return _ENDS[p["end"]].format(label(p))


def _strength_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    found = study.read(model_frames.choosing, p["model"])
    left_out = f"{counted(found.ties, 'tie')} left out"
    if found.unknown:
        left_out += f", {found.unknown:,} without a known nudge"
    return (
        f"n = {counted(found.n, 'choice')} between {found.values:,} values; {left_out}. "
        f"Only values in at least {LEAST_FAMILIES} families are listed. Bars: 95%, clustered by "
        "family, around the shrunken strength; hollow: holds 0 "
        f"(q > {SIGNIFICANT} over the values listed)."
    )


def _strength_dots(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"strength": "value", "value": "label"}).assign(
        differs=frame["q"] <= SIGNIFICANT, undefined=""
    )


@figure(
    "models.strengths",
    title=_strength_title,
    note=_strength_note,
    definition=("strength", "interval"),
    keys=("value",),
    columns=_STRENGTHS,
    draw=lambda study, frame, p: value_dots.dots(_strength_dots(frame), "strength"),
    alt=lambda study, frame, p: value_dots.dots_alt(
        _strength_dots(frame), _strength_title(study, frame, p)
    ),
)
def strengths(study: OpenStudy, *, model: str = "", end: str = "strongest") -> pd.DataFrame:
    """One row a value, the strongest first: value, strength (logits), low, high, n, families."""
    inputs.one_of("end", end, tuple(_ENDS))
    found = study.read(model_frames.choosing, model)
    return found.strongest if end == "strongest" else found.weakest[::-1].reset_index(drop=True)


def _near_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    none = int(frame["value"].isna().sum())
    left_out = f" {counted(none, 'model has', 'models have')} none in common." if none else ""
    told = (
        f"n = {span(frame['n'])} positions on the same value of the same query, a model.{left_out}"
        f" Smallest mean distance first. {BARS}"
    )
    named = frame.assign(label=[registry().model(str(m)).label for m in frame["model"]])
    return sentences(told, rankings.in_words(named))


def _near_dots(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(subset=["value"]).assign(
        label=lambda f: [registry().model(str(m)).label for m in f["model"]], differs=True, q=0.0
    )


@figure(
    "models.neighbours",
    title=lambda study, frame, p: f"Models most similar to {label(p)}",
    note=_near_note,
    definition=("nearest_models", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_NEIGHBOURS,
    draw=lambda study, frame, p: value_dots.dots(_near_dots(frame), "distance"),
    alt=lambda study, frame, p: value_dots.dots_alt(
        _near_dots(frame), f"Distance of other models from {label(p)}"
    ),
)
def neighbours(study: OpenStudy, *, model: str = "") -> pd.DataFrame:
    """Other models: model, provider, value (0..6), low, high, n, families, undefined, and the
    columns of `measure.chance.beside`."""
    found = study.read(model_frames.neighbours, model)
    return rankings.beside(found, study.read(blocks.distances, model), least=True)


def _length_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    none = int((frame["n"] == 0).sum())
    left_out = f" {counted(none, 'model has', 'models have')} no answer that was read." * bool(none)
    told = (
        f"n = {int(frame['n'].sum()):,} answers, the first of each model to a query.{left_out} "
        "Bars: 95%, clustered by family."
    )
    return sentences(told, rankings.in_words(frame))


@figure(
    "models.length",
    title="Length of answers by model",
    note=_length_note,
    definition=("answer_length", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_LENGTHS,
    draw=lambda study, frame, p: model_dots.dots(frame, _LENGTH_AXIS),
    alt=lambda study, frame, p: model_dots.dots_alt(frame, _LENGTH_AXIS, "Mean length of answers"),
)
def length(study: OpenStudy) -> pd.DataFrame:
    """One row a model: model, label, provider, value (characters), low, high, n, families …"""
    return answer_means.length(study)


_LATENCY_AXIS = model_dots.Axis("Seconds per answer", ".1f", 0, float("inf"), least=1)
_DIVERSITY_AXIS = model_dots.Axis("Variety of words", ".3f", 0, 1, least=0.1)


def _answers_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    none = int((frame["n"] == 0).sum())
    left_out = f" {counted(none, 'model has', 'models have')} no such answer." * bool(none)
    told = (
        f"n = {int(frame['n'].sum()):,} answers of which it is known, the first of each model to a "
        f"query.{left_out} {BARS}"
    )
    return sentences(told, rankings.in_words(frame))


@figure(
    "models.latency",
    title="Latency by model",
    note=_answers_note,
    definition=("answer_latency", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=(
        MODEL,
        Column("label", "Name", shown=False),
        PROVIDER,
        *estimate("value", "Mean latency", unit="seconds", help="Of its answers."),
        n("Answers", "Answers whose source says how long they took."),
        FAMILIES,
        UNDEFINED,
        *ranking(),
    ),
    draw=lambda study, frame, p: model_dots.dots(frame, _LATENCY_AXIS),
    alt=lambda study, frame, p: model_dots.dots_alt(frame, _LATENCY_AXIS, "Mean latency"),
)
def latency(study: OpenStudy) -> pd.DataFrame:
    """One row a model: model, label, provider, value (seconds), low, high, n, families …"""
    return answer_means.latency(study)


@figure(
    "models.diversity",
    title="Variety of words by model",
    note=_answers_note,
    definition=("style", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=(
        MODEL,
        Column("label", "Name", shown=False),
        PROVIDER,
        *estimate("value", "Variety of words", unit="0 to 1", help="Mean over its answers."),
        n("Answers", f"Answers of {DIVERSITY_WINDOW} words or more."),
        FAMILIES,
        UNDEFINED,
        *ranking(),
    ),
    draw=lambda study, frame, p: model_dots.dots(frame, _DIVERSITY_AXIS),
    alt=lambda study, frame, p: model_dots.dots_alt(frame, _DIVERSITY_AXIS, "Variety of words"),
)
def diversity(study: OpenStudy, *, style: str = "") -> pd.DataFrame:
    """One row a model: model, label, provider, value (0..1), low, high, n, families … `style`: the
    measurement of how answers are written, `none` where nobody measured."""
    inputs.styled(study, style)
    return answer_means.diversity(study)


def _character_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    counts = ", ".join(
        f"{int(row['n']):,} {_NAMED[str(row['measure'])][2]}" for row in frame.to_dict("records")
    )
    source = f" Response types by {p['labels']}." * (inputs.label_source(p["labels"]) is not None)
    return (
        f"n = {counts}; answers without a label and wordings without a position are left out. "
        "Intervals: 95%, clustered by family. By chance: where models that answer alike would lie "
        f"(their answers dealt out anew inside families).{source}"
    )


def _character_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """A row a measure in words: the number with its interval, n, the level of chance, ranks."""
    rows = [_in_words(row) for row in frame.to_dict("records")]
    return Rows(pd.DataFrame(rows), _CHARACTER_READ)


def _in_words(row: dict[Any, Any]) -> dict[str, str]:
    named, form, cases = _NAMED[str(row["measure"])]
    ends = [with_minus(form.format(row[k])) for k in ("value", "low", "high")]
    return {
        "named": named,
        "number": "–" if row["undefined"] else f"{ends[0]} ({ends[1]} to {ends[2]})",
        "cases": f"{int(row['n']):,} {cases}",
        "alike": _alike(row, form),
        "place": _place(row),
    }


def _alike(row: dict[Any, Any], form: str) -> str:
    """Between which numbers models that answer alike would lie."""
    if row["undefined"] or row["chance_low"] != row["chance_low"]:
        return "not known"
    low, high = (with_minus(form.format(row[k])) for k in ("chance_low", "chance_high"))
    return f"{low} to {high}"


def _place(row: dict[Any, Any]) -> str:
    """The ranks that the pairs of models leave open, of how many."""
    if row["undefined"] or row["rank_low"] != row["rank_low"]:
        return "not known"
    low, high, of = (int(row[k]) for k in ("rank_low", "rank_high", "models"))
    return f"{low} of {of}" if low == high else f"{low} to {high} of {of}"


@figure(
    "models.character",
    title=lambda study, frame, p: f"How often {label(p)} refuses, and how far wording moves it",
    note=_character_note,
    definition=("refusal", "shift", "flip", "interval", "chance_level", "rank_interval"),
    keys=("measure",),
    columns=_CHARACTER,
    table=_character_read,
)
def character(study: OpenStudy, *, model: str = "", labels: str = "") -> pd.DataFrame:
    """One row a measure that the model has: measure (refusals, shift, flip), value, low, high, n,
    families, rank (1 is the highest), models (that have it), undefined, and the columns of
    `measure.chance.beside`."""
    source = inputs.label_source(labels)
    moments = study.read(refusal_queries.moments, "any", source, None)
    rates = refusing.rates(moments)
    rates = rates[(rates["kind"] == "model") & (rates["topic"] == refusing.ALL) & (rates["n"] > 0)]
    patterns = study.read(robustness_queries.patterns)
    refused = rates.rename(columns={"name": "model"})
    by_measure = {"refusals": rankings.beside(refused, study.read(blocks.refusing, source))}
    if len(patterns):
        shifts, flips = moving.shifts(patterns), moving.flip_rates(patterns)
        by_measure |= {
            "shift": rankings.beside(shifts, study.read(blocks.shifts)),
            "flip": rankings.beside(flips, study.read(blocks.flips)),
        }
    rows = [
        {"measure": measure, **_placed(found, model)}
        for measure, found in by_measure.items()
        if model in set(found["model"])
    ]
    return pd.DataFrame(rows, columns=[c.name for c in _CHARACTER if c.made is None])


def _placed(found: pd.DataFrame, model: str) -> dict[str, Any]:
    """The row of one model with its rank among those that have a number."""
    mine = found[found["model"] == model].iloc[0]
    others = found.loc[found["undefined"] == "", "value"]
    kept = ("value", "low", "high", "n", "families", "undefined", *chance.COLUMNS)
    rank = int((others > mine["value"] + 1e-12).sum()) + 1
    return {k: mine[k] for k in kept} | {"rank": rank, "models": len(others)}
