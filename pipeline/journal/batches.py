"""The journal's book of batches: which calls went out together, and where each batch stands.

The grain is the batch, named by the id of its intent. Promises: a batch and its calls are on disk
before `intend` returns, and so before it is submitted; while a batch is open its calls stay open,
over any number of runners, and none of them is sent in another way.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.ids import new_ulid
from pipeline.journal.journal import AlreadyDoneError, Intent, Journal
from pipeline.providers.types import ChatRequest, Rung
from pipeline.providers.wire.validator import Bounds, bounds_of

RowState = Literal["open", "over", "dropped", "lost"]


@dataclass(frozen=True)
class BatchRow:
    """One batch. `model` is the plan's id, `name` the provider's; `batch_id` is "" until noted."""

    id: str
    stage: str
    model: str
    name: str
    rung: str
    created_at: float
    calls: int
    batch_id: str = ""
    state: str = "open"


@dataclass(frozen=True)
class OpenCall:
    """A call that waits for its batch: dollars reserved for it, whether its reply is free text,
    and what its token counts can be. `sent` counts the batches that it went out in, this one
    included."""

    key: str
    estimate_usd: float
    plain: bool
    sent: int
    bounds: Bounds


OPEN_CALLS = """
SELECT c.key, c.estimate_usd, json_extract(c.request, '$.schema') IS NULL AS plain, c.request,
  c.prefix,
  (SELECT count(*) FROM batch_calls AS b JOIN batches ON batches.id = b.batch
   WHERE b.key = c.key AND batches.state IN ('open', 'over')) AS sent
FROM batch_calls JOIN calls AS c USING (key)
WHERE batch_calls.batch = ? AND c.state = 'open' ORDER BY c.id
"""
PREFIX_BYTES = "SELECT length(CAST(text AS BLOB)) FROM texts WHERE digest = ?"
REQUESTS = """
SELECT c.key, c.request, coalesce(t.text, '') AS prefix
FROM batch_calls JOIN calls AS c USING (key) LEFT JOIN texts AS t ON t.digest = c.prefix
WHERE batch_calls.batch = ? AND c.state = 'open' ORDER BY c.id
"""
NOTE = "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, '', 'open')"
LOSE = """
UPDATE calls SET state = 'unknown', at_risk_usd = at_risk_usd + estimate_usd, estimate_usd = 0
WHERE state = 'open' AND key IN (SELECT key FROM batch_calls WHERE batch = ?)
"""


class BatchBook:
    """A runner's handle on the batches in its journal."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def intend(
        self, stage: str, name: str, rung: Rung, intents: Sequence[Intent]
    ) -> BatchRow:
        """Commit that these calls to one model are about to go out together.

        A call that is done by now is left out; `calls` of the row says how many are left.
        """
        made, writer = new_ulid(), self.journal.writer
        for intent in intents:
            writer.put("INSERT INTO batch_calls (batch, key) VALUES (?, ?)", made, intent.key)
        opened = await asyncio.gather(*(self._opened(made, intent) for intent in intents))
        model = intents[0].model
        row = BatchRow(made, stage, model, name, rung.value, time.time(), sum(opened))
        if row.calls:
            values = (row.id, stage, model, name, row.rung, row.created_at, row.calls)
            await writer.write(NOTE, *values)
        return row

    async def _opened(self, batch: str, intent: Intent) -> bool:
        try:
            await self.journal.intend(intent)
        except AlreadyDoneError:
            taken_out = "DELETE FROM batch_calls WHERE batch = ? AND key = ?"
            self.journal.writer.put(taken_out, batch, intent.key)
            return False
        return True

    async def noted(self, batch: str, batch_id: str) -> None:
        """Commit the id that the provider gave a batch."""
        await self.journal.writer.write(
            "UPDATE batches SET batch_id = ? WHERE id = ?", batch_id, batch
        )

    async def close(self, batch: str, state: RowState) -> None:
        """Commit that a batch is over, or why it never will be."""
        await self.journal.writer.write("UPDATE batches SET state = ? WHERE id = ?", state, batch)

    async def lose(self, batch: str) -> None:
        """Commit that a batch is gone: its calls may have been billed, and are not open."""
        await self.journal.writer.write(LOSE, batch)
        await self.close(batch, "lost")

    def open(self, stage: str = "", model: str = "") -> list[BatchRow]:
        """Batches that are not over, oldest first: of one stage and model, or all."""
        found = (BatchRow(**row) for row in read_batches(self.journal.reading))
        mine = (row for row in found if row.state == "open")
        if not stage:
            return list(mine)
        return [row for row in mine if (row.stage, row.model) == (stage, model)]

    def known(self) -> set[str]:
        """The provider's ids of all batches of this run."""
        return {row["batch_id"] for row in read_batches(self.journal.reading)} - {""}

    def calls(self, batch: str) -> list[OpenCall]:
        """The calls of a batch that wait for it."""
        rows = self.journal.reading.execute(OPEN_CALLS, (batch,)).fetchall()
        sizes = {digest: self._prefix_bytes(digest) for digest in {row["prefix"] for row in rows}}
        return [
            OpenCall(
                r["key"],
                r["estimate_usd"],
                bool(r["plain"]),
                r["sent"],
                _bounds(r["request"], sizes[r["prefix"]]),
            )
            for r in rows
        ]

    def _prefix_bytes(self, digest: str) -> int:
        found = self.journal.reading.execute(PREFIX_BYTES, (digest,)).fetchone()
        return 0 if found is None else int(found[0])

    def requests(self, batch: str) -> dict[str, ChatRequest]:
        """Key -> request of the calls that wait for a batch, as they were written down."""
        rows = self.journal.reading.execute(REQUESTS, (batch,))
        return {
            row["key"]: ChatRequest.from_canonical(row["request"].encode("ascii"), row["prefix"])
            for row in rows
        }

    def held_usd(self) -> float:
        """Dollars reserved for the calls of open batches."""
        return sum(call.estimate_usd for row in self.open() for call in self.calls(row.id))


def _bounds(request: str, prefix_bytes: int) -> Bounds:
    """As `bounds_of` the request, whose long prefix is counted and not read."""
    record = json.dumps({**json.loads(request), "prefix": ""})
    own = bounds_of(ChatRequest.from_canonical(record.encode("ascii")))
    return replace(own, input_bytes=own.input_bytes + prefix_bytes)


def read_batches(connection: sqlite3.Connection) -> Iterable[dict[str, Any]]:
    """All batches of a run, oldest first; none in a journal from before there were batches."""
    there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'batches'"
    if connection.execute(there).fetchone() is None:
        return []
    return [
        dict(row) for row in connection.execute("SELECT * FROM batches ORDER BY created_at, id")
    ]
