"""Which spec judgements were made under whose source names none, as people said.

An answer is about content (the judgements themselves), so a study that is loaded again finds it.
What was said last holds; taking it back lets what stood before hold again.
"""

from dataclasses import dataclass

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db
from analysis.store.annotations.annotations import MOST_NAME

_STANDS = "undoes IS NULL AND uid NOT IN (SELECT undoes FROM spec_answers WHERE undoes IS NOT NULL)"


@dataclass(frozen=True)
class SpecAnswer:
    """What a person said: `spec` as `name@version@digest`."""

    judgements: str
    spec: str
    author: str
    at: str
    uid: str


def store_answer(settings: Settings, judgements: str, spec: str, author: str) -> None:
    """Keep that these judgements (`study_specs.unnamed_digest`) were made under a spec.

    Raises FaultlineError without a name to keep it under, or where it can't be stored.
    """
    author = author.strip()
    if not 0 < len(author) <= MOST_NAME:
        raise FaultlineError(
            f"Which spec it was is kept with who said so: give your name, at most {MOST_NAME} "
            "characters."
        )
    _add(settings, judgements, spec, author, None)


def find(settings: Settings, judgements: str) -> SpecAnswer | None:
    """What was said last and not taken back; None where nobody said anything."""
    with annotation_db.reading(settings) as con:
        if con is None or not annotation_db.has_table(con, "spec_answers"):
            return None
        row = con.execute(
            f"SELECT judgements, spec, author, at, uid FROM spec_answers WHERE judgements = ? AND "
            f"{_STANDS} ORDER BY id DESC LIMIT 1",
            (judgements,),
        ).fetchone()
    return SpecAnswer(**dict(row)) if row else None


def undo(settings: Settings, judgements: str, author: str) -> SpecAnswer | None:
    """Take back what was said last; gives it, or None where nothing was."""
    last = find(settings, judgements)
    if last is not None:
        _add(settings, judgements, last.spec, author, last.uid)
    return last


def _add(settings: Settings, judgements: str, spec: str, author: str, undoes: str | None) -> None:
    with annotation_db.writing(settings) as con:
        con.execute(
            "INSERT INTO spec_answers (uid, at, author, judgements, spec, undoes) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (annotation_db.fresh_uid(), entry_times.now(), author, judgements, spec, undoes),
        )
