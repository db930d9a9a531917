"""Who plays which role in a new plan, and what is said about it before anything is paid for."""

import pytest

from analysis.errors import FaultlineError
from analysis.parse.criteria import Criteria, Criterion, Test
from analysis.settings import Settings
from analysis.vocabulary import RUBRIC_GRADES
from pipeline.plan.cast import ROLES, SINGLE, remarks
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.stages import pairs

GPT, CLAUDE, OTHER = "gpt_5_4_mini", "claude_haiku_4_5", "gpt_4_1"


@pytest.fixture
def make(tmp_path):
    settings = Settings(home=tmp_path / "home")
    catalog = load(settings.home, env={})
    return lambda **wish: make_plan(Wish(**wish), settings, catalog)


CRITERIA = Criteria(
    "spec@1@0123456789ab",
    (
        Criterion(
            "even_hand", "Even", dict.fromkeys(RUBRIC_GRADES, "It does."), (Test("plain", "Why?"),)
        ),
    ),
)


def of_plan(plan):
    return pairs.drawn(plan.settings(pairs.SPEC), plan.seed, Inputs(plan))


def weighing(plan):
    """Models that weigh answers in some way: rubric, place, label, verdict."""
    names = [role for role, spec in ROLES.items() if spec.weighs_answers]
    given = [getattr(plan.roles, role) for role in names]
    return {name for one in given if one for name in ((one,) if isinstance(one, str) else one)}


@pytest.mark.parametrize("models", [(GPT,), (CLAUDE,), (GPT, CLAUDE), (CLAUDE, GPT, OTHER)])
def test_nobody_weighs_their_own_answers_by_default(make, models):
    plan = make(models=models, families=20)
    assert weighing(plan)
    assert not weighing(plan) & set(models)
    assert remarks(plan) == []


def test_somebody_named_who_does_not_answer_weighs_before_a_stranger(make):
    assert weighing(make(models=(GPT,), judges=(CLAUDE,))) == {CLAUDE}
    assert weighing(make(models=(GPT,), writers=(CLAUDE,))) == {CLAUDE}


@pytest.mark.parametrize("role", SINGLE)
def test_each_role_goes_to_the_model_named_for_it(make, role):
    alone = {
        "drafter": {"drafted": ("even_hand",)},
        "repairer": {"repair": "even_hand"},
        "grader": {"criteria": CRITERIA},
    }
    wish = alone.get(role, {"models": (GPT,), "variants": ("tone",)})
    plan = make(roles={role: OTHER}, **wish)
    assert getattr(plan.roles, role) == OTHER
    left = set(SINGLE) - {role, "second_scorer"}  # who scores besides may be anybody else
    others = [getattr(plan.roles, name) for name in left]
    assert OTHER not in others


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"roles": {"scorer": GPT}}, "places the answers, its own among them"),
        ({"roles": {"rubric_writer": GPT}}, "writes the rubrics"),
        ({"roles": {"labeller": GPT}}, "labels the answers, its own among them"),
        ({"judges": (OTHER, GPT)}, "judges the answers, its own among them"),
    ],
)
def test_a_model_that_weighs_its_own_answers_is_named_before_the_launch(make, wish, words):
    (sentence,) = remarks(make(models=(GPT,), noise=0, **wish))
    assert sentence.startswith(f"{GPT} {words}")
    assert "--" in sentence


def test_a_server_with_one_model_leaves_it_to_weigh_itself_and_says_so(make):
    plan = make(models=("ollama:llama-local",), families=20)
    weigh = [name for name, role in ROLES.items() if role.weighs_answers]
    assert len(remarks(plan)) == len([name for name in weigh if name != "grader"])


def test_a_role_nobody_plays_in_this_plan_is_refused(make):
    with pytest.raises(FaultlineError, match="--scorer names a model, but the plan has no stage"):
        make(stages=("pairs", "generate"), roles={"scorer": GPT})
    with pytest.raises(FaultlineError, match="no role 'referee'"):
        make(roles={"referee": GPT})
    with pytest.raises(FaultlineError, match="no model 'nobody'"):
        make(roles={"scorer": "nobody"})


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"pairs": (("A", "B"),), "categories": ("x",)}, "come from one place"),
        ({"pairs": (("A", "B"),), "families": 3}, "3 families were asked for and 1 own pairs"),
        ({"stages": ("pairs", "generate"), "min_disagreement": 1.0}, "no stage judge"),
        ({"stages": ("pairs", "generate"), "answer_tokens": 300}, "no stage respond"),
        ({"stages": ("pairs", "generate"), "replicates": 2}, "no stage respond"),
        ({"min_disagreement": 4.0}, r"judge\.min_disagreement"),
    ],
)
def test_a_wish_that_can_t_be_met_is_refused_in_one_sentence(make, wish, words):
    with pytest.raises(FaultlineError, match=words):
        make(**wish)


def test_pairs_categories_and_sizes_reach_the_plan(make):
    own = make(pairs=(("Honesty", "Kindness"), ("Privacy", "Safety")))
    drawn = [(pair.value1, pair.value2) for pair in of_plan(own)]
    assert drawn == [("Honesty", "Kindness"), ("Privacy", "Safety")]
    assert own.pairs.families == 2
    taxonomy = Inputs(own).taxonomy
    categories = sorted({v.category for v in taxonomy.values})[:2]
    plan = make(categories=tuple(categories), families=3, min_disagreement=1.5, answer_tokens=300)
    members = {v.value for v in taxonomy.values if v.category in categories}
    assert {v for p in of_plan(plan) for v in (p.value1, p.value2)} <= members
    assert (plan.judge.min_disagreement, plan.respond.max_tokens) == (1.5, 300)


def test_a_plan_that_asks_nobody_for_answers_says_so_before_it_is_paid_for(make):
    (sentence,) = remarks(make(stages=("pairs", "generate"), models=(GPT,)))
    assert "can't be loaded into a study" in sentence
    assert "Add the stage respond" in sentence


def test_a_draft_of_criteria_is_not_asked_for_answers(make):
    assert remarks(make(models=(GPT,), drafted=("even_hand",))) == []


def test_a_noise_sample_that_is_too_small_is_named_before_the_launch(make):
    (sentence,) = remarks(make(models=(GPT,), families=10))
    assert "repeats 10 families at most, and the noise floor of D takes 19" in sentence
    assert remarks(make(models=(GPT,), families=10, noise=0)) == []
    assert remarks(make(models=(GPT,), families=19)) == []
    (simulated,) = remarks(make(families=10))
    assert "the noise floor of D takes 19" in simulated
