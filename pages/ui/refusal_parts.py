"""The sections of the Refusals page: who labelled, the heatmap, the types, published patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.recipe import Asked
from analysis.load.labels import label_study
from analysis.measure import refusals as measure
from analysis.registry import registry
from analysis.settings import Settings
from analysis.show import refusals as pictures_of
from analysis.store import labels
from analysis.store.queries import overview
from analysis.store.queries import refusals as queries
from analysis.store.sources import Cancelled, Report
from analysis.store.study import StudyInfo, open_study
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.job_strip import jobs

REFUSAL = glossary.told("refusal")
_KINDS = {
    "any": "Any refusal", "soft": "Soft, with alternatives", "firm": "Firm, with explanation",
    "complete": "Complete",
}  # fmt: skip
_STYLE = Path(__file__).parent / "values.css"
_API = {"without": "Left out", "with": "Counted as refusals"}
_ROWS = {"model": "Models", "provider": "Providers"}


@dataclass(frozen=True)
class Chosen:
    """What the controls say, and the numbers."""

    source: str
    topics: str | None
    kind: str
    rows: Mapping[str, str]  # name -> label of models or providers
    models: pd.DataFrame  # model, label, provider
    cells: pd.DataFrame  # rates of the kind of row chosen
    api: bool

    @property
    def labels(self) -> dict[str, str]:
        return dict(
            zip(self.models["model"].astype(str), self.models["label"].astype(str), strict=True)
        )


def choose(view: View) -> Chosen | None:
    """The controls; None (with a way out) where nobody has labelled the answers."""
    sources = reads.read(view.study, labels.sources, "response_types")
    topics = reads.read(view.study, labels.sources, "topics")
    if not sources:
        _unlabelled(view)
        return None
    models = reads.read(view.study, overview.models)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=150):
            row_kind = url.choice("rows", "Rows", _ROWS, default="model")
        with st.container(width=220):
            kind = url.choice("refusal", "Refusals", _KINDS, default="any", help=REFUSAL)
        with st.container(width=190):
            api = url.choice(
                "api", "Refused by the API", _API, default="without",
                help="A provider may stop a query before its model answers. Leaving those out "
                "flatters a provider that refuses at the API.",
            ) == "with"  # fmt: skip
        source = _labeller("labels", "Response types by", sources)
        topic_source = _labeller("topic_labels", "Topics by", topics) if topics else None
    moments = reads.read(view.study, queries.moments, kind, source, topic_source, api=api)
    cells = measure.rates(moments)
    cells = cells[cells["kind"] == row_kind]
    return Chosen(source, topic_source, kind, _rows(models, row_kind), models, cells, api)


def _labeller(name: str, label: str, sources: list[str]) -> str:
    if len(sources) == 1:
        return sources[0]
    with st.container(width=190):
        return url.choice(name, label, {s: s for s in sources}, default=sources[0])


def _rows(models: pd.DataFrame, kind: str) -> dict[str, str]:
    if kind == "provider":
        return {str(p): registry().provider(str(p)).label for p in models["provider"].unique()}
    return dict(zip(models["model"].astype(str), models["label"].astype(str), strict=True))


def _unlabelled(view: View) -> None:
    problems.empty(
        "Nobody has labelled this study's answers yet",
        "A refusal rate needs response types. The embedded rules can give them: free, on this "
        "machine, minutes for millions of answers. A stress test can label with a model instead.",
    )
    answered = reads.read(view.study, overview.coverage)["answered"].sum()
    if not answered:
        problems.note("There is no answer to label", "This study has positions, but no texts.")
        return
    if st.button("Label with the embedded rules", type="primary", key="label-study"):
        info, settings = view.info, view.settings
        jobs().start(f"Labels of {info.title}", lambda r, c: _label(info, settings, r, c))
        st.switch_page("pages/data.py", query_params={"study": info.id})


def _label(info: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        label_study(study, report, cancelled)
    finally:
        study.close()
    return info


def answer(chosen: Chosen) -> None:
    """The page in one sentence: who refuses most, who least, from how many answers."""
    overall = chosen.cells[(chosen.cells["topic"] == measure.ALL) & (chosen.cells["n"] > 0)]
    known = overall.sort_values("value", ascending=False)
    if len(known) < 2:
        return
    most, least = (
        f"{chosen.rows[str(r['name'])]} {word} often ({r['value']:.0%} of {r['n']:,} answers, 95% "
        f"{r['low']:.0%} to {r['high']:.0%})"
        for r, word in zip(known.iloc[[0, -1]].to_dict("records"), ("most", "least"), strict=True)
    )
    st.text(f"{_KINDS[chosen.kind]}: {most}, {least}.")


def pictures(view: View, chosen: Chosen) -> None:
    """The heatmap by topic, and below it the response types of the models."""
    st.html(_STYLE)
    st.html("<style>:root { --heatmap-least: 760px }</style>")
    with st.container(key="value-heatmap"):
        _heatmap(view, chosen)
    _go(view)
    _types(view, chosen)


def _kind_of_rows(chosen: Chosen) -> str:
    return "model" if list(chosen.rows) == list(chosen.labels) else "provider"


def asked(view: View, chosen: Chosen, name: str, /, **more: Any) -> Asked:
    """A recipe of refusals with the page's labeller."""
    return recipes.ask(view.study, name, labels=chosen.source, **more)


