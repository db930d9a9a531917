"""No plan makes more calls, or costs more dollars, than its price said at most."""

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from provider_kit import served

from analysis.settings import Settings
from analysis.vocabulary import Outcome
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import Plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.records import Answer, Scenario
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator.provider import said
from pipeline.stages import label
from pipeline.stages.pairs import SearchPart
from tests.fake_provider.ledger import read_ledger

GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"
PLACED = ("pairs", "generate", "respond", "rubric", "score")
WHOLE = (*PLACED, "label", "judge")
NOISE = ("noise_wording", "noise_rubric", "noise_answer", "noise_scoring", "noise_scorer")
MODELS = st.lists(st.sampled_from(["aster_large", "bracken_mini", "cobble_one"]), min_size=1)


@st.composite
def wishes(draw):
    """A plan of any stages, with every setting that makes calls more or fewer."""
    return {
        "families": draw(st.integers(2, 5)),
        "models": tuple(dict.fromkeys(draw(MODELS))),
        "judges": draw(st.sampled_from([("larch_judge",), ("larch_judge", "rowan_judge")])),
        "writers": draw(st.sampled_from([("sedge_writer",), ("sedge_writer", "teasel_writer")])),
        "variants": tuple(draw(st.sets(st.sampled_from(["wording", "tone"])))),
        "replicates": draw(st.integers(1, 3)),
        "noise": draw(st.integers(0, 3)),
        "min_disagreement": draw(st.sampled_from([None, 0.5])),
        "search": draw(st.sampled_from([None, SearchPart(rounds=3)])),
        "seed": draw(st.integers(0, 99)),
    }


@st.composite
def sizes(draw):
    """What a plan file may say besides."""
    keep = st.sampled_from([None, 1, 4])
    return {
        "dedupe": {"keep": draw(keep)},
        "hard": {"keep": draw(keep)},
        "label": {"share": draw(st.sampled_from([1.0, 0.3]))},
        "score": {"together": draw(st.booleans())},
        "generate": {"every_generator": draw(st.booleans())},
    }


def planned(settings, wish, edits=None):
    noise = NOISE if wish["noise"] else ()
    extra = tuple(("perturb",) if wish["variants"] else ())
    once = () if wish["search"] else ("dedupe",)
    stages = (*extra, *once, "hard", *WHOLE, *noise)
    ordered = tuple(s for s in ORDER if s in stages)
    made = make_plan(Wish(**{**wish, "stages": ordered}), settings, load(settings.home))
    data = made.model_dump(mode="json")
    for part, values in (edits or {}).items():
        data[part] |= values
    return Plan.model_validate(data)


ORDER = (
    *("pairs", "generate", "perturb", "dedupe", "respond", "rubric", "score", "hard"),
    *("label", "judge"),
    *NOISE,
)


@examples(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish=wishes(), edits=sizes())
@example(  # variants stay with the queries that a selection keeps, beyond its number
    wish={
        "families": 3,
        "models": ("aster_large", "bracken_mini"),
        "judges": ("larch_judge",),
        "writers": ("sedge_writer",),
        "variants": ("wording", "tone"),
        "replicates": 1,
        "noise": 0,
        "min_disagreement": None,
        "search": None,
        "seed": 1,
    },
    edits={"dedupe": {"keep": 4}, "hard": {"keep": 2}},
)
def test_no_run_makes_more_calls_than_priced(wish, edits, tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("bound"))
    plan = planned(settings, wish, edits)
    priced = price_plan(plan, Inputs(plan))["stages"]
    run = runs.launch(plan, settings, load(settings.home))
    result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    for stage, made in status(settings, run)["stages"].items():
        if stage in priced:
            calls = made["done"] + made["failed"] + made["unparsable"]
            assert calls <= priced[stage]["calls"], (stage, calls)


@examples(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    families=st.integers(1, 3),
    models=st.sampled_from([(GPT,), (GPT, CLAUDE)]),
    answer_tokens=st.sampled_from([40, 400]),
    noise=st.integers(0, 2),
    variants=st.sampled_from([(), ("wording",)]),
    seed=st.integers(0, 99),
)
def test_no_bill_passes_the_most_that_was_priced(
    families, models, answer_tokens, noise, variants, seed, tmp_path_factory, monkeypatch
):
    folder = tmp_path_factory.mktemp("billed")
    settings = Settings(home=folder / "home")
    with served(answerer=said, ledger=folder / "ledger.jsonl") as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        wish = Wish(
            families=families,
            models=models,
            judges=(CLAUDE, GPT),
            writers=(CLAUDE,),
            roles={"rubric_writer": GPT, "scorer": CLAUDE, "labeller": GPT},
            variants=variants,
            answer_tokens=answer_tokens,
            noise=noise,
            budget_usd=50.0,
            seed=seed,
        )
        plan = make_plan(wish, settings, load(settings.home))
        priced = price_plan(plan, Inputs(plan))
        run = runs.launch(plan, settings, load(settings.home))
        result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    billed = [row for row in read_ledger(folder / "ledger.jsonl") if row["billed"]]
    assert 0 < len(billed) <= priced["calls"]
    for stage, part in priced["stages"].items():
        usd = sum(row["usd"] for row in billed if row["stage"] == stage)
        assert usd <= part["usd_high"], (stage, usd)
    seen = status(settings, run)
    assert seen["confirmed_usd"] <= priced["usd_high"]
    assert priced["usd_low"] <= priced["usd_high"]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.6])
def test_a_sample_of_answers_stays_below_its_bound(share):
    """Over 200 studies of 300 answers each."""
    most = label.most_drawn(300, share)
    for study in range(200):
        scenario = Scenario(f"{study}", "1_1", "neutral", "a", "b", "w", "?")
        answers = (Answer(f"{study}", f"m{i}", 0, Outcome.ANSWERED, "") for i in range(300))
        assert sum(label.drawn(scenario, answer, share) for answer in answers) <= most < 300
    assert label.most_drawn(300, 1.0) == 300
