"""What a run's journal says of its dollars."""

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from pipeline.run import dollars
from pipeline.run.dollars import Dollars

USD = st.floats(0, 1_000)


@given(st.lists(st.tuples(USD, USD, USD), max_size=5))
def test_dollars_are_summed_over_stages_and_models(rows):
    with sqlite3.connect(":memory:") as con:
        con.execute("CREATE TABLE tally (usd, at_risk_usd, estimate_usd)")
        con.executemany("INSERT INTO tally VALUES (?, ?, ?)", rows)
        found = dollars.read(con)
    for column, value in enumerate((found.confirmed, found.at_risk, found.in_flight)):
        assert abs(value - sum(row[column] for row in rows)) < 1e-6


@given(USD, USD, USD)
def test_a_runner_that_is_gone_leaves_what_was_in_flight_at_risk(confirmed, at_risk, in_flight):
    known = Dollars(confirmed, at_risk, in_flight)
    assert known.of_runner(alive=True) == known
    gone = known.of_runner(alive=False)
    assert gone == Dollars(confirmed, at_risk + in_flight, 0.0)
