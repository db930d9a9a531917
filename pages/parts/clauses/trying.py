"""A trial of a draft: planned with its power and price, run as any run, and its verdict with what
follows from it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import trial_words
from analysis.figures.frames import trials as frames
from analysis.load import drafts as load_drafts
from analysis.load import trials
from analysis.load.trials import USUAL_SAMPLE, Planned, TrialWish
from analysis.parse.trials import NewText
from analysis.queries import clauses as queries
from analysis.store import trials as kept
from analysis.store.annotations import drafts as store
from analysis.store.annotations.drafts import Draft
from analysis.store.trials import Reading
from analysis.text_safety import contained
from pages.ui import clicks, figure, links, person, problems, reads, ui_text
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pipeline.plan.plan import read_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control
from pipeline.run.state import State
from pipeline.run.status import calls_ended, status

EDITOR = "draft-editor"
_PLANNED = "_trial_planned"
_MOST = 200
_TALL = 750  # pixels: all groups at once


def show(view: View, draft: Draft) -> None:
    """Where the trial of this draft stands: to be planned, running, or with its verdict."""
    with st.container(border=True, gap="small", key="draft-trial"):
        st.subheader("Trial", anchor=False, help=glossary.help_text("trial"))
        found = runs_of(view, draft)
        for run in found[-1:]:
            with problems.shown():
                _run(view, run)
        with st.expander(
            "Plan another trial" if found else "Plan a trial",
            expanded=not found,
            icon=":material/science:",
            key=f"trial-form-{draft.uid}",
        ):
            _form(view, draft)
        _on_the_command_line(view, draft)


def verdict(view: View, draft: Draft) -> None:
    """What the trial of this draft showed, and what can be done about it."""
    read = reading(view, draft)
    if read is None:
        return
    asked: dict[str, Any] = {
        "trial": read.key,
        "attempts": trials.attempts(read.trial, view.settings),
    }
    figure.show(view, "trials.metrics", key="trial-metrics", height=_TALL, **asked)
    _choices(view, draft)
    figure.show(view, "trials.differences", key="trial-differences", **asked)
    figure.show(view, "trials.neighbours", key="trial-neighbours", **asked)
    _cases(view, read)


def runs_of(view: View, draft: Draft) -> list[str]:
    """The runs that try this draft on the study, the first first."""
    text = store.text_of(view.settings, draft)
    return list(trials.runs_of(view.settings, view.info.id, text))


def reading(view: View, draft: Draft) -> Reading | None:
    """The latest run of this draft's trial that was read."""
    read = (kept.latest(view.settings, run) for run in reversed(runs_of(view, draft)))
    return next((one for one in read if one is not None), None)


def in_short(view: View, draft: Draft) -> str:
    """State of a draft's trial and the sentence of its verdict, for the list of attempts."""
    read = reading(view, draft)
    if read is not None:
        tried = trials.attempts(read.trial, view.settings)
        return str(reads.read(view.study, frames.said, read.key, tried))
    for run in reversed(runs_of(view, draft)):
        try:
            return f"Its trial is {status(view.settings, run)['state']}."
        except FaultlineError:
            return "Its trial can't be read."
    return ""


def _run(view: View, run: str) -> None:
    """The state of the run, the way to it, and reading what it gave."""
    seen = status(view.settings, run)
    live = seen["state"] == State.RUNNING
    st.fragment(_state, run_every=2.0 if live else None)(view, run, live)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        read = kept.latest(view.settings, run)
        if not live and st.button(
            "Read its verdict again" if read else "Read its verdict",
            type="secondary" if read else "primary",
            icon=":material/balance:",
            key="trial-read",
        ):
            _read(view, run)
        links.page(view.info, "stress_test", "Watch the run", run=run)


def _state(view: View, run: str, was_live: bool) -> None:
    seen = status(view.settings, run)
    done, total = calls_ended(seen)
    st.text(f"The trial's run is {seen['state']}: {done:,} of {total:,} calls. {run}")
    if was_live and seen["state"] != State.RUNNING:
        st.rerun()


@acts(Right.OPERATE)
def _read(view: View, run: str) -> None:
    with st.spinner("Reading what the judges said…"):
        trials.take(view.info.id, run, view.settings)
    st.rerun()


def _form(view: View, draft: Draft) -> None:
    """Which cases, which judges, what budget; then power and price, and only then the launch."""
    known = reads.read(view.study, _judges)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        control_cases = st.number_input(
            "Control cases", 0, 10_000, USUAL_SAMPLE, key="trial-control", width=150
        )
        held_out = st.number_input(
            "Held-out cases",
            0,
            10_000,
            USUAL_SAMPLE,
            key="trial-held-out",
            width=150,
            help="Answers to queries written for this trial; where nobody answers any, cases near "
            "the clause that no judge cited it on.",
        )
        judges = st.multiselect(
            "Judges", known, default=known, key="trial-judges", accept_new_options=True, width=330
        )
        models, budget = _paid(view)
    if st.button(
        "Work out power and price", icon=":material/calculate:", key="trial-plan", type="primary"
    ):
        wish = TrialWish(
            clause=draft.clause,
            new=NewText(draft.name, draft.version, store.text_of(view.settings, draft)),
            control=int(control_cases),
            held_out=int(held_out),
            judges=",".join(judges),
            models=",".join(models),
            budget=budget,
        )
        _plan(view, draft, wish)
    uid, made = session.get(_PLANNED) or ("", None)
    if made is not None and uid == draft.uid:
        _planned(view, made)


