"""Run ids sort by when they were given, whatever the clock shows."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ids import is_ulid, new_ulid


@given(st.lists(st.integers(0, (1 << 48) - 100), min_size=2, max_size=8))
def test_an_id_given_later_sorts_behind_though_the_clock_was_set_back(clocks):
    last = ""
    for clock in clocks:
        made = new_ulid(clock, after=last)
        assert is_ulid(made)
        assert made > last
        last = made
