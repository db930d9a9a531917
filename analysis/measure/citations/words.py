"""Texts as words: how names and quotes of a spec are compared with what a judge writes.

Case, punctuation, hyphens, underscores and line breaks do not count. A clause's quotable text
leaves out examples in fences, footnote marks and the targets of links, as a judge who quotes does.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_FENCED = re.compile(r"^ *(```+|~~~+).*?^ *\1", re.MULTILINE | re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^[\w-]+\]")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_JOINED = re.compile(r"(?<![\w#.-])(?:[^\W_]+(?:_[^\W_]+)+|[^\W_]+(?:-[^\W_]+){2,})(?![\w-])")
_IRREGULAR: Final = {"lying": "lie", "lies": "lie"}
_NEAR: Final = 400
_COMMON: Final = (
    "a about all also an and any are as at be been being but by can do does dont don't for from "
    "had has have he her his how i if in into is it its may more most must no not of off on or "
    "other our out over s should so some such than that the their them then there these they this "
    "to up was we were what when where which while who will with would you your user users "
    "assistant model response"
)
COMMON: Final = frozenset(_COMMON.split())
"""Words that tell no clause from another."""
_RULE_WORDS: Final = (
    "clause section subsection principle guideline rule provision requirement heading norm"
)
RULES: Final = frozenset(
    [*_RULE_WORDS.split(), *(f"{w}s" for w in _RULE_WORDS.split()), "guidance"]
)
SPEAKS: Final = RULES | {"spec", "specs", "spec's"}
LAWS: Final = frozenset(
    ["spec", "spec's", "clause", "clauses", "principle", "principles", "guideline", "guidelines"]
)
"""Words that say that a sentence speaks of a spec and its clauses; `LAWS` hardly say else."""


class Page:
    """One text with its words in comparable form, where each stands, and its sentences."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._low = lowered(text)
        self.words: list[str] = WORD.findall(self._low)

    @cached_property
    def stems(self) -> list[str]:
        """The words without their endings."""
        return [stem(word) for word in self.words]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """(start, end) of each word in the text."""
        return [match.span() for match in WORD.finditer(self._low)]

    @cached_property
    def rules(self) -> list[int]:
        """Which words are "clause", "section", "spec" and the like."""
        return [at for at, word in enumerate(self.words) if word in SPEAKS]

    @cached_property
    def joined(self) -> list[tuple[int, int]]:
        """(start, end) of each name that underscores join, or two hyphens: no ordinary word."""
        found: list[tuple[int, int]] = []
        if "_" not in self.text and self.text.count("-") < 2:
            return found
        at = 0
        for piece in self.text.split():
            if "_" in piece or piece.count("-") >= 2:
                at = self.text.index(piece, at)
                found += [(at + m.start(), at + m.end()) for m in _JOINED.finditer(piece)]
                at += len(piece)
        return found

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in _SENTENCE_END.finditer(self.text)]

    def between(self, first: int, last: int) -> tuple[int, int]:
        """Characters from the first to the last word (both included)."""
        return self.spans[first][0], self.spans[last][1]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """(start, end) of the sentence or line around a passage, at most 400 characters away."""
        ends = self._ends
        before, behind = bisect_left(ends, start), bisect_left(ends, end)
        low = ends[before - 1] + 1 if before else 0
        high = ends[behind] if behind < len(ends) else len(self.text)
        return max(low, start - _NEAR), min(high, end + _NEAR)


def words(text: str) -> list[str]:
    """The words of a text in comparable form."""
    found: list[str] = WORD.findall(lowered(text))
    return found


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without the ending of a plural, a participle or an -ing form, roughly."""
    bare = _IRREGULAR.get(word, word.removesuffix("'s"))
    if len(bare) > 4 and bare.endswith("s") and not bare.endswith(("ss", "us", "is")):
        bare = bare[:-3] + "y" if bare.endswith("ies") else bare[:-1]
    for ending in ("ing", "ed"):
        if bare.endswith(ending) and len(bare) - len(ending) >= 4:
            bare = bare[: -len(ending)]
            bare = bare[:-1] if bare[-1] == bare[-2] and bare[-1] not in "sl" else bare
            break
    return bare[:-1] if len(bare) > 4 and bare.endswith("e") else bare


def spellings(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A name as people write it: "don't" also as "dont" and "do not", and the other way."""
    joined = f" {' '.join(name)} "
    forms = [joined]
    for one, others in (("don't", ("dont", "do not")), ("do not", ("don't", "dont"))):
        forms += [joined.replace(f" {one} ", f" {o} ") for o in others if f" {one} " in joined]
    return [tuple(s.split()) for s in forms]


def lowered(text: str) -> str:
    """Lower case with straight apostrophes, character for character: no letter becomes two."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low.replace("’", "'")


def quotable(text: str) -> str:
    """A clause's own prose as a judge would quote it: what is left out is blanked, so that every
    word stands where it stood."""
    for pattern in (_FENCED, _FOOTNOTE):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return _LINK.sub(_label, text)


def _label(link: re.Match[str]) -> str:
    before, after = link.start(1) - link.start(), link.end() - link.end(1)
    return f"{' ' * before}{link[1]}{' ' * after}"


def weight(name: Sequence[str]) -> int:
    """How many words of a name tell something."""
    return sum(word not in COMMON for word in name)
