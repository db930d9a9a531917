"""Figures of values: leans, mean positions and favor rates by category, by model, by value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import inputs
from analysis.figures.columns import (
    FAMILIES,
    MODEL,
    PATTERN_Q,
    PROVIDER,
    TESTED,
    UNDEFINED,
    estimate,
    n,
    verdict,
)
from analysis.figures.declaration import Parameters, Rows, Table, figure
from analysis.figures.frames import values as value_frames
from analysis.figures.frames.values import unit_labels
from analysis.figures.phrases import BARS, taxonomy_name
from analysis.files.columns import Column, Columns, Format
from analysis.measure.paper import published as printed
from analysis.measure.paper import value_patterns
from analysis.measure.values import LEANS
from analysis.number_text import counted
from analysis.queries import values as queries
from analysis.registry import registry
from analysis.show import value_dots, values
from analysis.store.study import OpenStudy
from analysis.vocabulary import (
    LEANS_IN_WORDS,
    LEAST_FAMILIES,
    POSITIONS_IN_WORDS,
    SIGNIFICANT,
)

MEASURES = {measure: values.SCALES[measure].title for measure in ("lean", "own", "raw", "favor")}
_TERMS = ("lean", "own_lean", "raw_position", "favor_rate", "differs", "interval")
_EXPLAINED = {"lean": "lean", "own": "own_lean", "raw": "raw_position", "favor": "favor_rate"}
_EVERYTHING: dict[str, Any] = {}
_DRAWN = 14  # single values in one chart
_KINDS = ("provider", "model")

_NUMBERS = (
    *estimate(
        "value",
        "Lean, position or rate",
        help=f"A lean ({LEANS_IN_WORDS}), a mean position ({POSITIONS_IN_WORDS}) or a favor rate "
        "(0 to 1): the title says "
        "which.",
    ),
    n("Positions", "Positions behind the number."),
    FAMILIES,
    *TESTED,
    UNDEFINED,
)
_MEASURED = {
    "lean": estimate("value", MEASURES["lean"], unit=LEANS_IN_WORDS, format=Format.SIGNED),
    "own": estimate("value", MEASURES["own"], unit="−12 to 12", format=Format.SIGNED),
    "raw": estimate("value", MEASURES["raw"], unit=POSITIONS_IN_WORDS),
    "favor": estimate("value", MEASURES["favor"], format=Format.SHARE),
}
_KIND = Column("kind", "Kind", help="Whether the row is about a model or a provider.", shown=False)
_MODELS = (
    Column("label", "Model"),
    PROVIDER,
    *_NUMBERS,
    Column("key", "Category", shown=False),
    _KIND,
    Column("name", "Id of the model", shown=False),
)
_PUBLISHED = (
    Column("provider", "Provider"),
    Column("category", "The paper sees more of", width=240),
    verdict("lean"),
    *estimate("lean", "Lean here", unit=LEANS_IN_WORDS, format=Format.SIGNED),
    n("Positions", "Positions behind the lean."),
    PATTERN_Q,
)


def _explained(parameters: Parameters) -> str:
    return _EXPLAINED[parameters["measure"]]


def _unit_column(frame: pd.DataFrame) -> Column:
    if "provider" in set(frame["kind"]):
        return Column("name", PROVIDER.heading, format=PROVIDER.format)
    return Column("name", MODEL.heading, format=MODEL.format)


def _category_columns(frame: pd.DataFrame) -> Sequence[Column]:
    return (Column("category", "Category", width=240), _unit_column(frame), *_NUMBERS, _KIND)


def _single_columns(frame: pd.DataFrame) -> Sequence[Column]:
    unit = replace(_unit_column(frame), shown=False)  # one for all rows: it stands in the title
    return (Column("value_name", "Value", width=240), *_NUMBERS, _KIND, unit)


def _named(columns: Columns) -> Table:
    """Rows as people read them: the number is headed by its measure."""

    def table(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
        found = columns(frame) if callable(columns) else columns
        measured = {c.name: c for c in _MEASURED[p["measure"]]}
        return Rows(frame, [measured.get(c.name, c) for c in found])

    return table


def _members(study: OpenStudy, p: Parameters) -> queries.Members:
    return study.read(queries.members, inputs.scenario_filter(p["filter"]).model_set)


def _rests_on(study: OpenStudy, frame: pd.DataFrame, p: Parameters, among: str = "") -> str:
    """The beginning of a note: n, the taxonomy, and what a lean compares with."""
    base = f"n = {int(frame['n'].sum()):,} positions{among}; taxonomy {taxonomy_name(p)}."
    if p["measure"] not in LEANS:
        return f"{base} Answers without a position are left out."
    others = value_frames.baseline(_members(study, p))
    own = " minus the model's mean lean over all values" * (p["measure"] == "own")
    return (
        f"{base} Leans are against {others}{own}; positions without theirs to compare with are "
        "left out."
    )


def _bars(frame: pd.DataFrame, p: Parameters) -> str:
    if p["measure"] not in LEANS:
        return BARS
    return (
        f"{BARS} Hollow: does not differ from 0; "
        f"{int(frame['differs'].sum()):,} of {len(frame):,} differ (q ≤ {SIGNIFICANT})."
    )


def _category_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    tested = int(frame["q"].notna().sum())
    if not tested:
        pale = "All numbers are in brackets: without other models there is no lean to test."
    else:
        pale = (
            "Pale, with the number in brackets: the lean does not differ from 0 (q > "
            f"{SIGNIFICANT} after Benjamini-Hochberg over {counted(tested, 'cell')}, or "
            f"fewer than {LEAST_FAMILIES} families); {int(frame['differs'].sum()):,} differ."
        )
    return f"{_rests_on(study, frame, p)} {pale}"


def _heatmap(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    known = study.read(queries.categories, inputs.taxonomy(study, p["taxonomy"]))
    rows = known[known["category"].isin(frame.loc[frame["n"] > 0, "category"])]
    cells = frame.rename(columns={"category": "key"})
    return values.heatmap(cells, rows, unit_labels(_members(study, p), p["kind"]), p["measure"])


def _heatmap_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    cells = frame.rename(columns={"category": "key"})
    return values.heatmap_alt(cells, unit_labels(_members(study, p), p["kind"]), p["measure"])


@figure(
    "values.by_category",
    title=lambda study, frame, p: f"{MEASURES[p['measure']]} by value category and {p['kind']}",
    note=_category_note,
    definition=_TERMS,
    main=_explained,
    keys=("category", "kind", "name"),
    columns=_category_columns,
    table=_named(_category_columns),
    draw=_heatmap,
    alt=_heatmap_alt,
)
def by_category(
    study: OpenStudy,
    *,
    measure: str = "lean",
    kind: str = "provider",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """Cells: category, kind, name, value, low, high, n, families, p, q, differs, undefined."""
    inputs.one_of("kind", kind, _KINDS)
    cells = _estimates(study, measure, filter, taxonomy)
    return cells[cells["kind"] == kind].rename(columns={"key": "category"}).reset_index(drop=True)


def _estimates(
    study: OpenStudy, measure: str, filter: Mapping[str, Any], taxonomy: str
) -> pd.DataFrame:
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    return study.read(value_frames.by_category, path, measure, flt)


def _models_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return f"{MEASURES[p['measure']]} of each model on “{p['category']}”"


@figure(
    "values.models",
    title=_models_title,
    note=lambda study, frame, p: f"{_rests_on(study, frame, p)} {_bars(frame, p)}",
    definition=_TERMS,
    main=_explained,
    keys=("name",),
    columns=_MODELS,
    table=_named(_MODELS),
    draw=lambda study, frame, p: value_dots.dots(frame, p["measure"]),
    alt=lambda study, frame, p: value_dots.dots_alt(frame, _models_title(study, frame, p)),
)
def models(
    study: OpenStudy,
    *,
    category: str = "",
    measure: str = "lean",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a model, the highest first: as `by_category`, with label and provider."""
    cells = _estimates(study, measure, filter, taxonomy)
    mine = cells[(cells["kind"] == "model") & (cells["key"] == category) & (cells["n"] > 0)]
    who = study.read(queries.members, inputs.scenario_filter(filter).model_set)
    named = mine.assign(
        label=[registry().model(str(m)).label for m in mine["name"]],
        provider=mine["name"].map(dict(zip(who.models, who.providers, strict=True))),
    )
    return named.sort_values("value", ascending=False, ignore_index=True)


