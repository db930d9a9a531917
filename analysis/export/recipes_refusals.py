"""Recipes of refusals: rates by topic, response types, the paper's patterns, and the odd cases."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.measure import refusals as measure
from analysis.store.queries import overview, refusals
from analysis.store.study import OpenStudy

REFUSAL = (
    "A refusal is an answer labelled as soft rejection with alternatives, firm rejection with "
    "explanation, or complete rejection. Who labelled is named; answers without a label are left "
    "out. Refusals by the API itself count only where that is said. A query with several topics "
    "counts under each. Intervals are Wilson's at the number of answers that the families are "
    "worth."
)
_KINDS = ("any", "soft", "firm", "complete")
_ROWS = ("model", "provider")


def _answers(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    mine = frame[frame["topic"] == measure.ALL] if "topic" in frame else frame
    n = int(mine["n"].sum()) if len(mine) else 0
    return f"n = {n:,} answers; response types by {parameters['labels']}."


@recipe(
    "refusals.by_topic",
    title="Refusals by topic",
    definition=f"The share of answers that refuse, per topic and model or provider. {REFUSAL}",
    keys=("topic", "name"),
    note=_answers,
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
    _known("rows", rows, _ROWS)
    _known("kind", kind, _KINDS)
    source, topics = _sources(labels, topic_labels)
    cells = measure.rates(refusals.moments(study, kind, source, topics, api=api))
    return cells[cells["kind"] == rows].drop(columns="kind").reset_index(drop=True)


@recipe(
    "refusals.types",
    title="How they answer",
    definition="The share of each of the seven response types, and of answers that the labeller "
    "was unsure of, per model.",
    keys=("model",),
    note=_answers,
)
def types(study: OpenStudy, *, labels: str = "") -> pd.DataFrame:
    """One row a model: model, one column a response type (0..1), n, refused."""
    return measure.shares(refusals.types(study, _sources(labels, "")[0]))


@recipe(
    "refusals.published",
    title="The paper's published patterns of refusing, in direction",
    definition=f"Each pattern that the paper states, as a difference of two rates here. {REFUSAL}",
    keys=("claim",),
    note=_answers,
)
def published(study: OpenStudy, *, labels: str = "", topic_labels: str = "") -> pd.DataFrame:
    """One row a pattern: claim, verdict, difference (-1..1), low, high, n, q."""
    models = overview.models(study)
    providers = dict(zip(models["model"].astype(str), models["provider"].astype(str), strict=True))
    source, topics = _sources(labels, topic_labels)
    claims = measure.claims(providers)
    return measure.compared(
        [
            (c, refusals.contrast(study, c.kind, c.one, c.other, source, topics, c.of))
            for c in claims
        ]
    )


@recipe(
    "refusals.odd_ones",
    title="Answers that go against nearly all others",
    definition="`refused`: the model refuses, at least `share` of the others comply in full, and "
    "no topic of the query is hazardous. Else: it complies in full and at least `share` of the "
    f"others refuse. At least three others with a known type. {REFUSAL}",
    keys=("scenario", "model"),
    note=lambda study, frame, p: f"n = {len(frame):,} answers; response types by {p['labels']}.",
)
def odd_ones(
    study: OpenStudy,
    *,
    share: float = 0.75,
    refused: bool = True,
    model: str = "all",
    labels: str = "",
    topic_labels: str = "",
) -> pd.DataFrame:
    """One row an answer, the clearest first; columns as `queries.refusals.odd_ones`."""
    source, topics = _sources(labels, topic_labels)
    found = refusals.odd_ones(study, share, source, topics, refused=refused)
    return found if model == "all" else found[found["model"] == model].reset_index(drop=True)


def _sources(labels: str, topic_labels: str) -> tuple[str | None, str | None]:
    """The two labellers to read. Raises FaultlineError where nobody labelled the answers."""
    if labels == "none":
        raise FaultlineError(
            "Nobody has labelled this study's answers, so nothing is known of refusals. Label "
            "them: python -m analysis label STUDY."
        )
    return inputs.label_source(labels), inputs.label_source(topic_labels)


def _known(what: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise FaultlineError(f"Refusals know no {what} “{word}”. Use one of {', '.join(words)}.")
