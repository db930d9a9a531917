"""One run while it goes on and after: progress, money, replies, orders, and the way to a study."""

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from analysis.errors import FaultlineError
from analysis.figures import making_words
from analysis.load import criteria as drafted
from analysis.load.prepare import prepared
from analysis.load.subprocess_load import load_run_in_child
from analysis.number_text import counted
from analysis.parse.trials import Trial
from analysis.registry import registry
from analysis.settings import Settings
from analysis.text_safety import contained, literal
from pages.parts.stress_test import duplicates, new_run
from pages.parts.stress_test import live as stress_live
from pages.ui import address, links, problems, reads
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pages.ui.jobs import jobs
from pages.ui.jobs import show as show_jobs
from pipeline.export.write import export_run
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run import live
from pipeline.run.again import plan_again
from pipeline.run.left_out import can_do_without
from pipeline.run.other_models import OtherModel, say_same
from pipeline.run.state import State
from pipeline.run.status import Watch, selection, watch
from pipeline.stages import criteria, respond, trial


def show(view: View, run: str) -> None:
    """Watch one run; the address names it, so a link or a reload comes back to it."""
    st.button("All runs", icon=":material/arrow_back:", on_click=_leave, key="all-runs")
    try:
        seen = watch(view.settings, run)
    except FaultlineError as error:
        problems.problem("Run not found", str(error))
        return
    live = seen.status["state"] == State.RUNNING
    st.header(literal(seen.plan.title or run), anchor=False)
    _orders(view, run, seen)
    st.fragment(stress_live.show, run_every=1.0 if live else None)(view, run, live)
    _others(view, run, seen)
    _after(view, run, seen)
    duplicates.of_run(selection(view.settings, run))


def _leave() -> None:
    address.put("run", None)


def _orders(view: View, run: str, seen: Watch) -> None:
    """Pause, resume, retry what failed, cancel: each said to the runner's own journal."""
    state = seen.status["state"]
    open_still = state in (State.PAUSED, State.STOPPED, State.FAILED) and not seen.cancelled
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if state == State.RUNNING:
            _order("Pause", ":material/pause:", partial(_pause, view.settings, run))
        if open_still:
            _order("Resume", ":material/play_arrow:", partial(_resume, view.settings, run))
        if open_still and seen.plan.batch:
            _order(
                "Resume without batches",
                ":material/play_arrow:",
                partial(_resume, view.settings, run, one_by_one=True),
            )
        for name in _paused_models(seen) if open_still else ():
            _order(
                f"Go on without {name}",
                ":material/skip_next:",
                partial(_resume, view.settings, run, without=(name,)),
            )
        if seen.failed_calls and state != State.RUNNING and not seen.cancelled:
            _order(
                "Retry the failed",
                ":material/replay:",
                partial(_resume, view.settings, run, retry_failed=True),
            )
        if state == State.RUNNING or open_still:
            with st.popover("Cancel", icon=":material/cancel:"):
                st.text("Ends the run for good. What it has stored stays.")
                _order("Cancel the run", ":material/cancel:", partial(_cancel, view.settings, run))
        if state != State.RUNNING and st.button(
            "Run again today",
            icon=":material/update:",
            key="again-today",
            help="The same plan once more, for today's snapshots of its models. It costs what the "
            "plan costs.",
        ):
            _again(view.settings, run)
        if st.button("Run again with changes", icon=":material/content_copy:", key="again"):
            new_run.again(seen.plan)
            _leave()
            st.rerun()


def _paused_models(seen: Watch) -> list[str]:
    """Models that hold the run up and that it can do without."""
    held = {row["model"] for row in live.lanes(seen) if row["paused"] and row["waiting"]}
    return [
        name for name in seen.plan.used_models() if name in held and can_do_without(seen.plan, name)
    ]


def _others(view: View, run: str, seen: Watch) -> None:
    """Who answered in another model's place, each with the press that says it is the same."""
    if not seen.others:
        return
    st.header(making_words.OTHERS_ANSWERED, anchor=False)
    st.caption(
        "These replies are kept out of the numbers when the run is loaded, until somebody says "
        "that it is the same model under another name."
    )
    for nth, other in enumerate(seen.others):
        label = registry().model(other.model).label
        with st.container(
            horizontal=True, gap="small", vertical_alignment="center", key=f"other-{nth}"
        ):
            calls = counted(other.calls, "call")
            counts = "counted as the same model" if other.same else "kept out"
            st.text(f"{label}: {calls} answered by {other.name}, {counts}.")
            said = partial(_say_same, view.settings, run, other)
            if other.same:
                _order("Take it back", ":material/undo:", said, key=f"differs-{nth}")
            else:
                _order("It is the same model", ":material/check:", said, key=f"same-{nth}")


