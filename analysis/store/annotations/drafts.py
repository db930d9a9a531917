"""Drafts of a spec: every attempt at a repair, as a tree in which nothing is lost.

A draft is a whole spec, kept with the draft (or the spec as it was loaded) that it was made from,
its author, the reason and the time. The first draft of a spec brings that spec along as the root,
so a tree still reads when the spec is removed from the library. What is discarded is marked, and
can be brought back. Specs are told apart by the digest in their key, as criteria are.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from sqlite3 import Connection, Row
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.spec import name_and_version, parse_spec
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db
from analysis.store.annotations.annotations import MOST_NAME
from analysis.store.library.file_catalog import EMBEDDED_NAME
from analysis.store.library.specs import OWN_NAME

TABLE, MARKS, ACCEPTS = "drafts", "draft_marks", "draft_accepts"
MOST_REASON = 2_000
_HEX = 12
_FLAGS = frozenset({"gone", "accepted"})
_GONE = f"(SELECT gone FROM {MARKS} m WHERE m.draft = d.uid ORDER BY m.id DESC LIMIT 1)"
_COLUMNS = f"uid, base, spec, clause, name, version, digest, author, at, why, {_GONE} AS gone"
_TAKEN = f", EXISTS (SELECT 1 FROM {ACCEPTS} a WHERE a.draft = d.uid) AS accepted"


@dataclass(frozen=True)
class Draft:
    """One attempt, or (`base` is "") the spec that all of its tree were made from.

    `base`: the uid of the attempt that it was made from; `spec`: the key of the tree's root;
    `clause`: the anchor of the clause that was edited; `digest`: 12 hex of its own clauses; `why`:
    the author's reason; `gone`: it was discarded; `accepted`: it became the spec in use once.
    """

    uid: str
    base: str
    spec: str
    clause: str
    name: str
    version: str
    digest: str
    author: str
    at: str
    why: str
    gone: bool
    accepted: bool

    @property
    def key(self) -> str:
        """As `Spec.key`."""
        return f"{self.name}@{self.version}@{self.digest}"

    @property
    def file(self) -> str:
        """A file name from which name and version are read back."""
        return f"{self.name}.{self.version}.md"

    @property
    def is_root(self) -> bool:
        """Whether it is the spec as it was loaded."""
        return not self.base


def read(draft: Draft, text: str) -> Spec:
    """The spec of a draft's text, under the draft's name and version."""
    return parse_spec(text, f"{draft.name}.md", draft.version)


def keep(
    settings: Settings,
    root: Spec,
    source: str,
    base: str,
    clause: str,
    text: str,
    author: str,
    why: str,
) -> Draft:
    """Keep a draft; `source` is the root's Markdown, `base` the uid of the draft that `text` was
    made from ("" for the root).

    Raises FaultlineError without a name or a reason, for a base that is not there, and where the
    draft says what its base says; then nothing is kept.
    """
    author, why = author.strip(), " ".join(why.split())
    _check_words(author, why)
    made = parse_spec(text, "draft.md")
    with annotation_db.writing(settings) as con:
        start = _base(con, root, source, base)
        if start.digest == made.content_hash[:_HEX]:
            raise FaultlineError(
                f"The draft says what {start.name} {start.version} says: change the clause, then "
                "save it."
            )
        name, version = _free_version(con, root)
        row = {
            "author": author,
            "spec": start.spec,
            "base": start.uid,
            "clause": clause,
            "name": name,
            "version": version,
            "digest": made.content_hash[:_HEX],
            "body": text,
            "why": why,
        }
        return _added(con, row)


def _check_words(author: str, why: str) -> None:
    if not 0 < len(author) <= MOST_NAME:
        raise FaultlineError(
            f"A draft is kept with who wrote it: give your name, at most {MOST_NAME} characters."
        )
    if not 0 < len(why) <= MOST_REASON:
        raise FaultlineError(
            f"A draft is kept with its reason: say in at most {MOST_REASON:,} characters what it "
            "is to mend."
        )


def of_spec(settings: Settings, spec: str) -> list[Draft]:
    """Every draft of a spec (a key) with its root, as they were made; [] where there is none."""
    return _rows(settings, "substr(d.spec, -12) = ?", (spec[-_HEX:],))


def every(settings: Settings) -> list[Draft]:
    """The drafts of all specs, as they were made."""
    return _rows(settings, "1", ())


def named(settings: Settings, name: str, version: str) -> Draft | None:
    """The draft of that name and version."""
    found = _rows(settings, "d.base != '' AND d.name = ? AND d.version = ?", (name, version))
    return found[-1] if found else None


def find(settings: Settings, uid: str) -> Draft:
    """A draft. Raises FaultlineError where there is none of that uid."""
    found = _rows(settings, "d.uid = ?", (uid,))
    if not found:
        raise FaultlineError(
            f"There is no draft “{uid[:40]}” here. “python -m analysis spec drafts” lists them."
        )
    return found[0]


def text_of(settings: Settings, draft: Draft) -> str:
    """The whole spec of a draft as Markdown."""
    with annotation_db.reading(settings) as con:
        row = con and con.execute(f"SELECT body FROM {TABLE} WHERE uid = ?", (draft.uid,))
        found = row.fetchone() if row else None
    if found is None:
        raise FaultlineError(f"The text of the draft {draft.version} is gone from people.sqlite.")
    return str(found["body"])


def tree(drafts: Sequence[Draft]) -> list[tuple[int, Draft]]:
    """(depth, draft), each behind the one that it was made from, the oldest first; the root has
    depth 0."""
    below: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        below[draft.base].append(draft)

    def walk(base: str, depth: int) -> Iterator[tuple[int, Draft]]:
        for draft in below[base]:
            yield depth, draft
            yield from walk(draft.uid, depth + 1)

    return list(walk("", 0))


def mark(settings: Settings, draft: Draft, author: str, *, gone: bool) -> None:
    """Discard a draft, or bring it back. Raises FaultlineError without a name, and for the root,
    which is a loaded spec and no draft."""
    if draft.is_root:
        raise FaultlineError("The spec itself is no draft and can't be discarded.")
    _check_words(author.strip(), "discarded")
    with annotation_db.writing(settings) as con:
        con.execute(
            f"INSERT INTO {MARKS} (uid, at, author, draft, gone) VALUES (?, ?, ?, ?, ?)",
            (annotation_db.fresh_uid(), entry_times.now(), author.strip(), draft.uid, int(gone)),
        )


def accept(settings: Settings, draft: Draft, author: str) -> None:
    """Note who accepted a draft. Raises FaultlineError without a name, and for the root."""
    if draft.is_root:
        raise FaultlineError("The spec itself is no draft: there is nothing to accept.")
    _check_words(author.strip(), "accepted")
    with annotation_db.writing(settings) as con:
        con.execute(
            f"INSERT INTO {ACCEPTS} (uid, at, author, draft) VALUES (?, ?, ?, ?)",
            (annotation_db.fresh_uid(), entry_times.now(), author.strip(), draft.uid),
        )


def _base(con: Connection, root: Spec, source: str, base: str) -> Draft:
    """The row that a draft is made from; the root is put there by the first draft."""
    if base:
        found = con.execute(f"SELECT {_COLUMNS} FROM {TABLE} d WHERE d.uid = ?", (base,)).fetchone()
        if found is None:
            raise FaultlineError("The draft that this one was made from is not here: start anew.")
        return _draft(found)
    digest = root.content_hash[:_HEX]
    found = con.execute(
        f"SELECT {_COLUMNS} FROM {TABLE} d WHERE d.base = '' AND d.digest = ?", (digest,)
    ).fetchone()
    if found is not None:
        return _draft(found)
    row = {
        "author": "",
        "spec": root.key,
        "base": "",
        "clause": "",
        "name": root.name,
        "version": root.version,
        "digest": digest,
        "body": source,
        "why": "",
    }
    return _added(con, row)


def _added(con: Connection, row: dict[str, str]) -> Draft:
    whole = {"uid": annotation_db.fresh_uid(), "at": entry_times.now(), **row}
    names = ", ".join(whole)
    con.execute(
        f"INSERT INTO {TABLE} ({names}) VALUES ({', '.join(f':{n}' for n in whole)})", whole
    )
    known = {f.name for f in fields(Draft)} - _FLAGS
    return Draft(**{k: v for k, v in whole.items() if k in known}, gone=False, accepted=False)


def _free_version(con: Connection, root: Spec) -> tuple[str, str]:
    """Name and version of the next draft of a spec: `2025-04-11-draft-3`. A version that no file
    name can carry (the first digits of a digest, say) gives way to `v0`."""
    name = OWN_NAME if root.name == EMBEDDED_NAME else root.name
    kept = name_and_version(f"{name}.{root.version}-draft-1.md")
    stem = root.version if kept == (name, f"{root.version}-draft-1") else "v0"
    used = con.execute(f"SELECT version FROM {TABLE} WHERE name = ? AND base != ''", (name,))
    taken = {row["version"] for row in used}
    return name, next(
        v for n in range(1, len(taken) + 2) if (v := f"{stem}-draft-{n}") not in taken
    )


def _rows(settings: Settings, where: str, values: tuple[str, ...]) -> list[Draft]:
    with annotation_db.reading(settings) as con:
        if con is None or not annotation_db.has_table(con, MARKS):
            return []
        columns = _COLUMNS + (
            _TAKEN if annotation_db.has_table(con, ACCEPTS) else ", 0 AS accepted"
        )
        found = con.execute(f"SELECT {columns} FROM {TABLE} d WHERE {where} ORDER BY id", values)
        return [_draft(row) for row in found]


def _draft(row: Row) -> Draft:
    told: dict[str, Any] = dict(row)
    words = {f.name: told[f.name] for f in fields(Draft) if f.name not in _FLAGS}
    return Draft(**words, gone=bool(told["gone"]), accepted=bool(told.get("accepted")))
