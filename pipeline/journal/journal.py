"""The durable record of one run: every intent before it is sent, every reply before it is read.

The grain is the call, named by the key of its request. Promises: a call that is done is never
opened again; an intent is on disk before `intend` returns and a raw reply before `settle` does;
intents of a dead runner become *unknown*, and what they may have cost stays at risk for good.
"""

import contextlib
import datetime
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.sqlite_reading import connect_to_read
from analysis.text_safety import spelled
from analysis.vocabulary import Outcome
from pipeline.journal.writer import BUSY_MS, Writer, connect
from pipeline.providers.types import ChatRequest, Reply

FILE = "journal.sqlite"
STAGE_ENDS = (
    "SELECT stage, sum(done) - sum(unparsable) AS done, sum(failed) AS failed, "
    "sum(unparsable) AS unparsable FROM tally GROUP BY stage"
)
"""How the calls of each stage ended."""
SET_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
CHUNK = 500  # keys per SELECT, below SQLite's limit of bound values

# ---- the statements that change a call, each one step of its life ------------------------------

SCHEMA, BATCH_SCHEMA = (
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("schema.sql", "batches.sql")
)

INTEND = """
INSERT INTO calls (key, stage, model, subject, replicate, request, prefix, state, estimate_usd)
VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)
ON CONFLICT (key) DO UPDATE SET
  state = 'open', sends = sends + 1, estimate_usd = excluded.estimate_usd
WHERE state <> 'done'
"""
SETTLE = """
UPDATE calls SET state = ?, usd = usd + ?, at_risk_usd = at_risk_usd + ?, estimate_usd = 0,
  outcome = ?, text = ?, raw = ?, stop_reason = ?, refusal_category = ?,
  served_model = ?, rung = ?, error = ?, request_id = ?, input_tokens = ?, output_tokens = ?,
  cached_tokens = ?, cache_write_tokens = ?, latency_s = ?, settled_at = ?,
  parse = ?, parse_error = NULL
WHERE key = ? AND state = 'open'
"""
FAILED_ATTEMPT = """
UPDATE calls SET at_risk_usd = at_risk_usd + ?, estimate_usd = 0 WHERE key = ? AND state = 'open'
"""
RELEASE = "UPDATE calls SET state = 'waiting', estimate_usd = 0 WHERE key = ? AND state = 'open'"
PARSED = "UPDATE calls SET parse = ?, parse_error = ? WHERE key = ?"
# A batch goes on without its runner: its calls stay open, and are asked about again.
RECOVER = """
UPDATE calls SET state = 'unknown', at_risk_usd = at_risk_usd + estimate_usd, estimate_usd = 0
WHERE state = 'open' AND key NOT IN (
  SELECT key FROM batch_calls WHERE batch IN (SELECT id FROM batches WHERE state = 'open'))
"""
# The row of a batch is written last, and nothing is submitted before it is there.
NOT_SENT = """
UPDATE calls SET state = 'waiting', estimate_usd = 0 WHERE state = 'open' AND key IN (
  SELECT key FROM batch_calls WHERE batch NOT IN (SELECT id FROM batches))
"""
FORGET_NOT_SENT = "DELETE FROM batch_calls WHERE batch NOT IN (SELECT id FROM batches)"


class AlreadyDoneError(Exception):
    """A caller tried to open a call that has its reply: sending it again would pay twice."""


@dataclass(frozen=True)
class Intent:
    """One call about to be sent: `subject` says in the stage's own words what it is about."""

    key: str
    subject: str
    model: str
    request: ChatRequest
    estimate_usd: float


@dataclass(frozen=True)
class Stored:
    """What the journal knows of a call that ended."""

    key: str
    state: str
    outcome: Outcome
    text: str
    stop_reason: str
    served_model: str
    rung: str
    error: str
    latency_s: float | None
    output_tokens: int | None
    attempts: int
    raw: str = ""


