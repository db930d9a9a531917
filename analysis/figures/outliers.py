"""Figures of outliers: how many per model and direction, and every case."""

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import SCENARIO, ranking
from analysis.figures.declaration import Parameters, figure
from analysis.figures.frames import ranking as rankings
from analysis.figures.frames.paper_bases import is_published_split
from analysis.figures.phrases import sentences
from analysis.files.columns import Column, Format
from analysis.measure.outliers import DIRECTIONS, PAPER, OutlierRule, by_model, directed
from analysis.measure.paper import published
from analysis.queries import blocks, outliers, studies
from analysis.registry import registry
from analysis.show import outliers as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import POSITIONS_IN_WORDS

_EVERY = "all"
_DIRECTION = glossary.find("outlier_direction").definition

_BARS = (
    Column("label", "Model"),
    *(Column(d, d.capitalize(), format=Format.COUNT, help=_DIRECTION) for d in DIRECTIONS),
    Column("total", "Outliers", format=Format.COUNT, help="Of all directions."),
    Column("model", "Id of the model", shown=False),
    *ranking(Format.COUNT),
)
_CASES = (
    Column("model", "Model", format=Format.MODEL, width=130),
    Column("value", "Value", width=150),
    Column(
        "position",
        "Position",
        POSITIONS_IN_WORDS,
        help=glossary.find("position").definition,
        width=75,
    ),
    Column(
        "others_median",
        "Others' median",
        POSITIONS_IN_WORDS,
        width=110,
        help="Of the other models' positions on that value.",
    ),
    Column(
        "apart",
        "Differs from",
        width=95,
        made=lambda f: f["differs_from"].astype(str) + " of " + f["of"].astype(str),
    ),
    Column("direction", "Direction", help=_DIRECTION, width=130),
    Column("why", "Why it is listed", width=260),
    Column("scenario", SCENARIO.heading, help=SCENARIO.help, width=120),
    Column("value_no", "Value 1 or 2", help="Which of the scenario's values.", shown=False),
    Column(
        "differs_from",
        "Models that it differs from",
        help="By the rule's distance at least.",
        shown=False,
    ),
    Column("of", "Models it is compared with", help="Others with a position.", shown=False),
    Column("refused", "It refuses", help="By its response type.", shown=False),
    Column("complied", "It complies", help="By its response type.", shown=False),
    Column("others_refused", "Others that refuse", help="Of those labelled.", shown=False),
    Column("others_complied", "Others that comply", help="Of those labelled.", shown=False),
    Column("disagreement", "D", format=Format.D, shown=False),
)


def _rule(p: Parameters) -> str:
    """The rule behind a title, where it is not the paper's."""
    if (p["distance"], p["others"]) == (PAPER.distance, PAPER.others):
        return ""
    return f", {p['distance']} points or more from {p['others']} of {PAPER.of}"


def _bars_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return f"Outlier answers by model{_rule(p)}"


def _cases_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    whose = "" if p["model"] == _EVERY else f" of {registry().model(p['model']).label}"
    return f"Outlier answers{whose}{_rule(p)}"


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    found = int(frame["total"].sum()) if "total" in frame else len(frame)
    types = (
        f"response types by {p['labels']}"
        if p["labels"] != "none"
        else ("no response types known, so no direction")
    )
    return (
        f"n = {study.read(outliers.defined):,} answers with a position and at least six others to "
        f"compare with; {found:,} outliers; {types}."
    )


def _bars_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    marks = " Marks: counts printed in the paper, whose base set is not stated."
    ranked = rankings.in_words(frame.assign(value=frame["total"]))
    found = sentences(_note(study, frame, p), ranked)
    return found + marks * is_published_split(study.info)


def _draw(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.bars(frame, published.OUTLIERS if is_published_split(study.info) else None)


@figure(
    "outliers.bars",
    title=_bars_title,
    note=_bars_note,
    definition=("outlier", "outlier_direction", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_BARS,
    draw=_draw,
    alt=lambda study, frame, p: charts.bars_alt(frame),
)
def bars(
    study: OpenStudy,
    *,
    distance: int = PAPER.distance,
    others: int = PAPER.others,
    labels: str = "",
) -> pd.DataFrame:
    """Per model: model, permissive, over-conservative, other, total, label, and the columns of
    `measure.chance.beside`, counts too."""
    models = studies.models(study)
    counts = by_model(_found(study, distance, others, labels), list(models["model"]))
    named = counts.merge(models[["model", "label"]], on="model")
    return rankings.of_counts(named, study.read(blocks.outlying, OutlierRule(distance, others)))


@figure(
    "outliers.cases",
    title=_cases_title,
    note=_note,
    definition=("outlier", "outlier_direction"),
    keys=("scenario", "model"),
    columns=_CASES,
)
def cases(
    study: OpenStudy,
    *,
    distance: int = PAPER.distance,
    others: int = PAPER.others,
    model: str = _EVERY,
    labels: str = "",
) -> pd.DataFrame:
    """One row an answer, the farthest first; columns as `queries.outliers.found`, with direction
    and why."""
    found = _found(study, distance, others, labels)
    return found if model == _EVERY else found[found["model"] == model].reset_index(drop=True)


def _found(study: OpenStudy, distance: int, others: int, labels: str) -> pd.DataFrame:
    source = inputs.label_source(labels)
    rule = OutlierRule(distance, others)
    return directed(study.read(outliers.found, rule, source=source))
