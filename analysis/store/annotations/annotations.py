"""What people say of answers and queries: labels and notes, by author, with all that stood before.

An entry is about content (the query, the model, the answer's words), never about a row number,
so a study that is rebuilt, or loaded again with one judge more, finds its labels. Of several
entries by one author about one thing the last holds.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from sqlite3 import Connection, Row
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db
from analysis.vocabulary import NO_TOPIC, RESPONSE_LABELS, TOPICS, Decision

MOST_NOTE, MOST_NAME = 20_000, 80
_SEPARATOR = "; "
_CLAUSE = re.compile(r"[^#]{1,300}#.{1,300}")
_STANDS = "undoes IS NULL AND uid NOT IN (SELECT undoes FROM reviews WHERE undoes IS NOT NULL)"


class Kind(StrEnum):
    """What an entry says; SKIP that its author would rather not say."""

    COMPLIANCE = "compliance"
    RESPONSE_TYPE = "response type"
    TOPICS = "topics"
    CLAUSE = "clause"  # the one that decided: its spec's key, # and its anchor
    NOTE = "note"
    SKIP = "skip"


class Draw(StrEnum):
    """How the case came to the person. Only RANDOM ones carry an estimate of judges, and only
    RATES ones, drawn from all answers of each model, correct refusal rates."""

    RANDOM = "random"
    RATES = "random, for rates"
    HARD = "hard"
    OWN = "own choice"


@dataclass(frozen=True)
class About:
    """One answer (or, without `model`, one query), by content. `answer`: 16 hex of its words."""

    query_key: str
    scenario: str
    model: str | None = None
    replicate: int = 0
    answer: str | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that one person said. `value` None takes back what the author said before."""

    kind: str
    value: str | None
    author: str
    query_key: str
    scenario: str
    model: str | None
    replicate: int
    answer: str | None
    draw: str
    blind: bool
    study: str
    uid: str
    at: str
    undoes: str | None = None
    spec: str | None = None  # the wording that a verdict was given under: name@version@digest


_LAST = 2**63 - 1  # no row of SQLite has a higher number
COLUMNS = tuple(f.name for f in fields(Entry))


def digest(text: str) -> str:
    """What names an answer's words: 16 hex of their SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def joined(topics: Sequence[str]) -> str:
    """Topics as one value, in the order of screens; none of them is a statement too."""
    known = [t for t in TOPICS if t in topics]
    return _SEPARATOR.join(known) if known else NO_TOPIC


def split(value: str | None) -> list[str]:
    """The topics of a value; empty for none of them."""
    return [t for t in (value or "").split(_SEPARATOR) if t in TOPICS]


def entry(
    kind: Kind,
    value: str | None,
    about: About,
    author: str,
    study: str,
    *,
    draw: Draw = Draw.OWN,
    blind: bool = False,
    undoes: str | None = None,
    spec: str | None = None,
) -> Entry:
    """A new entry, checked. Raises FaultlineError for a value that no screen offers."""
    made = Entry(
        kind=kind.value,
        value=value,
        author=author.strip(),
        draw=draw.value,
        blind=blind,
        study=study,
        uid=annotation_db.fresh_uid(),
        at=entry_times.now(),
        undoes=undoes,
        spec=spec,
        **asdict(about),
    )
    check(made)
    return made


def check(made: Entry) -> None:
    """Refuse what could not have come from a screen, in a sentence."""
    kinds = {k.value for k in Kind}
    if made.kind not in kinds:
        raise FaultlineError(f"“{made.kind}” is no kind of label. Kinds: {', '.join(kinds)}.")
    if not 0 < len(made.author) <= MOST_NAME:
        raise FaultlineError(f"A label needs its author's name, at most {MOST_NAME} characters.")
    if made.draw not in {d.value for d in Draw}:
        raise FaultlineError(f"“{made.draw}” is no way that a case is drawn: {', '.join(Draw)}.")
    allowed = _allowed(made.kind)
    if made.value is not None and allowed and not _fits(made, allowed):
        raise FaultlineError(
            f"“{made.value[:60]}” is no {made.kind}. It can be: {', '.join(allowed)}."
        )
    if made.kind == Kind.NOTE and len(made.value or "") > MOST_NOTE:
        raise FaultlineError(f"A note holds at most {MOST_NOTE:,} characters; shorten it.")
    if made.kind == Kind.CLAUSE and made.value is not None and not _CLAUSE.fullmatch(made.value):
        raise FaultlineError(
            f"“{made.value[:60]}” names no clause. Write the spec's key, # and the anchor: "
            "model_spec@2025-04-11@0123456789ab#be_kind."
        )
    if made.kind in (Kind.COMPLIANCE, Kind.RESPONSE_TYPE, Kind.CLAUSE) and made.model is None:
        raise FaultlineError(f"A label of {made.kind} is about an answer: name its model.")


def _allowed(kind: str) -> tuple[str, ...]:
    return {
        Kind.COMPLIANCE.value: tuple(d.value for d in Decision),
        Kind.RESPONSE_TYPE.value: RESPONSE_LABELS,
        Kind.TOPICS.value: (*TOPICS, NO_TOPIC),
    }.get(kind, ())


def _fits(made: Entry, allowed: tuple[str, ...]) -> bool:
    said = made.value or ""
    parts = said.split(_SEPARATOR) if made.kind == Kind.TOPICS else [said]
    return all(p in allowed for p in parts) and not (NO_TOPIC in parts and len(parts) > 1)


def add(settings: Settings, entries: Sequence[Entry]) -> int:
    """Store entries that are said now, all or none; those that are here already are left alone.
    Gives how many.

    Each is later than all that its author said before, and than all that anybody said of the same
    thing, also where the clock was set back since: the last said holds.
    """
    with annotation_db.writing(settings) as con:
        return sum(_insert(con, [_later(con, e)]) for e in entries)


def add_imported(settings: Settings, entries: Sequence[Entry]) -> int:
    """Store entries that were said elsewhere, with the times they have; else as `add`."""
    with annotation_db.writing(settings) as con:
        return _insert(con, entries)


def _later(con: Connection, made: Entry) -> Entry:
    subject = ("author", "query_key", "kind", "model", "answer")
    last = con.execute(
        "SELECT max(at) FROM reviews WHERE author = ? OR (query_key = ? AND kind = ? AND "
        "model IS ? AND answer IS ?)",
        tuple(getattr(made, c) for c in subject),
    ).fetchone()[0]
    return replace(made, at=entry_times.after(made.at, last))


def _insert(con: Connection, entries: Sequence[Entry]) -> int:
    marks = ", ".join("?" for _ in COLUMNS)
    before = con.total_changes
    con.executemany(
        f"INSERT OR IGNORE INTO reviews ({', '.join(COLUMNS)}) VALUES ({marks})",
        (tuple(getattr(e, c) for c in COLUMNS) for e in entries),
    )
    return con.total_changes - before


def last(settings: Settings, author: str, study: str) -> Entry | None:
    """The author's last entry in a study that was not taken back; None where there is none."""
    with annotation_db.reading(settings) as con:
        found = _last(con, author, study) if con else None
        return _entry(found) if found else None