class Journal:
    """The runner's own handle: one writer thread, one reading connection."""

    def __init__(self, folder: Path, patience_s: float | None = None) -> None:
        self.path = folder / FILE
        self.writer = Writer(self.path, patience_s)
        self.reading = connect(self.path, write=False)
        self._texts: set[str] = set()

    @staticmethod
    def create(folder: Path) -> None:
        """Make an empty journal. Raises FileExistsError rather than touch an old one."""
        path = folder / FILE
        path.touch(mode=0o600, exist_ok=False)
        connection = connect(path, write=True)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)
        connection.executescript(BATCH_SCHEMA)
        connection.close()

    def close(self) -> None:
        self.reading.close()
        self.writer.close()

    def recover(self) -> int:
        """Turn open intents of dead runners into unknown ones; returns how many there were."""
        for statement in BATCH_SCHEMA.split(";"):
            self.writer.write_now(statement)  # a journal from before there were batches
        for statement in (NOT_SENT, FORGET_NOT_SENT):
            self.writer.write_now(statement)
        return self.writer.write_now(RECOVER)

    async def intend(self, intent: Intent) -> None:
        """Commit that a call is about to be sent. Raises AlreadyDoneError for a done one."""
        request = intent.request
        prefix = request.prefix_digest
        if prefix and prefix not in self._texts:
            self.writer.put(
                "INSERT OR IGNORE INTO texts VALUES (?, ?)", prefix, request.cached_prefix
            )
            self._texts.add(prefix)
        changed = await self.writer.write(
            INTEND,
            intent.key,
            request.stage,
            intent.model,
            intent.subject,
            request.replicate,
            request.canonical().decode("ascii"),
            prefix,
            intent.estimate_usd,
        )
        if changed == 0:
            raise AlreadyDoneError(intent.key)

    async def attempt_failed(self, key: str, at_risk_usd: float) -> None:
        """Commit that an attempt is over without a reply, and what it may have cost."""
        await self.writer.write(FAILED_ATTEMPT, at_risk_usd, key)

    async def release(self, key: str) -> None:
        """Commit that an open call, with nothing in flight, waits for another day."""
        await self.writer.write(RELEASE, key)

    async def settle(
        self,
        key: str,
        reply: Reply,
        usd: float,
        at_risk_usd: float,
        *,
        plain: bool = False,
        batched: bool = False,
    ) -> None:
        """Commit the raw reply with what it cost, and what it may have cost.

        `plain`: the reply is free text that is there, so there is nothing to parse. `batched`: how
        long it took to answer nobody knows.
        """
        state = "failed" if reply.outcome is Outcome.ERROR else "done"
        await self.writer.write(
            SETTLE,
            state,
            usd,
            at_risk_usd,
            reply.outcome.value,
            reply.text,
            reply.raw,
            reply.stop_reason,
            reply.refusal_category,
            reply.served_model,
            reply.rung.value,
            reply.error,
            reply.request_id,
            reply.input_tokens,
            reply.output_tokens,
            reply.cached_tokens,
            reply.cache_write_tokens,
            None if batched else reply.latency_s,
            now(),
            "ok" if plain and reply.outcome is Outcome.ANSWERED else None,
            key,
        )

    def parsed(self, key: str, problem: str) -> None:
        """Note whether the stored reply could be read; it can be read again at any time."""
        self.writer.put(PARSED, "unparsable" if problem else "ok", problem, key)

    def settled(self, keys: Sequence[str]) -> dict[str, Stored]:
        """The calls among these keys that ended, whichever way."""
        return dict(settled_of(self.reading, keys))

    def document(self, name: str) -> Any | None:
        return read_document(self.reading, name)

    def keep_document(self, name: str, body: object) -> None:
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        self.writer.write_now(
            "INSERT INTO documents VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            name,
            text,
        )

    def set_meta(self, name: str, value: str) -> None:
        self.writer.put(SET_META, name, value)

    def set_progress(
        self, stage: str, position: int, total: int, state: str, why: str = ""
    ) -> None:
        self.writer.put(
            "INSERT INTO progress VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "total = excluded.total, state = excluded.state, sentence = excluded.sentence",
            stage,
            position,
            total,
            state,
            why,
        )

    def set_gauge(self, model: str, body: object) -> None:
        self.writer.put(
            "INSERT INTO gauges VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            model,
            json.dumps(body),
        )

    def meta(self, name: str) -> str | None:
        return read_meta(self.reading, name)

    def tally(self, stage: str) -> dict[str, float]:
        """Sums over the calls of one stage: the columns of `tally`."""
        return read_tally(self.reading, stage)

    def flush(self) -> None:
        """Return when everything written so far is on disk."""
        self.writer.write_now("SELECT 1")

    def commands(self) -> list[tuple[int, str, str]]:
        """Orders not yet taken, oldest first: (id, command, argument)."""
        rows = self.reading.execute(
            "SELECT id, command, argument FROM control WHERE taken = 0 ORDER BY id"
        )
        return [(row["id"], row["command"], row["argument"]) for row in rows]

    async def take(self, order: int) -> None:
        await self.writer.write("UPDATE control SET taken = 1 WHERE id = ?", order)

    def ledger(self) -> tuple[float, float]:
        """Dollars confirmed and at risk so far."""
        row = self.reading.execute(
            "SELECT total(usd) AS usd, total(at_risk_usd) AS risk FROM calls"
        ).fetchone()
        return row["usd"], row["risk"]


