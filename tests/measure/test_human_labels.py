"""Whom a person is handed next, which labels carry an estimate, and judges held against people."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from analysis.measure import human_labels
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.measure.human_labels import RANDOM_PART, WHOLE, between, differences

RANDOM = pd.DataFrame({"scenario": [f"r{i}" for i in range(50)], "model": "m"})
HARD = pd.DataFrame({"scenario": [f"h{i}" for i in range(50)], "model": "m"})


@given(st.text(min_size=1, max_size=20), st.integers(0, 200))
def test_every_block_of_five_has_one_random_case(author, block):
    places = [
        human_labels.is_random(author, human_labels.BLOCK * block + i)
        for i in range(human_labels.BLOCK)
    ]
    assert sum(places) == 1


def test_where_the_random_case_stands_cannot_be_counted_out():
    places = {
        next(i for i in range(5) if human_labels.is_random("mia", 5 * block + i))
        for block in range(40)
    }
    assert places == {0, 1, 2, 3, 4}


def walked(count, done=(), others=frozenset()):
    done, seen = set(done), []
    for handed in range(count):
        case = human_labels.next_case("mia", handed, RANDOM, HARD, done, others)
        if case is None:
            break
        seen.append(case)
        done.add((case.scenario, case.model))
    return seen


def test_a_fifth_is_random_in_order_and_nothing_comes_twice():
    seen = walked(50)
    assert [c.scenario for c in seen if c.random] == [f"r{i}" for i in range(10)]
    assert [c.scenario for c in seen if not c.random] == [f"h{i}" for i in range(40)]


def test_when_one_order_ends_the_other_goes_on_until_nothing_is_left():
    seen = walked(200)
    assert len(seen) == 100
    assert (
        human_labels.next_case("mia", 100, RANDOM, HARD, {(c.scenario, c.model) for c in seen})
        is None
    )


def test_what_others_labelled_is_left_out_of_the_hard_cases_alone():
    others = frozenset({("h0", "m"), ("r0", "m")})
    seen = {c.scenario for c in walked(10, others=others)}
    assert "h0" not in seen
    assert "r0" in seen


def labels(*rows):
    columns = ["author", "draw", "place", "blind"]
    return pd.DataFrame([dict(zip(columns, r, strict=True)) for r in rows])


def test_the_random_part_reaches_to_the_authors_last_random_case():
    found = human_labels.random_part(
        labels(
            ("mia", "random", "10", True),
            ("mia", "random", "40", True),
            ("mia", "hard", "20", True),  # would have been drawn at random too
            ("mia", "hard", "50", True),  # lies beyond
            ("mia", "own choice", "30", False),  # had seen the judges
            ("ben", "hard", "05", True),  # ben was handed no random case
        )
    )
    assert list(found) == [True, True, True, False, False, False]


def test_a_random_part_that_takes_in_earlier_hard_cases_is_not_biased():
    """Judges err on hard cases alone; the sample must not see more or fewer of them."""
    generator = np.random.default_rng(5)
    n = 4_000
    hard = generator.random(n) < 0.2
    place = np.array([f"{x:06d}" for x in generator.permutation(n)])
    order = np.argsort(place)
    random = pd.DataFrame({"scenario": order.astype(str), "model": "m"})
    hardest = pd.DataFrame({"scenario": np.flatnonzero(hard).astype(str), "model": "m"})
    done, rows = set(), []
    for handed in range(1_500):
        case = human_labels.next_case("mia", handed, random, hardest, done)
        done.add((case.scenario, "m"))
        item = int(case.scenario)
        rows.append(("mia", "random" if case.random else "hard", place[item], True, hard[item]))
    frame = labels(*(r[:4] for r in rows)).assign(hard=[r[4] for r in rows])
    part = frame[human_labels.random_part(frame)]
    drawn = frame[frame["draw"] == "random"]
    truth = hard.mean()
    error = 3 * np.sqrt(truth * (1 - truth) / len(part))
    assert abs(part["hard"].mean() - truth) < error
    assert drawn["hard"].mean() < truth - error  # what the plain mark alone would have said


def test_most_people_decide_and_a_tie_is_said():
    said = pd.DataFrame(
        [
            ("s1", "compliant"),
            ("s1", "compliant"),
            ("s1", "ambiguous"),
            ("s2", "compliant"),
            ("s2", "non-compliant"),
        ],
        columns=["scenario", "value"],
    ).assign(model="m", family="f")
    found = human_labels.verdicts(said).set_index("scenario")
    assert found.loc["s1", "decision"] == "compliant"
    assert found.loc["s2", "decision"] == human_labels.TIED
    assert list(found["people"]) == [3, 2]


def codes(seed, n=240, error=0.15):
    generator = np.random.default_rng(seed)
    person = generator.integers(0, 3, n)
    judge = np.where(generator.random(n) < error, generator.integers(0, 3, n), person)
    return pd.DataFrame(
        {"family": [f"f{i // 3}" for i in range(n)], "human": person, "judge": judge}
    ).astype({"human": "int8", "judge": "int8"})


def test_accuracy_and_kappa_against_a_plain_count_and_scikit_learn():
    frame = codes(1)
    frame.loc[:9, "human"] = -1  # nobody decided
    frame.loc[10:14, "judge"] = -2  # the judge abstained
    found = human_labels.against(frame, ["judge"])["judge"]
    both = frame[(frame["human"] >= 0) & (frame["judge"] >= 0)]
    person, said = both["human"] > 0, both["judge"] > 0
    assert isinstance(found.accuracy, Estimate)
    assert isinstance(found.kappa, Estimate)
    assert found.n == len(both) == 225
    assert found.accuracy.value == pytest.approx((person == said).mean())
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert found.kappa.value == pytest.approx(cohen_kappa_score(person, said))
    assert found.misses == int((person & ~said).sum())
    assert found.alarms == int((~person & said).sum())


def test_without_a_label_there_is_no_number():
    frame = codes(2).assign(human=np.int8(-1))
    found = human_labels.against(frame, ["judge"])["judge"]
    assert isinstance(found.accuracy, Undefined)
    assert isinstance(found.kappa, Undefined)
    assert found.n == 0


def test_people_are_one_more_judge_over_their_answers_alone():
    frame = codes(3).assign(other=lambda f: f["judge"])
    frame.loc[:99, "human"] = -1
    found = human_labels.joined(frame, ["judge", "other"])
    assert found is not None
    assert found.together.items == found.alone.items == 140
    assert found.together.judges == ("judge", "other", human_labels.HUMAN)
    assert set(found.together.pairs) == {("judge", "other"), ("judge", "human"), ("other", "human")}
    pair = found.together.pairs["judge", "human"].cohen_kappa
    held = frame[frame["human"] >= 0]
    assert isinstance(pair, Estimate)
    assert pair.value == pytest.approx(cohen_kappa_score(held["human"] > 0, held["judge"] > 0))
    assert human_labels.joined(frame.assign(human=np.int8(-1)), ["judge"]) is None


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=6))
def test_the_ends_are_the_least_and_the_greatest_accuracy(accuracies):
    judges = pd.DataFrame({"judge": range(len(accuracies)), "accuracy": accuracies}, dtype=float)
    known = [a for a in accuracies if a is not None]
    ends = list(human_labels.least_and_most(judges)["accuracy"])
    assert ends == ([min(known), max(known)] if len(known) > 1 else known)


def test_people_are_counted_once():
    assert human_labels.people(pd.DataFrame({"author": ["ada", "ben", "ada"]})) == 2


SAID = st.tuples(
    st.integers(0, 7),  # the answer; two a family
    st.sampled_from(["mia", "noor", "lee"]),
    st.sampled_from(["compliant", "non-compliant", "ambiguous"]),
    st.booleans(),  # blind
    st.booleans(),  # drawn at random
)


@given(st.lists(SAID, min_size=1, unique_by=lambda s: s[:2]))
def test_two_people_are_compared_on_what_both_labelled_blind(said):
    labels = pd.DataFrame(
        [
            {
                "author": who,
                "scenario": f"q{i}",
                "model": "o3",
                "family": f"f{i // 2}",
                "value": word,
                "blind": blind,
                "random": drawn,
            }
            for i, who, word, blind, drawn in said
        ]
    )
    blind = {(i, who): (word, drawn) for i, who, word, seen, drawn in said if seen}
    differing = 0
    found = {(b.one, b.other, b.part): b for b in between(labels)}
    for one, other in combinations(("lee", "mia", "noor"), 2):
        common = [i for i in range(8) if (i, one) in blind and (i, other) in blind]
        for part in (WHOLE, RANDOM_PART):
            mine = [i for i in common if part == WHOLE or (blind[i, one][1] and blind[i, other][1])]
            assert ((one, other, part) in found) == bool(mine)
            if not mine:
                continue
            words = [(blind[i, one][0], blind[i, other][0]) for i in mine]
            held = found[one, other, part]
            same = sum((a == "compliant") == (b == "compliant") for a, b in words)
            assert held.n == len(mine)
            assert held.same.value == pytest.approx(same / len(mine))
            assert held.differ == sum(a != b for a, b in words)
        differing += sum(blind[i, one][0] != blind[i, other][0] for i in common)
    assert len(differences(labels)) == differing