def _last(con: Connection, author: str, study: str) -> Row | None:
    row: Row | None = con.execute(
        f"SELECT * FROM reviews WHERE author = ? AND study = ? AND {_STANDS} "
        "ORDER BY at DESC, id DESC LIMIT 1",
        (author, study),
    ).fetchone()
    return row


def undo(settings: Settings, author: str, study: str, *, only: str | None = None) -> Entry | None:
    """Take back the author's last entry in a study; what stood before holds again. None where
    there is nothing to take back, or where the last entry is another than `only` (its uid)."""
    if not annotation_db.path(settings).exists():
        return None
    with annotation_db.writing(settings) as con:
        found = _last(con, author, study)
        if found is None or only not in (None, found["uid"]):
            return None
        last, before = _entry(found), _stood_before(con, found)
        back = entry(
            Kind(last.kind),
            before,
            _about(last),
            author,
            study,
            draw=Draw(last.draw),
            blind=last.blind,
            undoes=last.uid,
            spec=last.spec,
        )
        _insert(con, [_later(con, back)])
    return last


def _stood_before(con: Connection, found: Row) -> str | None:
    subject = ("author", "kind", "query_key", "model", "answer", "at", "id")
    row = con.execute(
        "SELECT value FROM reviews WHERE author = ? AND kind = ? AND query_key = ? AND "
        f"model IS ? AND answer IS ? AND (at, id) < (?, ?) AND {_STANDS} "
        "ORDER BY at DESC, id DESC LIMIT 1",
        tuple(found[c] for c in subject),
    ).fetchone()
    return str(row["value"]) if row and row["value"] is not None else None


def _about(of: Entry) -> About:
    return About(of.query_key, of.scenario, of.model, of.replicate, of.answer)


def _entry(row: Row) -> Entry:
    there = set(row.keys())  # a file from before a column was kept has it not
    held: dict[str, Any] = {c: row[c] if c in there else None for c in COLUMNS}
    return Entry(**held | {"blind": bool(held["blind"])})


def everything(settings: Settings, until: int | None = None) -> pd.DataFrame:
    """Every entry ever made (`until`: those that were there at that revision), oldest first: the
    columns of Entry and `current` (whether it is the author's last word about its subject).

    By the time when it was said, not when it was stored: labels imported from another machine
    don't outdate what was said after them.
    """
    with annotation_db.reading(settings) as con:
        there = annotation_db.columns_of(con, "reviews") if con else set()
        known = (c if c in there else f"NULL AS {c}" for c in COLUMNS)
        sql = f"SELECT {', '.join(known)} FROM reviews WHERE id <= ? ORDER BY id"
        rows = con.execute(sql, (_LAST if until is None else until,)).fetchall() if con else []
    frame = pd.DataFrame(list(map(tuple, rows)), columns=list(COLUMNS), dtype=object)
    # Nearly in order already: sorting here costs a tenth of what it costs SQLite.
    try:
        return _current(frame)
    except (TypeError, ValueError) as error:
        raise FaultlineError(
            f"people.sqlite, which holds labels, is damaged ({str(error)[:80]}). Put a copy of it "
            "back; labels that were exported can be imported again."
        ) from error


def _current(entries: pd.DataFrame) -> pd.DataFrame:
    frame = entries.sort_values("at", kind="stable", ignore_index=True)
    subject = ["author", "kind", "query_key", "model", "answer"]
    frame["current"] = ~frame[subject].fillna("").duplicated(keep="last")
    return frame.astype({"replicate": "int64", "blind": "bool", "current": "bool"})


def history(settings: Settings, about: About) -> list[dict[str, Any]]:
    """All that anybody said of one query and, where it names a model, of that answer; the latest
    first."""
    with annotation_db.reading(settings) as con:
        rows = (
            con.execute(
                "SELECT * FROM reviews WHERE query_key = ? AND (model IS NULL OR (model IS ? AND "
                "answer IS ?)) ORDER BY at DESC, id DESC",
                (about.query_key, about.model, about.answer),
            ).fetchall()
            if con
            else []
        )
    return [asdict(_entry(r)) for r in rows]
