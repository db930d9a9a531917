"""The level of chance and open ranks: nominal in null studies, found where planted, and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure import chance

LEVEL = 0.05


def sums(y: np.ndarray, n: np.ndarray) -> pd.DataFrame:
    blocks, units = y.shape
    return pd.DataFrame(
        {
            "block": np.repeat(np.arange(blocks), units),
            "model": np.tile([f"m{i}" for i in range(units)], blocks),
            "y": y.ravel(),
            "n": n.ravel(),
        }
    )


def study(rng, blocks, units, extra=0.0):
    """Counts that share much inside a family; `extra` for the first unit."""
    rate = np.exp(rng.normal(0, 1, (blocks, 1)) - 1) * np.ones(units)
    rate[:, 0] *= 1 + extra
    return rng.poisson(rate).astype(float), np.full((blocks, units), 6.0)


def beside(y, n, draws=199, **how):
    return chance.beside(
        sums(y, n), [f"m{i}" for i in range(y.shape[1])], LEVEL, draws=draws, **how
    )


@pytest.mark.parametrize(("blocks", "units"), [(30, 2), (12, 12)])
def test_where_models_answer_alike_few_studies_name_anybody(blocks, units):
    rng = np.random.default_rng(5)
    named = ordered = 0
    for _ in range(100):
        y, n = study(rng, blocks, units)
        value = y.sum(axis=0) / n.sum(axis=0)
        found = beside(y, n).assign(value=value)
        high, low = chance.stands_out(found.to_dict("records"))
        named += bool(high or low)
        ordered += (found["rank_low"] > 1).any()
    assert named <= 11  # 5 of 100, and three standard errors
    assert ordered <= 11


def test_who_has_three_times_as_many_stands_out_and_is_first_alone():
    y, n = study(np.random.default_rng(2), 100, 6, extra=2.0)
    found = beside(y, n).assign(value=y.sum(axis=0) / n.sum(axis=0))
    assert chance.stands_out(found.to_dict("records"))[0] == ["m0"]
    assert list(found.loc[found["rank_low"] == 1, "model"]) == ["m0"]
    assert found.loc[0, "rank_high"] == 1
    last = beside(y, n, least=True)
    assert (last.loc[0, "rank_low"], last.loc[0, "rank_high"]) == (6, 6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 20), st.integers(2, 5))
def test_the_field_of_chance_and_the_p_of_chance_say_the_same(seed, blocks, units):
    rng = np.random.default_rng(seed)
    y, n = study(rng, blocks, units, extra=rng.choice([0.0, 3.0]))
    n[rng.random(n.shape) < 0.2] = 0
    y[n == 0] = 0
    found = beside(y, n, draws=99)
    with np.errstate(invalid="ignore"):
        value = y.sum(axis=0) / n.sum(axis=0)
    known = found["chance_p"].notna()
    outside = (value > found["chance_high"] + 1e-9) | (value < found["chance_low"] - 1e-9)
    assert (outside[known] <= (found["chance_p"][known] <= LEVEL)).all()
    assert (found["rank_low"][known] <= found["rank_high"][known]).all()
    assert known.sum() == 0 or (found["rank_low"][known] == 1).any()


def test_who_is_not_there_is_dealt_nothing():
    y, n = study(np.random.default_rng(3), 40, 3)
    y[:20, 2] = n[:20, 2] = 0
    places = np.array([[0, 1, 2]])
    assert (chance._dealt_sum(y[:1], places, places) == y[0]).all()
    found = beside(y, n)
    assert found.notna().all(axis=None)


def test_too_few_families_and_one_model_have_no_level_of_chance():
    y, n = study(np.random.default_rng(3), 4, 3)
    assert beside(y, n)[list(chance.COLUMNS)].isna().all(axis=None)
    y, n = study(np.random.default_rng(3), 40, 1)
    assert beside(y, n)[list(chance.COLUMNS)].isna().all(axis=None)


def test_where_all_give_the_same_number_nobody_stands_out():
    y, n = np.full((10, 3), 2.0), np.full((10, 3), 4.0)
    found = beside(y, n).assign(value=0.5)
    assert chance.stands_out(found.to_dict("records")) == ([], [])
    assert (found["rank_low"] == 1).all()
    assert (found["rank_high"] == 3).all()


@given(st.integers(0, 500), st.integers(5, 14), st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_chance_stays_where_numbers_of_that_kind_can_be(seed, blocks, units):
    """Few families make a wide field, and still no rate is below 0 or above 1."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 4, (blocks, units)).astype(float)
    y = rng.binomial(n.astype(int), 0.08).astype(float)
    found = beside(y, n, draws=99)
    assert (found["chance_low"].dropna() >= 0).all()
    assert (found["chance_high"].dropna() <= 1).all()
