"""The runs of this home: their state, progress and cost, each one click from its page."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analysis.number_text import in_dollars
from analysis.vocabulary import HIGH_D
from pages.parts.stress_test import measured
from pages.ui import address, problems
from pages.ui.frame import View
from pipeline.run.compared import RunFacts, changes, facts
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
    if len(found) > 1:
        _compare(view, found)


def _compare(view: View, found: list[dict[str, Any]]) -> None:
    """Two runs beside each other, and what their plans differ in."""
    st.header("Compare two runs", anchor=False)
    names = {run["id"]: _named(run) for run in found if run["state"] != "unreadable"}
    with st.container(horizontal=True, gap="medium"):
        a, b = (
            st.selectbox(
                label,
                list(names),
                index=None,
                format_func=names.__getitem__,
                placeholder="Choose a run",
                key=f"compare-run-{label}",
                width=330,
            )
            for label in ("A", "B")
        )
    if not (a and b) or a == b:
        st.caption("Choose two runs: what they cost, what failed, how fast they were, and D.")
        return
    with problems.shown():
        sides = [facts(view.settings, run) for run in (a, b)]
        rows = [(label, *(tell(side) for side in sides)) for label, tell in _ROWS.items()]
        st.table(
            pd.DataFrame(rows, columns=["", "A", "B"]).set_index(""),
            border="horizontal",
            alt="Two runs beside each other",
        )
        st.caption(
            "Speed is from the first reply to the last, pauses included. D is of the newest 2,000 "
            "scored queries at most; in brackets the 95% interval."
        )
        st.subheader("What changes between their plans", anchor=False)
        differs = [(f, str(x)[:80], str(y)[:80]) for f, x, y in changes(view.settings, a, b)]
        if not differs:
            st.text("Nothing: both ran the same plan.")
            return
        frame = pd.DataFrame(differs, columns=["Field", "A", "B"])
        st.dataframe(frame, hide_index=True, alt="Fields of the two plans that differ")


def _named(run: dict[str, Any]) -> str:
    parts = (run["title"], run["what"], run["id"][-6:])
    return " · ".join(part for part in parts if part)


_ROWS: Mapping[str, Callable[[RunFacts], str]] = {
    "State": lambda run: run.state,
    "Confirmed": lambda run: in_dollars(run.confirmed_usd),
    "At risk": lambda run: in_dollars(run.at_risk_usd),
    "Calls done": lambda run: f"{run.done:,}",
    "Failed": lambda run: f"{run.failed:,}",
    "Unreadable": lambda run: f"{run.unparsable:,}",
    "Refused by the API": lambda run: f"{run.refused:,}",
    "Cut off": lambda run: f"{run.truncated:,}",
    "Answered by another model": lambda run: f"{run.other_model:,}",
    "Calls a second": lambda run: "–" if run.per_second is None else f"{run.per_second:,.1f}",
    "Mean D": lambda run: measured.number(run.mean_d),
    f"High D (≥ {HIGH_D})": lambda run: measured.percent(run.high_d),
}


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
    kind = "simulated" if run["simulated"] else f"{in_dollars(run['confirmed_usd'])} confirmed"
    what = f"{run['what']} · " if run["what"] else ""
    return f"{what}{done:,} of {total:,} calls · {kind} · {run['id']}"
