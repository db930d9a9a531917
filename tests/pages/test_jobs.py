"""Background loads: one after another, with progress, and each end told in words."""

import threading
import time

import pytest

from analysis.errors import FaultlineError
from analysis.store.build.build import BuildCancelledError
from analysis.store.build.sources import Step
from pages.ui.jobs import Jobs, State


@pytest.fixture
def jobs():
    return Jobs()


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def raises(error):
    def work(report, cancelled):
        raise error

    return work


def test_a_job_reports_and_ends(jobs):
    go = threading.Event()

    def work(report, cancelled):
        report(Step("half way", 1, 2))
        go.wait(10)
        return "the study"

    job = jobs.start("one", work)
    until(lambda: job.step.what == "half way")
    assert job.state == State.RUNNING
    assert job.share == 0.5
    assert jobs.busy()
    go.set()
    until(lambda: not job.busy)
    assert (job.state, job.study, job.error) == (State.DONE, "the study", "")
    assert not jobs.busy()


def test_the_second_waits_and_can_be_cancelled_before_it_starts(jobs):
    go = threading.Event()
    first = jobs.start("first", lambda r, c: go.wait(10))
    second = jobs.start("second", raises(AssertionError("it must not run")))
    until(lambda: first.state == State.RUNNING)
    assert second.state == State.WAITING
    second.cancel()
    go.set()
    until(lambda: not second.busy)
    assert second.state == State.CANCELLED
    assert [j.title for j in jobs.all()] == ["second", "first"]


def test_a_running_job_is_asked_to_stop(jobs):
    def work(report, cancelled):
        until(cancelled)
        raise BuildCancelledError("Loading was cancelled. Nothing was changed.")

    job = jobs.start("one", work)
    until(lambda: job.state == State.RUNNING)
    job.cancel()
    until(lambda: not job.busy)
    assert (job.state, job.error) == (
        State.CANCELLED,
        "Loading was cancelled. Nothing was changed.",
    )


def test_a_mistake_is_told_as_it_is_and_a_fault_by_a_number(jobs, caplog):
    told = jobs.start("told", raises(FaultlineError("The file x lacks the column query.")))
    fault = jobs.start("fault", raises(ZeroDivisionError("secret inner detail")))
    until(lambda: not fault.busy)
    assert (told.state, told.error) == (State.FAILED, "The file x lacks the column query.")
    assert fault.state == State.FAILED
    assert "secret" not in fault.error
    number = fault.error.split("error ")[1].rstrip(".")
    assert any(number in r.getMessage() for r in caplog.records)


def test_only_ended_jobs_are_dismissed(jobs):
    go = threading.Event()
    job = jobs.start("one", lambda r, c: go.wait(10))
    jobs.dismiss(job.id)
    assert jobs.all() == [job]
    go.set()
    until(lambda: not job.busy)
    jobs.dismiss(job.id)
    assert jobs.all() == []
