"""How often the matcher agrees with hand labels over a real spec, written into docs/citations.md.

`python -m analysis.measure.citations.accuracy` matches every labelled reasoning again and puts the
figures between the markers of the document. The reasonings are our own writing, in
`tests/measure/labelled/citations.jsonl`; the spec that they are about is in the folder `shared`
beside the checkout. Quotes are held as places in it, `{{anchor:first word:words}}`, and looked up.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from analysis.measure.citations.matcher import VERSION, Citation, matcher, plain
from analysis.measure.estimates.estimates import Estimate, share_of
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.spec import read_spec
from analysis.whole_files import write_text

ROOT: Final = Path(__file__).resolve().parents[3]
LABELLED: Final = ROOT / "tests" / "measure" / "labelled" / "citations.jsonl"
SPEC: Final = ROOT.parent / "shared" / "data" / "model_spec" / "model_spec.2025-04-11.md"
DOCUMENT: Final = ROOT / "docs" / "citations.md"
HELD_OUT: Final = "Held-out half (same writer, not fitted to)"
PARTS: Final = {
    "tune": "Tuning part (the matcher was fitted to it)",
    "held": HELD_OUT,
    "after": "Last part (written after the matcher was fixed)",
}
HOWS: Final = ("anchor", "title", "part", "quote", "alias", "paraphrase")
_QUOTE = re.compile(r"\{\{(\w+):(\d+):(\d+)\}\}")
_FOOTNOTE = re.compile(r"\[\^\w+\]")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")


@dataclass(frozen=True)
class Labelled:
    """One reasoning by hand: `cites` maps a clause to how a reader sees it, `unknown` are names
    that the spec does not have, `may` clauses that count neither way, `aside` clauses that are
    named only to say that they do not bear on the case (found: a mistake)."""

    id: str
    text: str
    cites: Mapping[str, str]
    unknown: tuple[str, ...]
    may: frozenset[str]
    aside: frozenset[str]


@dataclass(frozen=True)
class Rate:
    """Hits of a number of tries."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else float("nan")

    def as_text(self) -> str:
        """In percent with its 95% interval and n; a dash where n is 0."""
        found = share_of(self.hits, self.of)
        if not isinstance(found, Estimate):
            return "-"
        low, high = 100 * found.low, 100 * found.high
        return f"{100 * found.value:.0f}% ({low:.0f} to {high:.0f}, n {self.of})"


def part_of(name: str) -> str:
    """The part of a labelled reasoning, from its id alone, so that nobody can move it.

    Ids that begin with c are halved by the parity of a SHA-256 byte; s is a later batch that the
    matcher was fitted to as well, t one that was written when it was done.
    """
    if name[0] == "c":
        return "held" if hashlib.sha256(name.encode()).digest()[0] % 2 else "tune"
    return "tune" if name[0] == "s" else "after"


@lru_cache(maxsize=1)
def spec() -> Spec:
    """The spec that the labels are about; FaultlineError where it is absent."""
    return read_spec(SPEC, None, 10**7)


def labelled(part: str | None = None) -> list[Labelled]:
    """The labelled reasonings of one part (all of them where none is named), quotes filled in."""
    texts = {c.anchor: c.text for c in spec().clauses}
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    return [_row(row, texts) for row in rows if part in (None, part_of(row["id"]))]


def _row(row: Mapping[str, Any], texts: Mapping[str, str]) -> Labelled:
    filled = _QUOTE.sub(lambda m: _passage(texts[m[1]], int(m[2]), int(m[3])), row["text"])
    return Labelled(
        row["id"],
        filled,
        row["cites"],
        tuple(row.get("unknown", ())),
        frozenset(row.get("may", ())),
        frozenset(row.get("aside", ())),
    )


def _passage(text: str, start: int, count: int) -> str:
    """Words of a clause as a judge would quote them: without footnote marks and link targets."""
    words = " ".join(text.split()[start : start + count])
    bare = _LINK.sub(r"\1", _FOOTNOTE.sub("", words)).replace("*", "")
    return bare.strip(' .,;:!?()[]"“”')


Pairs = Sequence[tuple[Labelled, Sequence[Citation]]]


def matched(part: str | None = None) -> Pairs:
    """Each labelled reasoning of a part with what the matcher finds in it."""
    ready = matcher(spec().clauses)
    return [(row, ready.find(row.text)) for row in labelled(part)]


def precision(pairs: Pairs, how: str | None = None) -> Rate:
    """Of the clauses found (in one way, or in any), how many the reasoning invokes."""
    hits = of = 0
    for row, found in pairs:
        for citation in found:
            if citation.known and citation.clause not in row.may and how in (None, citation.how):
                of += 1
                hits += citation.clause in row.cites
    return Rate(hits, of)


def recall(pairs: Pairs, how: str | None = None) -> Rate:
    """Of the clauses invoked (in one way, as a reader sees it), how many were found."""
    hits = of = 0
    for row, found in pairs:
        there = {c.clause for c in found if c.known}
        wanted = [a for a, seen in row.cites.items() if how in (None, seen)]
        of += len(wanted)
        hits += sum(a in there for a in wanted)
    return Rate(hits, of)


def unknown(pairs: Pairs) -> tuple[Rate, Rate]:
    """(precision, recall) of the names that the spec does not have."""
    both = predicted = actual = 0
    for row, found in pairs:
        names = {plain(c.clause) for c in found if not c.known}
        wanted = {plain(name) for name in row.unknown}
        both, predicted, actual = (
            both + len(names & wanted),
            predicted + len(names),
            actual + len(wanted),
        )
    return Rate(both, predicted), Rate(both, actual)


def exact(pairs: Pairs) -> Rate:
    """Reasonings for which exactly the clauses invoked are found, and the unknown ones."""
    hits = 0
    for row, found in pairs:
        known = {c.clause for c in found if c.known} - row.may
        names = {plain(c.clause) for c in found if not c.known}
        hits += known == set(row.cites) and names == {plain(u) for u in row.unknown}
    return Rate(hits, len(pairs))


def table(pairs: Pairs) -> list[str]:
    """Precision and recall, over all and by how, as lines of Markdown."""
    rows = [("any way", precision(pairs), recall(pairs))]
    rows += [(how, precision(pairs, how), recall(pairs, how)) for how in HOWS]
    rows.append(("not in the spec", *unknown(pairs)))
    return [
        "| how | precision | recall |",
        "| --- | --- | --- |",
        *(f"| {name} | {p.as_text()} | {r.as_text()} |" for name, p, r in rows),
    ]


def block() -> str:
    """The figures of this version, part by part."""
    lines = [f"Matcher: version {VERSION}."]
    for part, title in PARTS.items():
        pairs = matched(part)
        if not pairs:
            continue
        aside = sum(len(row.aside) for row, _ in pairs)
        lines += ["", f"### {title}", ""]
        lines += [
            f"{len(pairs)} reasonings, {sum(not row.cites for row, _ in pairs)} of them without a "
            f"clause; {aside} clauses named only to be set aside. Exactly right: "
            f"{exact(pairs).as_text()}.",
            "",
            *table(pairs),
        ]
    return "\n".join(lines)


def refreshed(document: str) -> str:
    """The document with its figures replaced. ValueError where its markers are absent."""
    begin, end = "<!-- begin figures -->\n", "<!-- end figures -->"
    start, stop = document.index(begin) + len(begin), document.index(end)
    return f"{document[:start]}\n{block()}\n\n{document[stop:]}"


def main() -> None:
    """Write the figures of this version into the document."""
    write_text(DOCUMENT, refreshed(DOCUMENT.read_text(encoding="utf-8")))
    print(f"wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
