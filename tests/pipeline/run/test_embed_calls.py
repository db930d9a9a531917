"""Vectors from an endpoint in whole runs: asked over HTTP, paid once, the distance measured."""

import json
import random
from contextlib import ExitStack

import numpy as np
import pytest
from batch_kit import billed, ended, ran, rows, start, until
from provider_kit import served

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.journal.journal import FILE, connect
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run import live
from pipeline.run.embed_calls import packed, unpacked
from pipeline.run.flow import Flow
from pipeline.run.state import State
from pipeline.run.status import log_tail, status, watch
from pipeline.select.kcenter import on_grid, select
from pipeline.simulator.provider import said
from tests.fake_provider.answers import embedding
from tests.fake_provider.faults import Fault, FaultPlan, Rule

SMALL = "text_embedding_3_small"
STAGES = ("pairs", "generate", "dedupe", "respond", "rubric", "score", "hard", "judge")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def provider(monkeypatch, tmp_path):
    with ExitStack() as stack:

        def serve(*rules, **given):
            plan = FaultPlan(rules=rules, **given)
            server = stack.enter_context(served(plan, said, tmp_path / "ledger.jsonl"))
            monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
            return server

        yield serve


def planned(settings, *, stages=STAGES, families=50, **changes):
    wish = Wish(
        families=families,
        models=("aster_small", "bracken_large"),
        judges=("rowan_judge",),
        writers=("sedge_writer",),
        stages=stages,
        budget_usd=changes.pop("budget_usd", 1.0),
        seed=5,
        embedder=changes.pop("embedder", SMALL),
        distance=changes.pop("distance", None),
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    return parse_plan({**data, "time_limit_s": 5.0, **changes}, "plan")


def document(settings, run, name):
    return json.loads(
        rows(settings, run, f"SELECT body FROM documents WHERE name = '{name}'")[0][0]
    )


def test_vectors_are_paid_once_for_both_selections_and_the_distance_is_measured(
    settings, provider, tmp_path
):
    provider()
    run, result = ran(settings, planned(settings))
    assert result.state is State.DONE, (result.sentence, log_tail(settings, run))
    plain, hard = document(settings, run, "dedupe"), document(settings, run, "hard")
    assert plain["embedder"] == hard["embedder"] == SMALL
    assert plain["calibration"]["near"] == 1.0
    assert plain["calibration"]["apart"] < 0.1
    assert 0.2 < plain["stop"] < 0.6
    assert hard["stop"] == 2 * plain["stop"]
    calls = rows(
        settings,
        run,
        f"SELECT stage, state, count(*) FROM calls WHERE model = '{SMALL}' GROUP BY 1, 2",
    )
    assert calls == [("dedupe", "done", 3)]
    lanes = {(row["stage"], row["model"]): row for row in live.lanes(watch(settings, run))}
    assert lanes["dedupe", SMALL]["usd"] > 0
    assert ("hard", SMALL) not in lanes
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert set(counts.values()) == {1}
    assert 0 < dollars == pytest.approx(status(settings, run)["confirmed_usd"])


def test_the_selection_is_that_of_the_vectors_the_endpoint_gave(settings, provider):
    provider()
    plan = planned(settings, stages=STAGES[:4], distance=0.55)
    run, _ = ran(settings, plan)
    told = document(settings, run, "dedupe")
    folder = settings.runs / run
    connection = connect(folder / FILE, write=False)
    queries = [s.query for s in Flow(plan, Inputs(plan, folder), connection).originals]
    connection.close()
    points = on_grid(np.array([embedding(query) for query in queries]))
    assert len(told["scenarios"]) == len(select(points, stop=0.55).order) < len(queries)
    assert told["stop"] == 0.55
    assert told["calibration"] is None
    assert {pair["kept"] for pair in told["pairs"]} == {True, False}
    for pair in told["pairs"]:
        assert abs(pair["distance"] - 0.55) < 1e-3 or (pair["distance"] > 0.55) is pair["kept"]
        assert {pair["query"], pair["other"]} <= set(queries)


def test_a_killed_run_asks_for_no_vector_twice(settings, provider, tmp_path):
    provider(Rule(Fault.RATE_LIMIT, api="embeddings", after=1, first=40, seconds=1.0))
    run = runs.launch(planned(settings, stages=STAGES[:4]), settings, load(settings.home))
    child = start(settings, run)
    done = f"SELECT 1 FROM calls WHERE model = '{SMALL}' AND state = 'done'"
    until(lambda: rows(settings, run, done))
    child.kill()
    child.wait()
    provider()
    code, told = ended(start(settings, run))
    assert code == 0, told
    counts, _ = billed(tmp_path / "ledger.jsonl")
    assert set(counts.values()) == {1}
    assert len(counts) == 3


@pytest.mark.parametrize(
    ("fault", "state", "sentence"),
    [
        (Rule(Fault.AUTH, api="embeddings"), State.PAUSED, SMALL),
        (Rule(Fault.BAD_REQUEST, api="embeddings"), State.FAILED, "3 errors"),
        (Rule(Fault.BAD_REQUEST, api="embeddings", first=1), State.FAILED, "requests for vectors"),
    ],
)
def test_an_endpoint_that_gives_no_vectors_stops_the_run_with_a_sentence(
    settings, provider, fault, state, sentence
):
    server = provider(fault)
    run, result = ran(settings, planned(settings, stages=STAGES[:4]))
    assert result.state is state
    assert sentence in result.sentence
    server.core.plan.rules = ()
    if state is State.PAUSED:
        assert runs.work(settings, run).state is State.DONE
    else:
        runs.resume(settings, run)
        until(lambda: status(settings, run)["state"] == "done")


def test_the_price_counts_the_vectors_once(settings):
    plan = planned(settings)
    priced = price_plan(plan, Inputs(plan))
    assert priced["stages"]["dedupe"]["calls"] == 3  # 150 queries and 120 planted
    assert 0 < priced["stages"]["dedupe"]["usd_low"] < priced["stages"]["dedupe"]["usd_high"] < 0.02
    assert priced["stages"]["hard"]["calls"] == 0


def test_embedders_that_are_not_there(settings, monkeypatch, tmp_path):
    catalog = load(settings.home)
    with pytest.raises(FaultlineError, match="no OpenAI-compatible"):
        make_plan(Wish(embedder="claude_haiku_4_5"), settings, catalog)
    with pytest.raises(FaultlineError, match="There is no model"):
        make_plan(Wish(embedder="word2vec"), settings, catalog)
    with pytest.raises(FaultlineError, match="simulated and gives no vectors"):
        make_plan(Wish(embedder="aster_small"), settings, catalog)
    data = make_plan(Wish(), settings, catalog).model_dump(mode="json")
    with pytest.raises(FaultlineError, match="There is no embedder 'gone' for hard"):
        parse_plan({**data, "hard": {"embedder": "gone"}}, "plan")
    unknown = make_plan(Wish(embedder="openai:some-vectors", stages=STAGES), settings, catalog)
    with pytest.raises(FaultlineError, match="No price is known for some_vectors"):
        price_plan(unknown, Inputs(unknown))


def test_a_grid_comes_back_from_its_text_as_it_was():
    points = on_grid(np.random.default_rng(random.Random(3).randrange(99)).normal(size=(7, 33)))
    assert np.array_equal(unpacked(packed(points)), points)
