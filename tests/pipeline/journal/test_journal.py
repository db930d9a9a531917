"""The journal: on disk before anything is sent, never sent twice, money added up."""

import asyncio
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.vocabulary import Outcome
from pipeline.journal.journal import (
    AlreadyDoneError,
    Intent,
    Journal,
    order,
    read_tally,
    reading,
)
from pipeline.journal.writer import JournalError
from pipeline.providers.types import ChatRequest, Message, Reply

ANSWERED = Reply(
    outcome=Outcome.ANSWERED, text="yes", raw='{"a": "yes"}', input_tokens=9, output_tokens=2
)


def intent(name: str, usd: float = 0.5, prefix: str = "", stage: str = "respond") -> Intent:
    request = ChatRequest(
        stage=stage,
        provider="p",
        model="m",
        messages=(Message("user", name),),
        max_tokens=5,
        cached_prefix=prefix,
    )
    return Intent(request.key("http://x"), name, "m", request, usd)


@pytest.fixture
def folder(tmp_path):
    Journal.create(tmp_path)
    return tmp_path


@pytest.fixture
def journal(folder):
    made = Journal(folder)
    yield made
    made.close()


def seen(folder, sql):
    connection = sqlite3.connect(folder / "journal.sqlite")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_an_intent_is_on_disk_before_the_call_returns(folder, journal):
    asyncio.run(journal.intend(intent("a")))
    assert seen(folder, "SELECT subject, state, estimate_usd, sends FROM calls") == [
        ("a", "open", 0.5, 1)
    ]


def test_the_raw_reply_is_on_disk_before_anybody_parses_it(folder, journal):
    async def go():
        one = intent("a")
        await journal.intend(one)
        await journal.settle(one.key, ANSWERED, 0.02, 0.0)

    asyncio.run(go())
    rows = seen(folder, "SELECT state, raw, text, usd, estimate_usd, parse FROM calls")
    assert rows == [("done", '{"a": "yes"}', "yes", 0.02, 0.0, None)]


def test_a_done_call_is_never_opened_again(journal):
    async def go():
        one = intent("a")
        await journal.intend(one)
        await journal.settle(one.key, ANSWERED, 0.02, 0.0)
        await journal.intend(one)

    with pytest.raises(AlreadyDoneError):
        asyncio.run(go())


def test_an_error_is_stored_and_not_sent_again_until_it_waits_again(journal):
    async def go():
        one = intent("a")
        await journal.intend(one)
        await journal.settle(one.key, Reply(outcome=Outcome.ERROR, error="no"), 0.0, 0.0)
        return one.key

    key = asyncio.run(go())
    assert journal.settled([key])[key].state == "failed"
    assert journal.settled([key])[key].outcome is Outcome.ERROR
    journal.writer.write_now("UPDATE calls SET state = 'waiting' WHERE state = 'failed'")
    assert journal.settled([key]) == {}


def test_intents_of_a_dead_runner_stay_at_risk_also_when_paid_again(folder):
    async def go(journal):
        for name in "abc":
            await journal.intend(intent(name))

    dead = Journal(folder)
    asyncio.run(go(dead))
    dead.close()
    journal = Journal(folder)
    assert journal.recover() == 3
    assert journal.ledger() == (0.0, 1.5)
    assert journal.recover() == 0

    async def again():
        await journal.intend(intent("a"))
        await journal.settle(intent("a").key, ANSWERED, 0.02, 0.0)

    asyncio.run(again())
    assert journal.ledger() == (0.02, 1.5)
    assert seen(folder, "SELECT sends, state FROM calls WHERE subject = 'a'") == [(2, "done")]
    journal.close()


def test_a_lost_attempt_is_at_risk_and_the_next_one_is_counted_apart(folder, journal):
    async def go():
        one = intent("a", usd=0.5)
        await journal.intend(one)
        await journal.attempt_failed(one.key, 0.5)
        await journal.intend(one)
        await journal.settle(one.key, ANSWERED, 0.1, 0.0)

    asyncio.run(go())
    assert journal.ledger() == (0.1, 0.5)
    assert seen(folder, "SELECT sends FROM calls") == [(2,)]


def test_a_released_call_waits_and_costs_nothing(folder, journal):
    async def go():
        await journal.intend(intent("a"))
        await journal.release(intent("a").key)

    asyncio.run(go())
    assert seen(folder, "SELECT state, estimate_usd FROM calls") == [("waiting", 0.0)]
    assert journal.recover() == 0


def test_a_spec_is_stored_once_by_its_digest(folder, journal):
    async def go():
        for name in "abc":
            await journal.intend(intent(name, prefix="the spec " * 1_000))

    asyncio.run(go())
    assert seen(folder, "SELECT count(*), length(text) FROM texts") == [(1, 9_000)]
    (requests,) = zip(*seen(folder, "SELECT request FROM calls"), strict=True)
    assert all("the spec" not in request for request in requests)


