"""What changes by itself while a run goes on: progress, money, findings so far, last replies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.measure.estimates.estimates import Measured
from analysis.number_text import counted, in_dollars
from analysis.registry import registry
from analysis.settings import Settings
from analysis.vocabulary import HIGH_D, Outcome
from pages.parts.stress_test import batch, measured
from pages.ui import ui_text
from pages.ui.frame import View
from pipeline.run import live
from pipeline.run.state import State
from pipeline.run.status import ENDS, Watch, last_replies, log_tail, watch
from pipeline.stages import label, respond, score

_STATES = {
    "running": ":material/play_circle: running",
    "paused": ":material/pause_circle: paused",
    "stopped": ":material/stop_circle: stopped",
    "done": ":material/check_circle: done",
    "failed": ":material/error: failed",
}
# Calls that are done and brought nothing to go on with; unreadable and failed ones stand apart.
_LOST = {
    Outcome.API_REFUSAL: "refused by the API",
    Outcome.TRUNCATED: "cut off",
}
_NEWEST, _LENGTH = 4, 600


def show(view: View, run: str, was_live: bool) -> None:
    """Drawn again every second while the run goes on; the whole page once when it has ended."""
    seen = watch(view.settings, run)
    _money(seen)
    if sentence := live.now(seen) or seen.sentence:
        st.text(sentence)
    for stage, part in seen.stages.items():
        _stage(stage, part)
    _cache(seen)
    if seen.calls_by_others:
        calls = counted(seen.calls_by_others, "call")
        st.warning(
            f"{calls} answered by another model than asked: see below.",
            icon=":material/swap_horiz:",
        )
    batch.under_way(seen)
    _findings(view, run, seen)
    _lanes(seen)
    _replies(view, run, expanded=was_live)
    _log(view, run)
    if was_live and seen.status["state"] != State.RUNNING:
        st.rerun()


def _money(seen: Watch) -> None:
    state = str(seen.status["state"])
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.markdown(f"**{_STATES.get(state, state)}**")
        st.metric(
            "Confirmed",
            in_dollars(seen.status["confirmed_usd"]),
            width="content",
            help="What the calls with a reply cost, by the provider's own counts of tokens.",
        )
        st.metric(
            "At risk",
            in_dollars(seen.status["at_risk_usd"]),
            width="content",
            help="Possibly billed: calls in flight when a runner died, replies that never came, "
            "batches that are out.",
        )
        if seen.in_flight_usd:
            st.metric(
                "In flight, at most",
                in_dollars(seen.in_flight_usd),
                width="content",
                help="What the calls that are out now may cost. Confirmed, at risk and in flight "
                "together never pass the cap.",
            )
        st.metric(
            "Cap",
            in_dollars(seen.status["budget_usd"]),
            width="content",
            help=glossary.help_text("run"),
        )


def _stage(stage: str, part: dict[str, Any]) -> None:
    done, failed, unparsable, total = (int(part.get(k) or 0) for k in (*ENDS, "total"))
    words, share = f"{stage}: {part['state']}", float(part["state"] == "complete")
    ended = done + failed + unparsable
    if ended or (total and part["state"] != "complete"):
        words = f"{stage}: {done:,} of {total:,} done"
        share = min(ended / max(total, 1), 1.0)
    if lost := [f"{part[k]:,} {name}" for k, name in _LOST.items() if part.get(k)]:
        words += f" ({', '.join(lost)})"
    apart = {"unreadable": unparsable, "failed": failed}
    st.progress(share, text=words + "".join(f", {n:,} {name}" for name, n in apart.items() if n))


def _cache(seen: Watch) -> None:
    """How much of the spec, which every judge reads each time, came from the provider's cache."""
    if found := live.from_cache(seen):
        share, low = found
        words_of_low = " That is low: the spec is paid for in full most of the time."
        st.caption(
            f"{share:.0%} of the judges' input came from the provider's cache."
            + (words_of_low if low else "")
        )


def _findings(view: View, run: str, seen: Watch) -> None:
    """Disagreement and refusals on what is done; nothing where neither has begun."""
    counts = tuple(
        int(seen.stages.get(s, {}).get("done") or 0) for s in (score.SPEC.name, label.SPEC.name)
    )
    if not any(counts):
        return
    home = str(view.settings.home)
    spread, refused = _spread(home, run, counts[0]), _refused(home, run, counts[1])
    st.subheader("Found so far", anchor=False)
    if spread.scored:
        st.text(_disagreement(spread, seen), help=ui_text.D)
    if refused:
        st.dataframe(
            _refusals(seen, refused),
            hide_index=True,
            alt="Refusals by model on what is done",
        )


