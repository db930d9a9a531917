"""Loading in the background: one job after another in a thread, with progress and a way to stop;
and the strip that shows how far each load is, and what came of it.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

import streamlit as st

from analysis.errors import FaultlineError
from analysis.load.hub.hub import DownloadStoppedError
from analysis.number_text import counted
from analysis.settings import Settings
from analysis.store.build.build import BuildCancelledError
from analysis.store.build.sources import Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study
from pages.ui import links, problems
from pages.ui.acting import Right, acts

_LOG = logging.getLogger("faultline")
Work = Callable[[Report, Cancelled], StudyInfo]


class State(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Job:
    """One load: its state, its latest step, and in the end a study or a sentence."""

    title: str
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    state: State = State.WAITING
    step: Step = field(default_factory=lambda: Step("waiting for its turn", 0, 0))
    study: StudyInfo | None = None
    error: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def busy(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)

    @property
    def share(self) -> float:
        """0 to 1, of what the latest step counts."""
        return min(self.step.done / self.step.total, 1.0) if self.step.total else 0.0

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started

    def cancel(self) -> None:
        """Ask it to stop; what was there before stays."""
        self._stop.set()

    def report(self, step: Step) -> None:
        self.step = step

    def cancelled(self) -> bool:
        return self._stop.is_set()


class Jobs:
    """The jobs of this server, the latest first. One runs at a time: each may use all memory."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._pool = ThreadPoolExecutor(1, "load")

    def start(self, title: str, work: Work) -> Job:
        """Queue a load."""
        job = Job(title)
        self._jobs.insert(0, job)
        self._pool.submit(_run, job, work)
        return job

    def all(self) -> list[Job]:
        return list(self._jobs)

    def busy(self) -> bool:
        return any(job.busy for job in self._jobs)

    def dismiss(self, job_id: str) -> None:
        """Forget a job that has ended."""
        self._jobs = [j for j in self._jobs if j.id != job_id or j.busy]


def _run(job: Job, work: Work) -> None:
    if job.cancelled():
        job.state = State.CANCELLED
        return
    job.state, job.started = State.RUNNING, time.monotonic()
    try:
        job.study = work(job.report, job.cancelled)
        job.state = State.DONE
    except (BuildCancelledError, DownloadStoppedError) as error:
        job.error, job.state = str(error), State.CANCELLED
    except FaultlineError as error:
        job.error, job.state = str(error), State.FAILED
    except Exception:
        number = secrets.token_hex(3)
        _LOG.exception("error %s while loading", number)
        job.error = (
            f"Loading stopped unexpectedly. For details, see the server's log, error {number}."
        )
        job.state = State.FAILED
    finally:
        job.ended = time.monotonic()


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


def over_study(
    info: StudyInfo,
    settings: Settings,
    title: str,
    work: Callable[[OpenStudy, Report, Cancelled], object],
) -> None:
    """Do in the background what a study still lacks, and go where its progress is shown."""
    jobs().start(f"{title} of {info.title}", lambda r, c: _over(info, settings, work, r, c))
    links.go(info, "data")


def _over(
    info: StudyInfo,
    settings: Settings,
    work: Callable[[OpenStudy, Report, Cancelled], object],
    report: Report,
    cancelled: Cancelled,
) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        work(study, report, cancelled)
    finally:
        study.close()
    return info


def show() -> None:
    """All jobs; while one is busy, this part of the page alone is drawn again every second."""
    busy = jobs().busy()
    st.fragment(_draw, run_every=1.0 if busy else None)(busy)


def _draw(was_busy: bool) -> None:
    with problems.shown():
        for job in jobs().all():
            # Replaced or deleted since: nothing to say any more.
            if job.study is None or job.study.path.exists():
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
        st.button("Cancel", key=f"cancel-{job.id}", on_click=_cancel, args=(job,))
        return
    if job.study is not None:
        links.page(job.study, "overview", "Open the study", behind=True, help="")
    st.button("Dismiss", key=f"dismiss-{job.id}", on_click=_dismiss, args=(job.id,))


@acts(Right.OPERATE)
def _cancel(job: Job) -> None:
    job.cancel()


@acts(Right.OPERATE)
def _dismiss(job_id: str) -> None:
    jobs().dismiss(job_id)


def _came_of(job: Job) -> None:
    study = job.study
    if study is None:
        return
    found = [
        counted(study.scenarios, "scenario"),
        counted(len(study.models), "model"),
        counted(study.responses, "answer"),
        *([counted(study.judgements, "judgement")] if study.judgements else []),
        f"{counted(study.rejected_rows, 'row')} rejected",
    ]
    st.text(" · ".join(found))
    for reason, rows in study.rejected.items():
        st.text(f"Rejected {rows:,}: {reason}")
