"""D in SQL is D in Python, to the last bit and on every edge."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure.disagreement_formula import bin_of, d_of, moments, reaches
from analysis.store.disagreement_sql import (
    D_SQL,
    at_least_sql,
    at_most_sql,
    bin_sql,
    spread_sql,
)
from analysis.vocabulary import BIN_EDGES

CELLS = st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=12, max_size=12)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


def asked(con, cells, threshold):
    """D, its bin and the two comparisons of one query, from one row a model."""
    sums = ", ".join(
        f"count(p{v})::INTEGER AS n{v}, "
        + spread_sql(f"count(p{v})", f"coalesce(sum(p{v}), 0)", f"coalesce(sum(p{v} * p{v}), 0)")
        + f"::BIGINT AS spread{v}"
        for v in (1, 2)
    )
    rows = "SELECT unnest($one)::INTEGER AS p1, unnest($two)::INTEGER AS p2"
    summed = f"SELECT *, {D_SQL} AS d, false AS given FROM (SELECT {sums} FROM ({rows}))"
    found = ", ".join(("d", bin_sql(), at_least_sql(threshold), at_most_sql(threshold)))
    return con.execute(
        f"SELECT {found} FROM ({summed})", {"one": cells[0], "two": cells[1]}
    ).fetchone()


@settings(max_examples=60, deadline=None)
@given(cells=st.tuples(CELLS, CELLS), threshold=st.sampled_from([0.75, *BIN_EDGES]))
def test_sql_and_python_agree(con, cells, threshold):
    both = [moments([p for p in side if p is not None]) for side in cells]
    d = d_of(both)
    found, place, least, most = asked(con, cells, threshold)
    assert (found, place) == (d, bin_of(both))
    assert least == reaches(both, threshold)
    assert most == (d is not None and (d < threshold or d == threshold))
    if d == threshold:
        assert least
        assert most
