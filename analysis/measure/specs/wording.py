"""A clause's wording: its prose, the vague words in it, whether it shows an example, and which
clauses it says it wins over. Words are compared, nothing is understood."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from analysis.measure.specs import lint_rules as rules
from analysis.parse.specs.headings import quiet_lines

VAGUE_WORD = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, rules.VAGUE), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(rules.SHOWING, re.IGNORECASE)
_QUOTE = re.compile(r"^ {0,3}>", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n[ \t]*\n")
_WINS = re.compile(rf"\b(?:{rules.WINNING})\b", re.IGNORECASE)
_LOSES = re.compile(rf"\b(?:{rules.GIVING_WAY})\b", re.IGNORECASE)
_ANCHOR = re.compile(r"\]\(#([^()\s]+)\)")


@dataclass(frozen=True)
class Wording:
    """What a clause's text says, as far as it can be told from its words."""

    text: str

    @cached_property
    def _quiet(self) -> list[bool]:
        return list(quiet_lines(self.text.split("\n"))[0])

    @property
    def has_block(self) -> bool:
        """Whether a block of code stands in it, as examples do."""
        return any(self._quiet)

    @cached_property
    def prose(self) -> str:
        """The text with the lines of its blocks empty."""
        lines = zip(self.text.split("\n"), self._quiet, strict=True)
        return "\n".join("" if quiet else line for line, quiet in lines)

    @cached_property
    def vague(self) -> frozenset[str]:
        """The lint's vague words in its prose, each once, in lower case."""
        return frozenset(found[0].casefold() for found in VAGUE_WORD.finditer(self.prose))

    @property
    def has_example(self) -> bool:
        """A block, a quotation, or words that announce an example."""
        return self.has_block or bool(_SHOWS.search(self.prose) or _QUOTE.search(self.prose))

    @cached_property
    def wins_over(self) -> frozenset[str]:
        """Anchors of the clauses that it says it takes precedence over."""
        return frozenset(self._after(_WINS))

    @cached_property
    def gives_way_to(self) -> frozenset[str]:
        """Anchors of the clauses that it says win over it."""
        return frozenset(self._after(_LOSES))

    def _after(self, words: re.Pattern[str]) -> Iterator[str]:
        """The anchors that a sentence links to behind such words."""
        for sentence in _SENTENCE.split(self.prose):
            if found := words.search(sentence):
                yield from _ANCHOR.findall(sentence[found.end() :])


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """The wording of a clause's text; the same text is read once."""
    return Wording(text)
