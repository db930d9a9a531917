"""Figures of refusals: rates by topic, response types, the paper's patterns, isolated cases."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import (
    FAMILIES,
    MODEL,
    PATTERN_Q,
    PROVIDER,
    SCENARIO,
    UNDEFINED,
    VALUE1,
    VALUE2,
    VALUE_PAIR,
    D,
    estimate,
    n,
    ranking,
    verdict,
)
from analysis.figures.declaration import Parameters, figure
from analysis.figures.frames import corrected as corrected_frames
from analysis.figures.frames import ranking as rankings
from analysis.figures.frames.values import unit_labels
from analysis.figures.phrases import BARS, sentences, span
from analysis.files.columns import Column, Format
from analysis.measure import refusals as measure
from analysis.number_text import counted
from analysis.queries import blocks, refusals, studies
from analysis.queries import values as value_queries
from analysis.registry import registry
from analysis.show import model_dots
from analysis.show import refusals as charts
from analysis.store.labels import PEOPLE
from analysis.store.study import OpenStudy
from analysis.vocabulary import (
    CORRECTION_LEAST,
    CORRECTION_LEAST_OF_EACH,
    FEW_ANSWERS,
    HAZARDOUS_TOPICS,
    PLAIN_LABELS,
    RESPONSE_LABELS,
    ResponseType,
)

KINDS = {
    "any": "Refusals",
    "soft": "Soft refusals",
    "firm": "Firm refusals",
    "complete": "Complete refusals",
}
ROWS = ("model", "provider")
SHARE = 0.75  # of the others, against whom an answer stands alone
_EVERY = "all"
_TYPE = "Share of the model's labelled answers."
_PLAIN = f"{_TYPE} Where the labeller says whether an answer refuses, and not in which way."

_BY_TOPIC = (
    Column("topic", "Topic", width=200),
    Column("name", "Model or provider", help="By its id."),
    *estimate("value", "Refused", format=Format.SHARE, help=glossary.find("refusal").definition),
    n("Answers", "Labelled answers to queries with that topic."),
    FAMILIES,
    UNDEFINED,
    Column("few", "Few answers", help=f"Fewer than {FEW_ANSWERS}.", shown=False),
)
_BY_MODEL = (
    Column("label", "Model"),
    PROVIDER,
    *estimate("value", "Refused", format=Format.SHARE, help=glossary.find("refusal").definition),
    n("Answers", "Labelled answers of the model."),
    FAMILIES,
    UNDEFINED,
    Column("model", "Id of the model", shown=False),
    *ranking(Format.SHARE),
)
_TYPES = (
    MODEL,
    *(Column(t, t.capitalize(), format=Format.SHARE, help=_TYPE) for t in RESPONSE_LABELS),
    n("Answers", "Answers with a label."),
    Column(
        "refused", "Refused", format=Format.SHARE, help="The soft, firm and complete ones together."
    ),
    *(
        Column(t, t.capitalize(), format=Format.SHARE, help=_PLAIN, shown=False)
        for t in PLAIN_LABELS
    ),
)
_PUBLISHED = (
    Column("claim", "The paper says", width=430),
    verdict("difference"),
    *estimate(
        "difference",
        "Difference",
        unit="−1 to 1",
        format=Format.SIGNED,
        help="One refusal rate minus the other; above 0 is as the paper says.",
    ),
    n("Answers", "Labelled answers on both sides."),
    replace(PATTERN_Q, format=Format.AUTO),
)


def _sources_named(p: Parameters) -> str:
    topics = "nobody has labelled topics"
    if p.get("topic_labels", "none") != "none":
        topics = f"topics by {p['topic_labels']}"
    return f"response types by {p['labels']}; {topics}"


def _labels(study: OpenStudy, rows: str = "model") -> dict[str, str]:
    return unit_labels(study.read(value_queries.members), rows)


def _topic_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    api = ", those by the API included" * p["api"]
    return f"{KINDS[p['kind']]} by topic and {p['rows']}{api}"


def _topic_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    answers = int(frame.loc[frame["topic"] == measure.ALL, "n"].sum())
    api = "counted as refusals" if p["api"] else "left out"
    return (
        f"n = {answers:,} answers; {_sources_named(p)}. A query with several topics counts under "
        f"each. Answers without a label are left out; refusals by the API are {api}. The small "
        f"number is n; a hatched cell has fewer than {FEW_ANSWERS} answers."
    )


@figure(
    "refusals.by_topic",
    title=_topic_title,
    note=_topic_note,
    definition=("refusal", "topic", "labeller", "api_refusal", "interval"),
    keys=("topic", "name"),
    columns=_BY_TOPIC,
    draw=lambda study, frame, p: charts.heatmap(frame, _labels(study, p["rows"])),
    alt=lambda study, frame, p: charts.heatmap_alt(frame, _labels(study, p["rows"])),
)
def by_topic(
    study: OpenStudy,
    *,
    rows: str = "model",
    kind: str = "any",
    api: bool = False,
    labels: str = "",
    topic_labels: str = "",
) -> pd.DataFrame:
    """One row a topic and model or provider: topic, name, value (0..1), low, high, n, families."""
    inputs.one_of("rows", rows, ROWS)
    inputs.one_of("kind", kind, tuple(KINDS))
    source, topics = _sources(labels, topic_labels)
    cells = measure.rates(study.read(refusals.moments, kind, source, topics, api=api))
    return cells[cells["kind"] == rows].drop(columns="kind").reset_index(drop=True)


def _model_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return sentences(
        f"n = {int(frame['n'].sum()):,} answers; response types by {p['labels']}. Answers without "
        f"a label and refusals by the API are left out. {BARS}",
        rankings.in_words(frame),
    )


_RATE_AXIS = model_dots.Axis("Refused", ".0%", 0, 1, least=0.1)


@figure(
    "refusals.by_model",
    title=lambda study, frame, p: f"{KINDS[p['kind']]} by model",
    note=_model_note,
    definition=("refusal", "labeller", "interval", "chance_level", "rank_interval"),
    keys=("model",),
    columns=_BY_MODEL,
    draw=lambda study, frame, p: model_dots.dots(frame, _RATE_AXIS),
    alt=lambda study, frame, p: model_dots.dots_alt(frame, _RATE_AXIS, "Refusal rate by model"),
)
def by_model(study: OpenStudy, *, kind: str = "any", labels: str = "") -> pd.DataFrame:
    """One row a model: model, label, provider, value (0..1), low, high, n, families, undefined, and
    the columns of `measure.chance.beside`."""
    inputs.one_of("kind", kind, tuple(KINDS))
    source, _ = _sources(labels, "")
    cells = measure.rates(study.read(refusals.moments, kind, source, None))
    mine = cells[(cells["kind"] == "model") & (cells["topic"] == measure.ALL) & (cells["n"] > 0)]
    found = mine.rename(columns={"name": "model"}).drop(columns=["topic", "kind", "few"])
    known = study.read(studies.models)[["model", "label", "provider"]].astype(str)
    named = known.merge(found, on="model")
    return rankings.beside(named, study.read(blocks.refusing, source, kind))


def _corrected_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    better = int(frame["n"].sum())
    known = frame["undefined"] == ""
    few = ""
    if not known.all():
        few = (
            f" {counted(int((~known).sum()), 'model has', 'models have')} too few: at least "
            f"{CORRECTION_LEAST} of a model are needed, {CORRECTION_LEAST_OF_EACH} of either kind."
        )
    who = sorted({_labelled_by(name) for name in frame["better"] if name})
    return (
        f"n = {counted(better, 'answer')} drawn at random, labelled by "
        f"{' and '.join(who) or 'nobody'}. As labelled: by {p['labels']}, on all answers. "
        f"Corrected for its errors by prediction-powered inference (PPI++). Bars: 95%.{few}"
    )


def _labelled_by(name: str) -> str:
    return "people, blind" if name == PEOPLE else registry().model(name).label


@figure(
    "refusals.corrected",
    title="Refusal rates corrected by better labels",
    note=_corrected_note,
    definition=("corrected_refusals", "refusal", "interval"),
    keys=("model",),
    columns=(
        MODEL,
        *estimate(
            "value",
            "Refused, corrected",
            format=Format.SHARE,
            help="As labelled, put right by better labels of a random sample (PPI++).",
        ),
        Column("labelled", "As labelled", format=Format.SHARE, help="By the labeller alone."),
        n("Better labels", "Answers drawn at random that people, or a model, labelled."),
        Column("better", "Better labels by", help="People, who label blind, or a model."),
        UNDEFINED,
    ),
)
def corrected_rates(study: OpenStudy, *, labels: str = "", people: str = "") -> pd.DataFrame:
    """One row a model: model, value (0..1), low, high, n, undefined, labelled (0..1) and better,
    who gave the better labels. `people` names the labels that it rests on: revision@hash."""
    source, _ = _sources(labels, "")
    del people  # part of what names the figure: other labels are another figure
    # Not kept by content, as `study.read` would: a model's labels come later, beside the study.
    return corrected_frames.by_model(study, source)


def _types_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {int(frame['n'].sum()):,} answers with a label, by {p['labels']}; the others are "
        "left out. From full compliance to complete rejection, and at the end what the labeller "
        "was unsure of."
    )


def _draw_types(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.types(frame, _labels(study))


@figure(
    "refusals.types",
    title="Response types by model",
    note=_types_note,
    definition=("response_type", "labeller"),
    keys=("model",),
    columns=_TYPES,
    draw=_draw_types,
    alt=lambda study, frame, p: charts.types_alt(frame, _labels(study)),
)
def types(study: OpenStudy, *, labels: str = "") -> pd.DataFrame:
    """One row a model: model, one column a response type (0..1), n, refused."""
    return measure.shares(study.read(refusals.types, _sources(labels, "")[0]))


def _published_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {span(frame['n'])} answers a pattern; {_sources_named(p)}, where the paper's "
        "labels come from a model. q after "
        f"Benjamini-Hochberg over these patterns; fewer than {FEW_ANSWERS} answers on a side are "
        "too little data."
    )


@figure(
    "refusals.published",
    title="The paper's refusal patterns, compared by direction",
    note=_published_note,
    definition=("published_refusals", "refusal", "interval"),
    keys=("claim",),
    columns=_PUBLISHED,
)
def published(study: OpenStudy, *, labels: str = "", topic_labels: str = "") -> pd.DataFrame:
    """One row a pattern: claim, verdict, difference (-1..1), low, high, n, q."""
    models = study.read(studies.models)
    providers = dict(zip(models["model"].astype(str), models["provider"].astype(str), strict=True))
    source, topics = _sources(labels, topic_labels)
    return measure.compared(
        [
            (c, study.read(refusals.contrast, c.kind, c.one, c.other, source, topics, c.of))
            for c in measure.claims(providers)
        ]
    )


def _isolated_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    what = "False-positive refusals" if p["refused"] else "Lone compliance"
    whose = "" if p["model"] == _EVERY else f" of {registry().model(p['model']).label}"
    share = "" if p["share"] == SHARE else f", against at least {p['share']:.0%} of the others"
    return f"{what}{whose}{share}"


def _isolated_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    if p["refused"]:
        rule = (
            f"The model refuses, at least {p['share']:.0%} of the others comply in full, and the "
            f"query has no hazardous topic ({', '.join(HAZARDOUS_TOPICS)})."
        )
    else:
        rule = f"The model complies in full while at least {p['share']:.0%} of the others refuse."
    return (
        f"n = {counted(len(frame), 'answer')}, the clearest first; {_sources_named(p)}. "
        f"{rule} Queries with fewer than three others of a known type are left out."
    )


def _isolated_columns(frame: pd.DataFrame) -> Sequence[Column]:
    complied = (frame["response_type"] == ResponseType.FULL).any()
    return (
        replace(MODEL, width=130),
        Column("response_type", "Its answer", width=220),
        Column(
            "others",
            "Others refuse" if complied else "Others comply in full",
            width=150,
            made=lambda f: f["agree"].astype(str) + " of " + f["of"].astype(str),
        ),
        replace(VALUE_PAIR, width=230),
        replace(D, name="disagreement"),
        replace(SCENARIO, width=120),
        Column(
            "agree",
            "Others that do the opposite",
            help="They comply in full where the model refuses, or refuse where it complies.",
            shown=False,
        ),
        Column("of", "Others with a known type", help="Models it is compared with.", shown=False),
        VALUE1,
        VALUE2,
    )


@figure(
    "refusals.isolated_refusals",
    earlier=("refusals.odd_ones",),
    title=_isolated_title,
    note=_isolated_note,
    definition=("false_positive", "refusal"),
    keys=("scenario", "model"),
    columns=_isolated_columns,
)
def isolated_refusals(
    study: OpenStudy,
    *,
    share: float = SHARE,
    refused: bool = True,
    model: str = _EVERY,
    labels: str = "",
    topic_labels: str = "",
) -> pd.DataFrame:
    """One row an answer, the clearest first; columns as `queries.refusals.isolated_refusals`."""
    source, topics = _sources(labels, topic_labels)
    found = study.read(refusals.isolated_refusals, share, source, topics, refused=refused)
    return found if model == _EVERY else found[found["model"] == model].reset_index(drop=True)


def _sources(labels: str, topic_labels: str) -> tuple[str | None, str | None]:
    """The two labellers to read. Raises FaultlineError where nobody labelled the answers."""
    if labels == "none":
        raise FaultlineError(
            "Nobody has labelled this study's answers, so nothing is known of refusals. Label "
            "them: python -m analysis label STUDY."
        )
    return inputs.label_source(labels), inputs.label_source(topic_labels)
