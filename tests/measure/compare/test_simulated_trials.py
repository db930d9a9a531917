"""A few trials on the simulator; `benchmarks/bench_trials.py` makes two hundred."""

from functools import cache

import pytest
import simulated_trials
from simulated_trials import NEIGHBOUR, finds, true_change

from analysis.measure.compare.trial import direction
from analysis.measure.estimates.estimates import Estimate
from analysis.parse.trials import Group

OF = 60
SEEDS = range(5)
trial = cache(simulated_trials.trial)
"""The same trial is asked several things."""


def test_an_edit_without_effect_is_seldom_called_one():
    assert sum(bool(finds(trial(seed, "no effect", 20, OF))) for seed in SEEDS) <= 1


@pytest.mark.parametrize("metric", ["interpretive", "agreement"])
def test_a_planted_effect_is_found_and_lies_in_its_interval(metric: str):
    true, held, seen = true_change("effect", metric, OF), 0, 0
    assert abs(true) > 0.15
    for seed in SEEDS:
        told = trial(seed, "effect", 20, OF).groups[Group.TARGET][metric]
        assert isinstance(told.difference, Estimate)
        held += told.difference.low <= true <= told.difference.high
        seen += direction(metric, told) == "better"
    assert held >= 4
    assert seen >= 4


def test_planted_harm_to_a_neighbour_is_found_and_none_is_where_none_was_planted():
    harmed = [trial(seed, "harm", 20, OF).neighbours[NEIGHBOUR] for seed in SEEDS]
    assert sum(direction("interpretive", h["interpretive"]) == "worse" for h in harmed) >= 4
    calm = [trial(seed, "effect", 20, OF).neighbours[NEIGHBOUR] for seed in SEEDS]
    assert sum(direction(n, m) == "worse" for told in calm for n, m in told.items()) <= 1
