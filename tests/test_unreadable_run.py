"""Replies of every stage that can't be read, and a model that another one answered for: told alike
in the journal, by `status`, in the study, in the report and on the page."""

import hashlib
from collections import Counter

import pytest
from visits import opened, told

from analysis.load.runs import load_run
from analysis.queries import studies
from analysis.report import report
from analysis.settings import Settings
from analysis.store.study import open_study
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.other_models import say_same
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")

GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"
ASKED = ("generate", "rubric", "score", "label", "judge")
"""Stages whose replies have a form."""


def answers(asked):
    """The simulator; of the replies that need a form a third is talk."""
    if asked.stage != "respond" and hashlib.sha256(asked.canonical()).digest()[0] % 3 == 0:
        return "I would rather not say."
    return said(asked)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """(settings, run): every stage through, some of its replies unreadable, and loaded."""
    settings = Settings(home=tmp_path_factory.mktemp("unreadable") / "home")
    wish = Wish(
        families=16,
        models=(GPT, CLAUDE),
        writers=(GPT,),
        judges=(GPT, CLAUDE),
        roles=dict.fromkeys(("rubric_writer", "scorer", "labeller"), GPT),
        stages=("pairs", *ASKED[:1], "respond", *ASKED[1:]),
        budget_usd=50.0,
        seed=5,
    )
    rules = (Rule(Fault.WRONG_MODEL, model="claude-*", stage="respond", first=3),)
    with pytest.MonkeyPatch.context() as patch, Loopback(FaultPlan(rules=rules)) as server:
        server.core.answerer = answers
        patch.setenv("FAULTLINE_HOME", str(settings.home))
        patch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        patch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            patch.setenv(name, "sk-any")
        catalog = load(settings.home)
        made = make_plan(wish, settings, catalog).model_dump(mode="json")
        run = runs.launch(parse_plan(made, "plan"), settings, catalog)
        runs.work(settings, run)
        # Else what judges said of these answers would be missing from the counts.
        say_same(settings, run, CLAUDE, "another-model-1")
        load_run(run, "unread", settings)
        yield settings, run


def test_replies_that_can_t_be_read_are_counted_alike_everywhere(scene):
    settings, run = scene
    seen = status(settings, run)["stages"]
    unread = {stage: part["unparsable"] for stage, part in seen.items() if part["unparsable"]}
    assert set(unread) == set(ASKED)
    assert all(p["done"] + p["failed"] + p["unparsable"] == p["total"] for p in seen.values())
    study = open_study(settings, "unread")
    lost = studies.lost(study)
    by_stage = Counter()
    for row in lost[lost["outcome"] == "unparsable"].to_dict("records"):
        by_stage[row["stage"]] += row["replies"]
    assert dict(by_stage) == unread
    made = report(study, settings)["made"]["runs"][0]["stages"]
    for stage, part in seen.items():
        assert {k: made[stage][k] for k in ("done", "failed", "unparsable", "total")} == part
    page = opened("data", {}, study.info.id)
    page.session_state["details-unread"] = page.session_state["how-unread"] = True
    page.run()
    table = next(f.value for f in page.dataframe if {"stage", "replies"} <= set(f.value.columns))
    shown = table[table["outcome"] == "unparsable"].groupby("stage")["replies"].sum().to_dict()
    assert shown == unread
    study.close()


def test_a_model_that_another_one_answered_for_is_counted_alike_everywhere(scene, monkeypatch):
    settings, run = scene
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    other = status(settings, run)["served_other"]
    assert other == {CLAUDE: 3}
    study = open_study(settings, "unread")
    assert report(study, settings)["made"]["served_other"] == other
    study.close()
    page = opened("overview", {}, "unread")
    cards = " ".join(t.value.to_string() for t in page.table)
    assert "Claude Haiku 4.5" in cards + told(page)
    assert "3" in cards
