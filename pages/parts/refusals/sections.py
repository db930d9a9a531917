"""The sections of the Refusals page: who labelled, the heatmap, the types, published patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.figures.frames.values import unit_labels
from analysis.load.labels import DEFAULT, LABELLERS, label_study
from analysis.measure import refusals as measure
from analysis.queries import refusals as queries
from analysis.queries import studies
from analysis.queries import values as value_queries
from analysis.report import from_figure, sentences
from analysis.store import labels
from analysis.store.labels import embedded
from analysis.vocabulary import NO_TOPIC, Outcome
from pages.ui import address, assets, clicks, figure, links, problems, reads, ui_text
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.jobs import over_study

_KINDS = {
    "any": "Any refusal",
    "soft": "Soft, with alternatives",
    "firm": "Firm, with explanation",
    "complete": "Complete",
}
_STYLE = assets.FOLDER / "values.css"
_CAUTIONS = {
    "classifier": "The built-in classifier reads the first 600 and the last 200 characters of an "
    "answer. It misses some refusals and invents a few, more for one model than for another.",
    "rules": "The built-in rules miss refusals in colloquial language and in other languages than "
    "English, so their rates are lower bounds.",
}
_API = {"without": "Left out", "with": "Counted as refusals"}
_ROWS = {"model": "Models", "provider": "Providers"}


@dataclass(frozen=True)
class RefusalChoice:
    """What the controls say, and the numbers."""

    labelled: Mapping[str, Any]  # who gave response types and topics, as figures are asked
    kind: str
    row_kind: str
    api: bool
    rows: Mapping[str, str]  # name -> label of models or providers
    models: Mapping[str, str]  # name -> label
    cells: pd.DataFrame  # of `refusals.by_topic`


def choose(view: View) -> RefusalChoice | None:
    """The controls; None (with a way out) where nobody has labelled the answers."""
    sources = reads.read(view.study, labels.sources, "response_types")
    topics = reads.read(view.study, labels.sources, "topics")
    if not sources:
        _unlabelled(view)
        return None
    offer_newer(view, sources)
    who = reads.read(view.study, value_queries.members)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=150):
            row_kind = address.choice(
                "rows",
                "Rows",
                _ROWS,
            )
        with st.container(width=220):
            kind = address.choice("refusal", "Refusals", _KINDS, help=glossary.help_text("refusal"))
        with st.container(width=190):
            api = (
                address.choice(
                    "api",
                    "Refused by the API",
                    _API,
                    help=glossary.help_text("api_refusal"),
                )
                == "with"
            )
        source = _labeller("labels", "Response types by", sources)
        topic_source = _labeller("topic_labels", "Topics by", topics) if topics else "none"
    labelled = {"labels": source, "topic_labels": topic_source}
    cells = figure.read(
        view, "refusals.by_topic", rows=row_kind, kind=kind, api=api, **labelled
    ).frame
    rows, models = unit_labels(who, row_kind), unit_labels(who, "model")
    return RefusalChoice(labelled, kind, row_kind, api, rows, models, cells)


def _labeller(name: str, label: str, sources: list[str]) -> str:
    if len(sources) == 1:
        return sources[0]
    with st.container(width=190):
        return address.choice(name, label, {s: s for s in sources})


def _unlabelled(view: View) -> None:
    problems.empty(
        "This study's answers are not labelled yet",
        "A refusal rate needs response types. The built-in labeller can assign them for free on "
        "this machine, in minutes for millions of answers. A stress test can have a model do it.",
    )
    answered = reads.read(view.study, studies.coverage)["answered"].any()
    if not answered:
        problems.note("No answers to label", "This study has positions but no answer texts.")
        return
    if st.button("Label with the built-in labeller", type="primary", key="label-study"):
        _start(view)


def offer_newer(view: View, sources: list[str]) -> None:
    """A button for the present built-in labeller where only an earlier one has labelled."""
    newest = LABELLERS[DEFAULT].types_source
    if newest in sources or embedded(sources[0]) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(
            f"These answers were labelled by {sources[0]}. A newer built-in labeller, {newest}, "
            "finds more refusals, in more wordings and languages; the old labels stay."
        )
        if st.button("Label again", key="label-again"):
            _start(view)


@acts(Right.OPERATE)
def _start(view: View) -> None:
    over_study(view.info, view.settings, "Labels", label_study)


def answer(chosen: RefusalChoice) -> None:
    """The page in one sentence: who stands out from all together, or what is ruled out."""
    overall = chosen.cells[(chosen.cells["topic"] == measure.ALL) & (chosen.cells["n"] > 0)]
    if len(overall) < 2:
        return
    cells = {
        str(r["name"]): {k: r[k] for k in ("value", "low", "high", "n")}
        for r in overall.to_dict("records")
    }
    told = sentences.refusals(cells, chosen.rows, chosen.labelled["labels"])
    st.text(f"{_KINDS[chosen.kind]}: {told}")
    if chosen.kind == "any":
        allowed = sentences.labeller_range(cells, chosen.rows, chosen.labelled["labels"])
        if allowed:
            st.caption(allowed)


def pictures(view: View, chosen: RefusalChoice) -> None:
    """The heatmap by topic; below it the models' rates with the level of chance, and the response
    types."""
    st.html(_STYLE)
    st.html("<style>:root { --heatmap-least: 760px }</style>")
    with st.container(key="value-heatmap"):
        figure.show(
            view,
            "refusals.by_topic",
            key="refusals",
            hint="Click a cell for the refused queries.",
            on_select=clicks.for_next_run("refusals"),
            rows=chosen.row_kind,
            kind=chosen.kind,
            api=chosen.api,
            **chosen.labelled,
        )
    _go(view)
    figure.show(
        view,
        "refusals.by_model",
        key="refusal-rates",
        kind=chosen.kind,
        labels=chosen.labelled["labels"],
    )
    figure.show(view, "refusals.types", key="response-types", labels=chosen.labelled["labels"])


def _go(view: View) -> None:
    """To the Scenarios that a clicked cell stands for: the topic, refused by that row's models."""
    cell = clicks.take("refusals")
    if not cell:
        return
    name, topic = cell
    models = reads.read(view.study, studies.models)
    refused = [str(m) for m in models.loc[models["provider"] == name, "model"]] or [name]
    one = "" if topic in (measure.ALL, NO_TOPIC) else topic
    links.go(view.info, "scenarios", refused_by=refused, topic=one)


