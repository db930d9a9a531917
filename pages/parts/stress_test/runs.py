"""The runs of this home: their state, progress and cost, each one click from its page."""

from typing import Any

import streamlit as st

from pages.ui import address, problems
from pages.ui.frame import View
from pipeline.run.status import calls_ended, list_runs


def show(view: View) -> None:
    """Every run, newest first."""
    found = list_runs(view.settings)
    if not found:
        problems.empty(
            "No run yet",
            "A run asks models and keeps every answer. The smoke template takes seconds on the "
            "simulator and costs nothing.",
        )
        return
    for run in found:
        _one(run)


def _one(run: dict[str, Any]) -> None:
    with st.container(border=True, key=f"run-{run['id']}", gap="xsmall"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.text(f"{run['title'] or run['id']} · {run['state']}")
            st.button(
                "Open",
                key=f"open-{run['id']}",
                on_click=address.put,
                args=("run", run["id"]),
                icon=":material/arrow_forward:",
                icon_position="right",
                type="tertiary",
            )
        st.caption(_facts(run))


def _facts(run: dict[str, Any]) -> str:
    if run["sentence"]:
        return f"{run['id']} · {run['sentence']}"
    done, total = calls_ended(run)
    kind = "simulated" if run["simulated"] else f"${run['confirmed_usd']:,.2f} confirmed"
    return f"{run['id']} · {done:,} of {total:,} calls · {kind}"
