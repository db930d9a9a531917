"""Which clauses of a spec a judge's reasoning invokes, how each was matched, and the words.

Matched: anchors, titles, other names of a clause (its anchor as words, what the spec's own links
call it, a short list of aliases), unambiguous parts of titles, and quoted passages that stand in
one clause's text alone. A name of common words counts only where something marks it as a name. A
clause that is named only to say that it does not bear on the case is not invoked. A name that the
spec does not have is reported as unknown, never matched to the nearest. Faultline's own matcher,
version 2; how often it is right stands in docs/citations.md.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from analysis.measure.citations import context
from analysis.measure.citations.names import Mention, Names, names
from analysis.measure.citations.quotes import Quotes, blocks, quotes
from analysis.measure.citations.unknown import NUMBERED, invented
from analysis.measure.citations.words import Page, words
from analysis.parse.specs.clause import Clause

VERSION = "2"
LONGEST = 200_000
"""Characters of a reasoning that are read; what lies behind is left out."""
SUREST: Final = ("anchor", "title", "alias", "part", "quote", "unknown")
_HASH = re.compile(r"#([A-Za-z0-9](?:[\w.:-]{0,118}[\w])?)")
_SPELLED = re.compile(r"[^\W_]+(?:[_-][^\W_]+)+")
_EDGES = " \t\n.,;:!?…\"'“”‘’«»*_`()[]{}"


class Citation(NamedTuple):
    """One clause that a reasoning invokes: `how` is anchor, title, alias, part, quote or unknown;
    `words` the passage, from `start` to `end` in the reasoning."""

    clause: str
    known: bool
    how: str
    words: str
    start: int
    end: int


class Reading(NamedTuple):
    """What the matcher sees in one reasoning: each clause once, and all that is quoted."""

    citations: list[Citation]
    quoted: list[Citation]


@dataclass(frozen=True)
class Matcher:
    """A spec made ready for matching."""

    anchors: Mapping[str, str]
    names: Names
    quotes: Quotes
    spelled: frozenset[str]
    numbered: bool

    def find(self, reasoning: str) -> list[Citation]:
        """Citations in the order of the reasoning, each clause once (its surest match)."""
        return self.read(reasoning).citations

    def read(self, reasoning: str) -> Reading:
        """Citations and, beside them, every passage that is quoted from some clause."""
        text = reasoning[:LONGEST]
        page = Page(text)
        marked = [_trimmed(text, *span) for span in context.marked(text)]
        quoted = list(self._quoted(page, marked))
        apart = _outermost([*self._anchored(page), *self._named(page, marked), *quoted])
        known = _invoked(page, apart)
        ends = [c.end for c in apart]
        unknown = [
            Citation(name, False, "unknown", text[start:end], start, end)
            for name, start, end in invented(page, marked, self.spelled, self.numbered)
            if not _overlaps(apart, ends, start, end) and not self.names.partly(name)
        ]
        best: dict[tuple[str, bool], Citation] = {}
        for citation in sorted([*known, *unknown], key=lambda c: (SUREST.index(c.how), c.start)):
            best.setdefault((citation.clause, citation.known), citation)
        return Reading(sorted(best.values(), key=lambda c: c.start), _outermost(quoted))

    def _anchored(self, page: Page) -> Iterator[Citation]:
        """`#anchor`, an anchor in running text that is no ordinary word, and "section 4.2"."""
        text = page.text
        found = [match.span(1) for match in _HASH.finditer(text)] if "#" in text else []
        found += page.joined
        if self.numbered:
            found += [match.span(1) for match in NUMBERED.finditer(text)]
        for start, end in found:
            mark = text[start:end].rstrip(".:-")
            anchor = self.anchors.get(mark.lower())
            if anchor:
                yield Citation(anchor, True, "anchor", mark, start, start + len(mark))

    def _named(self, page: Page, marked: Sequence[tuple[int, int]]) -> Iterator[Citation]:
        whole, starts = set(marked), [start for start, _ in marked]
        for found in self.names.find(page):
            name, (start, end) = found.name, page.between(found.first, found.last)
            at = bisect_right(starts, start) - 1
            inside = at >= 0 and end <= marked[at][1] and (start, end) not in whole
            if inside and name.weight < 2:
                continue  # one word of what is quoted names nothing
            if _counts(page, found, (start, end) in whole):
                yield Citation(name.clause, True, name.how, page.text[start:end], start, end)

    def _quoted(self, page: Page, marked: Sequence[tuple[int, int]]) -> Iterator[Citation]:
        text = page.text
        for start, end in (*marked, *blocks(text)):
            holder = self.quotes.holder(text[start:end]) or self._short(page, start, end)
            if holder is not None:
                yield Citation(holder, True, "quote", text[start:end], start, end)
        for holder, first, last in self.quotes.bare(page):
            start, end = page.between(first, last)
            yield Citation(holder, True, "quote", text[start:end], start, end)

    def _short(self, page: Page, start: int, end: int) -> str | None:
        """A quote of three words, where the sentence speaks of a spec or its clauses."""
        holder = self.quotes.short(page.text[start:end])
        first = bisect_left(page.spans, (start, 0))
        return holder if holder and context.about_the_spec(page, first, first + 2) else None


def matcher(clauses: Sequence[Clause]) -> Matcher:
    """Make a spec's clauses ready: names and passages that stand for one clause only. It takes a
    tenth of a second for a long spec, so the last few are kept."""
    return _ready(tuple(clauses))


@lru_cache(maxsize=4)
def _ready(clauses: tuple[Clause, ...]) -> Matcher:
    spelled = {m[0].lower() for c in clauses for m in _SPELLED.finditer(c.text)}
    anchors = {c.anchor.lower(): c.anchor for c in clauses}
    return Matcher(
        anchors,
        names(clauses),
        quotes(clauses),
        frozenset(spelled | anchors.keys()),
        any(a[0].isdigit() for a in anchors),
    )


def plain(text: str) -> str:
    """Words alone, in lower case: the comparable form of a name."""
    return " ".join(words(text))


def _counts(page: Page, found: Mention, marked: bool) -> bool:
    """Whether a name in a text is meant as one: telling enough, marked, or spoken of as a rule."""
    name, first, last = found
    part = name.how == "part"
    if not name.needs_context and name.weight >= (4 if part else 3):
        return True
    if marked and not name.needs_context and (name.weight >= 2 or name.how == "title"):
        return True
    if context.spoken_of(page, first, last, near=name.weight < 2):
        return True
    if name.needs_context or part:
        strictly = not name.needs_context and name.weight < 3
        enough = name.needs_context or name.weight >= 2
        return enough and context.about_the_spec(page, first, last, strictly)
    if len(name.words) < 2:
        return False
    start, end = page.between(first + (page.words[first] == "the"), last)
    if context.titled(page.text, start) or context.headed(page.text, start, end):
        return True
    return name.weight == 2 and context.about_the_spec(page, first, last)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A passage without the blanks and marks at its edges."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip(_EDGES)), start + len(inner.rstrip(_EDGES))


def _outermost(found: Sequence[Citation]) -> list[Citation]:
    """In the order of the text, without what stands inside of another match."""
    kept: list[Citation] = []
    for citation in sorted(found, key=lambda c: (c.start, -c.end, SUREST.index(c.how))):
        if not kept or citation.end > kept[-1].end:
            kept.append(citation)
    return kept


def _overlaps(apart: Sequence[Citation], ends: Sequence[int], start: int, end: int) -> bool:
    """Whether a passage shares characters with one of some that follow each other."""
    behind = bisect_right(ends, start)
    return behind < len(apart) and apart[behind].start < end


def _invoked(page: Page, found: Sequence[Citation]) -> Iterator[Citation]:
    """What is left without lists of clauses that are named only to be set aside."""
    chains: list[list[Citation]] = []
    for citation in found:
        if chains and context.chained(page.text[chains[-1][-1].end : citation.start]):
            chains[-1].append(citation)
        else:
            chains.append([citation])
    for chain, behind in zip(chains, [*chains[1:], []], strict=False):
        until = behind[0].start if behind else len(page.text)
        if not context.set_aside(page, chain[0].start, chain[-1].end, until):
            yield from chain
