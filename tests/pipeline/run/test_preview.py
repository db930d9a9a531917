"""The dry run shows the very requests a run then sends; two plans are told apart by field."""

import json
import sqlite3

from analysis.settings import Settings
from pipeline.plan.diff import plan_diff
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.preview import preview


def test_what_is_previewed_is_what_is_sent(tmp_path):
    settings = Settings(home=tmp_path)
    plan = make_plan(Wish(families=1, seed=4, template="full"), settings, load(tmp_path))
    shown = preview(plan)
    assert {(p.stage, p.model) for p in shown} == {
        (stage, model)
        for stage in plan.stages
        for model in plan.models_of(stage)
        if (stage, model) != ("generate", "teasel_writer")  # the second family is its first
    }
    run = runs.launch(plan, settings, load(tmp_path))
    runs.work(settings, run)
    connection = sqlite3.connect(settings.runs / run / "journal.sqlite")
    sent = {row[0] for row in connection.execute("SELECT request FROM calls")}
    early = [p for p in shown if p.stage in ("generate", "respond", "rubric")]
    assert all(p.request.canonical().decode() in sent for p in early)
    assert [p.stand_in for p in shown if p.stage == "generate"] == [False]
    assert all(p.stand_in for p in shown if p.stage != "generate")


def test_a_preview_of_real_models_asks_nobody(tmp_path):
    settings = Settings(home=tmp_path)
    plan = make_plan(Wish(models=("claude_haiku_4_5",)), settings, load(tmp_path, env={}))
    shown = preview(plan)  # sockets are closed to all but loopback, and no key is set
    assert {p.request.provider for p in shown} == {"anthropic"}
    judged = next(p for p in shown if p.stage == "judge")
    assert "specification" in judged.request.cached_prefix
    assert not settings.runs.exists()


def test_the_difference_of_two_plans_names_the_fields(tmp_path):
    settings = Settings(home=tmp_path)
    old = make_plan(Wish(), settings, load(tmp_path))
    data = json.loads(old.dumps())
    data["respond"]["replicates"] = 3
    data["roles"]["judges"] = ["larch_judge"]
    new = parse_plan(data, "plan")
    assert plan_diff(old, old) == []
    assert [(name, after) for name, _, after in plan_diff(old, new)] == [
        ("roles.judges", ["larch_judge"]),
        ("respond.replicates", 3),
    ]