ENDS = st.sampled_from(["answered", "refused", "cut", "error", "released", "dead", "unparsable"])


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(ENDS, st.sampled_from(["judge", "score"])), max_size=25))
def test_the_tally_is_what_a_scan_of_the_calls_would_say(tmp_path_factory, ends):
    folder = tmp_path_factory.mktemp("run")
    Journal.create(folder)
    journal = Journal(folder)
    outcomes = {"refused": Outcome.API_REFUSAL, "cut": Outcome.TRUNCATED, "error": Outcome.ERROR}

    async def go():
        for number, (end, stage) in enumerate(ends):
            one = intent(str(number), usd=number, stage=stage)
            await journal.intend(one)
            if end == "released":
                await journal.release(one.key)
            elif end != "dead":
                reply = Reply(outcome=outcomes.get(end, Outcome.ANSWERED), output_tokens=number)
                await journal.settle(one.key, reply, number / 8, number / 4)
                if end == "unparsable":
                    journal.parsed(one.key, "no JSON")

    asyncio.run(go())
    journal.recover()
    for stage in ("judge", "score"):
        tally = read_tally(journal.reading, stage)
        mine = f"FROM calls WHERE stage = '{stage}'"
        scan = {
            "done": "sum(state = 'done')",
            "failed": "sum(state = 'failed')",
            "open": "sum(state = 'open')",
            "unknown": "sum(state = 'unknown')",
            "api_refusal": "sum(outcome = 'api_refusal')",
            "truncated": "sum(outcome = 'truncated')",
            "unparsable": "sum(parse = 'unparsable')",
            "unread": "sum(outcome = 'answered' AND parse IS NULL)",
            "sends": "sum(sends)",
            "usd": "sum(usd)",
            "at_risk_usd": "sum(at_risk_usd)",
            "estimate_usd": "sum(estimate_usd)",
            "output_tokens": "sum(output_tokens)",
        }
        for name, sql in scan.items():
            expected = seen(folder, f"SELECT ifnull({sql}, 0) {mine}")[0][0]
            assert tally[name] == pytest.approx(expected), name
    journal.close()


def test_a_full_disk_holds_everybody_back_and_loses_nothing(folder):
    journal = Journal(folder, patience_s=30)
    pages = journal.writer.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.writer.write_now(f"PRAGMA max_page_count = {pages + 2}")

    async def go():
        calls = [intent(f"{n} " + "x" * 500) for n in range(60)]
        waiting = [asyncio.create_task(journal.intend(one)) for one in calls]
        await asyncio.sleep(0.6)
        assert "full" in journal.writer.trouble
        assert not any(task.done() for task in waiting)
        roomy = "PRAGMA max_page_count = 1000000"
        # What the disk's owner does from outside; here it needs the same connection.
        journal.writer.connection.execute(roomy)
        await asyncio.gather(*waiting)
        assert journal.writer.trouble == ""

    asyncio.run(go())
    assert seen(folder, "SELECT count(*) FROM calls") == [(60,)]
    journal.close()


def test_a_disk_that_stays_full_ends_in_a_sentence_not_in_silence(folder):
    journal = Journal(folder, patience_s=0.3)
    pages = journal.writer.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.writer.write_now(f"PRAGMA max_page_count = {pages}")

    async def go():
        await asyncio.gather(*(journal.intend(intent(f"{n} " + "x" * 900)) for n in range(30)))

    with pytest.raises(JournalError, match="can't be written"):
        asyncio.run(go())
    journal.close()


def test_orders_are_taken_once_and_in_order(folder, journal):
    for command in ("pause", "cancel"):
        order(folder, command)
    orders = journal.commands()
    assert [command for _, command, _ in orders] == ["pause", "cancel"]
    asyncio.run(journal.take(orders[0][0]))
    assert [command for _, command, _ in journal.commands()] == ["cancel"]


def test_reading_never_makes_a_journal(tmp_path):
    with pytest.raises(FaultlineError, match="can't be read"), reading(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_creating_never_touches_an_old_journal(folder):
    with pytest.raises(FileExistsError):
        Journal.create(folder)


def test_odd_characters_survive_or_become_the_replacement(folder, journal):
    async def go():
        one = intent("a")
        await journal.intend(one)
        odd = Reply(outcome=Outcome.ANSWERED, text="\ud800 ✓", raw="a\0b")
        await journal.settle(one.key, odd, 0.0, 0.0)
        return one.key

    key = asyncio.run(go())
    assert journal.settled([key])[key].text == "\ufffd ✓"
