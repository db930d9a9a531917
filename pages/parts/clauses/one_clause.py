"""One clause: its text, those most like it, its cases with the arguments, what to take away."""

from collections.abc import Callable, Mapping

import streamlit as st

from analysis import glossary
from analysis.figures import catalog
from analysis.figures.clause_words import estimate_in_words, evidence_in_words
from analysis.figures.provenance import facts_of
from analysis.files import tables
from analysis.number_text import counted
from analysis.parse.specs.clause import Clause
from analysis.report import clause_issues
from analysis.store.study import OpenStudy
from analysis.text_safety import literal
from pages.parts.clauses import case, clause_text, repair
from pages.parts.clauses.clause_data import ClauseData, labels_of
from pages.ui import address, clicks, figure, links, reads, reasonings
from pages.ui.frame import View

_MOST = 300
_PART = "one-clause"
_CLAUSE = 168  # pixels


def open_(anchor: str) -> None:
    """Choose a clause, and bring it to where the eye is."""
    address.keep("clause", anchor)
    clicks.bring_into_view(_PART)


def one(view: View, cited: ClauseData) -> str:
    """The clause that was chosen, in full; gives its anchor. A link that names one opens the page
    at it."""
    with clicks.part_in_view(_PART, "clause"):
        return _one(view, cited)


def _one(view: View, cited: ClauseData) -> str:
    options = {str(c): cited.title(c) for c in cited.table["clause"]}
    asked = address.get("clause")
    top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with top:
        st.header("One clause", anchor=False, width="content")
        with st.container(width=420):
            anchor = address.choice("clause", "Clause", options)
    if asked == anchor:  # the first of the list, too, has an address once somebody chose it
        address.put("clause", anchor)
    clause = cited.clauses[anchor]
    row = cited.table[cited.table["clause"] == anchor].to_dict("records")[0]
    path = " › ".join(
        cited.title(a) for a in dict.fromkeys((clause.section, clause.parent or "", anchor)) if a
    )
    with top:
        _issue(view, anchor)
        repair.way(anchor)
    st.caption(
        literal(f"{path} · #{anchor}" + (f" · {clause.authority}" if clause.authority else ""))
    )
    left, right = st.columns([6, 5], gap="large")
    with left, st.container(gap="xsmall", key="finding"):
        case.finding(cited, row)
    with right, st.container(border=True, height=_CLAUSE, key="clause-text"):
        clause_text.show(clause.text, clause_text.quotes_of(view, cited.spec, anchor))
    case.three(view, cited, row)
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.caption("In numbers")
        _numbers(cited, row)
        clause_text.invoked_by(cited.evidence.known, anchor)
    with right:
        _around(view, cited, clause)
    _take_away(view, anchor)
    _cases(view, anchor, cited.models)
    return anchor


def _numbers(cited: ClauseData, row: Mapping[object, object]) -> None:
    st.text(
        f"Cited on {int(str(row['cited'])):,} answers to {evidence_in_words(row)}; violated in "
        f"{estimate_in_words(row['violated'], '{:.0%}')} of the decisions citing it; kappa "  # type: ignore[arg-type]
        f"{estimate_in_words(row['kappa'])}; "  # type: ignore[arg-type]
        f"{counted(int(str(row['quality_gaps'])), 'quality gap')}."
    )
    parts = [float(str(row[f"part_{p}"])) for p in ("interpretive", "activation", "violated")]
    st.text(
        f"Needs work {float(str(row['needs_work'])):.2f}: the mean of {parts[0]:.2f} (interpretive "
        f"conflicts), {parts[1]:.2f} (activation conflicts) and {parts[2]:.2f} (violations), each "
        "drawn towards that of all clauses as far as its families are few."
    )


def _around(view: View, cited: ClauseData, clause: Clause) -> None:
    """The clauses it refers to, and those most like it: one click away where they are cited."""
    if clause.references:
        st.text(f"Refers to {', '.join(cited.title(a) for a in clause.references)}.")
    near = figure.read(view, "clauses.nearest", clause=clause.anchor).frame
    st.caption("Most similar clauses", help=glossary.help_text("similar_clauses"))
    if near.empty:
        st.text("No other clause has a similar text.")
    there = set(cited.table["clause"])
    with st.container(gap=None):
        for found in near.to_dict("records"):
            named = f"{found['title']} ({found['likeness']:.2f})"
            if found["clause"] in there:
                st.button(
                    named,
                    key=f"alike-clause-{found['clause']}",
                    type="tertiary",
                    on_click=open_,
                    args=(str(found["clause"]),),
                )
            else:
                st.text(f"{named}, never cited")


def _issue(view: View, anchor: str) -> None:
    """The same case as Markdown for an issue, to copy or as a file."""
    text = reads.read(view.study, _markdown, anchor, links.base())
    with st.container(horizontal=True, gap="small"):
        with st.popover("Copy as Markdown", icon=":material/content_copy:", key="markdown-shown"):
            st.caption("For an issue or a review. The button in the corner copies all of it.")
            st.code(text, language=None, wrap_lines=True, height=340)
        st.download_button(
            "Markdown for an issue",
            text,
            f"{anchor}.md",
            "text/markdown",
            icon=":material/download:",
            on_click="ignore",
            key="clause-markdown",
        )


def _markdown(study: OpenStudy, anchor: str, base: str) -> str:
    return clause_issues.one(study, anchor, base, labels_of(study))


def _take_away(view: View, anchor: str) -> None:
    """The cases with every argument as a file."""
    with st.container(horizontal=True, gap="small"):
        for name, ending, mime in (
            ("Export the cases (CSV)", "csv", "text/csv"),
            ("Export the cases (Parquet)", "parquet", "application/vnd.apache.parquet"),
        ):
            st.download_button(
                name,
                _file(view, anchor, ending),
                f"{anchor}-cases.{ending}",
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"clause-cases-{ending}",
            )


def _file(view: View, anchor: str, ending: str) -> Callable[[], bytes]:
    """Every judgement on its cases with the reasoning, made when somebody asks for it."""
    recipe = catalog.bind(view.study, "clauses.arguments", clause=anchor)

    def made() -> bytes:
        rows, asked_sql = reads.read(view.study, catalog.compute_with_queries, recipe)
        facts = facts_of(view.study, catalog.worded(view.study, recipe, rows), asked_sql)
        return tables.csv(rows, facts) if ending == "csv" else tables.parquet(rows, facts)

    return made


def _cases(view: View, anchor: str, models: str) -> None:
    """Its cases, those in conflict over it first, with what each judge said of one."""
    shown = figure.show(
        view,
        "clauses.cases",
        key="clause-cases",
        hint="Click a row for the arguments.",
        stays=True,
        most=_MOST,
        height=300,
        clause=anchor,
        models=models,
    )
    row = shown.row or shown.content.frame.iloc[0]
    reasonings.side_by_side(view, str(row["scenario"]), str(row["model"]), anchor)
