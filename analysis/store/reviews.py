"""What people say of answers and queries: labels and notes, by author, with all that stood before.

An entry is about content (the query, the model, the answer's words), never about a row number,
so a study that is rebuilt, or loaded again with one judge more, finds its labels. Of several
entries by one author about one thing the last holds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from sqlite3 import Connection, Row
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.labels import NO_TOPIC, RESPONSE_LABELS, TOPICS
from analysis.settings import Settings
from analysis.store import people
from analysis.store.queries import answer_words
from analysis.store.schema import Decision
from analysis.store.study import OpenStudy

MOST_NOTE, MOST_NAME = 20_000, 80
_SEPARATOR = "; "
_STANDS = "undoes IS NULL AND uid NOT IN (SELECT undoes FROM reviews WHERE undoes IS NOT NULL)"


class Kind(StrEnum):
    """What an entry says; SKIP that its author would rather not say."""

    COMPLIANCE = "compliance"
    RESPONSE_TYPE = "response type"
    TOPICS = "topics"
    NOTE = "note"
    SKIP = "skip"


class Draw(StrEnum):
    """How the case came to the person. Only RANDOM ones carry an estimate."""

    RANDOM = "random"
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
) -> Entry:
    """A new entry, checked. Raises FaultlineError for a value that no screen offers."""
    made = Entry(
        kind=kind.value, value=value, author=author.strip(), draw=draw.value, blind=blind,
        study=study, uid=people.fresh_uid(), at=people.now(), undoes=undoes, **asdict(about),
    )  # fmt: skip
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
        raise FaultlineError(f"“{made.draw}” is no way that a case is drawn: random, hard, own.")
    allowed = _allowed(made.kind)
    if made.value is not None and allowed and not _fits(made, allowed):
        raise FaultlineError(
            f"“{made.value[:60]}” is no {made.kind}. It can be: {', '.join(allowed)}."
        )
    if made.kind == Kind.NOTE and len(made.value or "") > MOST_NOTE:
        raise FaultlineError(f"A note holds at most {MOST_NOTE:,} characters; shorten it.")
    if made.kind in (Kind.COMPLIANCE, Kind.RESPONSE_TYPE) and made.model is None:
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
    """Store entries, all or none; those that are here already are left alone. Gives how many."""
    with people.writing(settings) as con:
        return _insert(con, entries)


def _insert(con: Connection, entries: Sequence[Entry]) -> int:
    marks = ", ".join("?" for _ in COLUMNS)
    before = con.total_changes
    con.executemany(
        f"INSERT OR IGNORE INTO reviews ({', '.join(COLUMNS)}) VALUES ({marks})",
        (tuple(getattr(e, c) for c in COLUMNS) for e in entries),
    )
    return con.total_changes - before


def undo(settings: Settings, author: str, study: str) -> Entry | None:
    """Take back the author's last entry in a study; what stood before holds again. None where
    there is nothing to take back."""
    if not people.path(settings).exists():
        return None
    with people.writing(settings) as con:
        found = con.execute(
            f"SELECT * FROM reviews WHERE author = ? AND study = ? AND {_STANDS} "
            "ORDER BY at DESC, id DESC LIMIT 1",
            (author, study),
        ).fetchone()
        if found is None:
            return None
        last, before = _entry(found), _stood_before(con, found)
        back = entry(
            Kind(last.kind), before, _about(last), author, study,
            draw=Draw(last.draw), blind=last.blind, undoes=last.uid,
        )  # fmt: skip
        _insert(con, [back])
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
    held = {c: row[c] for c in COLUMNS}
    return Entry(**held | {"blind": bool(held["blind"])})


def everything(settings: Settings) -> pd.DataFrame:
    """Every entry ever made, oldest first: the columns of Entry and `current` (whether it is the
    author's last word about its subject).

    By the time when it was said, not when it was stored: labels imported from another machine
    don't outdate what was said after them.
    """
    with people.reading(settings) as con:
        sql = f"SELECT {', '.join(COLUMNS)} FROM reviews ORDER BY id"
        rows = con.execute(sql).fetchall() if con else []
    frame = pd.DataFrame(list(map(tuple, rows)), columns=list(COLUMNS), dtype=object)
    # Nearly in order already: sorting here costs a tenth of what it costs SQLite.
    frame = frame.sort_values("at", kind="stable", ignore_index=True)
    subject = ["author", "kind", "query_key", "model", "answer"]
    frame["current"] = ~frame[subject].fillna("").duplicated(keep="last")
    return frame.astype({"replicate": "int64", "blind": "bool", "current": "bool"})


def of_study(study: OpenStudy, *, history: bool = False) -> pd.DataFrame:
    """What holds of this study's content, one row an entry and scenario, oldest first.

    Columns of Entry, and scenario_no, family, and the study's own `scenario` and `replicate`.
    Entries that were taken back are left out unless `history`. An entry about an answer counts
    where the study has those very words from that model; one about a query in every scenario that
    asks it.
    """
    found = everything(study.settings)
    if not history:
        found = found[found["current"] & found["value"].notna()]
    with study.cursor() as con:
        here = con.execute(
            "SELECT query_key, scenario_no, scenario, family FROM scenarios "
            "WHERE query_key IN $keys ORDER BY scenario_no",
            {"keys": sorted(set(found["query_key"]))},
        ).df()
    both = found.rename(columns={"scenario": "said_of"}).merge(here, on="query_key")
    return _holding(study, _at_home(study, both)).drop(columns="said_of").reset_index(drop=True)


def _at_home(study: OpenStudy, entries: pd.DataFrame) -> pd.DataFrame:
    """Without the rows that put an answer's label on another scenario with the same query,
    where the scenario that it was given on is here too."""
    own = entries["said_of"] == entries["scenario"]
    has_own = entries["uid"].isin(entries.loc[own, "uid"])
    of_query = entries["model"].isna()
    fits = of_query | entries["model"].isin(study.info.models)
    return entries[fits & (of_query | own | ~has_own)]


def _holding(study: OpenStudy, entries: pd.DataFrame) -> pd.DataFrame:
    """The entries whose answer the study still has. Made in this very content, or without an
    answer's words: all of them. Of the others the words are compared."""
    sure = (entries["study"] == study.info.content_hash) & (
        entries["said_of"] == entries["scenario"]
    )
    sure |= entries["answer"].isna()
    doubtful = entries[~sure]
    if doubtful.empty:
        return entries
    words = answer_words.held(study, doubtful["scenario"], doubtful["model"])
    asked = zip(doubtful["scenario"], doubtful["model"], doubtful["answer"], strict=True)
    there = [sorted(words.get(word, ())) for word in asked]
    replicates = [
        said if said in found or not found else found[0]
        for said, found in zip(doubtful["replicate"], there, strict=True)
    ]
    kept = doubtful.assign(replicate=replicates)[[bool(found) for found in there]]
    return pd.concat([entries[sure], kept]).sort_index()


def history(settings: Settings, about: About) -> list[dict[str, Any]]:
    """All that anybody said of one query and, where it names a model, of that answer; the latest
    first."""
    with people.reading(settings) as con:
        rows = con.execute(
            "SELECT * FROM reviews WHERE query_key = ? AND (model IS NULL OR (model IS ? AND "
            "answer IS ?)) ORDER BY at DESC, id DESC",
            (about.query_key, about.model, about.answer),
        ).fetchall() if con else []  # fmt: skip
    return [asdict(_entry(r)) for r in rows]
