"""Loading in the background: one job after another in a thread, with progress and a way to stop.

Knows nothing of Streamlit: a page starts a job, asks how far it is, and shows it.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from analysis.errors import FaultlineError
from analysis.load.hub import DownloadStoppedError
from analysis.store.build import BuildCancelledError
from analysis.store.sources import Cancelled, Report, Step
from analysis.store.study import StudyInfo

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
        job.error = f"Loading stopped unexpectedly. The server's log tells more under {number}."
        job.state = State.FAILED
    finally:
        job.ended = time.monotonic()
