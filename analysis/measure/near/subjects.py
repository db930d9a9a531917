"""What a text is about, by a small thesaurus: the subjects that its words name.

The thesaurus is `near_words.toml`, our own and made for no spec in particular. It brings together
what shares no word: a query says “dosage”, a clause “medical advice”.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("thesaurus.toml")
_TOKEN = re.compile(r"[a-z0-9']+")
LONGEST = 20_000
"""Characters of a text that are read; a query is a few sentences."""


class _Entry(NamedTuple):
    """A phrase under its first word: the words that must follow, how the first of those begins
    (what most texts fail by), and the subject it names."""

    rest: tuple[str, ...]
    lead: str
    subject: str


_Terms = dict[str, list[_Entry]]


class _Known(dict[str, list[_Entry]]):
    """What a word can begin; looked up once, since few words make up most of all texts."""

    def __init__(self, exact: _Terms, open_end: _Terms) -> None:
        self.exact, self.open = exact, open_end

    def __missing__(self, word: str) -> list[_Entry]:
        entries = list(self.exact.get(word, ()))
        for end in range(1, len(word) + 1):
            entries += self.open.get(word[:end], ())
        if len(self) < 200_000:
            self[word] = entries
        return entries


@dataclass(frozen=True)
class _Thesaurus:
    """The subjects, and what each word can begin."""

    subjects: tuple[str, ...]
    known: _Known


@cache
def thesaurus() -> _Thesaurus:
    """The thesaurus of this version, read once."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    exact: _Terms = {}
    open_end: _Terms = {}
    for subject, phrases in raw.items():
        for phrase in phrases:
            first, *rest = phrase.replace("-", " ").split()
            terms = open_end if first.endswith("*") else exact
            entry = _Entry(tuple(rest), "".join(rest[:1]).rstrip("*"), subject)
            entries = terms.setdefault(first.rstrip("*"), [])
            entries += [entry] if entry not in entries else []
    return _Thesaurus(tuple(raw), _Known(exact, open_end))


def tokens(text: str) -> list[str]:
    """Words in lower case, with straight apostrophes."""
    straight = text[:LONGEST].lower().replace("’", "'").replace("‘", "'").replace("_", " ")
    return _TOKEN.findall(straight)


def subjects(words: list[str]) -> list[str]:
    """Every subject that a text's words (`tokens`) name, once for each naming, in their order."""
    known, found = thesaurus().known, list[str]()
    begun = [(at, entry) for at, word in enumerate(words) if (entry := known[word])]
    words = [*words, ""]  # so that the last one has a next one too
    for at, entry in begun:
        for rest, lead, subject in entry:
            if not rest or (words[at + 1].startswith(lead) and _follow(words, at + 1, rest)):
                found.append(subject)
    return found


def _follow(words: list[str], at: int, rest: tuple[str, ...]) -> bool:
    """Whether the words from `at` on are the rest of a phrase."""
    there = words[at : at + len(rest)]
    return len(there) == len(rest) and all(map(_fits, there, rest))


def _fits(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
