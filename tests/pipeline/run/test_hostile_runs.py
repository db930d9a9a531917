"""Whole runs against a provider that spoils what it answers: each goes on and ends, and what it
accounts for covers the bill."""

import asyncio
import random
import sqlite3

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from analysis.settings import Settings
from pipeline.journal.journal import Journal
from pipeline.run import embed_calls
from pipeline.run.calls import problem_of
from pipeline.run.flow import Work
from pipeline.run.state import State
from tests.hostile.runs import WIRES, Toll, addressed, hostile, planned, run_to_its_end

SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("wire", list(WIRES))
@examples(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS, share=st.sampled_from([0.3, 0.7]))
@example(seed=418, share=0.7)  # a batch that was taken, and that the provider's list leaves out
def test_a_run_goes_on_ends_and_covers_its_bill(wire, seed, share, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("hostile")
    monkeypatch.setenv("FAULTLINE_HOME", str(folder / "home"))
    monkeypatch.setattr(embed_calls, "TOGETHER", 4)
    settings, toll = Settings(home=folder / "home"), Toll()
    with hostile(random.Random(seed), share, folder / "ledger.jsonl", toll) as server:
        for name, value in addressed(server, wire).items():
            monkeypatch.setenv(name, value)
        plan = planned(settings, wire, families=4, replicates=2)
        run_to_its_end(settings, plan, folder / "ledger.jsonl", toll)
    assert "broke" not in toll.sentence
    assert toll.state is State.DONE or "no usable reply" in toll.sentence or wire == "embeddings"
    assert toll.covered, toll
    assert toll.negative == 0
    assert toll.open == 0 or "batch" in wire


@pytest.mark.parametrize("error", [OverflowError(), RecursionError(), KeyError("x"), TypeError()])
def test_what_a_reader_meets_in_a_reply_makes_it_unreadable_and_ends_nothing(error):
    def read(text):
        raise error

    assert type(error).__name__ in problem_of(Work(None, None, read), "{}")


def test_one_statement_that_can_not_be_written_fails_for_its_own_caller_alone(tmp_path):
    Journal.create(tmp_path)
    journal = Journal(tmp_path)

    async def go():
        put = "INSERT INTO documents VALUES (?, ?)"
        writes = [journal.writer.write(put, f"d{n}", "x" if n != 3 else 10**30) for n in range(6)]
        return await asyncio.gather(*writes, return_exceptions=True)

    try:
        done = asyncio.run(go())
    finally:
        journal.close()
    assert [type(one).__name__ for one in done].count("OverflowError") == 1
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (5,)


def test_no_text_of_any_column_keeps_a_journal_from_being_written(tmp_path):
    Journal.create(tmp_path)
    journal = Journal(tmp_path)
    try:
        journal.set_meta("sentence", "a\ud800b\x00")
        journal.set_progress("respond", 1, 2, "paused", "\udfff")
        journal.set_gauge("m", {"paused": "\ud800"})
        journal.flush()
        assert journal.meta("sentence") == "a\ufffdb\ufffd"
    finally:
        journal.close()
