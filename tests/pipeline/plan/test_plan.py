"""Plans: whole, the same bytes twice, and one sentence for whatever a hand edit breaks."""

import json
import os

import pytest

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.vocabulary import NOISE_FAMILIES
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import TEMPLATES, Wish, make_plan
from pipeline.plan.plan import Plan, parse_plan, read_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.stages import NOISE, shipped_prompts


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def make(settings, **wish) -> Plan:
    return make_plan(Wish(**wish), settings, load(settings.home, env={}))


def edited(tmp_path, plan: Plan, change) -> Plan:
    data = json.loads(plan.dumps())
    change(data)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(data))
    return read_plan(path)


@pytest.mark.parametrize("template", ["smoke", "clause-pair", "full"])
def test_a_template_makes_a_whole_plan_that_reads_back_the_same(settings, tmp_path, template):
    plan = make(settings, template=template, seed=4)
    assert edited(tmp_path, plan, lambda data: None) == plan
    assert plan.dumps() == make(settings, template=template, seed=4).dumps()
    assert plan.simulated
    assert {entry.digest for entry in plan.prompts.values()}.isdisjoint({""})


@pytest.mark.parametrize("template", ["smoke", "full"])
def test_variants_and_replicates_are_asked_for_and_priced(settings, template):
    plain = make(settings, template=template, families=5)
    plan = make(
        settings, template=template, families=5, variants=("tone", "language"), replicates=3
    )
    assert plan.stages[:3] == ("pairs", "generate", "perturb")
    assert set(plan.stages) == {*plain.stages, "perturb"}
    assert (plan.perturb.kinds, plan.respond.replicates) == (("tone", "language"), 3)
    calls = [price_plan(p, Inputs(p))["stages"]["respond"]["calls"] for p in (plain, plan)]
    assert calls[1] == calls[0] * 3 * 3
    with pytest.raises(FaultlineError, match=r"perturb\.kinds"):
        make(settings, variants=("volume",))
    with pytest.raises(FaultlineError, match=r"respond\.replicates"):
        make(settings, replicates=0)


def test_judging_again_needs_a_snapshot(settings):
    assert "re-judge" in TEMPLATES
    with pytest.raises(FaultlineError, match="--from"):
        make(settings, template="re-judge")


def test_real_models_take_the_writing_roles_and_say_their_prices(settings):
    plan = make(settings, models=("gpt_5_4_mini", "claude_haiku_4_5"), budget_usd=3.0)
    assert not plan.simulated
    assert plan.roles.generators == ("gpt_5_4_mini",)
    assert not {*plan.roles.judges, plan.roles.scorer} & {"gpt_5_4_mini", "claude_haiku_4_5"}
    assert plan.models["claude_haiku_4_5"].price.output == 5.0
    assert set(plan.endpoints) == {"anthropic", "openai"}


BROKEN = {
    "unknown field 'budget'": lambda d: d.update(budget=3),
    "unknown field 'judge.min_disagrement'": lambda d: d["judge"].update(min_disagrement=1),
    "lacks the field 'seed_'|unknown field 'seed_'": lambda d: d.update(seed_=d.pop("seed")),
    "lacks the field 'prompts'": lambda d: d.pop("prompts"),
    "budget_usd is wrong": lambda d: d.update(budget_usd=-1),
    "seed is wrong": lambda d: d.update(seed="x"),
    "no stage 'judges'": lambda d: d["stages"].append("judges"),
    "in this order": lambda d: d["stages"].reverse(),
    "needs pairs before": lambda d: d["stages"].remove("pairs"),
    "needs respond before": lambda d: d["stages"].remove("respond"),
    "no stages": lambda d: d["stages"].clear(),
    "no entry for it": lambda d: d["models"].pop("eider_max"),
    "has no model": lambda d: d["roles"].update(judges=[]),
    "names a model twice": lambda d: d["roles"]["judges"].append("larch_judge"),
    "lacks {{answer}}": lambda d: d["prompts"]["judge"].update(text="Judge {{query}}"),
    "which nothing fills": lambda d: d["prompts"]["judge"].update(
        text="{{query}} {{answer}} {{secret}}"
    ),
    "lacks the prompt 'judge'": lambda d: d["prompts"].pop("judge"),
    "no prompt 'jugde'": lambda d: d["prompts"].update(jugde={"text": "x"}),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_hand_edit_that_breaks_a_plan_is_one_sentence(settings, tmp_path, sentence):
    with pytest.raises(FaultlineError, match=sentence) as caught:
        edited(tmp_path, make(settings), BROKEN[sentence])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"seed": NaN}', "\ufeff{}", "[" * 5_000])
