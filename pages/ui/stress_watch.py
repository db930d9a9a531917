"""One run while it goes on and after: progress, money, replies, orders, and the way to a study."""

import re
from typing import Any

import streamlit as st

from analysis.errors import FaultlineError
from analysis.load.runs import load_run
from analysis.markup import literal
from pages.ui import problems, runners, stress_duplicates, stress_live, stress_plan, url
from pages.ui.frame import View
from pages.ui.job_strip import jobs
from pages.ui.job_strip import show as show_jobs
from pipeline import run as runs
from pipeline.export import export_run
from pipeline.run_state import State
from pipeline.status import Watch, selection, watch


def show(view: View, run: str) -> None:
    """Watch one run; the address names it, so a link or a reload comes back to it."""
    st.button("All runs", icon=":material/arrow_back:", on_click=_leave, key="all-runs")
    try:
        seen = watch(view.settings, run)
    except FaultlineError as error:
        problems.problem("That run is not here", str(error))
        return
    live = seen.status["state"] == State.RUNNING
    st.header(literal(seen.plan.title or run), anchor=False)
    _orders(view, run, seen)
    st.fragment(stress_live.show, run_every=1.0 if live else None)(view, run, live)
    _after(view, run, seen)
    stress_duplicates.of_run(selection(view.settings, run))


def _leave() -> None:
    url.put("run", None)


def _orders(view: View, run: str, seen: Watch) -> None:
    """Pause, resume, retry what failed, cancel: each said to the runner's own journal."""
    state = seen.status["state"]
    failed = sum(int(p["failed"]) for p in seen.status["stages"].values())
    open_still = state in (State.PAUSED, State.STOPPED, State.FAILED) and not seen.cancelled
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if state == State.RUNNING:
            _order("Pause", ":material/pause:", lambda: runs.pause(view.settings, run))
        if open_still:
            _order("Resume", ":material/play_arrow:", lambda: runs.resume(view.settings, run))
        if open_still and seen.plan.batch:
            _order(
                "Resume without batches",
                ":material/play_arrow:",
                lambda: runs.resume(view.settings, run, one_by_one=True),
            )
        if failed and state != State.RUNNING and not seen.cancelled:
            _order(
                "Retry the failed",
                ":material/replay:",
                lambda: runs.resume(view.settings, run, retry_failed=True),
            )
        if state == State.RUNNING or open_still:
            with st.popover("Cancel", icon=":material/cancel:"):
                st.text("Ends the run for good. What it has stored stays.")
                _order("Cancel the run", ":material/cancel:",
                       lambda: runs.cancel(view.settings, run))  # fmt: skip
        if st.button("Run again with changes", icon=":material/content_copy:", key="again"):
            stress_plan.again(seen.plan)
            _leave()
            st.rerun()


def _order(label: str, icon: str, give: Any) -> None:
    if st.button(label, icon=icon, key=f"order-{label}"):
        with problems.shown():
            runners.check()
            st.toast(give())
            st.rerun()


def _after(view: View, run: str, seen: Watch) -> None:
    """Into a study, half-way too, or out as the public dataset's parquet."""
    st.header("What it has so far", anchor=False)
    parent = seen.plan.snapshot.study if seen.plan.snapshot is not None else None
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the study", value=_usable(seen.plan.title) or run, key="run-study", width=280
        )
        apart = parent is not None and st.checkbox(
            "Apart from the study it judged", key="load-apart",
            help="A study of its own. On that study, decisions by judges it has already are left "
            "out; apart, two versions of a spec can be compared on the Clauses page.",
        )  # fmt: skip
        if st.button("Load as a study", type="primary", icon=":material/database:", key="load-run"):
            runners.check()
            settings, onto = view.settings, None if apart else parent
            jobs().start(
                name,
                lambda r, c: load_run(run, name, settings, onto=onto, report=r, cancelled=c),
            )
            st.rerun()
        if st.button("Export as parquet", icon=":material/download:", key="export-run"):
            with problems.shown():
                runners.check()
                st.session_state["_exported"] = str(export_run(view.settings, run))
    if parent and not apart:
        st.caption(f"It judges the answers of “{parent}” and is loaded onto that study.")
    if "_exported" in st.session_state:
        st.text(f"Written to {st.session_state['_exported']}, in the public dataset's columns.")
    show_jobs()


def _usable(title: str) -> str:
    """A title as a study can be named by it."""
    return re.sub(r"[^A-Za-z0-9 _.-]+", " ", title).strip()[:60]
