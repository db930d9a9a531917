"""A run that searches: rounds of families, drawn by the scores before them, also after a stop."""

import pytest

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.vocabulary import Draw
from pipeline.journal.journal import reading
from pipeline.plan.cast import remarks
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import read_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run import runner
from pipeline.run.flow import Flow
from pipeline.run.search import draw_round
from pipeline.run.searched import rounds_drawn
from pipeline.run.state import PLAN, State, run_folder
from pipeline.run.status import status
from pipeline.stages import pairs
from pipeline.stages.pairs import SearchPart

STAGES = ("pairs", "generate", "respond", "rubric", "score")
MODELS = ("aster_large", "bracken_mini", "cobble_one")


def planned(settings, **changes):
    wish = {
        "families": 12,
        "models": MODELS,
        "stages": STAGES,
        "search": SearchPart(rounds=3, uniform_share=0.4),
        "seed": 3,
        **changes,
    }
    return make_plan(Wish(**wish), settings, load(settings.home))


def drawn(settings, run):
    folder = run_folder(settings, run)
    plan = read_plan(folder / PLAN)
    with reading(folder) as connection:
        return Flow(plan, Inputs(plan, folder), connection).pairs


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    plan = planned(settings)
    run = runs.launch(plan, settings, load(settings.home))
    result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    return settings, plan, run


def test_the_uniform_share_comes_first_and_is_drawn_as_without_a_search(searched):
    settings, _, run = searched
    found = drawn(settings, run)
    assert [pair.draw for pair in found] == [Draw.UNIFORM] * 5 + [Draw.SEARCH] * 7
    plain = planned(settings, search=None)
    first = pairs.drawn(plain.settings(pairs.SPEC), plain.seed, Inputs(plain))[:5]
    assert [(p.value1, p.value2) for p in found[:5]] == [(p.value1, p.value2) for p in first]
    assert len({frozenset((p.value1, p.value2)) for p in found}) == 12
    assert [p.family for p in found] == [f"0_{i}" for i in range(12)]
    assert all(all(p.arm) for p in found)


def test_it_makes_the_calls_that_were_priced_and_no_more(searched):
    settings, plan, run = searched
    priced = price_plan(plan, Inputs(plan))
    made = status(settings, run)["stages"]
    for stage, part in priced["stages"].items():
        assert made[stage]["done"] == made[stage]["total"] == part["calls"]


def test_a_run_that_was_stopped_in_a_round_draws_the_same_families(searched, tmp_path, monkeypatch):
    settings, _, run = searched
    whole = drawn(settings, run)
    other = Settings(home=tmp_path / "home")
    again = runs.launch(planned(other), other, load(other.home))

    def dies(flow, journal):
        if rounds_drawn(journal.reading) == 2:
            raise KeyboardInterrupt
        draw_round(flow, journal)

    monkeypatch.setattr(runner, "draw_round", dies)
    with pytest.raises(KeyboardInterrupt):
        runs.work(other, again)
    assert drawn(other, again) == whole[:9]
    monkeypatch.undo()
    assert runs.work(other, again).state is State.DONE
    assert drawn(other, again) == whole
    assert status(other, again)["stages"] == status(settings, run)["stages"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pairs": (("Honesty", "Kindness"),), "families": None}, "own pairs are asked as they"),
        ({"categories": ("Critical thinking",), "families": 2}, "one category has nothing beside"),
        ({"stages": STAGES[:3]}, "add the stage score"),
        ({"stages": (*STAGES[:2], "dedupe", *STAGES[2:])}, "leave out the stage dedupe"),
        ({"families": 1}, "leave none to search with"),
    ],
)
def test_what_leaves_nothing_to_search_is_refused(changes, sentence, tmp_path):
    with pytest.raises(FaultlineError, match=sentence):
        planned(Settings(home=tmp_path), **changes)


def test_a_template_goes_without_dedupe_and_says_so(tmp_path):
    plan = planned(Settings(home=tmp_path), stages=None, template="full", families=100)
    assert "dedupe" not in plan.stages
    assert "40 of 100 families are drawn uniformly" in " ".join(remarks(plan))
    assert "Near duplicates stay in" in " ".join(remarks(plan))


def test_clauses_are_searched_where_no_two_are_named(tmp_path):
    settings = Settings(home=tmp_path)
    plan = planned(
        settings, stages=None, template="clause-pair", families=8, noise=0, judges=("larch_judge",)
    )
    run = runs.launch(plan, settings, load(settings.home))
    assert runs.work(settings, run).state is State.DONE
    found = drawn(settings, run)
    anchors = {clause.anchor for clause in Inputs(plan).spec.clauses}
    assert {anchor for pair in found for anchor in pair.arm} <= anchors
    assert all(pair.clause1 and pair.clause2 for pair in found)
    assert [pair.draw for pair in found].count(Draw.SEARCH) == 4
