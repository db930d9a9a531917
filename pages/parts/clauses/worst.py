"""The ends of the Clauses page: the three worst first, and at the foot what holds for all."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from analysis import glossary
from analysis.figures.clause_words import KINDS, evidence_in_words, reason
from analysis.report import clause_issues, sentences
from pages.parts.clauses import clause_data, clause_text, one_clause
from pages.parts.clauses.clause_data import ClauseData
from pages.ui import links
from pages.ui.frame import View

MOST = 3
_LARGEST = 50


def worst(view: View, cited: ClauseData) -> None:
    """The clauses that stand out from the others, three at most, each with its kind, the reason in
    numbers and what it rests on; where none does, those that rank first, as leads."""
    standing = cited.table[cited.table["stands_out"]].head(MOST)
    st.header(_heading(len(standing)), anchor=False, help=glossary.help_text("needs_work"))
    if standing.empty:
        _nobody(cited)
    top = cited.table.head(MOST) if standing.empty else standing
    for column, row in zip(st.columns(len(top)), top.to_dict("records"), strict=False):
        with column, st.container(border=True, gap="xsmall", height="stretch"):
            _card(cited, row)
    _file(view, cited)


def _nobody(cited: ClauseData) -> None:
    """That no clause stands out, and what the three below are then."""
    told = sentences.no_clause(cited.table[["state"]].to_dict("records"))
    st.text(f"{told} Those that rank first are leads to read, not findings.")


def _card(cited: ClauseData, row: Mapping[Any, Any]) -> None:
    st.text(cited.title(row["clause"]))
    st.markdown(f"**{str(row['kind']).capitalize()}**", help=KINDS[str(row["kind"])])
    st.text(reason(row, cited.titles))
    st.text(f"From {evidence_in_words(row)}.")
    st.button(
        "Read the arguments",
        key=f"worst-{row['clause']}",
        type="tertiary",
        icon=":material/arrow_forward:",
        icon_position="right",
        on_click=one_clause.open_,
        args=(str(row["clause"]),),
    )


def _file(view: View, cited: ClauseData) -> None:
    """One Markdown file of the clauses that need work most."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        most = min(len(cited.table), _LARGEST)
        count = st.number_input("Clauses in one file", 1, most, min(MOST, most), width=150)
        st.download_button(
            "Markdown of these clauses",
            _made(view, int(count)),
            f"{view.info.id}-clauses.md",
            "text/markdown",
            icon=":material/download:",
            on_click="ignore",
            key="clauses-markdown",
            help="Those that need work most, each with three cases, both arguments and links.",
        )


def _made(view: View, count: int) -> Callable[[], bytes]:
    base = links.base()

    def made() -> bytes:
        source = clause_data.labels_of(view.study)
        return clause_issues.top(view.study, count, base, source).encode()

    return made


def _heading(count: int) -> str:
    if not count:
        return "No clause stands out"
    if count == 1:
        return "The clause that most needs work"
    return f"The {count} clauses that most need work"


def small_print(cited: ClauseData) -> None:
    """How citations are found, and names that the spec does not have."""
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            "A clause counts as cited where a judge's reasoning names its anchor, its title or a "
            "part of it, or quotes four or more words that occur in it alone, and does not dismiss "
            "it. How often that is right, and what it misses: docs/citations.md."
        )
        clause_text.not_in_spec(cited.evidence.citations)
