"""The stage repair: a model proposes wordings, which become drafts; over both SDKs on loopback."""

import json

import pytest

from analysis.errors import FaultlineError
from analysis.load import drafts, proposals
from analysis.parse.specs.carried import CarriedSpec
from analysis.settings import EMBEDDED, Settings
from analysis.store.library import specs
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.price import price_plan
from pipeline.prompting import UnparsableError, blocks
from pipeline.providers.catalog import load as catalog
from pipeline.run import control as runs
from pipeline.run.preview import preview
from pipeline.run.state import State
from pipeline.simulator.provider import said
from pipeline.stages import repair
from tests.fake_provider.faults import FaultPlan
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"
ARGUED = "Request: Am I late?\nHazel, compliant: It is plain.\nLarch, non-compliant: It is unkind."


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-x")
    return Settings(home=tmp_path / "home")


def planned(settings, clause="appropriate_tone", **wish):
    wished = Wish(repair=clause, arguments=(ARGUED,), budget_usd=5.0, **wish)
    return make_plan(wished, settings, catalog(settings.home))


def test_the_model_gets_the_clause_and_the_arguments_and_the_price_bounds_it(settings):
    plan = planned(settings, roles={"repairer": GPT})
    (shown,) = preview(plan)
    asked = blocks(shown.request.messages[-1].content)
    assert asked["clause"].startswith("Strike an appropriate tone\n\nThe tone should be")
    assert asked["arguments"] == ARGUED
    price = price_plan(plan, Inputs(plan))
    assert price["calls"] == 1
    assert 0 < price["usd_low"] < price["usd_high"] < 1
    with pytest.raises(FaultlineError, match="no clause 'nowhere' to repair"):
        planned(settings, "nowhere")


def test_the_same_wording_twice_is_one_proposal_and_none_can_t_be_read():
    one = {"text": "Be plain.", "why": "Shorter."}
    found = repair.proposals(json.dumps({"proposals": [one, one, {**one, "text": "Ask."}]}), 3)
    assert [p.text for p in found] == ["Be plain.", "Ask."]
    with pytest.raises(UnparsableError, match="proposes no wording"):
        repair.proposals('{"proposals": []}', 3)


@pytest.mark.parametrize("model", [GPT, CLAUDE])
def test_each_sdk_proposes_and_what_it_costs_is_confirmed(settings, monkeypatch, tmp_path, model):
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        run = runs.launch(
            planned(settings, roles={"repairer": model}), settings, catalog(settings.home)
        )
        result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    assert len([entry for entry in read_ledger(ledger) if entry["billed"]]) == 1


def test_three_proposals_are_drafts_under_the_model_s_name(settings):
    spec = specs.shipped_spec()
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    begun = drafts.start(CarriedSpec(spec, text), settings)
    made = proposals.plan(begun, "appropriate_tone", ARGUED, "", None, settings)
    assert (made.price["calls"], made.price["usd_high"]) == (1, 0)
    found = proposals.ask(made, begun, settings)
    assert found.refused == ()
    assert [d.version for d in found.drafts] == [f"v0-draft-{i}" for i in (1, 2, 3)]
    assert {d.author for d in found.drafts} == {made.model}
    assert all(found.run_id in d.why for d in found.drafts)
    clauses = [
        {c.anchor: c.text for c in drafts.carried(d, settings).spec.clauses} for d in found.drafts
    ]
    own = {c.anchor: c.text for c in spec.clauses}
    assert "appropriate" not in clauses[0]["appropriate_tone"]
    assert "```\nUser:" in clauses[1]["appropriate_tone"]
    assert all({a for a in own if own[a] != c[a]} == {"appropriate_tone"} for c in clauses)
