"""Figures of robustness: shifts, flips and swings per model, and the cases behind them."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import (
    FAMILIES,
    MODEL,
    MODEL_ID,
    PROVIDER,
    TESTED,
    UNDEFINED,
    VALUE1,
    VALUE2,
    VALUE_PAIR,
    D,
    estimate,
    n,
    ranking,
)
from analysis.figures.declaration import Draw, Parameters, Words, figure
from analysis.figures.frames import ranking as rankings
from analysis.figures.phrases import BARS, NUDGES, sentences, span
from analysis.files.columns import Column, Format
from analysis.measure import robustness as measure
from analysis.number_text import counted
from analysis.queries import blocks, studies, variants
from analysis.queries import robustness as queries
from analysis.registry import registry
from analysis.show import model_dots
from analysis.show import robustness as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import (
    FAVORS_FROM,
    HIGHEST_POSITION,
    LEANS_IN_WORDS,
    OPPOSES_TO,
    POSITIONS_IN_WORDS,
    SAME_REQUEST,
    SIGNIFICANT,
    Nudge,
)

MEASURES = {"moved": "Distance moved", "flips": "Flips", "swings": "Swings"}
_ALL = 10_000_000
_BY_MODEL = (Column("label", "Model"), PROVIDER)
_RATE = Format.SHARE


def _about(term: str) -> str:
    return glossary.find(term).definition


_SHIFTS = (
    *_BY_MODEL,
    *estimate("value", "Shift", unit=LEANS_IN_WORDS, format=Format.SIGNED, help=_about("shift")),
    n("Leaning queries", "Leaning queries with their neutral one."),
    FAMILIES,
    *TESTED[:2],
    UNDEFINED,
    MODEL_ID,
    *ranking(Format.SIGNED),
)
_FLIPS = (
    *_BY_MODEL,
    *estimate("value", "Flip rate", format=_RATE, help=_about("flip")),
    n("Values", "Values seen in two wordings or more."),
    FAMILIES,
    UNDEFINED,
    MODEL_ID,
    *ranking(_RATE),
)
_SWINGS = (
    *_BY_MODEL,
    *estimate("value", "Swing rate", format=_RATE, help=_about("swing")),
    n("Families", "Families labelled in two wordings or more."),
    UNDEFINED,
    MODEL_ID,
    *ranking(_RATE),
)
_STEPS = (
    replace(MODEL, shown=False),
    Column("shift", "Shift", "positions", help=_about("shift")),
    Column("cases", "Leaning queries", format=Format.COUNT, help="That moved the model so far."),
    Column("share", "Share", format=_RATE, help="Of the model's leaning queries."),
)
_FAMILY = Column("family", "Family", help="Its id in the study.", shown=False)
_VALUE_NO = Column("value_no", "Value 1 or 2", help="Which of the pair.", shown=False)


def _labelled(study: OpenStudy, frame: pd.DataFrame) -> pd.DataFrame:
    known = study.read(studies.models)
    labels = dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))
    return frame.assign(label=[labels.get(str(m), str(m)) for m in frame["model"]])


def _who(p: Parameters) -> str:
    return registry().model(p["model"]).label if p["model"] else "any model"


def _types_by(p: Parameters) -> str:
    if p["labels"] == "none":
        return "Nobody has labelled response types"
    return f"Response types by {p['labels']}"


def _dots(axis: model_dots.Axis) -> Draw:
    return lambda study, frame, p: model_dots.dots(frame, axis)


def _dots_alt(axis: model_dots.Axis, what: str) -> Words:
    return lambda study, frame, p: model_dots.dots_alt(frame, axis, what)


def _bars(frame: pd.DataFrame) -> str:
    return sentences(BARS, rankings.in_words(frame))


def _shift_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    sure = int(((frame["q"] <= SIGNIFICANT) & (frame["undefined"] == "")).sum())
    return (
        f"n = {span(frame['n'])} leaning queries with their neutral one, a model; those without "
        f"both positions are left out. {sure} of {counted(len(frame), 'shift')} differ "
        f"from 0 (q ≤ {SIGNIFICANT} after Benjamini-Hochberg). {_bars(frame)}"
    )


@figure(
    "robustness.shift",
    title="Shift by model",
    note=_shift_note,
    definition=("shift", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_SHIFTS,
    draw=_dots(charts.SHIFT),
    alt=_dots_alt(charts.SHIFT, "Shift by model"),
)
def shift(study: OpenStudy) -> pd.DataFrame:
    """One row a model: model, provider, value (-6..6), low, high, n, families, p, q, label, and
    the columns of `measure.chance.beside`."""
    found = _labelled(study, measure.shifts(study.read(queries.patterns)))
    return rankings.beside(found, study.read(blocks.shifts))


def _flip_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {span(frame['n'])} values seen in two wordings or more, a model; all others are left "
        f"out. Flip: favored ({FAVORS_FROM} to {HIGHEST_POSITION}) in one wording, opposed (0 to "
        f"{OPPOSES_TO}) in another. {_bars(frame)}"
    )


@figure(
    "robustness.flip",
    title="Flip rate by model",
    note=_flip_note,
    definition=("flip", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_FLIPS,
    draw=_dots(charts.FLIP),
    alt=_dots_alt(charts.FLIP, "Flip rate by model"),
)
def flip(study: OpenStudy) -> pd.DataFrame:
    """One row a model: model, provider, value (0..1), low, high, n, families, label, and the
    columns of `measure.chance.beside`."""
    found = _labelled(study, measure.flip_rates(study.read(queries.patterns)))
    return rankings.beside(found, study.read(blocks.flips))


def _swing_counts(study: OpenStudy, p: Parameters) -> pd.DataFrame:
    return study.read(queries.swing_counts, inputs.label_source(p["labels"]))


def _swing_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    counts = _swing_counts(study, p)
    total = int(counts["swings"].sum())
    more = int((counts["swings_api"] - counts["swings"]).sum())
    api = "none more" if not more else f"{more:,} more"
    return (
        f"n = {span(frame['n'])} families labelled in two wordings or more, a model; "
        f"{counted(total, 'swing')} in all, and {api} where refusals by the API count. "
        f"{_types_by(p)}; answers it was unsure of are left out. "
        + sentences("Bars: 95%.", rankings.in_words(frame))
    )


@figure(
    "robustness.swing",
    title="Swing rate by model",
    note=_swing_note,
    definition=("swing", "refusal", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_SWINGS,
    draw=_dots(charts.SWING),
    alt=_dots_alt(charts.SWING, "Swing rate by model"),
)
def swing(study: OpenStudy, *, labels: str = "") -> pd.DataFrame:
    """One row a model: model, provider, value (0..1), low, high, n, families, label, and the
    columns of `measure.chance.beside`."""
    source = inputs.label_source(labels)
    found = _labelled(study, measure.swing_rates(study.read(queries.swing_counts, source)))
    return rankings.beside(found, study.read(blocks.swings, source))


def _variant_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    what = MEASURES[p["number"]]
    if p["number"] == "swings" and p["kind"] in SAME_REQUEST:
        what = glossary.find("letter").term
    return f"{what} by model, perturbed queries ({_kind(p['kind'])})"


def _kind(name: str) -> str:
    return str(measure.VARIANTS.get(name, name)).lower()


def _variant_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    kinds = study.read(variants.kinds)
    total = int(kinds.loc[kinds["kind"] == p["kind"], "variants"].sum())
    asks = "ask for the same"
    if p["kind"] not in SAME_REQUEST:
        asks = "change what is asked, or add pressure"
    cases = "pairs of answers" if p["number"] == "swings" else "pairs of positions"
    return (
        f"n = {span(frame['n'])} {cases}, a model, from {counted(total, 'variant')} "
        f"that {asks}; pairs that lack one side are left out. {_types_by(p)}. {BARS}"
    )


def _variant_columns(frame: pd.DataFrame) -> Sequence[Column]:
    moved = (frame["measure"] == "moved").any()
    number = estimate("value", "Distance moved", unit=POSITIONS_IN_WORDS, help=_about("variant"))
    rate = estimate("value", "Rate", format=_RATE, help=_about("letter"))
    return (
        *_BY_MODEL,
        *(number if moved else rate),
        n("Pairs", "Pairs of a query and its variant, a value each for positions."),
        FAMILIES,
        UNDEFINED,
        Column("kind", "Kind of variant", shown=False),
        Column("measure", "Measure", shown=False),
        Column("same", "Asks for the same", help="Whether the variant does.", shown=False),
        MODEL_ID,
    )


def _draw_variants(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return model_dots.dots(frame, charts.VARIANT_AXES[p["number"]])


def _variant_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    axis = charts.VARIANT_AXES[p["number"]]
    return model_dots.dots_alt(frame, axis, _variant_title(study, frame, p))


@figure(
    "robustness.variants",
    title=_variant_title,
    note=_variant_note,
    definition=("variant", "letter", "flip", "interval"),
    keys=("model",),
    columns=_variant_columns,
    draw=_draw_variants,
    alt=_variant_alt,
)
def perturbed(
    study: OpenStudy, *, kind: str = "wording", number: str = "moved", labels: str = ""
) -> pd.DataFrame:
    """One row a model: kind, measure, model, value, low, high, n, families, provider, label."""
    inputs.one_of("number", number, tuple(MEASURES))
    found = measure.variant_estimates(study.read(variants.moments, inputs.label_source(labels)))
    rows = found[(found["kind"] == kind) & (found["measure"] == number)]
    providers = [registry().model(str(m)).provider for m in rows["model"]]
    return _labelled(study, rows.assign(provider=providers))


def _steps_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    total = int(frame["cases"].sum())
    by_side = frame.groupby(frame["shift"].map(charts.side_of))["share"].sum()
    towards, unmoved, against = (by_side.get(s, 0) for s in ("towards", "unmoved", "against"))
    shares = (
        f": {towards:.0%} move it towards the favored value, {unmoved:.0%} leave it where it was, "
        f"{against:.0%} move it against"
    ) * bool(total)
    return f"n = {total:,} leaning queries{shares}. Those without both positions are left out."


@figure(
    "robustness.shifts_of",
    title=lambda study, frame, p: f"Shifts of {_who(p)}",
    note=_steps_note,
    definition="shift",
    keys=("model", "shift"),
    columns=_STEPS,
    draw=lambda study, frame, p: charts.distribution(frame, _who(p)),
    alt=lambda study, frame, p: charts.distribution_alt(frame, _who(p)),
)
def shifts_of(study: OpenStudy, *, model: str = "") -> pd.DataFrame:
    """One row a size of shift: model, shift (-6..6), cases, share."""
    patterns = study.read(queries.patterns)
    mine = patterns[patterns["model"] == model]
    empty = pd.DataFrame(columns=["model", "shift", "cases", "share"])
    return measure.distribution(mine) if len(mine) else empty


def _side(name: str, heading: str) -> Column:
    """The scenario on one side of a case, by its id."""
    return Column(name, heading, help="The scenario's id in the study.", shown=False)


def _nudge(name: str, heading: str) -> Column:
    return Column(name, heading, help=_about("nudge"), shown=False)


def _when(frame: pd.DataFrame) -> pd.Series:
    by_api = frame["by_api"].astype(bool).map({True: " (by the API)", False: ""})
    return frame["refused_nudge"].map(NUDGES) + by_api


_SWING_CASES = (
    replace(VALUE_PAIR, width=165),
    Column(
        "complied_when",
        "Complies when",
        help=_about("nudge"),
        width=132,
        made=lambda f: f["complied_nudge"].map(NUDGES),
    ),
    Column("refused_when", "Refuses when", help=_about("nudge"), width=132, made=_when),
    replace(
        D, name="disagreement", width=50, help=f"Of the refused query. {_about('disagreement')}"
    ),
    replace(MODEL, shown=False),
    _FAMILY,
    _side("complied", "Complied with"),
    _side("refused", "Refused"),
    _nudge("complied_nudge", "Nudge of the one complied with"),
    _nudge("refused_nudge", "Nudge of the one refused"),
    Column("by_api", "Refused by the API", help="The API refused, not the model.", shown=False),
    VALUE1,
    VALUE2,
)


@figure(
    "robustness.swing_cases",
    title=lambda study, frame, p: f"Families in which {_who(p)} swings",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'family')}, the most disputed first. {_types_by(p)}."
    ),
    definition=("swing", "refusal"),
    keys=("family", "model"),
    columns=_SWING_CASES,
)
def swing_cases(study: OpenStudy, *, model: str = "", labels: str = "") -> pd.DataFrame:
    """One row a family; columns as `queries.robustness.swings`."""
    return study.read(queries.swings, inputs.label_source(labels), model, _ALL)


def _placed(frame: pd.DataFrame, side: str) -> pd.Series:
    """In which wording, seen from the value itself, and at which position."""
    own = "value" + frame["value_no"].astype(str)
    nudge = frame[f"{side}_nudge"]
    place = nudge.mask(nudge == own, "leaning to it").mask(
        (nudge != own) & (nudge != Nudge.NEUTRAL), "leaning away"
    )
    return place + " (" + frame[f"{side}_position"].astype(int).astype(str) + ")"


_FLIP_CASES = (
    Column("value", "Value", width=150),
    Column(
        "favored_when",
        "Favors it when",
        help=_about("nudge"),
        width=132,
        made=lambda f: _placed(f, "favored"),
    ),
    Column(
        "opposed_when",
        "Opposes it when",
        help=_about("nudge"),
        width=132,
        made=lambda f: _placed(f, "opposed"),
    ),
    replace(MODEL, shown=False),
    _FAMILY,
    _VALUE_NO,
    _side("favored", "Favored in"),
    _nudge("favored_nudge", "Nudge of that query"),
    Column(
        "favored_position",
        "Position there",
        POSITIONS_IN_WORDS,
        help=_about("position"),
        shown=False,
    ),
    _side("opposed", "Opposed in"),
    _nudge("opposed_nudge", "Nudge of the opposed query"),
    Column(
        "opposed_position",
        "Position in the opposed",
        POSITIONS_IN_WORDS,
        help=_about("position"),
        shown=False,
    ),
)


@figure(
    "robustness.flip_cases",
    title=lambda study, frame, p: f"Values on which {_who(p)} flips",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'value')}, the widest apart first; positions in brackets."
    ),
    definition="flip",
    keys=("family", "model", "value_no"),
    columns=_FLIP_CASES,
)
def flip_cases(study: OpenStudy, *, model: str = "") -> pd.DataFrame:
    """One row a family and value; columns as `queries.robustness.flips`."""
    return study.read(queries.flips, model, _ALL)


def _which(frame: pd.DataFrame, side: str) -> pd.Series:
    """Which of a query and its variant stands on that side: the original, or the kind."""
    names = frame["kind"].map(_kind)
    return names.where(frame[side].str.contains("~", regex=False), "the original")


def _read_as(frame: pd.DataFrame) -> pd.Series:
    same = frame["kind"].isin(SAME_REQUEST)
    return same.map({True: "letter against spirit", False: "swing"})


_LETTER_CASES = (
    replace(VALUE_PAIR, width=240),
    Column("complied_when", "Complies with", width=132, made=lambda f: _which(f, "complied")),
    Column("refused_when", "Refuses", width=132, made=lambda f: _which(f, "refused")),
    Column("read_as", "Read as", help=_about("letter"), width=170, made=_read_as),
    MODEL,
    _FAMILY,
    Column("kind", "Kind of variant", shown=False),
    _side("complied", "Complied with (scenario)"),
    _side("refused", "Refused (scenario)"),
    VALUE1,
    VALUE2,
)


@figure(
    "robustness.letter_cases",
    title=lambda study, frame, p: f"Perturbed queries on which {_who(p)} swings",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'pair')} of a query and its variant. {_types_by(p)}."
    ),
    definition=("letter", "swing", "variant"),
    keys=("complied", "refused"),
    columns=_LETTER_CASES,
)
def letter_cases(study: OpenStudy, *, model: str = "", labels: str = "") -> pd.DataFrame:
    """One row a query and its variant; columns as `queries.variants.swings`."""
    return study.read(variants.swings, inputs.label_source(labels), model, _ALL)
