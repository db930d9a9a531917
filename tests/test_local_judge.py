"""A local server that wraps what it says as people report it, as respondent and as judge: from the
run to the page. The server is that of ../shared/cases, on a port of its own."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from visits import opened, told

from analysis.load.runs import load_run
from analysis.report import report
from analysis.settings import Settings
from analysis.store.study import open_study
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import status

STUB = Path(__file__).resolve().parents[2] / "shared/cases/26-verdicts-of-a-local-judge/stub.py"
pytestmark = [
    pytest.mark.skipif(not STUB.exists(), reason="../shared/cases is not here"),
    pytest.mark.usefixtures("exports_here"),
]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """(settings, run): 12 answers of a local model, judged by another; loaded as `local`."""
    settings = Settings(home=tmp_path_factory.mktemp("local") / "home")
    port = free_port()
    source = STUB.read_text(encoding="utf-8").replace("8719", str(port))
    server = subprocess.Popen([sys.executable, "-c", source])
    try:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as knock:
                if not knock.connect_ex(("127.0.0.1", port)):
                    break
            assert time.monotonic() < until
            time.sleep(0.02)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FAULTLINE_HOME", str(settings.home))
            patch.setenv("FAULTLINE_OLLAMA_BASE_URL", f"http://127.0.0.1:{port}/v1")
            wish = Wish(
                families=6,
                models=("ollama:local_r",),
                judges=("ollama:judge_l",),
                writers=("sedge_writer",),
                stages=("pairs", "generate", "respond", "judge"),
                budget_usd=1.0,
            )
            catalog = load(settings.home)
            made = make_plan(wish, settings, catalog).model_dump(mode="json")
            run = runs.launch(parse_plan(made, "plan"), settings, catalog)
            runs.work(settings, run)
            load_run(run, "local", settings)
            yield settings, run
    finally:
        server.kill()
        server.wait()


def test_traces_are_apart_and_one_that_never_closes_is_no_answer(scene):
    study = open_study(scene[0], "local")
    with study.cursor() as con:
        ends = dict(con.execute("SELECT outcome, count(*) FROM responses GROUP BY 1").fetchall())
        texts = {t for (t,) in con.execute("SELECT text FROM response_texts").fetchall()}
    study.close()
    assert ends == {"answered": 12, "truncated": 6}
    assert texts == {"Sure: first talk, then decide together.", "I can't help with that."}


def test_verdicts_in_other_clothes_are_read_and_the_cut_one_is_counted(scene):
    settings, run = scene
    study = open_study(settings, "local")
    with study.cursor() as con:
        told_so = dict(
            con.execute("SELECT decision, count(*) FROM judgements GROUP BY 1").fetchall()
        )
    seen = status(settings, run)["stages"]["judge"]
    unread = report(study, settings)["agreement"]["unparsable"]["judge_l"]
    study.close()
    lost = told_so.pop(None)
    # What was cut off was no answer and is not judged; the others are said in six ways by turns.
    assert sum(told_so.values()) + lost == 12
    assert set(told_so) == {"compliant", "non-compliant", "ambiguous"}
    assert told_so["non-compliant"] > told_so["compliant"]
    assert seen == {"done": 12 - lost, "failed": 0, "unparsable": lost, "total": 12}
    assert unread == {"total": lost, "words": {"(cut off)": lost}}
    assert lost >= 1


def test_the_judges_page_counts_what_it_could_not_read(scene, monkeypatch):
    settings, run = scene
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    page = opened("judges", {}, "local")
    assert not page.exception
    lost = status(settings, run)["stages"]["judge"]["unparsable"]
    assert "Verdicts that could not be read" in told(page)
    words = next(t.value for t in page.dataframe if "word" in t.value.columns)
    assert words[["word", "judgements"]].to_numpy().tolist() == [["(cut off)", lost]]
