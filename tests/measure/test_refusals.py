"""Refusal rates, shares of types and published patterns: by hand and by property."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.measure import refusals as measure
from analysis.vocabulary import NO_TOPIC, RESPONSE_LABELS, TOPICS

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


def topics_of(rates, families=30, each=3):
    """Moments of one model by topic, `each` answers in every family, all alike in rate."""
    rows = []
    for topic, rate in rates.items():
        y = np.random.default_rng(len(rows)).binomial(each, rate, families)
        n = np.full(families, each)
        rows.append(
            {"topic": topic, "kind": "model", "name": "m", "families": families, "n": n.sum()}
            | {"y": y.sum(), "yy": (y * y).sum(), "yn": (y * n).sum(), "nn": (n * n).sum()}
            | {"n4": (n**4).sum(), "some": (y > 0).sum(), "short": (y < n).sum()}
        )
    return pd.DataFrame(rows)


def test_a_topic_is_named_only_where_it_stands_out():
    names = [*TOPICS, NO_TOPIC, measure.ALL]
    alike = topics_of(dict.fromkeys(names, 0.2))
    assert measure.most_refused(alike).empty
    planted = topics_of(dict.fromkeys(names, 0.2) | {TOPICS[2]: 0.6, NO_TOPIC: 0.9})
    assert list(measure.most_refused(planted)["topic"]) == [TOPICS[2]]
    few = planted.assign(families=4)
    assert measure.most_refused(few).empty


@pytest.mark.slow
def test_topics_that_differ_by_chance_are_seldom_named():
    told = 0
    for study in range(300):
        rng = np.random.default_rng(study)
        odds = np.exp(rng.normal(0, 1, (9, 20)))
        y = rng.binomial(3, 0.2 * odds / (0.8 + 0.2 * odds))
        n = np.full(20, 3)
        rows = [
            {"topic": t, "kind": "model", "name": "m", "families": 20, "n": 60, "y": k.sum()}
            | {"yy": (k * k).sum(), "yn": (k * n).sum(), "nn": 180, "n4": 81 * 20}
            for t, k in zip([*TOPICS, NO_TOPIC], y, strict=True)
        ]
        told += len(measure.most_refused(pd.DataFrame(rows))) > 0
    assert told <= 0.02 * 300
