"""A line on every page while a stress test goes on, with the way to it."""

from pathlib import Path

import streamlit as st

from pages.ui import url
from pages.ui.routes import STRESS_TEST


def show(runs: Path) -> None:
    """Nothing where no run is alive; asked at most every two seconds, whoever asks."""
    if not runs.is_dir() or url.get("run"):
        return
    for run, title in _alive(str(runs)):
        with st.container(key=f"box-note-run-{run}", horizontal=True, vertical_alignment="center"):
            st.text(f"A stress test is running: {title}.")
            st.page_link(
                STRESS_TEST, label="Watch it", icon=":material/visibility:",
                query_params={"run": run},
            )  # fmt: skip


@st.cache_data(ttl=2, show_spinner=False)
def _alive(runs: str) -> list[tuple[str, str]]:
    # Plans and journals are read only where there are runs: a page without any pays nothing.
    from analysis.settings import Settings
    from pipeline.run_state import State
    from pipeline.status import list_runs

    found = list_runs(Settings(home=Path(runs).parent))
    return [(r["id"], r["title"] or r["id"]) for r in found if r["state"] == State.RUNNING]