@acts(Right.OPERATE)
def _say_same(settings: Settings, run: str, other: OtherModel) -> None:
    _said(say_same(settings, run, other.model, other.name, same=not other.same))


def _order(label: str, icon: str, give: Callable[[], object], key: str = "") -> None:
    if st.button(label, icon=icon, key=key or f"order-{label}"):
        give()


@acts(Right.OPERATE)
def _again(settings: Settings, run: str) -> None:
    catalog = load(settings.home)
    with st.spinner("Starting the runner…"):
        started = runs.launch(plan_again(settings, run, catalog), settings, catalog)
        runs.detach(settings, started)
    address.put("run", started)
    st.rerun()


@acts(Right.OPERATE)
def _pause(settings: Settings, run: str) -> None:
    _said(runs.pause(settings, run))


@acts(Right.OPERATE)
def _resume(
    settings: Settings,
    run: str,
    *,
    one_by_one: bool = False,
    retry_failed: bool = False,
    without: tuple[str, ...] = (),
) -> None:
    said = runs.resume(
        settings, run, one_by_one=one_by_one, retry_failed=retry_failed, without=without
    )
    _said(said)


@acts(Right.OPERATE)
def _cancel(settings: Settings, run: str) -> None:
    _said(runs.cancel(settings, run))


def _said(sentence: str) -> None:
    st.toast(sentence)
    st.rerun()


def _after(view: View, run: str, seen: Watch) -> None:
    """Into a study, half-way too, or out as the public dataset's parquet."""
    st.header("Results so far", anchor=False)
    if trial.SPEC.name in seen.plan.stages and (tried := seen.plan.settings(trial.SPEC).read()):
        _trial(tried)
        return
    if criteria.SPEC.name in seen.plan.stages:
        _drafts(view, run)
        if respond.SPEC.name not in seen.plan.stages:
            return
    parent = seen.plan.snapshot.study if seen.plan.snapshot is not None else None
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the study", value=_usable(seen.plan.title) or run, key="run-study", width=280
        )
        apart = parent is not None and st.checkbox(
            "As a study of its own",
            key="load-apart",
            help="Otherwise it is loaded onto the study that it judged, where decisions by judges "
            "that are there already are left out. Studies of their own can be compared by the "
            "versions of the spec on the Clauses page.",
        )
        if st.button("Load as a study", type="primary", icon=":material/database:", key="load-run"):
            _load(view.settings, run, name, None if apart else parent)
        if st.button("Export as parquet", icon=":material/download:", key="export-run"):
            _export(view.settings, run)
    if parent and not apart:
        st.caption(f"It judges the answers of “{parent}” and is loaded onto that study.")
    if "_exported" in session:
        st.text(f"Written to {session['_exported']}, in the public dataset's columns.")
    show_jobs()


def _trial(tried: Trial) -> None:
    """The way to the verdict: a trial makes no study."""
    st.text(
        f"This run tries a new wording of the clause #{tried.clause} on the study "
        f"“{contained(tried.study)}”. It makes no study of its own: its verdict is read beside the "
        "draft."
    )
    study = next((info for info in reads.studies() if info.id == tried.study), None)
    if study is None:
        st.text("That study is not here any more.")
        return
    links.page(
        study,
        "clauses",
        "Go to the draft",
        clauses="Draft a repair",
        attempt=tried.new.version,
        repaired=tried.clause,
    )


def _drafts(view: View, run: str) -> None:
    """Criteria that were drafted: kept beside the spec by a press, and read there."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button(
            "Keep the criteria",
            type="primary",
            icon=":material/rule:",
            key="keep-criteria",
            help="Puts the drafts beside the spec, where people edit and run them. Undo brings "
            "back what stood there before.",
        ):
            _keep(view.settings, run)
        if said := session.get("_criteria_kept"):
            st.text(said)
            links.page(None, "criteria", "Read and edit them", criteria="Criteria")


@acts(Right.OPERATE)
def _keep(settings: Settings, run: str) -> None:
    with st.spinner("Reading what was drafted…"):
        taken = drafted.take(run, settings)
    session["_criteria_kept"] = (
        f"{taken.read:,} drafted, {taken.changed:,} of them new or changed here."
    )


@acts(Right.OPERATE)
def _load(settings: Settings, run: str, name: str, onto: str | None) -> None:
    jobs().start(
        name,
        lambda r, c: prepared(
            load_run_in_child(run, name, settings, onto=onto, report=r, cancelled=c),
            settings,
            r,
            c,
        ),
    )
    st.rerun()


@acts(Right.OPERATE)
def _export(settings: Settings, run: str) -> None:
    session["_exported"] = str(export_run(settings, run))


def _usable(title: str) -> str:
    """A title as a study can be named by it."""
    return re.sub(r"[^A-Za-z0-9 _.-]+", " ", title).strip()[:60]