def _single_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    known = registry()
    who = known.model(p["name"]) if p["kind"] == "model" else known.provider(p["name"])
    on = f"the values in “{p['category']}”" if p["category"] else "each value"
    return f"{MEASURES[p['measure']]} of {who.label} on {on}"


def _single_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    among = f" on {counted(len(frame), 'value')}"
    drawn = f"Drawn are the {_DRAWN} with most positions. " * (len(frame) > _DRAWN)
    return f"{_rests_on(study, frame, p, among)} {drawn}{_bars(frame, p)}"


def _single_dots(frame: pd.DataFrame) -> pd.DataFrame:
    most = frame.sort_values("n", ascending=False).head(_DRAWN)
    return most.sort_values("value", ascending=False).assign(label=lambda f: f["value_name"])


@figure(
    "values.single",
    title=_single_title,
    note=_single_note,
    definition=_TERMS,
    main=_explained,
    keys=("value_name",),
    columns=_single_columns,
    table=_named(_single_columns),
    draw=lambda study, frame, p: value_dots.dots(_single_dots(frame), p["measure"]),
    alt=lambda study, frame, p: value_dots.dots_alt(
        _single_dots(frame), _single_title(study, frame, p)
    ),
)
def single(
    study: OpenStudy,
    *,
    category: str = "",
    kind: str = "model",
    name: str = "",
    measure: str = "lean",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a value (of one category, or of the whole study), as `by_category`."""
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    if category:
        found = study.read(value_frames.inside, path, measure, flt, category, kind, name)
    else:
        found = study.read(value_frames.of_unit, path, flt, kind, name, measure)
    return found.rename(columns={"key": "value_name"})


def _published_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {int(frame['n'].sum()):,} positions behind the leans on "
        f"{counted(len(frame), 'published pattern')}; taxonomy "
        f"{taxonomy_name(p)}. The paper counts values exhibited in free text, a label that is not "
        "in the dataset, so only directions can be compared. Left out, since published as mixed: "
        f"{', '.join(printed.MIXED)}."
    )


@figure(
    "values.published",
    title="The paper's value patterns, compared by direction",
    note=_published_note,
    definition=("published_values", "lean", "interval"),
    keys=("provider", "category"),
    columns=_PUBLISHED,
)
def published(
    study: OpenStudy, *, filter: Mapping[str, Any] = _EVERYTHING, taxonomy: str = ""
) -> pd.DataFrame:
    """One row a published pattern: provider, category, verdict, lean, low, high, n, q."""
    found = value_patterns.compared(_estimates(study, "lean", filter, taxonomy))
    named = found.assign(provider=[registry().provider(p).label for p in found["provider"]])
    columns = ["provider", "category", "verdict", "value", "low", "high", "n", "q"]
    return named[columns].rename(columns={"value": "lean"})
