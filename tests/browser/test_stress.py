"""A stress test from the page: plan, price, launch, kill the runner, resume, load, read."""

import os
import signal
import time
from pathlib import Path

import pytest

from pipeline.run.status import list_runs


def runner_of(run: str) -> int:
    """The process that works on a run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"pipeline" in words and run.encode() in words:
                return int(entry.name)
    return 0


@pytest.fixture
def home(server):
    from analysis.settings import Settings

    return Settings(home=server.home)


def until(true, seconds=40):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def test_a_run_is_launched_killed_resumed_loaded_and_read(visit, home):
    visitor = visit("stress_test")
    page = visitor.page
    visitor.wait_for("Calls, at most")
    assert "nothing" in visitor.main
    families = page.get_by_label("Families", exact=True)
    families.fill("80")
    families.press("Enter")
    visitor.idle()
    page.get_by_text("First prompts, exactly as they will be sent").click()
    visitor.wait_for("You write test questions")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**run=*")
    run = visitor.address.split("run=")[1].split("&")[0]

    until(lambda: runner_of(run) and list_runs(home)[0]["stages"]["respond"]["done"] > 20)
    other = visit("overview")
    assert "A stress test is running" in other.main
    os.kill(runner_of(run), signal.SIGKILL)
    until(lambda: list_runs(home)[0]["state"] == "stopped")
    visitor.goto(f"stress_test?run={run}")
    page.get_by_role("button", name="Resume").click()
    until(lambda: list_runs(home)[0]["state"] == "done", 240)

    visitor.goto(f"stress_test?run={run}")
    visitor.wait_for("done")
    page.get_by_label("Name of the study").fill("tested")
    page.keyboard.press("Enter")
    visitor.idle()
    page.get_by_role("button", name="Load as a study").click()
    page.get_by_text("Open the study").wait_for(timeout=120_000)
    visitor.goto("robustness?study=tested")
    assert "Over all models a leaning query moves the position by" in visitor.main
    visitor.goto("overview?study=tested")
    assert "simulated" in visitor.page.locator(".st-key-head").inner_text()
    assert visitor.problems() == []


def test_a_run_that_is_not_here_is_told_in_a_sentence(visit):
    for wrong in ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "..%2F..%2Fetc"):
        visitor = visit(f"stress_test?run={wrong}")
        assert "Run not found" in visitor.main
        assert "Traceback" not in visitor.main


def test_a_plan_that_can_t_work_says_why(visit):
    visitor = visit("stress_test?template=clause-pair")
    visitor.choose(visitor.page.get_by_role("combobox", name="Against"))
    visitor.wait_for("Choose two different clauses")
    assert "Choose two different clauses" in " ".join(visitor.problems())
