"""Figures of archetypes: the dendrogram, the plane, what sets clusters apart, features, sizes."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import MODEL, MODEL_ID
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import archetypes as frames
from analysis.figures.frames.archetypes import Clustered
from analysis.figures.phrases import taxonomy_name
from analysis.files.columns import Column, Format
from analysis.measure import archetypes as measure
from analysis.number_text import counted
from analysis.show import archetypes as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import LEANS_IN_WORDS

_CLUSTER = Column("kind", "Cluster", help="Clusters are numbered by size.", width=60)
_STABILITY = Column(
    "stability",
    "Stability",
    "0 to 1",
    Format.SHARE,
    glossary.find("stability").definition,
    width=80,
)
_LABEL = Column("label", "Model")
_JOINED = Column(
    "joined",
    "Joined at",
    format=Format.NUMBER,
    help="The distance at which the model first joins another; the smaller, the more similar.",
)
_ALIKE = tuple(
    Column(
        name,
        heading,
        format=Format.NUMBER,
        help="Models that answer alike would join in this range of distances.",
        shown=False,
    )
    for name, heading in (("chance_low", "Chance from"), ("chance_high", "Chance to"))
)
_AXES = tuple(
    Column(
        name,
        f"Component {i}",
        format=Format.SIGNED,
        help="Of the standardised features; the zero is the mean of the models.",
    )
    for i, name in ((1, "x"), (2, "y"))
)
_APART = (
    _CLUSTER,
    Column("models", "Models", width=270),
    _STABILITY,
    Column("feature", "Feature"),
    Column(
        "difference",
        "Difference",
        "standard deviations over models",
        Format.SIGNED,
        "Mean of the cluster's models minus that of all others.",
    ),
    Column("inside", "Mean inside", format=Format.NUMBER, help="Of the feature, in the cluster."),
    Column("outside", "Mean outside", format=Format.NUMBER, help="Of the feature, elsewhere."),
)
_FLIP = glossary.find("flip").definition
_SIZES = (
    Column("by", "By", help="The class is one of size or of cost."),
    Column("class", "Class", help="Of size inside its provider's line-up, or of list price."),
    Column("models", "Models", format=Format.COUNT, width=70),
    Column("mean", "Mean flip rate", format=Format.SHARE, help=_FLIP),
    Column("lowest", "Lowest", format=Format.SHARE, help="Flip rate of one model of the class."),
    Column("highest", "Highest", format=Format.SHARE, help="Flip rate of one model of the class."),
    Column("who", "Which models", width=400),
)


def _clustered(study: OpenStudy, p: Parameters) -> Clustered:
    """The clusters that a figure's parameters ask for. Raises FaultlineError where there are
    none."""
    found = study.read(
        frames.cluster,
        inputs.taxonomy(study, p["taxonomy"]),
        inputs.label_source(p["labels"]),
        p.get("kinds", 0),
        inputs.styled(study, p["style"]),
    )
    if found is None:
        raise FaultlineError(
            f"The models of “{study.info.id}” can't be clustered: it takes at least "
            f"{measure.LEAST_MODELS} models and a feature that all of them have."
        )
    return found


def _asked(kinds: int, taxonomy: str, labels: str, style: str) -> Parameters:
    return {"kinds": kinds, "taxonomy": taxonomy, "labels": labels, "style": style}


def _number(p: Parameters) -> str:
    """The number of clusters behind a title, where it was chosen."""
    return f", {p['kinds']} clusters" * bool(p["kinds"])


def _rests_on(study: OpenStudy, p: Parameters) -> str:
    """The beginning of a note: n, the features and who measured them."""
    found = _clustered(study, p).found.features
    types = "no response types" if p["labels"] == "none" else f"response types by {p['labels']}"
    written = "measured" if p["style"] != "none" else "not measured"
    return (
        f"n = {len(found)} models, {counted(study.info.families, 'family')}, "
        f"{counted(found.shape[1], 'feature')}; {types}; taxonomy {taxonomy_name(p)}; "
        f"writing style {written}. Features that a model lacks, or that are the same for all, are "
        "left out."
    )


def _alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    held = _clustered(study, p)
    return charts.alt(held.found.clusters, held.labels)


def _alike(held: Clustered) -> str:
    """What the grey field is, and how many joins lie beyond it."""
    low, high = held.found.alike
    if low != low:
        return ""
    heights = held.found.linkage[:, 2]
    return (
        " Grey: where models that answer alike would join (their answers dealt out anew inside "
        f"families); {int((heights < low).sum())} of {len(heights)} joins lie below it, "
        f"{int((heights > high).sum())} above."
    )


def _dendrogram(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    held = _clustered(study, p)
    found = held.found
    return charts.dendrogram(found.linkage, found.clusters, held.labels, found.alike)


@figure(
    "archetypes.tree",
    title=lambda study, frame, p: f"Dendrogram of models{_number(p)}",
    note=lambda study, frame, p: (
        f"{_rests_on(study, p)} Models that join further left are more alike. Ward's method on "
        f"features standardised over these models.{_alike(_clustered(study, p))}"
    ),
    definition=("archetype", "stability", "chance_level"),
    keys=("model",),
    columns=(_LABEL, _CLUSTER, _STABILITY, _JOINED, MODEL_ID, *_ALIKE),
    draw=_dendrogram,
    alt=_alt,
)
def tree(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model; columns as `frames.archetypes.tree`."""
    return frames.tree(_clustered(study, _asked(kinds, taxonomy, labels, style)))