def test_a_file_that_is_no_plan_is_one_sentence(tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(FaultlineError):
        read_plan(tmp_path / "p.json")
    with pytest.raises(FaultlineError, match="no plan"):
        read_plan(tmp_path / "none.json")


def test_an_edited_prompt_is_kept_with_a_digest_of_its_own(settings, tmp_path):
    plan = make(settings)
    text = shipped_prompts()["judge"] + "\nBe brief."
    changed = edited(tmp_path, plan, lambda d: d["prompts"]["judge"].update(text=text))
    assert changed.prompts["judge"].text == text
    assert changed.prompts["judge"].digest != plan.prompts["judge"].digest
    assert changed.content_hash != plan.content_hash


def test_an_unknown_model_a_wrong_clause_and_a_tiny_taxonomy_are_refused(settings, tmp_path):
    with pytest.raises(FaultlineError, match="no model 'gpt_9'"):
        make(settings, models=("gpt_9",))
    tiny = tmp_path / "one.csv"
    tiny.write_text(
        "cluster_id,description,name,level,parent_cluster_id\n"
        "g,,Group,3,\nc,,Category,2,g\nk,,Cluster,1,c\nv,,patience,0,k\n"
    )
    with pytest.raises(FaultlineError, match="two values"):
        make(settings, taxonomy=tiny)
    with pytest.raises(FaultlineError, match="no clause 'nowhere'"):
        make(settings, clauses=("nowhere", "plain_truth"))


def test_a_spec_of_two_megabytes_is_priced(settings, tmp_path):
    big = tmp_path / "big.md"
    big.write_text("".join(f"## Clause {i} {{#c{i}}}\n\n{'word ' * 400}\n\n" for i in range(1_000)))
    small = make(settings, models=("gpt_5_4_mini",), budget_usd=1)
    large = make(settings, models=("gpt_5_4_mini",), budget_usd=1, spec=big)
    prices = [price_plan(p, Inputs(p))["stages"]["judge"] for p in (small, large)]
    assert prices[1]["usd_high"] > 20 * prices[0]["usd_high"]


def test_the_price_adds_up_and_its_range_holds(settings):
    plan = make(settings, models=("gpt_5_4_mini", "claude_haiku_4_5"), families=20, budget_usd=1)
    priced = price_plan(plan, Inputs(plan))
    stages = priced["stages"]
    assert {name: part["calls"] for name, part in stages.items()} == {
        "generate": 20,
        "respond": 120,
        "rubric": 20,
        "score": 60,
        "label": 180,
        "judge": 120,
        "noise_wording": 20,
        "noise_rubric": 20,
        "noise_answer": 80,
        "noise_scoring": 80,
        "noise_scorer": 20,
    }
    assert priced["calls"] == sum(part["calls"] for part in stages.values())
    for part in (priced, *stages.values()):
        assert 0 < part["usd_low"] <= part["usd_high"]
        assert part["hours"] > 0
    for part in stages.values():
        models = part["models"].values()
        assert part["usd_high"] == pytest.approx(sum(m["usd_high"] for m in models))


def test_a_model_without_a_price_is_refused_until_one_is_entered(settings, tmp_path):
    plan = make(settings, models=("openai:brand-new",), budget_usd=1)
    with pytest.raises(FaultlineError, match=r"models\.brand_new\.price"):
        price_plan(plan, Inputs(plan))
    priced = edited(
        tmp_path, plan, lambda d: d["models"]["brand_new"]["price"].update(input=1.0, output=2.0)
    )
    assert price_plan(priced, Inputs(priced))["usd_high"] > 0


def test_a_plan_that_is_no_file_or_endless_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with (tmp_path / "large.json").open("wb") as out:
        out.truncate(1_000_000_000)
    for name, said in (("pipe", "is a pipe"), ("zero", "is a device"), ("large", "50 MB")):
        with pytest.raises(FaultlineError, match=said):
            read_plan(tmp_path / f"{name}.json")


NOISE_STAGES = {stage.name for stage in NOISE.values()}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_that_places_answers_has_a_noise_sample(settings, template):
    if "score" not in TEMPLATES[template].stages:
        assert template in ("re-judge", "draft-criteria", "repair", "criteria", "trial")
        return
    plan = make(settings, template=template)
    assert {*plan.stages} >= NOISE_STAGES
    assert plan.noise_scoring.families == NOISE_FAMILIES
    assert plan.roles.second_scorer not in (None, plan.roles.scorer)
    without = make(settings, template=template, noise=0)
    assert not {*without.stages} & NOISE_STAGES
    assert [s for s in plan.stages if s not in NOISE_STAGES] == [*without.stages]
    calls = [price_plan(p, Inputs(p))["calls"] for p in (plan, without)]
    assert calls[0] > calls[1]


def test_the_noise_sample_repeats_as_many_families_as_wished_and_there_are(settings):
    for noise, families, repeated in ((12, 50, 12), (None, 50, 30), (None, 8, 8)):
        plan = make(settings, families=families, noise=noise)
        priced = price_plan(plan, Inputs(plan))["stages"]
        assert priced["noise_scorer"]["calls"] == repeated
        assert priced["noise_scoring"]["calls"] == 4 * repeated


def test_the_second_scorer_is_somebody_else_or_left_out(settings):
    real = ("gpt_5_4_mini", "claude_haiku_4_5")
    roles = make(settings, models=real, budget_usd=1).roles
    assert roles.second_scorer not in (None, roles.scorer)
    named = make(settings, models=real[:1], roles={"second_scorer": real[1]}, budget_usd=1)
    assert named.roles.second_scorer == real[1]
    with pytest.raises(FaultlineError, match="no stage noise_scorer"):
        make(settings, roles={"second_scorer": "teasel_writer"}, noise=0)
    settings.home.mkdir()
    (settings.home / "providers.toml").write_text(
        '[endpoints.mine]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nfree = true\n'
        '[models.alone]\nlabel = "Alone"\nendpoint = "mine"\nname = "alone"\n'
    )
    plan = make(settings, models=("alone",), budget_usd=1)
    assert plan.roles.second_scorer is None
    assert {*plan.stages} & NOISE_STAGES == NOISE_STAGES - {"noise_scorer"}


def test_a_noise_sample_of_stages_that_place_nothing_is_refused(settings):
    with pytest.raises(FaultlineError, match="so a noise sample would do nothing"):
        make(settings, stages=("pairs", "generate", "respond"), noise=5)


def test_a_plan_from_before_a_stage_came_goes_on_being_read(settings):
    data = json.loads(make(settings, template="smoke").dumps())
    for gone in ("repair", "criteria"):
        del data["prompts"][gone]
    del data["repair"], data["roles"]["repairer"]
    assert parse_plan(data, "plan.json").stages == tuple(data["stages"])
