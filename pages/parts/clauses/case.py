"""The case of one clause in one screen: what is wrong, from how much, and three answers to
different queries with the judges' opposite words."""

from collections.abc import Mapping

import streamlit as st

from analysis.figures import clause_words
from analysis.figures.frames import clause_case
from analysis.figures.frames.clause_case import Argument, Example
from analysis.number_text import counted
from analysis.text_safety import escaped, literal
from analysis.vocabulary import d_text
from pages.parts.clauses.clause_data import ClauseData
from pages.ui import links, long_text, reads, ui_text
from pages.ui.frame import View

_QUERY, _ANSWER, _SAID = 150, 220, 160
"""Characters of each, about: so that three cases stand on the first screen of a desk."""


def finding(cited: ClauseData, row: Mapping[object, object]) -> None:
    """What kind of trouble, why, how sure that is, and what would mend it."""
    st.markdown(f"**{str(row['kind']).capitalize()}**", help=clause_words.KINDS[str(row["kind"])])
    st.text(
        f"{clause_words.reason(row, cited.titles)} From {clause_words.evidence_in_words(row)}. "
        f"{clause_words.certainty(row)}"
    )
    st.text(f"Suggested repair: {clause_words.repair(row, cited.titles)}")


def three(view: View, cited: ClauseData, row: Mapping[object, object]) -> None:
    """Three cases of that very kind side by side, each of another family."""
    rival = row["rival"] if isinstance(row["rival"], str) else None
    anchor, kind = str(row["clause"]), str(row["kind"])
    found = reads.read(
        view.study, clause_case.examples, view.study.reading.spec, anchor, kind, rival, _SAID
    )
    if not found:
        st.text(f"No single answer shows it: {kind} is what remains once all are counted.")
        return
    families = counted(len(found), "different family")
    st.caption(f"{counted(len(found), 'case')} of {families}, the highest D first")
    for number, (column, example) in enumerate(zip(st.columns(len(found)), found, strict=True)):
        with (
            column,
            st.container(border=True, gap="xxsmall", height="stretch", key=f"told-{number}"),
        ):
            _case(view, cited, anchor, example)


def _case(view: View, cited: ClauseData, anchor: str, example: Example) -> None:
    d = "" if example.d is None else f", D {d_text(example.d)}"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"case-{example.scenario}-{example.model}",
    ):
        st.caption(literal(f"Query {example.scenario}{d}"), width="content")
        links.page(
            view.info,
            "scenarios",
            "Read the whole case",
            behind=True,
            scenario=example.scenario,
            show=example.label,
            clause=anchor,
        )
    st.text(_beginning(example.query, _QUERY))
    st.caption(literal(f"The answer of {example.label}"))
    st.text(_beginning(example.answer, _ANSWER) or "The study has no text of this answer.")
    for said in example.arguments:
        _argument(cited, anchor, said)


def _beginning(text: str, most: int) -> str:
    """How a text begins, in one paragraph: the whole of it is one click away."""
    words = " ".join(text[: 4 * most].split())
    if len(words) <= most:
        return long_text.drawable(words)
    return long_text.drawable(f"{words[:most].rpartition(' ')[0] or words[:most]} …")


def _argument(cited: ClauseData, anchor: str, said: Argument) -> None:
    """Who decided what by which clause, and the words that argue it, the cited ones marked."""
    clause = "this clause" if said.clause == anchor else f"“{_title(cited, said.clause)}”"
    st.caption(literal(f"{said.judge}: {said.decision}, by {clause}"))
    if not said.words:
        st.text("No reasoning was recorded.")
        return
    made, at = [], 0
    for start, end in said.marks:
        made += [_inert(said.words[at:start]), f"<mark>{_inert(said.words[start:end])}</mark>"]
        at = end
    made.append(_inert(said.words[at:]))
    st.html(f'<div class="fl-said">{"".join(made)}</div>')


def _title(cited: ClauseData, clause: str) -> str:
    return ui_text.named(cited.title(clause))


def _inert(words: str) -> str:
    return escaped(long_text.drawable(words))
