"""A run whose files came to harm: every reader gets an answer or a sentence about the run."""

import os
import shutil

import pytest
from damages import damage

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control, live
from pipeline.run import status as states
from pipeline.run.state import LOCK, LOG

READERS = {
    "status": states.status,
    "watch": states.watch,
    "replies": states.last_replies,
    "log": states.log_tail,
    "selection": states.selection,
    "disagreement": live.disagreement,
    "refusals": live.refusals,
    "export": export_run,
    "pause": control.pause,
    "cancel": control.cancel,
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A small simulated run that has ended."""
    folder = tmp_path_factory.mktemp("run")
    settings = Settings(home=folder / "home")
    wish = Wish(families=3, stages=("pairs", "generate", "respond"), seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTLINE_HOME", str(settings.home))
        plan = make_plan(wish, settings, load(settings.home))
        run = control.launch(plan, settings, load(settings.home))
        control.work(settings, run)
    return settings, run


@pytest.mark.parametrize("file", ["journal.sqlite", "plan.json"])
@pytest.mark.parametrize("seed", range(35))
def test_a_damaged_run_gives_answers_or_sentences(done, tmp_path, file, seed):
    settings, run = done
    shutil.copytree(settings.home, tmp_path / "home")
    harmed = Settings(home=tmp_path / "home")
    how = damage(harmed.runs / run / file, seed)
    for name, read in READERS.items():
        try:
            read(harmed, run)
        except FaultlineError as error:
            assert "\n" not in str(error), (how, name)
    assert [r["id"] for r in states.list_runs(harmed)] == [run]


@pytest.mark.timeout(60)  # opened as a file, a pipe waits for ever
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_of_a_run_gives_answers_or_sentences(done, tmp_path, kind):
    settings, run = done
    for file in ("journal.sqlite", "plan.json", LOCK, LOG, "runner.out"):
        harmed = Settings(home=tmp_path / file)
        shutil.copytree(settings.home, harmed.home)
        path = harmed.runs / run / file
        path.unlink(missing_ok=True)
        os.mkfifo(path) if kind == "pipe" else path.mkdir()
        for read in (*READERS.values(), control.work, control.detach):
            try:
                read(harmed, run)
            except FaultlineError as error:
                assert "\n" not in str(error), (file, read)
        states.list_runs(harmed)
