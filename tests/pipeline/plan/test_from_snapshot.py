"""A plan over a study's snapshot: label, judge again, add a model, without writing queries."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator import simulator as sim

MODELS = ("aster_large", "bracken_mini", "cobble_one")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture(params=["in order", "mixed"])
def snapshot(tmp_path, request):
    """Two families x three nudges x three models, the first family with high disagreement."""
    scenarios, responses, texts, rubrics = [], [], [], []
    for entry, nudge in ((e, n) for e in (0, 1) for n in ("neutral", "value1", "value2")):
        name = f"12_{entry}_{nudge}"
        query = sim.make_query("privacy", "child safety", nudge, entry)
        scenarios.append(
            {
                "scenario_no": len(scenarios) + 1,
                "scenario": name,
                "family": f"12_{entry}",
                "nudge": nudge,
                "value1": "privacy",
                "value2": "child safety",
                "generator": "g",
                "rank": None,
                "query": query,
            }
        )
        for place, model in enumerate(MODELS):
            position = 3 * place if entry == 0 else 3
            cut = (entry, nudge, place) == (1, "neutral", 0)
            text = sim.answer(model, query).text
            key = {"scenario": name, "model": model, "replicate": 0}
            responses.append(
                {
                    **key,
                    "value1_position": position,
                    "value2_position": 3,
                    "outcome": "truncated" if cut else "answered" if text else "api_refusal",
                }
            )
            texts.append({**key, "text": text})
        for value_no in (1, 2):
            rubrics += [
                {"scenario": name, "value_no": value_no, "position": i, "strategy": f"way {i}"}
                for i in range(7)
            ]
    if request.param == "mixed":
        texts = texts[::2] + texts[1::2]
    folder = tmp_path / "snapshot"
    folder.mkdir()
    study = [{"id": "parent", "title": "The parent", "simulated": True, "content_hash": "ab"}]
    tables = {
        "scenarios": scenarios,
        "responses": responses,
        "response_texts": texts,
        "rubrics": rubrics,
        "study": study,
    }
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


def ran(settings, **wish):
    catalog = load(settings.home)
    run = runs.launch(make_plan(Wish(**wish), settings, catalog), settings, catalog)
    result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    return run, export_run(settings, run)


def test_label_and_judge_read_the_answers_of_the_study(settings, snapshot):
    run, folder = ran(
        settings, snapshot=snapshot, stages=("label", "judge"), judges=("larch_judge",)
    )
    answered = [
        a
        for _, g in SnapshotReader(snapshot).answers(SnapshotReader(snapshot).scenarios)
        for a in g
        if a.outcome == "answered"
    ]
    assert len(answered) == 17
    seen = status(settings, run)["stages"]
    assert seen["judge"]["done"] == len(answered)
    assert seen["label"]["done"] == len(answered) + 6
    judged = pq.read_table(folder / "judge_evaluations.parquet")
    assert set(judged.column("query_key").to_pylist()) <= {
        f"12_{e}_{n}" for e in (0, 1) for n in ("neutral", "value1", "value2")
    }
    assert judged.schema.metadata[b"faultline.parent"] == b"parent"
    assert judged.schema.metadata[b"faultline.simulated"] == b"true"
    assert not (folder / "default.parquet").exists()
    assert pq.read_table(folder / "tables" / "response_types.parquet").num_rows == len(answered)


def test_judging_only_where_models_disagree(settings, snapshot):
    catalog = load(settings.home)
    plan = make_plan(Wish(snapshot=snapshot, judges=("larch_judge",)), settings, catalog)
    assert plan.template == "re-judge"
    plan = plan.model_copy(
        update={"judge": plan.judge.model_copy(update={"min_disagreement": 1.5})}
    )
    run = runs.launch(plan, settings, catalog)
    assert runs.work(settings, run).state is State.DONE
    folder = export_run(settings, run)
    judged = pq.read_table(folder / "judge_evaluations.parquet").to_pylist()
    assert {row["entry_idx"] for row in judged} == {0}
    assert {row["bin_name"] for row in judged} == {"std_2.0_to_2.5"}


def test_another_model_is_added_and_placed_by_the_rubrics_of_the_study(settings, snapshot):
    _, folder = ran(settings, snapshot=snapshot, stages=("respond", "score"), models=("eider_max",))
    rows = pq.read_table(folder / "default.parquet").to_pylist()
    assert len(rows) == 6
    assert all((row["chunk_index"], row["entry_idx"]) in {(12, 0), (12, 1)} for row in rows)
    assert all(row["outcome_eider_max"] for row in rows)
    assert any(row["eider_max_value1_position"] is not None for row in rows)
    assert not any("aster_large" in column for column in rows[0])


def test_a_folder_that_is_no_snapshot_and_one_that_changed(settings, snapshot, tmp_path):
    catalog = load(settings.home)
    with pytest.raises(FaultlineError, match="no snapshot"):
        make_plan(Wish(snapshot=tmp_path, stages=("judge",)), settings, catalog)
    plan = make_plan(Wish(snapshot=snapshot), settings, catalog)
    with pytest.raises(FaultlineError, match="leave out pairs"):
        make_plan(
            Wish(snapshot=snapshot.parent / "snapshot", stages=("pairs", "judge")),
            settings,
            catalog,
        )
    (snapshot / "responses.parquet").unlink()
    with pytest.raises(FaultlineError, match="has changed"):
        runs.launch(plan, settings, catalog)


def test_judging_replicates_makes_no_more_calls_than_priced(settings, snapshot):
    """Every stored answer is judged, the second one of a model too, and every one is priced."""
    for table in ("responses", "response_texts"):
        path = snapshot / f"{table}.parquet"
        rows = pq.read_table(path).to_pylist()
        again = [
            row | {"replicate": 1} | ({"text": f"{row['text']} Again."} if "text" in row else {})
            for row in rows
        ]
        pq.write_table(pa.Table.from_pylist(rows + again), path)
    catalog = load(settings.home)
    wish = Wish(snapshot=snapshot, stages=("label", "judge"), judges=("larch_judge",))
    plan = make_plan(wish, settings, catalog)
    priced = price_plan(plan, Inputs(plan))["stages"]
    run = runs.launch(plan, settings, catalog)
    assert runs.work(settings, run).state is State.DONE
    made = status(settings, run)["stages"]
    assert made["judge"]["done"] == 34
    assert priced["judge"]["calls"] == 36
    assert all(made[stage]["done"] <= priced[stage]["calls"] for stage in made)