def _heatmap(view: View, chosen: Chosen) -> None:
    figure(
        view,
        "refusals",
        "Refusals by topic",
        pictures_of.heatmap(chosen.cells, chosen.rows),
        alt=pictures_of.heatmap_alt(chosen.cells, chosen.rows),
        note=_note(chosen),
        frame=lambda: chosen.cells.drop(columns="kind"),
        help=REFUSAL,
        recipe=asked(
            view,
            chosen,
            "refusals.by_topic",
            rows=_kind_of_rows(chosen),
            kind=chosen.kind,
            api=chosen.api,
            topic_labels=chosen.topics or "none",
        ),
        on_select=_open_cell,
        selection_mode="points",
    )


def _types(view: View, chosen: Chosen) -> None:
    shares = measure.shares(reads.read(view.study, queries.types, chosen.source))
    figure(
        view,
        "response-types",
        "How they answer",
        pictures_of.types(shares, chosen.labels),
        alt=pictures_of.types_alt(shares, chosen.labels),
        note=f"n = {int(shares['n'].sum()):,} answers with a label, by {chosen.source}; from full "
        "compliance to complete rejection, and what the labeller was unsure of.",
        frame=lambda: shares,
        help="Seven response types, from most to least helpful. (Zhang et al. 2025)",
        recipe=asked(view, chosen, "refusals.types"),
    )


def _note(chosen: Chosen) -> str:
    n = int(chosen.cells.loc[chosen.cells["topic"] == measure.ALL, "n"].sum())
    api = " Refusals by the API count on both sides." if chosen.api else ""
    topics = f"; topics by {chosen.topics}" if chosen.topics else "; nobody has labelled topics"
    return (
        f"n = {n:,} answers; response types by {chosen.source}{topics}. A query with several "
        f"topics counts under each.{api} The small number is n; a hatched cell has fewer than "
        f"{measure.FEW} answers. Click a cell for the refused queries."
    )


def _open_cell() -> None:
    points = st.session_state["figure-refusals"].selection.points
    if points and points[0].get("customdata"):
        st.session_state["_refusal_cell"] = tuple(map(str, points[0]["customdata"][:2]))


def _go(view: View) -> None:
    """To the Scenarios that a clicked cell stands for: the topic, refused by that row's models."""
    cell = st.session_state.pop("_refusal_cell", None)
    if cell is None:
        return
    name, topic = cell
    models = reads.read(view.study, overview.models)
    refused = [str(m) for m in models.loc[models["provider"] == name, "model"]] or [name]
    asked: dict[str, str | list[str]] = {"study": view.info.id, "refused_by": refused}
    if topic not in (measure.ALL, "none of them"):
        asked["topic"] = [topic]
    st.switch_page("pages/scenarios.py", query_params=asked)


def published(view: View, chosen: Chosen) -> None:
    """The paper's patterns beside this study's rates, in direction only."""
    title = "The paper's published patterns, in direction"
    providers = dict(
        zip(chosen.models["model"].astype(str), chosen.models["provider"].astype(str), strict=True)
    )
    claims = measure.claims(providers)
    if not claims:
        st.header(title, anchor=False)
        problems.empty(
            "Nothing to compare",
            "The paper speaks of models of Anthropic, OpenAI, Google and xAI; this study has none "
            "of them." + (" Its models are fictional." if view.info.simulated else ""),
        )
        return
    found = [
        (c, reads.read(view.study, queries.contrast, c.kind, c.one, c.other, chosen.source,
                       chosen.topics, c.of))
        for c in claims
    ]  # fmt: skip
    table(
        view,
        "refusal-patterns",
        title,
        measure.compared(found),
        {
            "claim": st.column_config.TextColumn("The paper sees that", width="large"),
            "verdict": "This study",
            "difference": st.column_config.NumberColumn(
                "Difference", format="percent", help="Of two refusal rates; above 0 as published."
            ),
            "low": st.column_config.NumberColumn("95% from", format="percent"),
            "high": st.column_config.NumberColumn("to", format="percent"),
            "n": st.column_config.NumberColumn("Answers", format="localized"),
            "q": None,
        },
        help=glossary.told("published_refusals"),
        alt="Published refusal patterns and whether this study agrees",
        note="Agrees: the difference is above 0 (q ≤ 0.05 after Benjamini-Hochberg over these "
        "claims); disagrees: below 0; else too little data. Labels here come from "
        f"{chosen.source}, in the paper from a model. Source: Zhang et al. 2025, arXiv:2510.07686.",
        placeholder="–",
        recipe=asked(view, chosen, "refusals.published", topic_labels=chosen.topics or "none"),
    )


def small_print(view: View, chosen: Chosen) -> None:
    """Outcomes that are no answer, and what a label can't say."""
    outcomes = reads.read(view.study, queries.outcomes).drop(columns="model").sum()
    sentences = [
        f"{int(outcomes['answered']):,} answers; not answered: "
        f"{int(outcomes['api_refusal']):,} refused by the API, {int(outcomes['truncated']):,} "
        f"truncated, {int(outcomes['error']):,} errors, {int(outcomes['missing']):,} missing. None "
        "of them is dropped in silence: each is an outcome of its own.",
        "Intervals are 95% (Wilson, at the number of answers that the families are worth) and "
        "speak of these models over families of queries.",
    ]
    if chosen.source.startswith("rules"):
        sentences.append(
            "The embedded rules miss refusals in a colloquial voice, so their rates are lower "
            "bounds; docs/labeller.md prints how often they are right."
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in [*sentences, f"{words.TEXT_LEFT} First answers only."]:
            st.text(sentence)
