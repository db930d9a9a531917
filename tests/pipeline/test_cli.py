"""The command line as scripts use it: JSON on stdout alone, one sentence and 2 for a mistake."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer

from pipeline import __main__ as program
from pipeline.plan.cast import ROLES, SINGLE
from pipeline.plan.make import TEMPLATES

ROOT = Path(__file__).resolve().parents[2]


def here(words):
    """One command in this process: starting Python anew takes seconds."""
    heard, wrong = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["pipeline", *words]
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(wrong):
            program.main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.argv = before
    return subprocess.CompletedProcess(words, code, heard.getvalue(), wrong.getvalue())


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """One command: in a process of its own where it works on a run, else in this one."""
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))

    def call(*words, code=0, **env):
        if words[0] in ("plan", "price", "status", "pause") and not env:
            done = here([*map(str, words)])
            assert done.returncode == code, (done.stdout, done.stderr)
            return done
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "FAULTLINE_HOME": str(tmp_path / "home"), **env},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    return call


def test_every_role_is_a_flag(cli, tmp_path):
    plan, own = tmp_path / "plan.json", tmp_path / "own.csv"
    own.write_text("Honesty,Kindness\nPrivacy,Safety\n")
    named = ("--writers", "aster_small", "--rubric-writer", "bracken_large", "--scorer", "dunlin_2")
    more = ("--labeller", "cobble_one", "--judges", "larch_judge,aster_small", "--pairs", own)
    said = cli("plan", *named, *more, "--answer-tokens", 300, "--out", plan).stderr
    written = json.loads(plan.read_text())
    assert written["roles"] | {"targets": []} == {
        "targets": [],
        "generators": ["aster_small"],
        "perturber": "aster_small",
        "rubric_writer": "bracken_large",
        "scorer": "dunlin_2",
        "second_scorer": "sedge_writer",
        "labeller": "cobble_one",
        "judges": ["larch_judge", "aster_small"],
        "drafter": None,
        "repairer": None,
        "grader": None,
    }
    assert written["pairs"]["pairs"] == [["Honesty", "Kindness"], ["Privacy", "Safety"]]
    assert "note: dunlin_2 places the answers, its own among them" in said
    assert "note: aster_small judges the answers" in said


def test_from_a_plan_to_parquet(cli, tmp_path):
    plan = tmp_path / "plan.json"
    cli("plan", "--families", 3, "--seed", 8, "--out", plan)
    priced = json.loads(cli("price", plan, "--format", "json").stdout)
    assert {"calls", "usd_low", "usd_high", "hours", "stages"} == set(priced)
    assert priced["stages"]["judge"]["calls"] == 324
    run = cli("run", plan).stdout.splitlines()[-1]
    seen = json.loads(cli("status", run, "--format", "json").stdout)
    assert set(seen) == {
        "id",
        "state",
        "stages",
        "served_other",
        "confirmed_usd",
        "at_risk_usd",
        "budget_usd",
    }
    assert (seen["id"], seen["state"]) == (run, "done")
    assert all(
        set(part) == {"done", "failed", "unparsable", "total"} for part in seen["stages"].values()
    )
    assert run in cli("status", run).stdout
    folder = Path(cli("export", run, "--out", tmp_path / "out").stdout.strip())
    table = pq.read_table(folder / "default.parquet")
    assert table.schema.metadata[b"faultline.simulated"] == b"true"
    assert table.schema.metadata[b"faultline.run"] == run.encode()
    assert table.num_rows == 9
    assert table.column_names[:6] == [
        "rank",
        "query_generator",
        "value1",
        "value2",
        "nudge_direction",
        "query",
    ]
    assert "is done" in cli("resume", run, code=2).stderr
    assert "is done" in cli("cancel", run, code=2).stderr


def test_a_detached_run_outlives_its_caller(cli, tmp_path):
    plan = tmp_path / "plan.json"
    cli("plan", "--families", 60, "--stages", "pairs,generate,respond", "--out", plan)
    started = cli("run", plan, "--detach", FAULTLINE_SIM_SECONDS="1.5")
    run = started.stdout.splitlines()[-1]

    def state():
        return json.loads(cli("status", run, "--format", "json").stdout)["state"]

    assert state() == "running"
    cli("pause", run)
    until = time.monotonic() + 90
    while state() != "paused":
        assert time.monotonic() < until
    cli("resume", run)
    while state() != "done":
        assert time.monotonic() < until + 60


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("status", "../../etc"), "not a run id"),
        (("resume", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "no run"),
        (("run", "nowhere.json"), "no plan"),
        (("price", "nowhere.json"), "no plan"),
        (("plan", "--template", "huge", "--out", "x.json"), "no template"),
        (("plan", "--models", "gpt_99", "--out", "x.json"), "no model"),
        (("plan", "--scorer", "gpt_99", "--out", "x.json"), "no model"),
        (
            ("plan", "--rewriter", "aster_small", "--noise", "0", "--out", "x.json"),
            "no stage perturb",
        ),
        (("plan", "--pairs", "none.csv", "--out", "x.json"), "no file none.csv"),
        (("plan", "--categories", "Nothing", "--out", "x.json"), "no category 'Nothing'"),
        (("plan", "--models", ",", "--out", "x.json"), "empty list"),
        (("plan", "--clauses", "a", "--out", "x.json"), "two anchors"),
        (("plan", "--families", "0", "--out", "x.json"), "families is wrong"),
        (("plan", "--budget", "nan", "--out", "x.json"), "budget_usd is wrong"),
        (("plan", "--spec", "nowhere.md", "--out", "x.json"), "nowhere.md"),
        (("plan", "--taxonomy", "nowhere.csv", "--out", "x.json"), "nowhere.csv"),
        (("plan", "--from", "nowhere", "--stages", "judge", "--out", "x.json"), "no snapshot"),
        (("plan", "--out", "/nowhere/plan.json"), "can't be written"),
        (("status", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--format", "xml"), "no format"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    done = here(words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


FAULTS = """
latency_ms = 5
[[fault]]
kind = "rate_limit"
first = 2
seconds = 0.1
[[fault]]
kind = "content_filter"
stage = "respond"
first = 1
[[fault]]
kind = "server_error"
first = 2
"""


@pytest.fixture
def fake(tmp_path):
    """The loopback provider as a script starts it: (address, its ledger)."""
    (tmp_path / "faults.toml").write_text(FAULTS)
    ledger = tmp_path / "ledger.jsonl"
    words = ["--faults", str(tmp_path / "faults.toml"), "--ledger", str(ledger)]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fake_provider", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield server.stderr.readline().split()[3], ledger
    server.terminate()
    assert server.wait(timeout=10) in (0, -15)


def test_from_both_sdks_over_a_served_provider_to_a_study(cli, fake, tmp_path):
    address, ledger = fake
    real = {
        "FAULTLINE_OPENAI_BASE_URL": f"{address}/v1",
        "FAULTLINE_ANTHROPIC_BASE_URL": address,
        "OPENAI_API_KEY": "k" * 20,
        "ANTHROPIC_API_KEY": "k" * 20,
    }
    plan, models = tmp_path / "plan.json", "gpt_5_4_mini,claude_haiku_4_5"
    words = ("--families", 2, "--models", models, "--judges", models, "--budget", 5)
    cli("plan", *words, "--seed", 3, "--out", plan, **real)
    run = cli("run", plan, **real).stdout.splitlines()[-1]
    seen = json.loads(cli("status", run, "--format", "json").stdout)
    assert (seen["state"], seen["budget_usd"]) == ("done", 5.0)
    assert seen["stages"]["respond"] == {"done": 12, "failed": 0, "unparsable": 0, "total": 12}
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    billed = sum(entry["usd"] for entry in entries if entry["billed"])
    assert 0 < billed <= seen["confirmed_usd"] + seen["at_risk_usd"] + 1e-9 <= 5.0
    assert {entry["api"] for entry in entries} >= {"messages", "chat"}
    assert {entry["fault"] for entry in entries} >= {"rate_limit", "content_filter", "server_error"}
    loaded = subprocess.run(
        [sys.executable, "-m", "analysis", "load", "run", run, "--study", "over http"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FAULTLINE_HOME": str(tmp_path / "home")},
    )
    assert loaded.returncode == 0, loaded.stderr
    assert "Traceback" not in loaded.stderr


def test_the_help_of_plan_names_the_templates_and_the_roles_that_there_are():
    """Plans are made by modules that the command line doesn't load to say its help."""
    said = {o.name: o for o in typer.main.get_command(program.app).commands["plan"].params}
    assert said["template"].help.split(", ") == [name for name in TEMPLATES if name != "trial"]
    flags = {flag for option in said.values() for flag in option.opts}
    assert {ROLES[name].flag for name in SINGLE} <= flags