def _plane_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    _, shares = measure.projection(_clustered(study, p).found)
    return (
        f"{_rests_on(study, p)} Principal components of the standardised features: these two hold "
        f"{sum(shares):.0%} of the variance, so models that are close are not always similar."
    )


def _plane(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    held = _clustered(study, p)
    points, shares = measure.projection(held.found)
    return charts.plane(points, held.found.clusters, held.labels, shares)


@figure(
    "archetypes.plane",
    title=lambda study, frame, p: f"Models on two principal components{_number(p)}",
    note=_plane_note,
    definition="archetype",
    keys=("model",),
    columns=(_LABEL, _CLUSTER, *_AXES, MODEL_ID),
    draw=_plane,
    alt=_alt,
)
def plane(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model: model, label, kind, x, y."""
    return frames.plane(_clustered(study, _asked(kinds, taxonomy, labels, style)))


def _apart(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """A row a cluster, its features as phrases; the files have a row a feature."""
    first = ["kind", "models", "stability"]
    rows = [
        {**{c: mine[c].iloc[0] for c in first}, "apart": charts.phrases(mine)}
        for _, mine in frame.groupby("kind", sort=False)
    ]
    columns = (*_APART[:3], Column("apart", "Compared with the other models", width=430))
    return Rows(pd.DataFrame(rows, columns=[*first, "apart"]), columns)


@figure(
    "archetypes.kinds",
    title=lambda study, frame, p: f"What sets each cluster apart{_number(p)}",
    note=lambda study, frame, p: (
        f"{_rests_on(study, p)} Shown are the {measure.FEATURES_NAMED} features whose means differ "
        "most between the cluster and all other models, in standard deviations over models."
    ),
    definition=("archetype", "stability"),
    keys=("kind", "feature"),
    columns=_APART,
    table=_apart,
)
def distinguishing_features(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a cluster and feature; columns as `frames.archetypes.distinguishing_features`."""
    held = _clustered(study, _asked(kinds, taxonomy, labels, style))
    return frames.distinguishing_features(held)


_MEASURED = {
    "words": Column("words", "", format=Format.NUMBER, digits=1, help="Words an answer, mean."),
    "hedging": Column("hedging", "", format=Format.NUMBER, digits=3, help="Hedges a word."),
    "diversity": Column(
        "diversity",
        "",
        "0 to 1",
        Format.NUMBER,
        "Share of different words in windows of 50.",
        digits=3,
    ),
    "latency": Column("latency", "", "seconds", Format.NUMBER, "Mean time an answer took."),
    "flagged": Column("flagged", "", format=Format.SHARE, help="By judges, of their decisions."),
}
_BY_KIND = {
    "lean": Column(
        "lean", "", LEANS_IN_WORDS, Format.SIGNED, "Mean lean on the values of that group."
    ),
    "type": Column("type", "", format=Format.SHARE, help="Share of the labelled answers."),
}


def _feature_columns(frame: pd.DataFrame) -> Sequence[Column]:
    found = [str(c) for c in frame.columns if c not in ("model", "label")]
    return (_LABEL, *(_feature(name) for name in found), replace(MODEL, shown=False))


def _feature(name: str) -> Column:
    known = _MEASURED.get(name) or _BY_KIND[name.partition(":")[0]]
    return replace(known, name=name, heading=charts.name(name))


@figure(
    "archetypes.features",
    title="Features that models are clustered by",
    note=lambda study, frame, p: (
        f"{_rests_on(study, p)} Leans by top-level group of values, shares of response types, how "
        "answers are written, seconds, and the share flagged by judges, as measured: not "
        "standardised."
    ),
    definition=("archetype", "style", "lean", "response_type"),
    keys=("model",),
    columns=_feature_columns,
)
def features(
    study: OpenStudy, *, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model: model, label, and a column a feature."""
    return frames.features(_clustered(study, _asked(0, taxonomy, labels, style)))


def _sizes_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    by = frame.groupby("by")["models"].sum() if len(frame) else pd.Series(dtype=int)
    n = int(by.max()) if len(by) else 0
    return (
        f"n = {counted(n, 'model')} of a known class, from queries in several wordings; "
        "all others are left out. Size: the class inside the provider's line-up. Cost: by list "
        "price of output. A handful of models per class is too few for an interval: read the "
        "ranges."
    )


@figure(
    "archetypes.sizes",
    title="Flip rate by size and cost of the model",
    note=_sizes_note,
    definition="flip",
    keys=("by", "class"),
    columns=_SIZES,
)
def sizes(study: OpenStudy) -> pd.DataFrame:
    """One row a class; columns as `frames.archetypes.sizes`."""
    return frames.sizes(study)
