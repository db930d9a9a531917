"""The names of a spec's clauses: titles, anchors as words, link texts, aliases, parts of titles.

A name stands for one clause only. Where two clauses could be meant by it, it stands for none, and
neither does any weaker name of the same words.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from analysis.measure.citations.words import COMMON, SPEAKS, Page, spellings, stem, weight, words
from analysis.parse.specs.clause import Clause

_ALIASES: Final = Path(__file__).with_name("aliases.toml")
_ARTICLES: Final = ("the", "a", "an")
_LONGEST: Final = 12  # words of a link text, and of a title that is taken apart
_FEW: Final = 3  # clauses
_TO_CLAUSE = re.compile(r"\[([^\[\]]+)\]\(#([^)\s]+)\)")

Words: TypeAlias = tuple[str, ...]


class Name(NamedTuple):
    """One name: its words without endings, the clause's anchor, how it counts (title, alias or
    part), how many of its words tell something, and whether only a sentence about the spec makes
    it one."""

    words: Words
    clause: str
    how: str
    weight: int
    needs_context: bool


class Mention(NamedTuple):
    """A name in a text: the first and the last of its words there."""

    name: Name
    first: int
    last: int


@dataclass(frozen=True)
class Names:
    """The names by their first word, longest first."""

    by_first: Mapping[str, Sequence[Name]]
    titles: str

    def partly(self, name: str) -> bool:
        """Whether words stand in some title, so that they are no name that the spec lacks."""
        return f" {' '.join(words(name))} " in self.titles

    def find(self, page: Page) -> Iterator[Mention]:
        """Names in the order of the text; of names that overlap the one that starts first, and of
        those the longest."""
        known, after = self.by_first, 0
        stems = page.stems
        for at in [i for i, word in enumerate(stems) if word in known]:
            if at < after:
                continue
            for name in known[stems[at]]:
                if tuple(stems[at : at + len(name.words)]) == name.words:
                    after = at + len(name.words)
                    yield Mention(name, at, after - 1)
                    break


def names(clauses: Sequence[Clause]) -> Names:
    """Every name that stands for one clause of these."""
    by_words: dict[Words, Name | None] = {}
    everyday = _everyday(clauses)
    for how, needs_context, offered in _offers(clauses):
        for words_of_name, (telling, anchors) in _holders(offered).items():
            if (
                words_of_name
                and words_of_name not in by_words
                and not (how == "part" and words_of_name in everyday)
            ):
                only = next(iter(anchors)) if len(anchors) == 1 else None
                by_words[words_of_name] = (
                    Name(words_of_name, only, how, telling, needs_context) if only else None
                )
    by_first: dict[str, list[Name]] = {}
    for name in by_words.values():
        if name is not None:
            by_first.setdefault(name.words[0], []).append(name)
    titles = " / ".join(f" {' '.join(words(c.title))} " for c in clauses)
    return Names({k: sorted(v, key=lambda n: -len(n.words)) for k, v in by_first.items()}, titles)


def _everyday(clauses: Sequence[Clause]) -> frozenset[Words]:
    """Single words that many clauses use: as a part of one's title they tell nothing."""
    used = Counter(s for c in clauses for s in {stem(w) for w in words(c.text)})
    most = max(_FEW, len(clauses) // 10)
    often = (s for s, count in used.items() if count > most)
    return frozenset((word,) for word in (*often, *map(stem, COMMON | SPEAKS), "document"))


def _holders(offered: Iterable[tuple[Words, str]]) -> dict[Words, tuple[int, set[str]]]:
    """Each spelling of a name without endings: how much it tells, and who could be meant."""
    holders: dict[Words, tuple[int, set[str]]] = {}
    for name, anchor in offered:
        for spelling in spellings(name):
            bare = tuple(stem(word) for word in spelling)
            holders.setdefault(bare, (weight(spelling), set()))[1].add(anchor)
    return holders


def _offers(clauses: Sequence[Clause]) -> Iterator[tuple[str, bool, list[tuple[Words, str]]]]:
    """(how, needs_context, (words, anchor) pairs), the strongest kind of name first."""
    titles = [(tuple(words(c.title)), c.anchor) for c in clauses]
    yield "title", False, titles
    yield "title", False, [(t[1:], a) for t, a in titles if len(t) > 2 and t[0] in _ARTICLES]
    spelled = [(tuple(words(c.anchor)), c.anchor) for c in clauses if _spelled(c.anchor)]
    yield "alias", False, spelled
    yield "alias", False, list(_link_texts(clauses))
    yield "part", False, [(part, anchor) for title, anchor in titles for part in _parts(title)]
    yield "part", False, [(part, anchor) for name, anchor in spelled for part in _parts(name)]
    anchors = {c.anchor for c in clauses}
    listed = [(tuple(words(a)), k) for k, v in _aliases().items() if k in anchors for a in v]
    yield "alias", True, listed


def _spelled(anchor: str) -> bool:
    """Whether an anchor is made of words, not of numbers."""
    return any(c.isalpha() for word in words(anchor) for c in word if len(word) > 2)


def _link_texts(clauses: Sequence[Clause]) -> Iterator[tuple[Words, str]]:
    """What the spec itself calls a clause when it points to it, in two words or more."""
    anchors = {c.anchor for c in clauses}
    for clause in clauses:
        for text, anchor in clause_links(clause.text):
            link_words = tuple(words(text))
            if anchor in anchors and 2 <= len(link_words) <= _LONGEST:
                yield link_words, anchor


def clause_links(text: str) -> list[tuple[str, str]]:
    """(text, anchor) of each `[text](#anchor)`."""
    found: list[tuple[str, str]] = _TO_CLAUSE.findall(text)
    return found


def _parts(title: Sequence[str]) -> Iterator[Words]:
    """Runs of a title's words that begin and end with a telling one, without the whole."""
    if len(title) > _LONGEST:
        return
    for start in range(len(title)):
        for end in range(start + 1, len(title) + 1):
            run = tuple(title[start:end])
            edges = {run[0], run[-1]}
            if len(run) < len(title) and not edges & COMMON and all(map(str.isalpha, edges)):
                yield run


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, list[str]]:
    return tomllib.loads(_ALIASES.read_text(encoding="utf-8"))
