"""Thompson sampling over arms: what split the models is drawn more often, and always the same."""

import random

import pytest

from pipeline.select.pool import Pool
from pipeline.select.search import Shown, arm_of, draw, known, sizes

GROUPS = [f"group {letter}" for letter in "ABCDEFGHIJ"]
POOL = Pool({group: [f"{group} {i}" for i in range(4)] for group in GROUPS})


def shown(rates, chance, families=60):
    """Families of arms drawn at random, high where one of their groups is."""
    arms = list(POOL.arms())
    drawn = [chance.choice(arms) for _ in range(families)]
    return [
        Shown(arm, float(max(rates.get(g, 0.05) for g in arm) > chance.random()), uniform=True)
        for arm in drawn
    ]


def test_a_group_that_splits_the_models_is_drawn_more_often():
    chance = random.Random(1)
    found = known(shown({"group C": 0.8}, chance))
    drawn = draw(found, POOL.room((), 40), 40, chance)
    among = sum("group C" in arm for arm in drawn)
    assert among > 20  # one arm in ten has it
    assert len(set(drawn)) > 5  # and others are still tried


def test_where_nothing_is_known_every_arm_is_as_likely():
    chance = random.Random(2)
    arms = [draw(known(()), POOL.room((), 1), 1, chance)[0] for _ in range(600)]
    with_c = sum("group C" in arm for arm in arms)
    share = sum("group C" in arm for arm in POOL.arms()) / len(POOL.arms())
    assert with_c / 600 == pytest.approx(share, abs=0.08)


def test_the_same_state_draws_the_same_arms():
    seen = shown({"group C": 0.8}, random.Random(3))
    once = draw(known(seen), POOL.room((), 30), 30, random.Random("search:7"))
    assert once == draw(known(seen), POOL.room((), 30), 30, random.Random("search:7"))
    assert once != draw(known(seen), POOL.room((), 30), 30, random.Random("search:8"))


def test_no_arm_takes_more_families_than_it_has_pairs():
    pool = Pool({"A": ["a1", "a2"], "B": ["b1"]})
    seen = [Shown(("A", "A"), 1.0)] * 20
    assert sorted(draw(known(seen), pool.room((), 9), 9, random.Random(1))) == [
        ("A", "A"),
        ("A", "B"),
        ("A", "B"),
    ]
    assert pool.room({frozenset(("a1", "a2"))}, 9) == {("A", "A"): 0, ("A", "B"): 2}


def test_a_pair_that_is_taken_is_not_drawn_again():
    taken = {frozenset(pair) for pair in (("a1", "b1"), ("a1", "b2"), ("a2", "b1"))}
    pool = Pool({"A": ["a1", "a2"], "B": ["b1", "b2"]})
    for seed in range(20):
        assert {*pool.pair(("A", "B"), taken, random.Random(seed))} == {"a2", "b2"}


def test_clauses_are_groups_by_themselves_and_meet_again():
    pool = Pool({"one": ["one"], "two": ["two"]}, inside=False, again=True)
    assert pool.arms() == {("one", "two"): 1}
    assert pool.room({frozenset(("one", "two"))}, 5) == {("one", "two"): 5}
    assert {*pool.pair(("one", "two"), {frozenset(("one", "two"))}, random.Random(1))} == {
        "one",
        "two",
    }


def test_an_arm_has_no_first_and_second():
    assert arm_of("b", "a") == arm_of("a", "b") == ("a", "b")


def test_the_uniform_share_is_the_first_round_and_all_families_are_drawn():
    assert sizes(100, 0.3, 5) == [30, 18, 18, 17, 17]
    assert sizes(10, 0.3, 2) == [3, 7]
    assert sizes(7, 0.3, 8) == [3, 1, 1, 1, 1]  # no round is empty
    for families in range(1, 60):
        assert sum(sizes(families, 0.3, 5)) == families


def test_a_quiet_group_gains_nothing_from_a_loud_one_beside_it():
    loud = [Shown(arm_of("group A", group), 1.0) for group in GROUPS[1:5]] * 3
    quiet = [Shown(arm_of("group B", group), 0.0, uniform=True) for group in GROUPS[5:]] * 4
    high, families = known([*loud, *quiet]).groups["group B"]
    assert families == 23  # three of them beside the loud one
    assert high < 0.5
    assert known([*loud, *quiet]).groups["group A"][0] > 11


def test_what_was_drawn_by_search_says_nothing_of_the_rate():
    uniform = [Shown(("group A", "group B"), 0.0, uniform=True)] * 8
    assert known(uniform).rate == known([*uniform, *[Shown(("group C", "group D"), 1.0)] * 50]).rate