def corrected(view: View, chosen: RefusalChoice) -> None:
    """The rates put right by better labels, or how to get there."""
    source = chosen.labelled["labels"]
    if source == labels.PEOPLE:
        return
    st.header("Rates corrected by better labels", anchor=False)
    found = figure.read(view, "refusals.corrected", labels=source).frame
    if not (found["n"] > 0).any():
        problems.empty(
            "Nobody has labelled a sample for this",
            f"The rates above are as labelled by {source}, errors included. On Review, choose "
            "“Correct the refusal rates” and label answers drawn at random; from 50 of a model on "
            "its rate is corrected. A stress test's label stage can do it, too, on a random share "
            "of the answers.",
        )
        return
    figure.show(view, "refusals.corrected", key="corrected", labels=source)


def published(view: View, chosen: RefusalChoice) -> None:
    """The paper's patterns beside this study's rates, in direction only."""
    found = figure.read(view, "refusals.published", **chosen.labelled).frame
    if found.empty:
        problems.no_models_of_the_paper(
            "The paper's refusal patterns", simulated=view.info.simulated
        )
        return
    st.markdown(sentences.refusal_patterns(from_figure.entries(found)))
    figure.show(view, "refusals.published", key="refusal-patterns", **chosen.labelled)


def small_print(view: View, chosen: RefusalChoice) -> None:
    """Outcomes that are no answer, and what a label can't say."""
    outcomes = measure.of_all_models(reads.read(view.study, queries.outcomes))
    sentences = [
        f"{outcomes[Outcome.ANSWERED]:,} answers; not answered: "
        f"{outcomes[Outcome.API_REFUSAL]:,} refused by the API, "
        f"{outcomes[Outcome.TRUNCATED]:,} truncated, {outcomes[Outcome.ERROR]:,} errors, "
        f"{outcomes[Outcome.UNPARSABLE]:,} unparsable, {outcomes[Outcome.MISSING]:,} "
        "missing. Each is an outcome of its own; none is silently dropped.",
        "Intervals are 95% (at the number of answers that the families are worth) and "
        "say how these models would do on other families of queries.",
    ]
    caution = _CAUTIONS.get(embedded(chosen.labelled["labels"]) or "")
    if caution:
        sentences.append(f"{caution} docs/labeller.md says how often it is right.")
    with st.container(key="small-print", gap="xsmall"):
        for sentence in [*sentences, f"{ui_text.TEXT_LEFT} First answers only."]:
            st.text(sentence)
