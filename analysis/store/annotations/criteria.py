"""Criteria of a spec's clauses as people keep them: every version with its author, and undo.

A criterion belongs to one wording of a spec and one clause. Specs are given by their key
(name@version@12 hex) and told apart by the digest in it, since a renamed file is the same spec.
What was kept last holds; a version may also say that there is none any more. Undo takes the last
version back, so that the one before holds again, and is itself kept.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection, Row

from analysis.errors import FaultlineError
from analysis.parse.criteria import Criterion, as_json, check, criterion
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db
from analysis.store.annotations.annotations import MOST_NAME

TABLE = "criteria"
_STANDS = f"undoes IS NULL AND uid NOT IN (SELECT undoes FROM {TABLE} WHERE undoes IS NOT NULL)"


_HEX = 12
_OF_SPEC = f"substr(spec, -{_HEX}) = ?"


def _digest(spec: str) -> str:
    return spec[-_HEX:]


@dataclass(frozen=True)
class Version:
    """One version of a clause's criterion; `criterion` is None where it was taken away."""

    clause: str
    criterion: Criterion | None
    author: str
    at: str
    why: str
    uid: str


def keep(
    settings: Settings, spec: str, criteria: Sequence[Criterion], author: str, why: str
) -> int:
    """Keep criteria of a spec's clauses; gives how many are other than what stood before.

    Raises FaultlineError without an author's name, for a criterion that can't be measured, or where
    the disk takes nothing: then nothing is kept.
    """
    for one in criteria:
        check(one)
    stood = {v.clause: v.criterion for v in current(settings, spec)}
    new = [one for one in criteria if stood.get(one.clause) != one]
    _add(settings, spec, {one.clause: _body(one) for one in new}, author, why)
    return len(new)


def remove(settings: Settings, spec: str, clause: str, author: str) -> None:
    """Take a clause's criterion away. Raises FaultlineError where it has none."""
    if find(settings, spec, clause) is None:
        raise FaultlineError(f"The clause “{clause}” has no criterion to take away.")
    _add(settings, spec, {clause: ""}, author, "taken away")


def undo(settings: Settings, spec: str, clause: str, author: str) -> Version:
    """Take the last version back; gives it. Raises FaultlineError where there is none."""
    known = history(settings, spec, clause)
    if not known:
        raise FaultlineError(f"Nothing was said of the clause “{clause}” that could be undone.")
    last = known[0]
    body = "" if last.criterion is None else _body(last.criterion)
    _add(settings, spec, {clause: body}, author, "undone", undoes=last.uid)
    return last


def find(settings: Settings, spec: str, clause: str) -> Criterion | None:
    """The criterion of a clause, if there is one."""
    known = history(settings, spec, clause)
    return known[0].criterion if known else None


def current(settings: Settings, spec: str) -> list[Version]:
    """The version that holds of each clause that has a criterion, by clause."""
    found: dict[str, Version] = {}
    for version in _rows(settings, _OF_SPEC, (_digest(spec),)):
        found.setdefault(version.clause, version)
    return [v for _, v in sorted(found.items()) if v.criterion is not None]


def history(settings: Settings, spec: str, clause: str) -> list[Version]:
    """Every version of a clause's criterion that was not undone, the last first."""
    return _rows(settings, f"{_OF_SPEC} AND clause = ?", (_digest(spec), clause))


def revision(settings: Settings) -> int:
    """A number that grows with every version, for caches."""
    with annotation_db.reading(settings) as con:
        if con is None or not annotation_db.has_table(con, TABLE):
            return 0
    return annotation_db.revision(settings, TABLE)


def _rows(settings: Settings, where: str, values: tuple[str, ...]) -> list[Version]:
    with annotation_db.reading(settings) as con:
        if con is None or not annotation_db.has_table(con, TABLE):
            return []
        return _read(con, where, values)


def _read(con: Connection, where: str, values: tuple[str, ...]) -> list[Version]:
    found = con.execute(
        f"SELECT * FROM {TABLE} WHERE {where} AND {_STANDS} ORDER BY id DESC", values
    )
    return [_version(row) for row in found]


def _version(row: Row) -> Version:
    thing = f"the criterion of “{row['clause']}”"
    held = annotation_db.parse_body(row["body"], thing) if row["body"] else None
    made = None if held is None else criterion(held, thing)
    return Version(row["clause"], made, row["author"], row["at"], row["why"], row["uid"])


def _body(one: Criterion) -> str:
    return json.dumps(as_json(one), ensure_ascii=False)


def _add(
    settings: Settings,
    spec: str,
    bodies: dict[str, str],
    author: str,
    why: str,
    undoes: str | None = None,
) -> None:
    author = author.strip()
    if not 0 < len(author) <= MOST_NAME:
        raise FaultlineError(
            f"A criterion is kept with who wrote it: give your name, at most {MOST_NAME} "
            "characters."
        )
    if not bodies:
        return
    with annotation_db.writing(settings) as con:
        for clause, body in bodies.items():
            con.execute(
                f"INSERT INTO {TABLE} (uid, at, author, spec, clause, body, why, undoes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    annotation_db.fresh_uid(),
                    entry_times.now(),
                    author,
                    spec,
                    clause,
                    body,
                    why,
                    undoes,
                ),
            )
