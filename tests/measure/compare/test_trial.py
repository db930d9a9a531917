"""What a trial tells of verdicts that were made up to differ in a known way."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.measure.compare.trial import METRICS, Outcome, Rows, direction, outcome
from analysis.parse.trials import Arm, Group

JUDGES = ("ada", "ben")
CLAUSE, OTHER = "tone", "length"


def rows(split: dict[Arm, float], *, rival: bool = False, group: Group = Group.TARGET) -> Rows:
    """Forty families of three answers; in so many of them the two judges disagree under an arm,
    over the clause, or (`rival`) over one clause each."""
    said, cited = [], []
    for arm in Arm:
        rng = np.random.default_rng(list(Arm).index(arm))
        for family in range(40):
            for model in ("m1", "m2", "m3"):
                apart = rng.random() < split[arm]
                for j, judge in enumerate(JUDGES):
                    key = {
                        "scenario": f"{family}_0_neutral",
                        "model": model,
                        "family": f"{family}_0",
                        "group": group.value,
                        "arm": arm.value,
                        "judge": judge,
                    }
                    word = "non-compliant" if apart and j else "compliant"
                    said.append({**key, "decision": word})
                    clause = OTHER if rival and j else CLAUSE
                    cited.append({**key, "clause": clause, "above": ()})
    return Rows(pd.DataFrame(said), pd.DataFrame(cited))


def joined(*parts: Rows) -> Rows:
    """Several groups, each of other queries."""
    frames = []
    for i, part in enumerate(parts):
        tables = (part.judgements, part.citations)
        frames.append([t.assign(scenario=f"{i}." + t["scenario"]) for t in tables])
    return Rows(*(pd.concat(tables, ignore_index=True) for tables in zip(*frames, strict=True)))


REPAIRED = {Arm.OLD: 0.5, Arm.AGAIN: 0.5, Arm.NEW: 0.1}
ALIKE = {Arm.OLD: 0.3, Arm.AGAIN: 0.3, Arm.NEW: 0.3}


@pytest.fixture(scope="module")
def repaired() -> Outcome:
    return outcome(joined(rows(REPAIRED), rows(ALIKE, group=Group.CONTROL)), [CLAUSE])


def test_a_repair_shows_in_the_target_and_nowhere_else(repaired: Outcome):
    target, control = repaired.groups[Group.TARGET], repaired.groups[Group.CONTROL]
    assert tuple(target) == METRICS
    assert target["interpretive"].a.value == pytest.approx(0.5, abs=0.1)
    assert target["interpretive"].b.value == pytest.approx(0.1, abs=0.06)
    assert [direction(n, m) for n, m in target.items()] == ["better", "", "better", ""]
    assert [direction(n, m) for n, m in control.items()] == ["", "", "", ""]
    assert not any(m.differs for m in repaired.noise.values())
    assert Group.HELD_OUT not in repaired.groups


def test_clauses_that_contend_are_an_activation_conflict_and_harm_to_a_neighbour_is_found():
    worse = {Arm.OLD: 0.05, Arm.AGAIN: 0.05, Arm.NEW: 0.6}
    found = outcome(joined(rows(REPAIRED, rival=True), rows(worse)), [OTHER, CLAUSE])
    assert direction("activation", found.neighbours[OTHER]["activation"]) == "better"
    assert direction("interpretive", found.neighbours[CLAUSE]["interpretive"]) == "worse"


def test_every_further_attempt_makes_a_find_harder_and_leaves_the_interval(repaired: Outcome):
    again = outcome(joined(rows(REPAIRED), rows(ALIKE, group=Group.CONTROL)), [CLAUSE], 3)
    for name, metric in again.groups[Group.TARGET].items():
        once = repaired.groups[Group.TARGET][name]
        assert metric.difference == once.difference
        if not math.isnan(once.q):
            assert metric.q == pytest.approx(min(1.0, 3 * once.q))


def test_decisions_that_a_judge_changes_under_the_same_text_are_counted():
    found = outcome(rows({Arm.OLD: 0.0, Arm.AGAIN: 1.0, Arm.NEW: 0.0}), [])
    assert found.changed_minds == 0.5
    assert found.noise["interpretive"].differs


def test_what_one_judge_alone_decided_is_no_case():
    made = rows(ALIKE)
    mute = made.judgements["judge"].eq("ben") & made.judgements["family"].eq("0_0")
    made.judgements.loc[mute & made.judgements["arm"].eq("new"), "decision"] = None
    found = outcome(made, []).groups[Group.TARGET]
    assert (found["interpretive"].n, found["agreement"].n) == (117, 117)
    assert found["non_compliance"].n == 120