def now() -> str:
    """UTC to the millisecond, for people: no decision compares two of these."""
    stamp = datetime.datetime.now(datetime.UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"


def order(folder: Path, command: str, argument: str = "") -> None:
    """Leave an order for the runner of this run (any process may)."""
    with reading(folder, write=True) as connection:
        connection.execute(
            "INSERT INTO control (command, argument, at) VALUES (?, ?, ?)",
            (command, argument, now()),
        )


@contextlib.contextmanager
def reading(folder: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection for a page or a command, closed afterwards.

    Raises FaultlineError when there is no journal, or one that can't be read or written.
    """
    connection = None
    try:
        if write:
            connection = connect(folder / FILE, write=True)
        else:
            connection = connect_to_read(folder / FILE, BUSY_MS / 1000)
            connection.row_factory = sqlite3.Row
        yield connection
    except sqlite3.DatabaseError as error:
        done = "written" if write else "read"
        raise FaultlineError(
            f"The journal of run {folder.name} can't be {done} ({_line(error)}): was the folder "
            "moved, is the disk full?"
        ) from None
    except ValueError as error:
        raise FaultlineError(
            f"The journal of run {folder.name} is damaged: it holds what no run writes "
            f"({_line(error)}). Put a copy of the run's folder back, or plan the run again."
        ) from None
    finally:
        if connection is not None:
            connection.close()


def _line(error: Exception) -> str:
    """The first line of a complaint, which may quote whatever the file holds."""
    return spelled((str(error).splitlines() or [type(error).__name__])[0][:160])


def read_document(connection: sqlite3.Connection, name: str) -> Any | None:
    row = connection.execute("SELECT body FROM documents WHERE name = ?", (name,)).fetchone()
    return None if row is None else json.loads(row["body"])


def read_meta(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


SUMS = (
    "done",
    "failed",
    "open",
    "unknown",
    Outcome.API_REFUSAL.value,
    Outcome.TRUNCATED.value,
    "unparsable",
    "unread",
    "sends",
    "usd",
    "at_risk_usd",
    "estimate_usd",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
)


def read_tally(connection: sqlite3.Connection, stage: str) -> dict[str, float]:
    """Sums over the models of one stage; zeros for a stage without calls."""
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in SUMS)
    row = connection.execute(f"SELECT {sums} FROM tally WHERE stage = ?", (stage,)).fetchone()
    return dict(row)


COLUMNS = (
    "key, state, outcome, text, stop_reason, served_model, rung, error, latency_s, output_tokens,"
    " sends AS attempts"
)


THINKING = ("reasoning", "thinking", "thought")
"""Words of which one stands in every body that has reasoning beside its answer."""


def settled_of(
    connection: sqlite3.Connection, keys: Sequence[str], *, thoughts: bool = False
) -> Iterator[tuple[str, Stored]]:
    """(key, what was stored) of every ended call among the keys, in no order; with `thoughts`, also
    the bodies that may hold reasoning beside the answer."""
    there = " OR ".join(f"instr(raw, '{word}')" for word in THINKING)
    body = f", CASE WHEN {there} THEN raw ELSE '' END AS raw" if thoughts else ""
    for row in _ended(connection, COLUMNS + body, keys):
        fields = dict(row)
        fields["outcome"] = Outcome(fields["outcome"])
        yield fields["key"], Stored(**fields)


def ended_keys(connection: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys whose calls ended, whichever way."""
    return {row["key"] for row in _ended(connection, "key", keys)}


def _ended(
    connection: sqlite3.Connection, columns: str, keys: Sequence[str]
) -> Iterator[sqlite3.Row]:
    for start in range(0, len(keys), CHUNK):
        part = list(keys[start : start + CHUNK])
        marks = ",".join("?" * len(part))
        yield from connection.execute(
            f"SELECT {columns} FROM calls WHERE state IN ('done', 'failed') AND key IN ({marks})",
            part,
        )
