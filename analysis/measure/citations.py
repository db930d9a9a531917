"""Which clauses of a spec a judge's reasoning invokes, how each was matched, and the words.

Matched: anchors (`#anchor`, or the anchor itself where it is no ordinary word), titles that only
one clause has (of two words or more; single words only in quotes), and quoted passages of four
words or more that stand in one clause's text alone. An anchor that the spec does not have is
reported as unknown, never matched to the nearest. A clause that is named only to be set aside
("does not stand against it") is invoked all the same. Faultline's own matcher, version 1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.parse.clause import Clause

VERSION = "1"
LONGEST = 20_000
"""Characters of a reasoning that are read; what lies behind is left out."""
LEAST_WORDS = 4
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{3,400})[\"“”«»]")
_ANCHOR = re.compile(r"(?:(?<=\s)|(?<=\()|^)#([A-Za-z][\w-]{2,80})\b")
_TICKED = re.compile(r"`([A-Za-z][a-z]+(?:[_-][a-z0-9]+)+)`")
_SPACES = re.compile(r"\s+")


class Citation(NamedTuple):
    """One clause that a reasoning invokes: `how` is anchor, title, quote or unknown; `words` the
    passage, from `start` to `end` in the reasoning."""

    clause: str
    known: bool
    how: str
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Matcher:
    """A spec made ready for matching: literals in lower case, and the clauses' texts."""

    anchors: dict[str, str]
    titles: dict[str, str]
    quoted_titles: dict[str, str]
    texts: dict[str, str]

    def find(self, reasoning: str) -> list[Citation]:
        """Citations in the order of the reasoning, each clause once (its surest match)."""
        text = reasoning[:LONGEST]
        low = text.lower()
        found = [
            *self._literals(low, text, self.anchors, "anchor"),
            *self._literals(low, text, self.titles, "title"),
            *self._quotes(text),
            *self._unknown(text),
        ]
        best: dict[str, Citation] = {}
        for citation in found:
            best.setdefault(citation.clause, citation)
        return sorted(best.values(), key=lambda c: c.start)

    def _literals(self, low: str, text: str, names: dict[str, str], how: str) -> Iterable[Citation]:
        for literal, anchor in names.items():
            at = low.find(literal)
            while at >= 0:
                end = at + len(literal)
                if _apart(low, at, end):
                    yield Citation(anchor, True, how, text[at:end], at, end)
                    break
                at = low.find(literal, at + 1)

    def _quotes(self, text: str) -> Iterable[Citation]:
        for match in _QUOTED.finditer(text):
            passage = plain(match[1]).strip(" .,;:!?…")
            title = self.quoted_titles.get(passage)
            if title is not None:
                yield Citation(title, True, "title", match[1], match.start(1), match.end(1))
            elif len(passage.split()) >= LEAST_WORDS:
                holders = [a for a, held in self.texts.items() if passage in held]
                if len(holders) == 1:
                    yield Citation(holders[0], True, "quote", match[1], *match.span(1))

    def _unknown(self, text: str) -> Iterable[Citation]:
        for match in (*_ANCHOR.finditer(text), *_TICKED.finditer(text)):
            if match[1].lower() not in self.anchors:
                yield Citation(match[1], False, "unknown", match[0], match.start(), match.end())


def matcher(clauses: Sequence[Clause]) -> Matcher:
    """Make a spec's clauses ready: literals that name one clause only."""
    titles = Counter(plain(c.title) for c in clauses)
    single = {plain(c.title): c.anchor for c in clauses if titles[plain(c.title)] == 1}
    return Matcher(
        anchors={c.anchor.lower(): c.anchor for c in clauses if _telling(c.anchor)},
        titles={t: a for t, a in single.items() if len(t.split()) >= 2},
        quoted_titles=single,
        texts={c.anchor: plain(c.text) for c in clauses},
    )


def plain(text: str) -> str:
    """Lower case, straight quotes, single blanks: so that a line break hides nothing."""
    straight = text.replace("’", "'").replace("‘", "'").replace("*", "").replace("_", " ")
    return _SPACES.sub(" ", straight).strip().lower()


def _telling(anchor: str) -> bool:
    """Whether an anchor in running text can only be meant as one."""
    return "_" in anchor or "-" in anchor or any(c.isdigit() for c in anchor)


def _apart(text: str, start: int, end: int) -> bool:
    """Whether a passage is not a part of a longer word or anchor."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "_-") and not (after.isalnum() or after in "_-")
