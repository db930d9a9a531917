"""Reasoning that a provider states beside its answer: kept apart, never read as the answer."""

import json

import pyarrow.parquet as pq
import pytest

from analysis.load.runs import load_run
from analysis.parse.answers import Answer, of_reply
from analysis.queries import cases
from analysis.settings import Settings
from analysis.store.study import open_study
from analysis.vocabulary import Outcome
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.providers.openai import chat
from pipeline.providers.types import Rung
from pipeline.run import control as runs
from pipeline.simulator.provider import said
from tests.fake_provider.answers import Thought
from tests.fake_provider.server import Loopback
from tests.provider_kit import WAYS, sent, served

pytestmark = pytest.mark.usefixtures("exports_here")

THOUGHT = "They may want to harm someone, so I should refuse."
MODELS = ("gpt_5_4_mini", "claude_haiku_5_5")


@pytest.mark.parametrize("way", WAYS)
def test_reasoning_stands_apart_from_the_answer_in_every_format(way):
    with served(answerer=lambda request: Thought("Talk first.", THOUGHT)) as server:
        reply = sent(server, way)
    assert (reply.text, THOUGHT in reply.raw) == ("Talk first.", True)
    assert of_reply(reply.text, reply.raw) == Answer("Talk first.", trace=THOUGHT)


def test_an_answer_in_blocks_is_read_without_its_reasoning():
    blocks = [
        {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
        {"type": "text", "text": "Talk first."},
    ]
    choice = {"message": {"role": "assistant", "content": blocks}, "finish_reason": "stop"}
    made = chat.reply(json.dumps({"model": "m", "choices": [choice]}), Rung.NONE)
    assert (made.outcome, made.text) == (Outcome.ANSWERED, "Talk first.")
    assert of_reply(made.text, made.raw).trace == THOUGHT


def test_a_runs_reasoning_is_exported_and_folded_and_nobody_judges_it(tmp_path, monkeypatch):
    home = Settings(home=tmp_path / "home")
    asked = []

    def answerer(request):
        asked.append(request)
        made = said(request)
        return Thought(made, THOUGHT) if request.stage == "respond" else made

    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-any")
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    with Loopback(answerer=answerer) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        wish = Wish(
            families=1,
            models=MODELS,
            writers=("sedge_writer",),
            judges=("gpt_5_4_mini",),
            stages=("pairs", "generate", "respond", "judge"),
            budget_usd=50.0,
        )
        plan = parse_plan(make_plan(wish, home, load(home.home)).model_dump(mode="json"), "plan")
        run = runs.launch(plan, home, load(home.home))
        runs.work(home, run)
    assert {r.stage for r in asked} >= {"respond", "judge"}
    assert not [r for r in asked if any(THOUGHT in m.content for m in r.messages)]
    exported = export_run(home, run, tmp_path / "out")
    table = pq.read_table(exported / "tables" / "responses.parquet").to_pylist()
    assert {row["trace"] for row in table} == {THOUGHT}
    assert not any(THOUGHT in row["text"] for row in table)
    load_run(run, "thoughts", home)
    study = open_study(home, "thoughts")
    with study.cursor() as con:
        scenario = con.execute("SELECT scenario FROM scenarios LIMIT 1").fetchall()[0][0]
    beside = cases.asides(study, scenario)
    study.close()
    assert list(beside["text"]) == [THOUGHT] * len(MODELS)
