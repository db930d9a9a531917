"""The answers to one scenario: a grid, or two of them word by word. All text stays inert."""

import html
from typing import Any

import pandas as pd
import streamlit as st

from analysis.export import recipes
from analysis.registry import registry
from analysis.show import theme
from analysis.store.queries import cases
from analysis.store.queries.cases import ScenarioRow
from analysis.store.schema import Outcome
from pages.ui import diff, problems, reader_people, reads, url, words
from pages.ui.export import export_menu
from pages.ui.frame import View

_HEIGHT = 300
_OUTCOMES = {
    Outcome.ANSWERED: "answered",
    Outcome.API_REFUSAL: "refused by the API, there is no text",
    Outcome.TRUNCATED: "cut off at the length limit",
    Outcome.ERROR: "the call failed, there is no text",
    Outcome.MISSING: "no answer in the source",
}


def show(view: View, row: ScenarioRow, found: pd.DataFrame) -> None:
    """The section below the pictures: which answers, how, and the texts."""
    with problems.shown():
        texts = reads.read(view.study, cases.answers, row.scenario)
        ordered = _ordered(found)
        labels = dict(zip(ordered["model"], ordered["label"], strict=True))
        compare = _controls(view, row, texts, labels)
        if compare:
            _two(texts, labels)
        else:
            _grid(view, row, ordered, texts)


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    """From oppose to favor on the value that splits the models most, so that reading is a walk."""
    spreads = found[["value1_position", "value2_position"]].std(ddof=0).fillna(0)
    by = [str(spreads.idxmax()), "label"]
    return found.sort_values(by, na_position="last", kind="stable")


def _controls(view: View, row: ScenarioRow, texts: pd.DataFrame, labels: dict[str, str]) -> bool:
    with st.container(
        key="heading-answers", horizontal=True, vertical_alignment="center",
        horizontal_alignment="distribute",
    ):  # fmt: skip
        st.header("Answers", anchor=False, width="content")
        facts = view.facts("Answers to one scenario", words.plural(len(texts), "answer"))
        with st.container(width="content"):
            export_menu(
                "answers",
                facts,
                lambda: texts.assign(scenario=row.scenario, query=row.query),
                study=view.study,
                recipe=recipes.ask(view.study, "scenarios.answers", scenario=row.scenario),
            )
    compare = st.toggle("Compare two, word by word", key="compare", bind="query-params")
    return bool(compare) and len(labels) > 1


def _grid(view: View, row: ScenarioRow, ordered: pd.DataFrame, texts: pd.DataFrame) -> None:
    names = list(ordered["label"])
    shown = st.multiselect(
        "Answers shown", names, key="show", placeholder="All models", bind="query-params"
    )
    st.caption(
        "Ordered from oppose to favor on the value that splits the models most. Position 0 is "
        "extreme oppose, 6 extreme favor."
    )
    by_model = texts.groupby("model")["text"].apply(list).to_dict()
    verdicts = _verdicts(view, row)
    place = reader_people.Place(view, row)
    chosen = ordered[ordered["label"].isin(shown)] if shown else ordered
    with st.grid(3, min_column_width=260, gap="small"):
        for record in chosen.to_dict("records"):
            model = str(record["model"])
            _cell(record, by_model.get(model, []), verdicts.get(model, []), place)


def _verdicts(view: View, row: ScenarioRow) -> dict[str, list[str]]:
    found = reads.read(view.study, cases.judgements, row.scenario)
    said: dict[str, list[str]] = {}
    for record in found.to_dict("records"):
        name = registry().judge(str(record["judge"])).label
        decision = record["decision"] if isinstance(record["decision"], str) else "no decision"
        which = f", answer {int(record['replicate']) + 1}" if record["replicate"] else ""
        said.setdefault(str(record["model"]), []).append(f"{name}{which}: {decision}")
    return said


def _cell(
    record: dict[Any, Any], texts: list[str], verdicts: list[str], place: reader_people.Place
) -> None:
    with st.container(border=True, key=f"answer-{record['model']}", gap="xsmall"):
        st.html(_head(record))
        with st.container(height=_HEIGHT, border=False):
            for number, text in enumerate(texts, start=1):
                if len(texts) > 1:
                    st.caption(f"Answer {number}, asked again" if number > 1 else "Answer 1")
                st.text(text)
            if not texts:
                st.caption(_OUTCOMES.get(record["outcome"], "no text"))
        for verdict in verdicts:
            st.text(verdict)
        if texts:
            reader_people.under(place, str(record["model"]), texts[0])


def _head(record: dict[Any, Any]) -> str:
    """Model, provider in colour and in words, and its two positions; data escaped."""
    provider = str(record["provider"])
    hue = theme.colors([provider])[provider]
    name = registry().provider(provider).label
    places = " and ".join(_place(record[f"value{v}_position"]) for v in (1, 2))
    chars = record.get("chars")
    length = f" · {int(chars):,} characters" if chars is not None and not pd.isna(chars) else ""
    return (
        f'<div class="fl-head"><span class="fl-dot" style="background:{hue}"></span>'
        f"{html.escape(str(record['label']))}</div>"
        f'<div class="fl-quiet">{html.escape(name)} · positions {places}{length}</div>'
    )


def _place(position: object) -> str:
    return "–" if pd.isna(position) else f"{int(position)}"  # type: ignore[call-overload]


def _two(texts: pd.DataFrame, labels: dict[str, str]) -> None:
    """Two answers as one text with deletions and insertions."""
    by_model = texts.drop_duplicates("model").set_index("model")["text"].to_dict()
    there = {m: label for m, label in labels.items() if m in by_model}
    if len(there) < 2:
        problems.empty("Nothing to compare", "Fewer than two models have a text here.")
        return
    ids = list(there)
    with st.container(horizontal=True):
        left = url.choice("left", "Struck through where only here", there, default=ids[0])
        right = url.choice("right", "Underlined where only here", there, default=ids[-1])
    a, b = str(by_model[left]), str(by_model[right])
    note = f"{diff.similarity(a, b):.0%} of the words are shared, in the same order."
    if diff.is_cut(a) or diff.is_cut(b):
        note += " Compared up to 6,000 words and marks each."
    st.caption(note)
    with st.container(border=True, key="word-diff"):
        st.html(f'<div class="fl-diff">{diff.diff_html(a, b)}</div>')
