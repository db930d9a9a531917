"""The stage trial: three arms a case, blind and shuffled."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.errors import FaultlineError
from analysis.parse.specs.spec import parse_spec
from analysis.parse.trials import Arm, Case, Group, NewText, Trial, as_json, of_json
from analysis.vocabulary import Outcome
from pipeline.prompting import Prompt, Standard, Target, blocks
from pipeline.records import Answer, Scenario
from pipeline.stages import shipped_prompts, trial

OLD = "# House {#house}\n\n## Tone {#tone}\n\nBe appropriate.\n"
NEW = OLD.replace("Be appropriate.", "Write plainly.")
QUERIES = [
    Scenario(f"{i}_0_neutral", f"{i}_0", "neutral", "a", "b", "w", f"Query {i}?") for i in range(30)
]
TRIAL = Trial(
    "mine",
    "ab",
    "tone",
    "house@1@0123",
    NewText("house", "2", NEW),
    tuple(Case(q.scenario, "m", Group.TARGET) for q in QUERIES),
)


def context(part: trial.TrialPart) -> Any:
    answers = {q.scenario: Answer(q.scenario, "m", 0, Outcome.ANSWERED, "Yes.") for q in QUERIES}
    others = {q.scenario: Answer(q.scenario, "x", 0, Outcome.ANSWERED, "No.") for q in QUERIES}
    clauses = parse_spec(OLD, "house.md").clauses
    return SimpleNamespace(
        seed=4,
        prompts={"judge": Prompt.parse(shipped_prompts()["judge"])},
        standard=Standard.of(OLD, clauses),
        clauses=clauses,
        scenarios=QUERIES,
        settings=lambda spec: part,
        trial_answers=lambda: iter(()),
        answered=lambda queries: [(q, a[q.scenario]) for q in queries for a in (answers, others)],
    )


MADE = context(trial.TrialPart(trial=as_json(TRIAL)))
JUDGE = Target("j", "sim", "j", 100)


def test_every_case_is_judged_under_each_arm_once_and_nothing_else_is():
    works = list(trial.calls_to(MADE, JUDGE))
    about = [(w.about.case.scenario, w.about.arm) for w in works]
    assert sorted(about) == sorted((q.scenario, arm) for q in QUERIES for arm in Arm)
    assert {w.about.answer.model for w in works} == {"m"}
    assert len({w.call.request.key("") for w in works}) == len(works)
    assert len({w.call.subject for w in works}) == len(works)


def test_a_judge_sees_the_spec_and_no_word_of_the_trial():
    works = list(trial.calls_to(MADE, JUDGE))
    by_arm = {w.about.arm: w.call.request for w in works if w.about.case.scenario == "7_0_neutral"}
    bare = {replace(r, cached_prefix="", replicate=0).canonical() for r in by_arm.values()}
    assert len(bare) == 1
    specs = {arm: blocks(r.cached_prefix)["spec"] for arm, r in by_arm.items()}
    assert specs == {Arm.OLD: OLD, Arm.AGAIN: OLD, Arm.NEW: NEW}


def test_calls_are_shuffled_over_arms_by_seed_and_judge():
    first, again = ([w.call.subject for w in trial.calls_to(MADE, JUDGE)] for _ in range(2))
    assert first == again
    other = [w.call.subject for w in trial.calls_to(MADE, replace(JUDGE, id="k"))]
    assert first != other
    arms = [w.about.arm for w in trial.calls_to(MADE, JUDGE)]
    third = len(arms) // 3
    assert all(set(arms[i * third : (i + 1) * third]) == set(Arm) for i in range(3))


def test_a_trial_comes_back_from_its_file_as_it_was():
    assert of_json(as_json(TRIAL), "t") == TRIAL
    for damage, words in (
        ({"cases": None}, "a list “cases” is missing"),
        ({"cases": []}, "has 0 cases"),
        ({"cases": as_json(TRIAL)["cases"][:1] * 2}, "names a case twice"),
        ({"cases": [{"scenario": "s", "model": "m", "group": "odd"}]}, "none of the groups"),
        ({"new": None}, "lacks “new”"),
        ({"clause": 3}, "lacks “clause”"),
        ({"format": 9}, "has the format 9"),
    ):
        with pytest.raises(FaultlineError, match=words):
            of_json({**as_json(TRIAL), **damage}, "t")
