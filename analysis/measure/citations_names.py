"""The names of a spec's clauses: titles, anchors as words, link texts, aliases, parts of titles.

A name stands for one clause only. Where two clauses could be meant by it, it stands for none, and
neither does any weaker name of the same words.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from analysis.measure.citations_words import COMMON, Page, spellings, weight, words
from analysis.parse.clause import Clause

_ALIASES: Final = Path(__file__).with_name("citations_aliases.toml")
_LONGEST: Final = 12  # words of a link text, and of a title that is taken apart
_TO_CLAUSE = re.compile(r"\[([^\[\]]+)\]\(#([^)\s]+)\)")


class Name(NamedTuple):
    """One name: its words, the clause's anchor, how it counts (title, alias or part), how many of
    its words tell something, and whether only a sentence about the spec makes it one."""

    words: tuple[str, ...]
    clause: str
    how: str
    weight: int
    shy: bool


class Found(NamedTuple):
    """A name in a text: the first and the last of its words there."""

    name: Name
    first: int
    last: int


@dataclass(frozen=True)
class Names:
    """The names by their first word, longest first."""

    by_first: Mapping[str, Sequence[Name]]
    titles: str

    def partly(self, said: str) -> bool:
        """Whether words stand in some title, so that they are no name that the spec lacks."""
        return f" {' '.join(words(said))} " in self.titles

    def find(self, page: Page) -> Iterator[Found]:
        """Names in the order of the text; of names that overlap the one that starts first, and of
        those the longest."""
        known, after = self.by_first, 0
        for at in [i for i, word in enumerate(page.words) if word in known]:
            if at < after:
                continue
            for name in known[page.words[at]]:
                if tuple(page.words[at : at + len(name.words)]) == name.words:
                    after = at + len(name.words)
                    yield Found(name, at, after - 1)
                    break


def names(clauses: Sequence[Clause]) -> Names:
    """Every name that stands for one clause of these."""
    by_words: dict[tuple[str, ...], Name | None] = {}
    for how, shy, offered in _offers(clauses):
        for said, anchors in _holders(offered).items():
            if said and said not in by_words:
                only = next(iter(anchors)) if len(anchors) == 1 else None
                by_words[said] = Name(said, only, how, weight(said), shy) if only else None
    by_first: dict[str, list[Name]] = {}
    for name in by_words.values():
        if name is not None:
            by_first.setdefault(name.words[0], []).append(name)
    titles = " / ".join(f" {' '.join(words(c.title))} " for c in clauses)
    return Names({k: sorted(v, key=lambda n: -len(n.words)) for k, v in by_first.items()}, titles)


Offers = Iterable[tuple[tuple[str, ...], str]]


def _holders(offered: Offers) -> dict[tuple[str, ...], set[str]]:
    """The clauses that each spelling of a name could mean."""
    holders: dict[tuple[str, ...], set[str]] = {}
    for name, anchor in offered:
        for said in spellings(name):
            holders.setdefault(said, set()).add(anchor)
    return holders


def _offers(clauses: Sequence[Clause]) -> Iterator[tuple[str, bool, Offers]]:
    """(how, shy, (words, anchor) pairs), the strongest kind of name first."""
    anchors = {c.anchor for c in clauses}
    yield "title", False, [(tuple(words(c.title)), c.anchor) for c in clauses]
    yield (
        "alias",
        False,
        [(tuple(words(c.anchor)), c.anchor) for c in clauses if _spelled(c.anchor)],
    )
    yield "alias", False, list(_link_texts(clauses, anchors))
    yield "part", False, [(part, c.anchor) for c in clauses for part in _parts(words(c.title))]
    yield "part", False, [(part, c.anchor) for c in clauses for part in _parts(words(c.anchor))]
    listed = [(tuple(words(a)), k) for k, v in _aliases().items() if k in anchors for a in v]
    yield "alias", True, listed


def _spelled(anchor: str) -> bool:
    """Whether an anchor is made of words, not of numbers."""
    return any(c.isalpha() for word in words(anchor) for c in word if len(word) > 2)


def _link_texts(clauses: Sequence[Clause], anchors: set[str]) -> Offers:
    """What the spec itself calls a clause when it points to it, in two words or more."""
    for clause in clauses:
        for text, anchor in clause_links(clause.text):
            said = tuple(words(text))
            if anchor in anchors and 2 <= len(said) <= _LONGEST:
                yield said, anchor


def clause_links(text: str) -> list[tuple[str, str]]:
    """(text, anchor) of each `[text](#anchor)`."""
    return _TO_CLAUSE.findall(text)


def _parts(title: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Runs of a title's words that begin and end with a telling one, without the whole."""
    if len(title) > _LONGEST:
        return
    for start in range(len(title)):
        for end in range(start + 1, len(title) + 1):
            run = tuple(title[start:end])
            if len(run) < len(title) and not {run[0], run[-1]} & COMMON:
                yield run


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, list[str]]:
    return tomllib.loads(_ALIASES.read_text(encoding="utf-8"))
