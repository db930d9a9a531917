"""Refusal rates, shares of types and published patterns: by hand and by property."""

import math

import pandas as pd
import pytest

from analysis.measure import refusals as measure
from analysis.vocabulary import NO_TOPIC, RESPONSE_LABELS

MODELS = {"claude_opus_4": "anthropic", "gpt_4_1": "openai", "o3": "openai", "grok_4": "xai"}


def moments(y: float, n: float, families: int) -> dict[str, float]:
    """Moments of `families` families with n / families cases each, the refusals in few of them."""
    each = n / families
    full = int(y // each)
    return {
        "families": families,
        "n": n,
        "y": y,
        "yy": full * each**2,
        "yn": y * each,
        "nn": n * each,
        "n4": n * each**3,
        "some": full,
        "short": families - full,
    }


def test_a_cell_has_wilsons_interval_and_is_marked_where_it_is_small() -> None:
    rows = [
        ("all", "model", "a", moments(10, 40, 40)),
        ("politics", "model", "a", moments(1, 5, 5)),
    ]
    frame = pd.DataFrame([{"topic": t, "kind": k, "name": n, **m} for t, k, n, m in rows])
    found = measure.rates(frame)
    assert found["value"].tolist() == [0.25, 0.2]
    assert found["few"].tolist() == [False, True]
    assert found["low"][0] == pytest.approx(0.1419, abs=2e-3)
    assert found["high"][0] == pytest.approx(0.4019, abs=2e-3)


def test_all_refused_has_an_upper_end_of_one() -> None:
    frame = pd.DataFrame([{"topic": "all", "kind": "model", "name": "a", **moments(30, 30, 30)}])
    row = measure.rates(frame).iloc[0]
    assert (row["value"], row["high"]) == (1.0, 1.0)
    assert 0.8 < row["low"] < 1


def test_shares_add_up_and_name_every_label() -> None:
    counts = pd.DataFrame(
        [("a", "full compliance", 6), ("a", "complete rejection", 3), ("a", "unsure", 1)],
        columns=["model", "response_type", "n"],
    )
    row = measure.shares(counts).iloc[0]
    assert row[list(RESPONSE_LABELS)].sum() == pytest.approx(1)
    assert (row["refused"], row["n"]) == (0.3, 10)


def test_claims_need_both_sides() -> None:
    assert len(measure.claims(MODELS)) == 6
    assert measure.claims({"aster": "tarnwick", "cobble": "osterby"}) == []
    words = [c.words for c in measure.claims({"o3": "openai", "grok_4": "xai"})]
    assert not any("Anthropic" in w or "Opus" in w for w in words)


def sums(y1: float, n1: float, y2: float, n2: float, families: int) -> dict[str, float]:
    """Families that all look the same, and one that has both refusals more."""
    rows = [(y1 / families, n1 / families, y2 / families, n2 / families)] * families
    rows[0] = (rows[0][0] + 0.5, *rows[0][1:])
    names = ("y1", "n1", "y2", "n2")
    found = {n: sum(r[i] for r in rows) for i, n in enumerate(names)}
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if j >= i:
                found[a + b] = sum(r[i] * r[j] for r in rows)
    sizes = {"n41": families * rows[0][1] ** 4, "n42": families * rows[0][3] ** 4}
    return found | sizes | {"families1": families, "families2": families}


def test_directions_are_told_apart() -> None:
    claims = measure.claims(MODELS)[:4]
    none = dict.fromkeys(sums(1, 2, 1, 2, 4), 0.0)
    held = [sums(60, 100, 10, 100, 50), sums(10, 100, 60, 100, 50), sums(3, 9, 1, 9, 3), none]
    found = measure.compared(list(zip(claims, held, strict=True)))
    assert found["verdict"].tolist() == [
        "agrees",
        "disagrees",
        "too little data",
        "too little data",
    ]
    assert found["difference"][0] == pytest.approx(0.505)
    assert math.isnan(found["difference"][3])
    assert found["low"][0] < found["difference"][0] < found["high"][0]


def test_a_difference_needs_enough_families_on_each_side() -> None:
    """Four answers of one family once said "disagrees, -5.46 to -4.75"."""
    claim = measure.claims(MODELS)[3]
    held = sums(60, 200, 10, 200, 50) | {"families1": 1}
    row = measure.compared([(claim, held)]).iloc[0]
    assert row["verdict"] == "too little data"
    assert math.isnan(row["low"])
    assert row["difference"] == pytest.approx(0.2525)
    assert measure.difference(held).reason.startswith("one family only")


def test_outcomes_are_added_up_over_the_models():
    outcomes = pd.DataFrame({"model": ["a", "b"], "answered": [3, 4], "error": [0, 1]})
    assert measure.of_all_models(outcomes) == {"answered": 7, "error": 1}


def test_the_topics_most_refused_have_cases_and_a_refusal():
    rows = [
        ("one", "m", 0.5, measure.FEW),
        ("two", "m", 0.9, measure.FEW - 1),  # too few cases
        ("three", "m", 0.0, 90),  # no refusal
        ("four", "m", 0.7, 90),
        ("five", "n", 0.8, 90),  # another model's
        (measure.ALL, "m", 0.9, 90),
        (NO_TOPIC, "m", 0.9, 90),
    ]
    rates = pd.DataFrame(rows, columns=["topic", "name", "value", "n"])
    assert list(measure.most_refused(rates, "m")["topic"]) == ["four", "one"]
    assert list(measure.most_refused(rates, "m", 1)["topic"]) == ["four"]
