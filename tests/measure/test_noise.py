"""Variance components and the noise floor of D: by hand, by property, and on planted studies."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure import noise
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.vocabulary import NOISE_LEAST, NOISE_LEAST_FLOOR, REPEATS, Repeat

PLANTED = {"model": 1.0, "answer": 0.49, "scoring": 0.16, "scorer": 0.25, "rubric": 0.2}
PLANTED |= {"wording": 0.3}


def repeats(rows, kind=Repeat.SCORING):
    """`rows`: (family, model, (first1, first2), (again1, again2))."""
    cells = [(f, f, kind, m, *first, *again) for f, m, first, again in rows]
    names = ["family", "scenario", "kind", "model", "first1", "first2", "again1", "again2"]
    return pd.DataFrame(cells, columns=names)


def planted(rng, families=60, models=8, variances=PLANTED, kinds=REPEATS, whole=False):
    """A study whose components are as planted: positions are plain sums, not rounded."""
    shape = (families, models, 2)

    def draw(name):
        drawn = rng.normal(0, math.sqrt(variances[name]), shape)
        return np.rint(drawn) if whole else drawn

    parts = {name: draw(name) for name in variances}
    shift = {kind: rng.normal(0, 1, (families, 1, 2)) for kind in kinds}
    rows = []
    for kind in kinds:
        redrawn = {Repeat.SCORING, kind} | ({Repeat.ANSWER} if kind == Repeat.WORDING else set())
        again = sum(draw(n) if n in redrawn else part for n, part in parts.items()) + shift[kind]
        first = sum(parts.values())
        for f in range(families):
            for m in range(models):
                rows.append((f"f{f}", f"s{f}", kind, f"m{m}", *first[f, m], *again[f, m]))
    names = ["family", "scenario", "kind", "model", "first1", "first2", "again1", "again2"]
    return pd.DataFrame(rows, columns=names)


def test_one_scoring_again_by_hand():
    """Differences 1, -1, 0 on the first value and none on the second: variance 1 and 0, so half of
    their mean, 0.25, in every second family and 0 in the others."""
    still = [("m1", (3, 3), (3, 3)), ("m2", (4, 2), (4, 2)), ("m3", (1, 5), (1, 5))]
    moved = [("m1", (3, 3), (4, 3)), ("m2", (4, 2), (3, 2)), ("m3", (1, 5), (1, 5))]
    rows = [(f"f{i}", *row) for i in range(12) for row in (moved if i % 2 else still)]
    found = noise.components(repeats(rows))["scoring"]
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.125)
    assert found.n == 12
    assert 0 < found.low < 0.125 < found.high


def test_what_moves_all_models_alike_is_no_noise():
    rows = [(f"f{i}", f"m{m}", (m, 2), (m + 1, 3)) for i in range(12) for m in range(4)]
    found = noise.components(repeats(rows))["scoring"]
    assert isinstance(found, Undefined)
    assert found.value == 0
    assert "no spread" in found.reason


def test_what_was_not_repeated_is_not_known():
    held = planted(np.random.default_rng(1), kinds=(Repeat.SCORING, Repeat.RUBRIC))
    found = noise.components(held)
    assert isinstance(found["scoring"], Estimate)
    assert isinstance(found["rubric"], Estimate)
    assert found["answer"] == Undefined("not known: no query was answered a second time")
    assert found["scorer"] == Undefined("not known: no second scorer was asked")
    assert "no query was reworded" in found["wording"].reason
    assert "no second scorer was asked, and no query was reworded" in found["model"].reason
    assert noise.floor(held) == Undefined("not known: no query was answered a second time")


def test_nothing_at_all_was_repeated():
    empty = planted(np.random.default_rng(1)).iloc[:0]
    assert all(isinstance(found, Undefined) for found in noise.components(empty).values())
    assert isinstance(noise.floor(empty), Undefined)


def test_too_few_families_say_how_many_it_takes():
    few = noise.components(planted(np.random.default_rng(1), families=NOISE_LEAST - 1))
    assert few["scoring"].reason == "not known: 11 families were repeated, and it takes at least 12"
    level = noise.floor(planted(np.random.default_rng(1), families=NOISE_LEAST_FLOOR - 1))
    assert "18 families were answered again, and a floor needs at least 19" in level.reason


def test_the_planted_components_lie_within_their_intervals():
    """Of 6 intervals in each of 12 studies a few may miss (95% are meant to hold)."""
    held = 0
    for seed in range(12):
        found = noise.components(planted(np.random.default_rng(seed)))
        held += sum(e.low <= PLANTED[name] <= e.high for name, e in found.items())
    assert held >= 62


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_identical_models_pass_the_floor_in_one_scenario_of_twenty(apart):
    """The floor of models that differ (1.0) is that of the same models without the difference."""
    variances = {"model": apart, "answer": 0.6, "scoring": 0.2}
    passed = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        level = noise.floor(planted(rng, 30, 8, variances, (Repeat.ANSWER,)))
        assert level.identical == (apart == 0) or apart == 0
        identical = rng.normal(0, math.sqrt(0.8), (400, 8, 2))
        passed.append((identical.std(axis=1).max(axis=1) > level.value).mean())
    error = np.std(passed) / math.sqrt(len(passed))
    assert abs(np.mean(passed) - 0.05) < 3 * error


def test_two_answers_differ_as_two_identical_models_do():
    """Twelve models far apart whose second answers lie 2 off by turns: noise of 1, so D is 1."""
    rows = [
        (f"f{i}", f"m{m}", (m % 7, 3), ((m % 7) + (math.sqrt(2) if m % 2 else -math.sqrt(2)), 3))
        for i in range(30)
        for m in range(12)
    ]
    level = noise.floor(repeats(rows, Repeat.ANSWER))
    assert level.value == pytest.approx(1.0)
    assert level.families == 30
    assert not level.identical


def test_the_share_above_is_as_unsure_as_its_floor():
    families = pd.DataFrame({"high": [4] * 20, "above": [3, 2] * 10})
    known = noise.share_above(families.assign(above_low=[3, 2] * 10, above_high=[3, 2] * 10))
    assert known.value == pytest.approx(50 / 80)
    assert known.low < 50 / 80 < known.high
    found = noise.share_above(families.assign(above_low=4, above_high=[1, 0] * 10))
    assert found.value == known.value
    assert found.low < 10 / 80 < known.low
    assert found.high == 1.0
    assert isinstance(noise.share_above(families.iloc[:0]), Undefined)


@pytest.mark.parametrize("models", [3, 5, 12])
def test_whole_positions_of_few_models_pass_the_floor_in_one_scenario_of_twenty(models):
    """D of three models takes few values, none of them passed by just 5%; over studies it is."""
    passed, holds = [], 0
    many = _whole(np.random.default_rng(1), 20_000, models)
    for seed in range(150):
        rng = np.random.default_rng([seed, models])
        first, again = (_placed(rng, 30, models) for _ in range(2))
        rows = [
            (f"f{f}", f"m{m}", tuple(first[f, m]), tuple(again[f, m]))
            for f in range(30)
            for m in range(models)
        ]
        level = noise.floor(repeats(rows, Repeat.ANSWER))
        passed.append((many > level.value + 1e-9).mean())
        holds += (many >= level.low - 1e-9).mean() >= 0.05 >= (many > level.high + 1e-9).mean()
    error = np.std(passed) / math.sqrt(len(passed))
    assert abs(np.mean(passed) - 0.05) < 3 * error
    assert holds >= 0.9 * 150


def _placed(rng, families, models):
    return np.clip(np.rint(3 + 0.8 * rng.normal(size=(families, models, 2))), 0, 6)


def _whole(rng, families, models):
    return _placed(rng, families, models).std(axis=1).max(axis=1)


CELL = st.one_of(st.none(), st.integers(0, 6))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_missing_positions_and_odd_shapes_never_break_it(data):
    """Whatever is missing: an estimate inside its interval and not below 0, or a reason."""
    families = data.draw(st.integers(0, 25))
    rows = [
        (f"f{f}", f"m{m}", data.draw(st.tuples(CELL, CELL)), data.draw(st.tuples(CELL, CELL)))
        for f in range(families)
        for m in range(data.draw(st.integers(1, 3)))
    ]
    kinds = data.draw(st.lists(st.sampled_from(REPEATS), unique=True, max_size=3))
    parts = [repeats(rows, kind) for kind in kinds] or [repeats(rows).iloc[:0]]
    held = pd.concat(parts, ignore_index=True)
    for name, found in noise.components(held).items():
        assert isinstance(found, Undefined) or (found.low >= 0 and found.n >= NOISE_LEAST), name
    level = noise.floor(held)
    assert isinstance(level, Undefined) or 0 <= level.value <= 3 * math.sqrt(2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_neither_order_nor_a_shift_of_all_positions_matters(seed, shift):
    held = planted(np.random.default_rng(seed), families=20, models=4)
    moved = held.sample(frac=1, random_state=seed)
    moved = moved.assign(first1=moved["first1"] + shift, again1=moved["again1"] + shift)
    first, second = noise.components(held), noise.components(moved)
    for name in noise.COMPONENTS:
        assert first[name].value == pytest.approx(second[name].value, abs=1e-9)
    assert noise.floor(held).value == pytest.approx(noise.floor(moved).value)
