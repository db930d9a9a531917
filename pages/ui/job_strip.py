"""The strip of loads at the top of the Data page: how far each is, and what came of it."""

import streamlit as st

from pages.ui import problems, words
from pages.ui.jobs import Job, Jobs, State

_ICONS = {
    State.WAITING: ":material/hourglass_empty:",
    State.RUNNING: ":material/downloading:",
    State.DONE: ":material/check_circle:",
    State.FAILED: ":material/error:",
    State.CANCELLED: ":material/cancel:",
}


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this server, shared by its sessions."""
    return Jobs()


def show() -> None:
    """All jobs; while one is busy, this part of the page alone is drawn again every second."""
    busy = jobs().busy()
    st.fragment(_strip, run_every=1.0 if busy else None)(busy)


def _strip(was_busy: bool) -> None:
    with problems.shown():
        for job in jobs().all():
            if job.study is not None and not job.study.path.exists():
                jobs().dismiss(job.id)  # replaced or deleted since: nothing to say any more
            else:
                _one(job)
    if was_busy and not jobs().busy():
        st.rerun()  # the list of studies has changed


def _one(job: Job) -> None:
    with st.container(border=True, key=f"job-{job.id}", gap="xsmall"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(f"{_ICONS[job.state]} **{job.state.capitalize()}**", width="content")
            st.text(f"{job.title} · {job.seconds:.0f} s", width="stretch")
            _buttons(job)
        if job.state == State.RUNNING:
            st.progress(job.share)
        if job.busy:
            st.text(job.step.what)
        elif job.error:
            st.text(job.error)
        if job.study is not None:
            _came_of(job)


def _buttons(job: Job) -> None:
    if job.busy:
        st.button("Cancel", key=f"cancel-{job.id}", on_click=job.cancel)
        return
    if job.study is not None:
        st.page_link(
            "pages/overview.py",
            label="Open the study",
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params={"study": job.study.id},
        )
    st.button("Dismiss", key=f"dismiss-{job.id}", on_click=jobs().dismiss, args=(job.id,))


def _came_of(job: Job) -> None:
    study = job.study
    if study is None:
        return
    rejected = sum(study.rejected.values())
    found = [
        words.plural(study.scenarios, "scenario"),
        words.plural(len(study.models), "model"),
        words.plural(study.responses, "answer"),
        *([words.plural(study.judgements, "judgement")] if study.judgements else []),
        f"{words.plural(rejected, 'row')} rejected",
    ]
    st.text(" · ".join(found))
    for reason, rows in study.rejected.items():
        st.text(f"Rejected {rows:,}: {reason}")
