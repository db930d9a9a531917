"""One clause: its text, those most like it, its cases with the arguments, what to take away."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes, tables
from analysis.export.provenance import facts_of
from analysis.parse.clause import Clause
from pages.ui import clause_text, reads, reasonings, url, words
from pages.ui.cited import KINDS, Cited, reason, said
from pages.ui.frame import View
from pages.ui.judged import asked, computed, label
from pages.ui.picking import picked

_MOST = 300
_NAMED = 3  # cases named in the Markdown


def one(view: View, cited: Cited) -> str:
    """The clause that was chosen, in full; gives its anchor."""
    options = {str(c): cited.title(c) for c in cited.table["clause"]}
    st.header("One clause", anchor=False)
    with st.container(width=360):
        anchor = url.choice("clause", "Clause", options, default=next(iter(options)))
    clause = cited.clauses[anchor]
    row = cited.table[cited.table["clause"] == anchor].to_dict("records")[0]
    path = " › ".join(
        cited.title(a) for a in dict.fromkeys((clause.section, clause.parent or "", anchor)) if a
    )
    st.text(f"{path} · #{anchor}" + (f" · {clause.authority}" if clause.authority else ""))
    rows = computed(view, asked(view, "clauses.cases", clause=anchor))
    left, right = st.columns([5, 4], gap="large")
    with left, st.container(border=True):
        clause_text.show(clause.text, clause_text.quotes_of(view, cited.spec, anchor))
    with right:
        _numbers(cited, row)
        clause_text.invoked_by(cited.held.known, anchor)
        _around(view, cited, clause)
        _take_away(view, cited, clause, row, rows)
    _cases(view, anchor, rows)
    return anchor


def _numbers(cited: Cited, row: Mapping[object, object]) -> None:
    st.text(
        f"Cited on {int(str(row['cited'])):,} answers; violated in "
        f"{said(row['violated'], '{:.0%}')} of the decisions citing it; kappa "  # type: ignore[arg-type]
        f"{said(row['kappa'])}; {words.plural(int(str(row['quality_gaps'])), 'quality gap')}."  # type: ignore[arg-type]
    )
    parts = [float(str(row[f"part_{p}"])) for p in ("interpretive", "activation", "violated")]
    st.text(
        f"Needs work {float(str(row['needs_work'])):.2f}: the mean of {parts[0]:.2f} (interpretive "
        f"conflicts), {parts[1]:.2f} (activation conflicts) and {parts[2]:.2f} (violations), each "
        "the lower end of its 95% interval."
    )


def _around(view: View, cited: Cited, clause: Clause) -> None:
    """The clauses it refers to, and those most like it: one click away where they are cited."""
    if clause.references:
        st.text(f"Refers to {', '.join(cited.title(a) for a in clause.references)}.")
    near = computed(view, asked(view, "clauses.nearest", clause=clause.anchor))
    st.caption("Most like it", help="Likeness of the texts, 0 to 1. A pointer, never evidence.")
    if near.empty:
        st.text("No other clause is worded like it.")
    there = set(cited.table["clause"])
    with st.container(gap=None):
        for found in near.to_dict("records"):
            named = f"{found['title']} ({found['likeness']:.2f})"
            if found["clause"] in there:
                st.button(
                    named, key=f"alike-clause-{found['clause']}", type="tertiary",
                    on_click=url.keep, args=("clause", str(found["clause"])),
                )  # fmt: skip
            else:
                st.text(f"{named}, never cited")


def _take_away(
    view: View,
    cited: Cited,
    clause: Clause,
    row: Mapping[object, object],
    rows: pd.DataFrame,
) -> None:
    """Markdown for an issue, to copy or as a file, and the cases with every argument."""
    text = _markdown(view, cited, clause, row, rows)
    with st.container(horizontal=True, gap="small"):
        with st.popover("Copy as Markdown", icon=":material/content_copy:", key="markdown-shown"):
            st.caption("For an issue or a review. The button in the corner copies all of it.")
            st.code(text, language=None, wrap_lines=True, height=340)
        st.download_button(
            "Markdown for an issue", text, f"{clause.anchor}.md", "text/markdown",
            icon=":material/download:", on_click="ignore", key="clause-markdown",
        )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for name, ending, mime in (
            ("Export the cases (CSV)", "csv", "text/csv"),
            ("Export the cases (Parquet)", "parquet", "application/vnd.apache.parquet"),
        ):
            st.download_button(
                name, _file(view, clause.anchor, ending), f"{clause.anchor}-cases.{ending}", mime,
                icon=":material/download:", on_click="ignore", key=f"clause-cases-{ending}",
            )  # fmt: skip


def _file(view: View, anchor: str, ending: str) -> Callable[[], bytes]:
    """Every judgement on its cases with the reasoning, made when somebody asks for it."""
    recipe = asked(view, "clauses.arguments", clause=anchor)

    def made() -> bytes:
        rows, asked_sql = reads.read(view.study, recipes.worked, recipe)
        facts = facts_of(view.study, recipe, rows, asked_sql)
        return tables.csv(rows, facts) if ending == "csv" else tables.parquet(rows, facts)

    return made


def _cases(view: View, anchor: str, rows: pd.DataFrame) -> None:
    """Its cases, those in conflict over it first, with what each judge said of one."""
    recipe = asked(view, "clauses.cases", clause=anchor)
    top = rows.head(_MOST)
    shown = top.assign(model=[label(view, str(m)) for m in top["model"]])
    cut = f"the first {_MOST} shown; " if len(rows) > _MOST else ""
    key = f"clause-cases-{anchor}"
    at = picked(
        view,
        "clause-cases",
        f"Its cases: {words.plural(len(rows), 'answer')}",
        shown[["scenario", "model", "conflict", "d", "decisions"]],
        {
            "scenario": st.column_config.TextColumn("Scenario", width=130),
            "model": st.column_config.TextColumn("Model", width=150),
            "conflict": st.column_config.TextColumn("Conflict over it", width=120),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "decisions": st.column_config.TextColumn("Decisions", width=460),
        },
        alt="Answers on which a judge cites the clause",
        note=f"Those in conflict over it first, {cut}click a row for the arguments.",
        frame=lambda: rows,
        help=glossary.told("cited"),
        recipe=recipe,
        grid_key=key,
        tall=300,
    )
    row = top.iloc[at or 0]
    reasonings.side_by_side(view, str(row["scenario"]), str(row["model"]))


def _markdown(
    view: View,
    cited: Cited,
    clause: Clause,
    row: Mapping[object, object],
    rows: pd.DataFrame,
) -> str:
    """What a spec writer pastes into a review: the finding, its numbers, cases, their source."""
    quoted = "\n".join(f"> {line}" for line in clause.text.splitlines()) or "> (no text)"
    top = rows[rows["conflict"] != ""].head(_NAMED)
    named = "".join(
        f"- {r['scenario']}, {label(view, str(r['model']))}: {r['decisions']} ({r['conflict']})\n"
        for r in top.to_dict("records")
    )
    return (
        f"## {clause.title} (`#{clause.anchor}`)\n\n{quoted}\n\n"
        f"**{str(row['kind']).capitalize()}.** {reason(cited, row)} {KINDS[str(row['kind'])]}\n\n"
        f"- cited on {row['cited']} answers\n"
        f"- interpretive conflicts: {row['interpretive']}; activation conflicts: "
        f"{row['activation']}; quality gaps: {row['quality_gaps']}\n"
        f"- violated in {said(row['violated'], '{:.0%}')} of the decisions citing it\n"  # type: ignore[arg-type]
        f"- kappa of the judges on its cases: {said(row['kappa'])}\n\n"  # type: ignore[arg-type]
        + (f"Cases to read first:\n\n{named}\n" if named else "")
        + f"Spec {cited.spec.name} {cited.spec.version}; study {view.info.title}, content "
        f"{view.info.content_hash[:12]}{', simulated data' * view.info.simulated}; numbers by "
        "Faultline.\n"
    )
