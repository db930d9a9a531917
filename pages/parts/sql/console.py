"""The sections of the SQL page: the query, what came of it, and the tables it can name."""

import re
import time

import streamlit as st

from analysis.errors import FaultlineError
from analysis.figures.sql import rows
from analysis.show import sql as drawings
from analysis.store import dictionary
from analysis.store.sql_console import console
from pages.parts.sql.examples import EXAMPLES
from pages.ui import address, figure, problems
from pages.ui.address import session
from pages.ui.frame import View

_TEXT = "_sql_text"
_LINK = "_sql_link"
_RUNNING = "_sql_running"
_CAME = "_sql_came"
_LIMITS = (
    f"At most {console.ROWS:,} rows, {console.SECONDS:.0f} seconds and "
    f"{console.MEMORY_MB:,} MB a query."
)


def editor(view: View) -> None:
    """The query, its examples, and what runs or stops it."""
    _from_address()
    st.selectbox(
        "Start from an example",
        range(len(EXAMPLES)),
        index=None,
        format_func=lambda i: EXAMPLES[i].title,
        placeholder="Choose one: it replaces the query below",
        key="sql-example",
        on_change=_take_example,
        width=520,
    )
    with st.form("sql-form", border=False):
        st.text_area(
            "Query",
            key=_TEXT,
            height=230,
            max_chars=console.LONGEST,
            help="One SELECT in DuckDB's SQL. WITH, FROM, DESCRIBE and SUMMARIZE work too.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            run = st.form_submit_button(
                "Run", type="primary", icon=":material/play_arrow:", help="Ctrl+Enter in the query"
            )
            st.caption(_LIMITS)
    if run:
        _start(view)
    _watch()


def _from_address() -> None:
    """Take a query from the address when it is new there (a link, or going back)."""
    there = address.get("sql")[: console.LONGEST]
    if _TEXT not in session or there not in ("", session.get(_LINK)):
        session[_TEXT] = there or EXAMPLES[0].sql
    session[_LINK] = there


def _take_example() -> None:
    chosen = session.get("sql-example")
    if chosen is not None:
        session[_TEXT] = EXAMPLES[chosen].sql
        session["sql-example"] = None
        address.put("sql", None)


def _start(view: View) -> None:
    running = session.pop(_RUNNING, None)
    if running is not None:
        running.cancel()
    sql = session[_TEXT]
    session.pop(_CAME, None)
    address.put("sql", sql)
    session[_LINK] = sql
    with problems.shown():
        session[_RUNNING] = console.ask(view.info, sql, view.settings)


def _watch() -> None:
    """While a query runs, this part alone is drawn again; a quick one is simply waited for."""
    query = session.get(_RUNNING)
    if query is None:
        return
    end = time.monotonic() + 0.8
    while not query.poll() and time.monotonic() < end:
        time.sleep(0.02)
    if query.poll():
        _take(query)
    else:
        st.fragment(_waiting, run_every=0.5)()


def _waiting() -> None:
    query = session.get(_RUNNING)
    if query is None:
        return
    if query.poll():
        _take(query)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/stop:", key="sql-cancel", on_click=query.cancel)
        st.text(f"Running for {query.elapsed:.0f} s of at most {query.seconds:.0f} s…")


def _take(query: console.Query) -> None:
    """Keep the answer, or the sentence that stands for it."""
    session.pop(_RUNNING, None)
    try:
        session[_CAME] = query.answer()
    except FaultlineError as error:
        session[_CAME] = str(error)


def result(view: View) -> None:
    """The rows, as a table and as a figure; or why there are none."""
    came = session.get(_CAME)
    if came is None:
        return
    if isinstance(came, str):
        _refused(came)
        return
    if came.frame.empty:
        problems.empty("No rows", "The query ran and returned no rows.")
        return
    figure.show(
        view,
        "sql.result",
        key="sql-result",
        hint=_hint(came),
        height=460,
        rows_shown=rows(came),
        sql=came.sql,
    )
    _drawn(view, came)


def _hint(came: console.QueryResult) -> str:
    more = " Aggregate or add a LIMIT to see all that you need." if came.cut else ""
    return f"It ran for {came.seconds:.1f} s.{more}"


def _refused(words: str) -> None:
    sentence, _, where = words.partition("\n\n")
    problems.problem("The query did not run", re.sub(r"^\w+ Error: ", "", sentence))
    if where:
        st.code(where, language=None)


def _drawn(view: View, came: console.QueryResult) -> None:
    frame = came.frame
    numbers = drawings.numeric(frame)
    if not numbers or len(frame) < 2:
        return
    with st.container(horizontal=True, gap="medium"):
        kind = st.segmented_control(
            "Draw", list(drawings.KINDS), key="sql-kind", help="The result as a chart."
        )
        if not kind:
            return
        x = st.selectbox("Across", list(frame.columns), key="sql-x", width=200)
        y = st.selectbox("Up", numbers, index=len(numbers) - 1, key="sql-y", width=200)
        others = [c for c in frame.columns if c not in (x, y)]
        by = st.selectbox("Colour", others, index=None, key="sql-by", width=200)
    with problems.shown():
        figure.show(
            view,
            "sql.chart",
            key="sql-figure",
            rows_shown=rows(came),
            sql=came.sql,
            kind=kind,
            x=x,
            y=y,
            by=by or "",
        )


def tables() -> None:
    """The tables and columns that a query can name."""
    st.header("Tables", anchor=False)
    described = dictionary.described()
    chosen = st.pills(
        "Table", list(described), default="scenarios", key="sql-table", label_visibility="collapsed"
    )
    if chosen:
        grain, frame = described[chosen]
        st.markdown(grain)
        frame["holds"] = frame["holds"].str.replace("`", "")  # cells show Markdown as it is typed
        st.dataframe(frame, hide_index=True, key="sql-columns", alt=f"Columns of {chosen}.")
