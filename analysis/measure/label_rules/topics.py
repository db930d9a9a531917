"""Topics of one query, by lexicon: which of the eight it touches, and the words that say so.

The words live in `topics.toml`. A topic holds when one of its strong words occurs, in a brief query
one of its brief ones, or enough different weak ones; child grooming also when a word for somebody
young meets a word for what must not happen. Phrases such as "kill a process" are set aside before
anything is matched.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from analysis.vocabulary import TOPICS

LEXICON: Final = Path(__file__).with_name("topics.toml")
_IGNORE: Final = "ignore"
_TOKEN: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
STRAIGHT: Final = str.maketrans({"’": "'", "‘": "'"})
_AROUND: Final = 7
"""So many words before a strong one may set it aside."""
_BRIEF: Final = 40
"""A query of so many words is about what it names; a longer one may name it in passing."""
_SCANNED_CHARS: Final = 20_000
"""A query is a few sentences; a pasted book is read this far and no further."""


class Entry(NamedTuple):
    """One word or phrase of the lexicon: `rest` are the words after the first."""

    rest: tuple[tuple[str, bool], ...]
    topic: str
    kind: str
    shown: str


@dataclass(frozen=True)
class Lexicon:
    """The lexicon, indexed by the first word (`exact`) or by how it begins (`prefixes`)."""

    exact: dict[str, list[Entry]] = field(default_factory=dict)
    prefixes: dict[str, list[Entry]] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    enough: dict[str, int] = field(default_factory=dict)
    aside: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    """Topic -> words behind which, and before which, its strong words are set aside."""

    def add(self, phrase: str, topic: str, kind: str) -> None:
        """File one phrase of the lexicon under its first word."""
        first, *rest = [_part(p) for p in phrase.replace("-", " ").split()]
        entry = Entry(tuple(rest), topic, kind, phrase)
        word, open_end = first
        (self.prefixes if open_end else self.exact).setdefault(word, []).append(entry)
        if open_end:
            self.lengths.add(len(word))


def _part(word: str) -> tuple[str, bool]:
    return word.rstrip("*"), word.endswith("*")


@cache
def lexicon() -> Lexicon:
    """The lexicon of this version, read once."""
    raw = tomllib.loads(LEXICON.read_text(encoding="utf-8"))
    book = Lexicon()
    for phrase in raw.pop(_IGNORE):
        book.add(phrase, _IGNORE, _IGNORE)
    for topic, section in raw.items():
        book.enough[topic] = section.pop("enough")
        after, before = section.pop("aside_after", ()), section.pop("aside_before", ())
        book.aside[topic] = frozenset(after), frozenset(before)
        for kind, phrases in section.items():
            for phrase in phrases:
                book.add(phrase, topic, kind)
    return book


@lru_cache(maxsize=100_000)
def _entries(word: str) -> tuple[Entry, ...]:
    """All entries that one word can begin, the phrases to set aside first, the longest first."""
    book = lexicon()
    found = list(book.exact.get(word, ()))
    for n in book.lengths:
        if n <= len(word):
            found += book.prefixes.get(word[:n], ())
    return tuple(sorted(found, key=lambda e: (e.topic != _IGNORE, -len(e.rest), e.shown)))


def _fits(entry: Entry, words: list[str], after: int) -> bool:
    if after + len(entry.rest) > len(words):
        return False
    for word, (part, open_end) in zip(words[after:], entry.rest, strict=False):
        if not (word.startswith(part) if open_end else word == part):
            return False
    return True


def _hits(words: list[str]) -> dict[tuple[str, str], dict[str, None]]:
    """What matched, by topic and kind, in the order of the query, each phrase once."""
    hits: dict[tuple[str, str], dict[str, None]] = {}
    skip_to = 0
    for i, word in enumerate(words):
        if i < skip_to:
            continue
        for entry in _entries(word):
            if entry.rest and not _fits(entry, words, i + 1):
                continue
            if entry.topic == _IGNORE:
                skip_to = i + 1 + len(entry.rest)
                break
            end = i + 1 + len(entry.rest)
            if entry.kind in ("strong", "brief") and _set_aside(entry.topic, words, i, end):
                continue
            phrase = " ".join(words[i:end])
            hits.setdefault((entry.topic, entry.kind), {})[phrase] = None
    return hits


def _set_aside(topic: str, words: list[str], begin: int, end: int) -> bool:
    """Whether a query names a topic's word only to rule it out, by the words around it."""
    after, before = lexicon().aside[topic]
    return not after.isdisjoint(words[max(0, begin - _AROUND) : begin]) or (
        words[end : end + 1] != [] and words[end] in before
    )


def topic_words(query: str) -> dict[str, tuple[str, ...]]:
    """Topics of one query, each with the words of the query that gave it.

    Keys are of `labels.TOPICS`, in that order; no key at all means "none of them". An empty
    query has no topic.
    """
    text = query[:_SCANNED_CHARS].translate(STRAIGHT).lower()
    words = _TOKEN.findall(text)
    hits = _hits(words)
    if not hits:
        return {}
    enough = lexicon().enough
    found: dict[str, tuple[str, ...]] = {}
    for topic in TOPICS:
        strong = hits.get((topic, "strong"), {})
        if len(words) <= _BRIEF:
            strong = {**strong, **hits.get((topic, "brief"), {})}
        weak = hits.get((topic, "weak"), {})
        young, wrong = hits.get((topic, "young"), {}), hits.get((topic, "needs"), {})
        if strong or len(weak) >= enough[topic]:
            found[topic] = tuple(strong) or tuple(weak)
        elif young and wrong:
            found[topic] = (*young, *wrong)
    return found


def topics(query: str) -> frozenset[str]:
    """Topics of one query, without the words. Empty means "none of them"."""
    return frozenset(topic_words(query))
