"""What people get wrong, on the command line: exit code 2 and one sentence, nothing half made.

The command's own `main` in this process; what needs a second process stands in test_pipeline_cli.
"""

import json
import sys
import time

import pytest
from provider_kit import served

from analysis.settings import Settings
from pipeline.__main__ import main
from pipeline.ids import new_ulid
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.lock import runner_lock
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan

GPT = "gpt_5_4_mini"
ESCAPES = ("../../etc", "..", "../runs/x", "a/../../b", "%2e%2e", "", "x" * 26, "\x00")
HEAD = "cluster_id,description,name,level,parent_cluster_id\n"
TINY = "g,,Group,3,\nc,,Category,2,g\nk,,Cluster,1,c\nv,,patience,0,k\n"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    for name in ("OPENAI_API_KEY", "FAULTLINE_OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Settings(home=home)


@pytest.fixture
def cli(monkeypatch, capsys):
    """Run the command: (exit code, stdout, the last line of stderr)."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["pipeline", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return ended.value.code or 0, out, (err.strip().splitlines() or [""])[-1]

    return call


@pytest.fixture
def refused(cli, settings):
    """Run a command that has to be refused; gives the one sentence."""

    def call(*words):
        before = _runs(settings)
        code, out, sentence = cli(*words)
        assert (code, out) == (2, ""), (code, out, sentence)
        assert sentence.endswith((".", "?"))
        assert _runs(settings) == before
        return sentence

    return call


def _runs(settings):
    return sorted(p.name for p in settings.runs.iterdir()) if settings.runs.exists() else []


def plan_file(settings, tmp_path, change=None, **wish):
    data = json.loads(make_plan(Wish(**wish), settings, load(settings.home)).dumps())
    if change is not None:
        change(data)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(data))
    return path


def test_no_key(refused, settings, tmp_path):
    plan = plan_file(settings, tmp_path, models=(GPT,), budget_usd=5.0)
    assert "OPENAI_API_KEY" in refused("run", plan)


def test_a_budget_of_zero(refused, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k" * 20)
    plan = plan_file(settings, tmp_path, models=(GPT,))
    assert "--budget USD" in refused("run", plan)


@pytest.mark.parametrize("budget", ["-1", "nan", "inf"])
def test_a_budget_that_is_no_amount(refused, settings, tmp_path, budget):
    refused("plan", "--budget", budget, "--out", tmp_path / "p.json")
    run = runs.launch(
        make_plan(Wish(), settings, load(settings.home)), settings, load(settings.home)
    )
    assert "no amount" in refused("resume", run, "--budget", budget)
    assert status(settings, run)["state"] == "stopped"


@pytest.mark.parametrize("way", ["a wrong key", "a model that is not there"])
def test_what_only_the_provider_knows_pauses_the_run_with_a_sentence(
    cli, settings, tmp_path, monkeypatch, way
):
    """The run is there and says what to do; nothing was paid, and mending it is enough."""
    monkeypatch.setenv("OPENAI_API_KEY", "a-wrong-key-0000")
    wrong = FaultPlan(accepted_key="right") if "key" in way else FaultPlan(models=("another",))
    stages = ("pairs", "generate", "respond")
    plan = plan_file(
        settings,
        tmp_path,
        models=(GPT,),
        writers=("sedge_writer",),
        stages=stages,
        families=2,
        budget_usd=5.0,
    )
    with served(wrong, said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        code, out, sentence = cli("run", plan)
        run = out.strip()
        assert code == 1
        assert f"{GPT} is paused" in sentence
        assert ("key" if "key" in way else "no gpt-5.4-mini") in sentence
        assert "a-wrong-key" not in sentence
        assert status(settings, run)["confirmed_usd"] == status(settings, run)["at_risk_usd"] == 0
        server.core.plan = FaultPlan()
        assert cli("run", run)[0] == 0
    assert status(settings, run)["stages"]["respond"] == {
        "done": 6,
        "failed": 0,
        "unparsable": 0,
        "total": 6,
    }


def test_a_model_that_does_not_exist(refused, settings, tmp_path):
    assert "no model 'gpt_99'" in refused("plan", "--models", "gpt_99", "--out", tmp_path / "p")
    made = plan_file(settings, tmp_path, models=("openai:gpt-99",), budget_usd=1.0)
    assert "price" in refused("price", made)


def test_a_plan_edited_by_hand(refused, settings, tmp_path):
    def unknown(data):
        data["respond"]["temperature"] = 1

    sentence = "unknown field 'respond.temperature'"
    assert sentence in refused("run", plan_file(settings, tmp_path, unknown))

    def gapless(data):
        data["prompts"]["judge"]["text"] = "Judge {{query}}."

    assert "lacks {{answer}}" in refused("run", plan_file(settings, tmp_path, gapless))


def test_a_taxonomy_of_one_value(refused, cli, settings, tmp_path):
    (tmp_path / "one.csv").write_text(HEAD + TINY)
    plan = tmp_path / "plan.json"
    assert "two values" in refused("plan", "--taxonomy", tmp_path / "one.csv", "--out", plan)
    assert cli("plan", "--out", plan)[0] == 0
    edited = json.loads(plan.read_text())
    edited["pairs"] |= {"mode": "category", "categories": ["Nothing"]}
    plan.write_text(json.dumps(edited))
    for command in ("price", "run"):
        assert "Nothing" in refused(command, plan)
    (tmp_path / "none.csv").write_text(HEAD)
    assert "none.csv" in refused("plan", "--taxonomy", tmp_path / "none.csv", "--out", plan)


def test_a_spec_of_two_megabytes_is_judged_by(cli, settings, tmp_path):
    """Large is no mistake: it is planned, priced and run."""
    spec, plan = tmp_path / "big.md", tmp_path / "plan.json"
    spec.write_text("".join(f"## Rule {i} {{#r{i}}}\n\n{'kind ' * 400}\n\n" for i in range(1_000)))
    assert spec.stat().st_size > 2_000_000
    words = ("--families", 1, "--models", "aster_large,dunlin_2", "--judges", "rowan_judge")
    assert cli("plan", *words, "--spec", spec, "--out", plan)[0] == 0
    assert cli("price", plan)[0] == 0
    code, out, _ = cli("run", plan)
    assert code == 0
    assert status(settings, out.strip())["stages"]["judge"]["done"] == 6
    assert (settings.runs / out.strip() / "journal.sqlite").stat().st_size < 4_000_000


COMMANDS = ("status", "pause", "resume", "cancel", "export")


@pytest.mark.parametrize("run", ESCAPES)
def test_ids_that_point_elsewhere(refused, settings, tmp_path, run):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "plan.json").write_text("{}")
    for command in COMMANDS:
        assert "not a run id" in refused(command, run)


def test_a_link_among_the_runs_leads_nowhere(refused, settings, tmp_path):
    elsewhere, name = tmp_path / "elsewhere", new_ulid()
    elsewhere.mkdir()
    (elsewhere / "plan.json").write_text("{}")
    settings.runs.mkdir(parents=True)
    (settings.runs / name).symlink_to(elsewhere)
    for command in COMMANDS:
        assert "no run" in refused(command, name)


def test_runs_that_can_t_go_on(refused, cli, settings, tmp_path):
    plan = plan_file(settings, tmp_path, families=1, stages=("pairs", "generate"))
    done = cli("run", plan)[1].strip()
    for command in ("resume", "cancel", "run"):
        assert "is done" in refused(command, done)
    assert "not running" in refused("pause", done)
    ended = runs.launch(
        make_plan(Wish(), settings, load(settings.home)), settings, load(settings.home)
    )
    assert cli("cancel", ended)[0] == 0
    for command in ("resume", "cancel", "run"):
        assert "was cancelled" in refused(command, ended)
    unknown = new_ulid()
    for command in COMMANDS:
        assert f"no run {unknown}" in refused(command, unknown)
    with runner_lock(settings.runs / ended / "runner.lock"):
        assert "running already" in refused("resume", ended)


def test_a_home_that_can_t_be_written(refused, settings, tmp_path, monkeypatch):
    plan = plan_file(settings, tmp_path, families=1)
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("FAULTLINE_HOME", str(blocked))
    assert "can't be written" in refused("run", plan)


def test_a_broken_run_is_told_and_hides_no_other(refused, cli, settings, tmp_path):
    plan = plan_file(settings, tmp_path, families=1, stages=("pairs", "generate"))
    good, edited, torn = (cli("run", plan)[1].strip() for _ in range(3))
    data = json.loads((settings.runs / edited / "plan.json").read_text())
    (settings.runs / edited / "plan.json").write_text(json.dumps({**data, "colour": "red"}))
    assert "unknown field 'colour'" in refused("status", edited)
    for part in (settings.runs / torn).glob("journal.sqlite*"):
        part.write_bytes(b"no database " * 500)
    assert "can't be read" in refused("status", torn)
    time.sleep(0.01)
    from pipeline.run.status import list_runs

    listed = {entry["id"]: entry for entry in list_runs(settings)}
    assert listed[good]["state"] == "done"
    assert listed[edited]["state"] == listed[torn]["state"] == "unreadable"
    assert "colour" in listed[edited]["sentence"]
