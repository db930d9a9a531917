"""A trial over HTTP: both SDKs judge, and the held-out queries are written and answered, on
loopback; then its verdict."""

import pandas as pd
import pytest

from analysis.load import trials
from analysis.measure.compare.trial import outcome
from analysis.parse.trials import Arm, Case, Group, NewText, Trial
from analysis.settings import EMBEDDED, Settings
from analysis.store.trials import rows_of
from analysis.vocabulary import Outcome
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as catalog
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator import simulator as sim
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

JUDGES = ("gpt_5_4_mini", "claude_haiku_4_5")
OLD = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
NEW = OLD.replace("The tone should be appropriate to the subject and to the person.", "Be plain.")
CASES = 6


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-x")
    return Settings(home=tmp_path / "home")


def snapshot(folder):
    """Six families, each a query with one answer."""
    queries = {
        f"{i}_0_neutral": sim.make_query("candour", "care", "neutral", i) for i in range(CASES)
    }
    keys = [{"scenario": name, "model": "m", "replicate": 0} for name in queries]
    tables = {
        "scenarios": [
            {
                "scenario": name,
                "family": name.removesuffix("_neutral"),
                "nudge": "neutral",
                "value1": "candour",
                "value2": "care",
                "query": query,
            }
            for name, query in queries.items()
        ],
        "responses": [{**key, "outcome": Outcome.ANSWERED.value} for key in keys],
        "response_texts": [{**key, "text": "I would say it plainly, and kindly."} for key in keys],
    }
    folder.mkdir()
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def test_both_sdks_judge_a_trial_and_its_verdict_is_read(settings, monkeypatch, tmp_path):
    target = tuple(Case(f"{i}_0_neutral", "m", Group.TARGET) for i in range(CASES))
    trial = Trial(
        "mine",
        "ab",
        "appropriate_tone",
        "embedded@1@0123456789ab",
        NewText("spec", "v0-draft-1", NEW),
        target,
        situations=("0_0_neutral",),
    )
    wish = Wish(
        trial=trial,
        snapshot=snapshot(tmp_path / "snapshot"),
        judges=JUDGES,
        models=JUDGES,
        roles={"perturber": JUDGES[0]},
        budget_usd=20.0,
    )
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        plan = make_plan(wish, settings, catalog(settings.home))
        run = runs.launch(plan, settings, catalog(settings.home))
        result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    billed = [entry for entry in read_ledger(ledger) if entry["billed"]]
    read = trials.take("mine", run, settings)
    rows = rows_of(settings, read.key)
    answered = CASES + rows.judgements.query("group == 'held_out'")["model"].nunique()
    assert len(rows.judgements) == answered * len(Arm) * len(JUDGES)
    assert len(billed) == 1 + len(JUDGES) + len(rows.judgements)
    assert status(settings, run)["confirmed_usd"] == pytest.approx(sum(e["usd"] for e in billed))
    found = outcome(rows, ())
    assert {Group.TARGET, Group.HELD_OUT} == set(found.groups)
    assert found.groups[Group.TARGET]["agreement"].n == CASES
    assert trials.attempts(read.trial, settings) == 1
    assert list(trials.runs_of(settings, "mine", NEW)) == [run]
