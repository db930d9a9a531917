"""The paper's numbers beside computed ones: every verdict from planted numbers."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.measure.paper import comparison, published
from analysis.measure.paper.comparison import (
    ELSEWHERE,
    OTHER,
    PART,
    WHOLE,
    Base,
    Computed,
    compared,
    from_estimate,
)
from analysis.measure.paper.numbers import COMPLETE, HIGH_SET, JUDGED, TAXONOMY, numbers

EVERY = (*published.SUBSETS, COMPLETE, JUDGED, TAXONOMY)
COMPUTABLE = [n for n in numbers() if not n.impossible]


def bases(holds, words="A part of it."):
    return dict.fromkeys(EVERY, Base(holds, words))


def verdict(computed, held, key):
    return compared(computed, held).set_index("key").loc[key]


def test_every_number_has_a_key_of_its_own_and_a_base_or_a_reason_why_not():
    keys = [n.key for n in numbers()]
    assert len(keys) == len(set(keys))
    assert {n.base for n in COMPUTABLE} <= set(EVERY)
    assert all(n.impossible.endswith(".") for n in numbers() if not n.base)
    assert all(n.reason for n in COMPUTABLE if n.base not in (TAXONOMY, COMPLETE))


def test_a_study_that_gives_the_printed_numbers_reproduces_all_that_can_be_computed():
    step = {">": 1.0, "<": -1.0}
    computed = {n.key: Computed(n.value + step.get(n.bound, 0.0), 50_000) for n in COMPUTABLE}
    rows = compared(computed, bases(WHOLE))
    assert len(rows) == len(numbers())
    there = rows[rows["verdict"] != comparison.NOT_COMPUTABLE]
    assert set(there["verdict"]) == {comparison.REPRODUCED}
    assert len(there) == len(COMPUTABLE)


@given(st.sampled_from(COMPUTABLE), st.floats(-0.999, 0.999))
def test_inside_the_tolerance_is_reproduced_and_twice_outside_differs(number, part):
    if number.bound:
        off = {">": -1, "<": 1, "≥": -0.1}[number.bound]
        assert not comparison.holds(number, number.value + off)
        return
    assert comparison.holds(number, number.value + part * number.tolerance)
    assert not comparison.holds(number, number.value + 2 * number.tolerance + 1e-3)


def test_what_differs_says_by_how_much_and_why():
    row = verdict({"outliers.o3": Computed(5_000, 500_000)}, bases(WHOLE), "outliers.o3")
    assert row["verdict"] == comparison.DIFFERS
    assert row["difference"] == 5_000 - 4_086
    assert "not stated" in row["why"]


def test_a_count_over_a_part_is_too_few_and_a_share_over_enough_of_it_is_compared():
    computed = {"outliers.o3": Computed(4_086, 900), "judges.kappa": Computed(0.42, 900)}
    assert verdict(computed, bases(PART), "outliers.o3")["verdict"] == comparison.TOO_FEW
    row = verdict(computed, bases(PART), "judges.kappa")
    assert (row["verdict"], row["why"]) == (comparison.REPRODUCED, "A part of it.")
    few = {"judges.kappa": Computed(0.42, 12)}
    assert verdict(few, bases(PART), "judges.kappa")["verdict"] == comparison.TOO_FEW
    assert "12" in verdict(few, bases(WHOLE), "judges.kappa")["why"]


def test_simulated_numbers_are_shown_and_never_judged():
    computed = {n.key: Computed(n.value, 50_000) for n in COMPUTABLE}
    rows = compared(computed, bases(OTHER, "Form only."))
    assert set(rows["verdict"]) == {comparison.OTHER_DATA, comparison.NOT_COMPUTABLE}
    other = rows[rows["verdict"] == comparison.OTHER_DATA]
    assert other["computed"].notna().all()
    assert set(other["why"]) == {"Form only."}


def test_a_number_of_data_that_is_not_here_is_not_computed_from_other_data():
    held = {**bases(WHOLE), HIGH_SET: Base(ELSEWHERE, "It takes that split.")}
    row = verdict({"outliers.o3": Computed(4_086, 900)}, held, "outliers.o3")
    assert row["verdict"] == comparison.NOT_COMPUTABLE
    assert math.isnan(row["computed"])
    assert row["why"] == "It takes that split."
    needs = verdict({}, bases(WHOLE), "passing.random.all_pass")
    assert "complete" in needs["why"]


def test_by_section_counts_every_number_once():
    rows = compared({}, {})
    table = comparison.by_section(rows)
    assert table["all"].sum() == len(rows)
    assert table["section"].iloc[0] == "Size of the study"
    assert (table[list(comparison.VERDICTS)].sum(axis=1) == table["all"]).all()


def test_estimates_become_numbers_in_the_printed_unit():
    assert from_estimate(Estimate(0.1, 0.05, 0.2, 7), 100) == Computed(10, 7, 5, 20)
    bare = from_estimate(Undefined("one family", 3, 0.5))
    assert bare is not None
    assert (bare.value, bare.n, math.isnan(bare.low)) == (0.5, 3, True)
    assert from_estimate(Undefined("none")) is None


def test_the_printed_kappa_follows_from_the_printed_shares():
    marginals = [f / 100 for f in published.FLAGS.values()]
    agree = sum(published.ALIKE.values()) / 300
    mean = sum(marginals) / 3
    chance = mean**2 + (1 - mean) ** 2
    assert (agree - chance) / (1 - chance) == pytest.approx(published.KAPPA, abs=0.005)


def test_printed_numbers_hang_together():
    for shares in published.PASSING.values():
        assert shares["all_pass"] + shares["some_fail"] == pytest.approx(100)
    for name, fold in published.FOLD.items():
        ratio = published.PASSING[name]["all_fail"] / published.PASSING["random"]["all_fail"]
        assert ratio == pytest.approx(fold, abs=0.05)
    assert {len(c) for c in published.EXHIBITED.values()} == {len(published.EXHIBITED_BY)}
    assert set(published.EXHIBITED_BY) == set(published.OUTLIERS)


def test_what_other_data_lack_is_said_apart_from_what_has_the_form():
    row = verdict({}, bases(OTHER, "Form only."), "outliers.o3")
    assert (row["verdict"], row["why"]) == (comparison.NOT_COMPUTABLE, comparison.UNNAMED)


def test_verdicts_and_reasons_are_counted_in_their_order():
    frame = pd.DataFrame(
        {
            "verdict": [comparison.DIFFERS, comparison.REPRODUCED, comparison.DIFFERS],
            "why": ["few", "", "few"],
        }
    )
    counts = comparison.by_verdict(frame)
    assert list(counts.items()) == [(comparison.REPRODUCED, 1), (comparison.DIFFERS, 2)]
    assert comparison.reasons(frame) == {"few": 2}
