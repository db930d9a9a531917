"""Specs that travel inside a parquet file, so that whoever loads it knows what judges were given.

A file's note `faultline.specs` holds them as JSON, each with its clauses and, where it was kept,
the whole text. A spec's digest is computed again from its clauses: a file can't claim another.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import tidy_name
from analysis.parse.specs.clause import MAX_CLAUSES, Clause, Spec

SPECS = "faultline.specs"
NAMED = "faultline.spec"
"""The note that names the one spec of a whole file, as “name version”."""
MOST_CHARS = 8_000_000
_CLAUSE = {f.name for f in fields(Clause)}
_TEXTS = ("anchor", "title", "text", "section")
_MAYBE = ("authority", "parent")


@dataclass(frozen=True)
class CarriedSpec:
    """A spec with the whole text that judges get; "" where only its clauses were kept."""

    spec: Spec
    text: str = ""


@dataclass(frozen=True)
class SpecName:
    """What a source says of a spec: its name, version and the beginning of its digest; "" where
    it does not say."""

    name: str
    version: str = ""
    digest: str = ""

    @property
    def key(self) -> str:
        """As `Spec.key`, with the parts that are known."""
        return "@".join(p for p in (self.name, self.version, self.digest) if p)

    def fits(self, name: str, version: str, digest: str) -> bool:
        """Whether the spec of that name, version and digest can be the one that is named."""
        same = self.name == name and (not self.version or self.version == version)
        return same and digest.startswith(self.digest)


def spec_name(written: str) -> SpecName:
    """The parts of `name@version@digest`, `name@version` or “name version”."""
    words = " ".join(written.split())
    parts = words.split("@") if "@" in words else words.rsplit(" ", 1)
    if "@" not in words and not any(c.isdigit() for c in parts[-1]):
        parts = [words]  # the last word is no version
    name, version, digest = (*(p.strip() for p in parts[:3]), "", "")[:3]
    known = digest.lower() if all(c in "0123456789abcdef" for c in digest.lower()) else ""
    return SpecName(tidy_name(name, "spec"), tidy_name(version, "") if version else "", known)


def packed(specs: Iterable[CarriedSpec]) -> str:
    """The note's text for some specs; "" where there are none."""
    rows = [
        {
            "name": c.spec.name,
            "version": c.spec.version,
            "source": c.spec.source,
            "text": c.text,
            "clauses": [asdict(clause) for clause in c.spec.clauses],
        }
        for c in specs
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def carried(notes: Mapping[str, str], file: str) -> tuple[CarriedSpec, ...]:
    """The specs in a file's notes. Raises FaultlineError for a note that is none of ours."""
    noted = notes.get(SPECS, "")
    if not noted:
        return ()
    try:
        if len(noted) > MOST_CHARS:
            raise ValueError
        return tuple(_read(row) for row in json.loads(noted))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise FaultlineError(
            f"The spec that {file} carries can't be read: the file was changed or damaged. Export "
            f"it again, or remove the note {SPECS} from it."
        ) from None


def _read(row: Mapping[str, Any]) -> CarriedSpec:
    rows = row["clauses"]
    if not 0 < len(rows) <= MAX_CLAUSES:
        raise ValueError
    clauses = tuple(_clause(c) for c in rows)
    name, version, source, text = (str(row[k]) for k in ("name", "version", "source", "text"))
    made = Spec(tidy_name(name, "spec"), tidy_name(version, "1"), clauses, source=source[:300])
    return CarriedSpec(made, text)


def _clause(row: Mapping[str, Any]) -> Clause:
    if set(row) != _CLAUSE:
        raise ValueError
    texts = all(isinstance(row[k], str) for k in _TEXTS)
    maybe = all(row[k] is None or isinstance(row[k], str) for k in _MAYBE)
    counts = all(isinstance(row[k], int) for k in ("order", "level"))
    listed = isinstance(row["references"], list) and all(
        isinstance(r, str) for r in row["references"]
    )
    if not (texts and maybe and counts and listed):
        raise ValueError
    return Clause(**{**row, "references": tuple(row["references"])})
