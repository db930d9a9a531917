"""A noise sample from plan to report: priced, run, loaded, and what was planted found again."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.figures import catalog
from analysis.figures.frames import noise as frames
from analysis.load.files.files import expand, find_sources
from analysis.load.runs import load_run
from analysis.measure import noise as measure
from analysis.queries.source_files import write_sources
from analysis.report import report
from analysis.settings import Settings
from analysis.store import damage
from analysis.store.build.build import build_study
from analysis.store.study import POINTER, open_study
from analysis.vocabulary import REPEATS, Repeat
from pipeline.export.write import export_run
from pipeline.journal.journal import reading
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.flow import Flow
from pipeline.run.state import State, run_folder
from pipeline.run.status import status
from pipeline.simulator import simulator as sim
from pipeline.stages import NOISE

pytestmark = pytest.mark.usefixtures("exports_here")

MODELS = ("aster_large", "bracken_mini", "cobble_one", "dunlin_2", "eider_max")
PLACING = ("pairs", "generate", "respond", "rubric", "score")
STAGES = (*PLACING, *(stage.name for stage in NOISE.values()))
FIRST, SECOND = "sedge_writer", "teasel_writer"
DRAWS = 12


def run_of(settings, **wish):
    """(plan, run) of a simulated run that is done."""
    wished = Wish(**{"models": MODELS, "families": 32, "stages": STAGES, **wish})
    plan = make_plan(wished, settings, load(settings.home))
    run = runs.launch(plan, settings, load(settings.home))
    assert runs.work(settings, run).state is State.DONE
    return plan, run


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """(settings, plan, run, open study) of a run with a noise sample of 30 of its 32 families."""
    settings = Settings(home=tmp_path_factory.mktemp("noise"))
    plan, run = run_of(settings)
    study = open_study(settings, load_run(run, "noisy", settings).id)
    yield settings, plan, run, study
    study.close()


def test_calls_made_never_pass_calls_priced(ran):
    settings, plan, run, _ = ran
    priced = price_plan(plan, Inputs(plan))["stages"]
    for stage, part in status(settings, run)["stages"].items():
        assert part["done"] + part["failed"] <= priced.get(stage, {"calls": 1})["calls"], stage
    done = {s: status(settings, run)["stages"][s]["done"] for s in STAGES[len(PLACING) :]}
    assert done == {
        "noise_wording": 30,
        "noise_rubric": 30,
        "noise_answer": 2 * 30 * len(MODELS),
        "noise_scoring": 4 * 30,
        "noise_scorer": 30,
    }


def test_what_is_done_is_never_asked_again(ran):
    """A resumed run passes over every call of the sample that has its reply."""
    settings, plan, run, _ = ran
    folder = run_folder(settings, run)
    with reading(folder) as connection:
        flow = Flow(plan, Inputs(plan, folder), connection)
        for stage in NOISE.values():
            assert sum(1 for _ in stage.calls(flow)) > 0
            assert list(flow.pending(stage.calls(flow))) == []


def truth(study):
    """Component -> what the simulator does on the repeated queries, from `DRAWS` answers, scorings,
    rubrics and wordings of its own."""
    with study.cursor() as con:
        asked = con.execute(
            "SELECT DISTINCT s.query, s.value1, s.value2 FROM repeats JOIN scenarios s "
            "USING (scenario_no) ORDER BY ALL"
        ).fetchall()
    halves = {kind: [] for kind in (*REPEATS, "total")}
    for query, *values in asked:

        def place(text, at, rubric="1", scorer=FIRST, key="", values=tuple(values)):
            if not text:
                return [np.nan, np.nan]
            read = sim.positions(at, text, *values)
            return [
                sim.placed(p, text, v, f"{rubric}{v}", scorer, key)
                for p, v in zip(read, values, strict=True)
            ]

        for draw in range(DRAWS):
            here = sim.context_of(query)
            there = sim.context_of(sim.perturb(query, "wording", f"w{draw}"))
            texts = [sim.answer(m, here, f"{draw}").text for m in MODELS]
            others = [sim.answer(m, here, f"{draw} again").text for m in MODELS]
            reworded = [sim.answer(m, there, f"{draw} other").text for m in MODELS]
            one, two = f"{draw}", f"{draw} again"
            first = np.array([place(t, here, key=one) for t in texts])
            again = {
                Repeat.SCORING: [place(t, here, key=two) for t in texts],
                Repeat.SCORER: [place(t, here, scorer=SECOND, key=two) for t in texts],
                Repeat.RUBRIC: [place(t, here, rubric="2", key=two) for t in texts],
                Repeat.ANSWER: [place(t, here, key=two) for t in others],
                Repeat.WORDING: [place(t, there, key=two) for t in reworded],
            }
            halves["total"].append(np.nanvar(first, axis=0, ddof=1).mean())
            for kind, positions in again.items():
                moved = np.array(positions) - first
                halves[kind].append(np.nanvar(moved, axis=0, ddof=1).mean() / 2)
    held = {kind: float(np.nanmean(found)) for kind, found in halves.items()}
    return {
        "scoring": held[Repeat.SCORING],
        "answer": held[Repeat.ANSWER] - held[Repeat.SCORING],
        "scorer": held[Repeat.SCORER] - held[Repeat.SCORING],
        "rubric": held[Repeat.RUBRIC] - held[Repeat.SCORING],
        "wording": max(0.0, held[Repeat.WORDING] - held[Repeat.ANSWER]),
        "model": held["total"]
        - (held[Repeat.WORDING] + held[Repeat.SCORER] + held[Repeat.RUBRIC])
        + 2 * held[Repeat.SCORING],
    }


def test_the_report_recovers_what_is_planted(ran):
    settings, _, _, study = ran
    told = report(study, settings)["noise"]
    assert json.loads(json.dumps(told)) == told
    assert list(told) == ["floor", "floor_interval", "share_above", "components"]
    assert list(told["components"]) == list(measure.COMPONENTS)
    planted = truth(study)
    for name, found in told["components"].items():
        assert found["n"] == 30
        assert found["low"] <= max(planted[name], 0.0) <= found["high"], (
            name,
            planted[name],
            found,
        )
    assert 0.16 < planted["scoring"] < 0.2  # a slip in five, less where a position is at an end
    assert 0.5 < told["floor"] < 3
    assert told["share_above"]["low"] <= told["share_above"]["value"] <= told["share_above"]["high"]


def test_page_and_files_say_what_the_report_says(ran):
    settings, _, _, study = ran
    told = report(study, settings)["noise"]
    words = frames.in_words(frames.noise(study))
    low, high = told["floor_interval"]
    assert words.startswith(
        f"Noise floor {told['floor']:.2f} (95% {low:.2f} to {high:.2f}): models that are all the"
    )
    assert "Not known" not in words
    table = catalog.compute(study, catalog.bind(study, "disagreement.noise"))
    for row in table.to_dict("records"):
        assert row["value"] == told["components"][row["component"]]["value"]
    drawn = catalog.content(study, catalog.bind(study, "disagreement.histogram"))
    assert f"Noise floor: D {told['floor']:.2f}" in drawn.alt


def test_the_exported_folder_gives_the_same_study(ran, tmp_path):
    """Repeats count in the content hash, and a study without them keeps the hash that it had."""
    settings, _, run, study = ran
    folder = export_run(settings, run, tmp_path / "rows")
    other = Settings(home=tmp_path / "home")

    def loaded(paths, name):
        sources = find_sources(paths, tmp_path, other)
        return build_study(other, name, sources, copy_texts=True)

    whole = loaded(expand(folder), "whole")
    assert whole.content_hash == study.info.content_hash
    repeats = folder / "tables" / "repeats.parquet"
    less = loaded([p for p in expand(folder) if p != repeats], "less")
    assert less.content_hash != whole.content_hash
    none = open_study(other, less.id)
    assert frames.noise(none) is None
    assert report(none, other)["noise"] == {
        "undefined": "because nothing was repeated in this study"
    }
    assert "is not known: nothing was repeated in this study" in frames.in_words(None)
    none.close()
    with duckdb.connect(str(less.path)) as con:  # as an earlier program left it
        con.execute("DROP TABLE repeats")
    pointer = less.path.with_name(POINTER)
    facts = damage.without_checksum(pointer.read_text())
    pointer.write_text(damage.with_checksum(facts | {"seal": "", "digest": ""}))
    old = open_study(other, less.id)
    assert old.info.content_hash == less.content_hash
    assert frames.noise(old) is None
    old.close()


def test_a_study_that_another_source_repeats_keeps_its_noise_sample(ran, tmp_path):
    """Written out and loaded twice over: every row of the second copy is a repeated one."""
    _, _, _, study = ran
    other = Settings(home=tmp_path / "home")
    paths = [*write_sources(study, tmp_path / "one"), *write_sources(study, tmp_path / "two")]
    info = build_study(other, "twice", find_sources(paths, tmp_path, other), copy_texts=True)
    copied = open_study(other, info.id)
    assert frames.noise(copied) == frames.noise(study)
    copied.close()


def test_a_bad_row_is_counted_with_its_reason(ran, tmp_path):
    settings, _, run, _ = ran
    folder = export_run(settings, run, tmp_path / "rows")
    table = folder / "tables" / "repeats.parquet"
    rows = pd.read_parquet(table)
    rows.loc[0, "repeat"] = "mood"
    rows.loc[1, "scenario"] = "9_9_neutral"
    rows.loc[2, ["value1_position", "value2_position"]] = None
    rows.to_parquet(table)
    other = Settings(home=tmp_path / "home")
    info = build_study(other, "bad", find_sources(expand(folder), tmp_path, other), copy_texts=True)
    assert info.rejected == {
        "a repeat without a model, or of a kind that is not known": 1,
        "an answer to a scenario that no source has": 1,
        "a repeat that was not placed": 1,
    }


def test_what_a_plan_leaves_out_is_not_known(tmp_path):
    """Placed one by one, nothing reworded, no second rubric, and nobody who scored besides."""
    settings = Settings(home=tmp_path / "home")
    stages = (*PLACING, "noise_answer", "noise_scoring")
    wish = Wish(models=MODELS[:3], families=14, stages=stages, writers=(FIRST,), noise=13)
    plan = make_plan(wish, settings, load(settings.home))
    assert plan.stages == stages
    plan = plan.model_copy(update={"score": plan.score.model_copy(update={"together": False})})
    run = runs.launch(plan, settings, load(settings.home))
    assert runs.work(settings, run).state is State.DONE
    priced = price_plan(plan, Inputs(plan))["stages"]["noise_scoring"]["calls"]
    done = status(settings, run)["stages"]["noise_scoring"]["done"]
    assert 2 * 13 <= done <= priced == 2 * 13 * 3
    study = open_study(settings, load_run(run, "part", settings).id)
    told = report(study, settings)["noise"]
    words = frames.in_words(frames.noise(study))
    study.close()
    assert told["components"]["scorer"] == {
        "undefined": "not known: no second scorer was asked",
        "n": 0,
    }
    assert "no query was reworded" in told["components"]["wording"]["undefined"]
    assert told["components"]["scoring"]["n"] == 13
    assert told["floor"]["undefined"].startswith("not known: 13 families were answered again")
    assert told["share_above"] == {"undefined": told["floor"]["undefined"], "n": 0}
    assert (
        "Not known: what another scorer, another rubric and another wording would change." in words
    )
