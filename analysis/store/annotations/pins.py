"""Pins: figures and cases that somebody set aside for a report.

A pin holds how to draw the thing again (a recipe with its parameters and study), never a picture,
so what is pinned can be recomputed and checked. Taking a pin away adds a row that says so.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db

FIGURE, CASE = "figure", "case"


@dataclass(frozen=True)
class Pin:
    """One thing set aside. `what` names its content, so that the same thing is pinned once.

    `body`: kind (`figure` or `case`), study (id), content_hash, title, note; a figure has recipe
    and params, a case scenario and models (shown answers).
    """

    what: str
    at: str
    author: str
    body: dict[str, Any]


def name(body: dict[str, Any]) -> str:
    """The 16 hex that name a pinned thing: same kind, recipe, parameters and study content."""
    keys = ("kind", "content_hash", "recipe", "params", "scenario", "models")
    text = json.dumps({k: body.get(k) for k in keys}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def pin(settings: Settings, body: dict[str, Any], author: str) -> str:
    """Set something aside; gives what it is called. Pinning it again moves it to the top."""
    return _write(settings, name(body), body, author, gone=False)


def unpin(settings: Settings, what: str, author: str) -> None:
    """Take a pin away; reports that use it keep theirs."""
    _write(settings, what, {}, author, gone=True)


def _write(settings: Settings, what: str, body: dict[str, Any], author: str, *, gone: bool) -> str:
    text = json.dumps(body, ensure_ascii=False)
    with annotation_db.writing(settings) as con:
        con.execute(
            "INSERT INTO pins (uid, at, author, what, body, gone) VALUES (?, ?, ?, ?, ?, ?)",
            (annotation_db.fresh_uid(), entry_times.now(), author, what, text, int(gone)),
        )
    return what


def pinned(settings: Settings) -> list[Pin]:
    """What is pinned now, the latest first."""
    with annotation_db.reading(settings) as con:
        rows = (
            con.execute(
                "SELECT what, at, author, body FROM pins WHERE id IN (SELECT max(id) FROM pins "
                "GROUP BY what) AND gone = 0 ORDER BY id DESC"
            ).fetchall()
            if con
            else []
        )
    return [
        Pin(r["what"], r["at"], r["author"], annotation_db.parse_body(r["body"], "a pinned figure"))
        for r in rows
    ]


def is_pinned(settings: Settings, body: dict[str, Any]) -> bool:
    """Whether that very thing is pinned now."""
    return any(p.what == name(body) for p in pinned(settings))