# Each is asked again when its own count has changed: where a later stage runs, what an earlier one
# found is not looked for once more behind all that came since.
@st.cache_data(max_entries=20, show_spinner=False)
def _spread(home: str, run: str, scored: int) -> live.Spread:
    return live.disagreement(Settings(home=Path(home)), run)


@st.cache_data(max_entries=20, show_spinner=False)
def _refused(home: str, run: str, labelled: int) -> dict[str, Measured]:
    return live.refusals(Settings(home=Path(home)), run)


def _disagreement(found: live.Spread, seen: Watch) -> str:
    again = seen.plan.settings(respond.SPEC).replicates > 1
    return (
        f"High disagreement (D of {HIGH_D} or more) in {measured.percent(found.high)} of "
        f"{counted(found.scored, 'scored query')}; mean D {measured.number(found.mean)}. In "
        "brackets the 95% interval."
        + (" Every answer of a model counts here; a study takes the first." if again else "")
    )


def _refusals(seen: Watch, found: Mapping[str, Measured]) -> pd.DataFrame:
    """One row a model: share of its labelled answers that refuse, and what the API refused."""
    by_api = {
        row["model"]: row[Outcome.API_REFUSAL]
        for row in seen.lanes
        if row["stage"] == respond.SPEC.name
    }
    rows = [
        {
            "Model": registry().model(model).label,
            "Refusals (95% interval)": measured.percent(one),
            "Labelled answers": one.n,
            "Refused by the API": by_api.get(model, 0),
        }
        for model, one in sorted(found.items(), key=lambda m: -(m[1].value or 0.0))
    ]
    return pd.DataFrame(rows)


def _lanes(seen: Watch) -> None:
    """Every stage and model: what came back, what waits, how fast, and why one is paused."""
    rows = live.lanes(seen)
    for row in rows:
        if row["paused"] and row["waiting"]:
            st.warning(f"{row['model']} is paused: {row['paused']}", icon=":material/pause:")
    with st.expander("By stage and model", icon=":material/table:", expanded=True):
        st.dataframe(
            _table(rows),
            hide_index=True,
            alt="Calls by stage and model",
            column_config={
                "$": st.column_config.NumberColumn(format="dollar"),
                "429s": st.column_config.TextColumn(
                    help="Replies 'too many requests' since the runner began", alignment="right"
                ),
                "A second": st.column_config.TextColumn(alignment="right"),
            },
        )


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    names = {
        "stage": "Stage",
        "model": "Model",
        "done": "Done",
        "waiting": "Waiting",
        "failed": "Failed",
        Outcome.API_REFUSAL: "Refused by API",
        Outcome.TRUNCATED: "Cut off",
        "unparsable": "Unreadable",
        "rate_limited": "429s",
        "per_second": "A second",
        "left": "Time left",
        "usd": "$",
    }
    frame = pd.DataFrame(rows)
    frame["left"] = [live.duration(row["left_s"]) if row["left_s"] else "" for row in rows]
    # Readings of stages that are not under way are empty, and no "None" in a column of numbers.
    for name, form in (("rate_limited", "{:,.0f}"), ("per_second", "{:,.1f}")):
        frame[name] = ["" if pd.isna(x) else form.format(x) for x in frame[name]]
    empty = [c for c in ("rate_limited", "per_second", "left") if not frame[c].any()]
    return frame[list(names)].drop(columns=empty).rename(columns=names)


def _replies(view: View, run: str, *, expanded: bool) -> None:
    """The newest replies as inert text: models write what they like."""
    with st.expander("Last replies", icon=":material/chat:", expanded=expanded):
        newest = last_replies(view.settings, run, _NEWEST)
        if not newest:
            st.caption("None yet.")
        for reply in newest:
            kind = "unreadable" if reply["parse"] == Outcome.UNPARSABLE else str(reply["outcome"])
            st.caption(f"{reply['stage']} · {reply['model']} · {kind.replace('_', ' ')}")
            text = str(reply["text"] or reply["error"] or "")
            st.code(
                text[:_LENGTH] + ("…" if len(text) > _LENGTH else ""),
                language=None,
                wrap_lines=True,
            )


def _log(view: View, run: str) -> None:
    """What the runner wrote down, as plain text."""
    log = st.expander("Log", icon=":material/description:", on_change="rerun", key="run-log")
    if log.open:
        with log:
            lines = log_tail(view.settings, run)
            st.code("\n".join(lines) or "Nothing yet.", language=None)