def _paid(view: View) -> tuple[list[str], float | None]:
    """Who answers held-out queries, and the budget: a simulated study needs neither."""
    if view.info.simulated:
        return [], None
    models = st.multiselect(
        "Models for held-out queries",
        sorted(view.info.models),
        default=[],
        key="trial-models",
        accept_new_options=True,
        width=330,
        help="They answer queries written for this trial. Without any, held-out cases are those "
        "of the study near the clause.",
    )
    budget = st.number_input(
        "Budget in dollars", 0.0, value=None, key="trial-budget", placeholder="None", width=150
    )
    return list(models), budget


def _judges(study: Any) -> list[str]:
    return list(dict.fromkeys(map(str, queries.judgements(study)["judge"])))


@acts(Right.OPERATE)
def _plan(view: View, draft: Draft, wish: TrialWish) -> None:
    session.pop(_PLANNED, None)
    with st.spinner("Choosing cases and working out what they can show…"):
        made = trials.plan_trial(view.study, wish, None, view.settings)
    session[_PLANNED] = (draft.uid, made)


def _planned(view: View, made: Planned) -> None:
    """What the plan can show and what it costs, and the launch."""
    with st.container(border=True, gap="xsmall", key="trial-planned"):
        cases = (f"{n:,} {words}" for n, words in trial_words.cases_in_words(made))
        st.text(f"Cases: {'; '.join(cases)}.")
        st.text(f"Neighbours: {contained(', '.join(made.trial.neighbours)) or 'none'}.")
        st.text(f"Power: {trial_words.power_in_words(made.power)}")
        st.text(f"Price: {trial_words.price_in_words(made)}.")
        if st.button(
            "Launch the trial", type="primary", icon=":material/rocket_launch:", key="trial-launch"
        ):
            _launch(view, made)


@acts(Right.OPERATE)
def _launch(view: View, made: Planned) -> None:
    catalog = load_catalog(view.settings.home)
    with st.spinner("Starting the runner…"):
        run = control.launch(read_plan(made.plan), view.settings, catalog)
        control.detach(view.settings, run)
    session.pop(_PLANNED, None)
    st.rerun()


def _on_the_command_line(view: View, draft: Draft) -> None:
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(
            f"python -m analysis spec text {draft.name}@{draft.version} --to {draft.file}\n"
            f"python -m analysis trial plan {view.info.id} --clause {draft.clause} "
            f"--spec {draft.file} --out trial.json",
            language=None,
            wrap_lines=True,
        )


def _choices(view: View, draft: Draft) -> None:
    """Accept, go on, discard: nothing follows by itself from a verdict."""
    with st.container(horizontal=True, gap="small", key="trial-choices"):
        if draft.accepted:
            st.text("Accepted: it stands among the specs of the Data page.")
        elif st.button(
            "Accept: use it from now on",
            icon=":material/check:",
            key="draft-accept",
            help="It becomes a version of the spec and the one in use: runs that are planned from "
            "now on judge by it. What was judged stays as it is.",
        ):
            _accept(view, draft)
        st.button(
            "Go on from it",
            icon=":material/edit_note:",
            key="draft-go-on",
            on_click=clicks.bring_into_view,
            args=(EDITOR,),
        )


@acts(Right.OPERATE)
def _accept(view: View, draft: Draft) -> None:
    load_drafts.accept(draft, person.signature(), view.settings)
    st.rerun()


def _cases(view: View, read: Reading) -> None:
    """Cases that got better or worse, and every argument on one of them."""
    shown = figure.show(
        view,
        "trials.cases",
        key="trial-cases",
        hint="Click a row for the arguments.",
        stays=True,
        most=_MOST,
        height=300,
        trial=read.key,
    )
    frame = shown.content.frame
    if frame.empty:
        return
    row: Mapping[Any, Any] = shown.row or frame.iloc[0].to_dict()
    scenario, model = str(row["scenario"]), str(row["model"])
    figure.show(
        view,
        "trials.arguments",
        key="trial-arguments",
        in_full=True,
        trial=read.key,
        scenario=scenario,
        model=model,
    )
    if any(c.scenario == scenario for c in read.trial.cases):
        (name,) = links.labels(view.study, [model])
        links.page(view.info, "scenarios", "Read the answer", scenario=scenario, show=name)
    else:
        st.caption(f"The query of {ui_text.named(scenario)} was written for this trial.")
