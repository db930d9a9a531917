"""Two texts word by word: what both say, what only one says."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

# A word or a run of marks with the blanks behind it: blanks of their own would match everywhere
# and make a long comparison a hundred times slower.
_TOKENS = re.compile(r"\w+\s*|[^\w\s]+\s*|\s+")
MOST = 6_000
"""Words and marks of a text that are compared; what lies behind is left out."""


class Stretch(NamedTuple):
    """Words in a row that are the same in both texts (`left == right`), or that differ."""

    left: str
    right: str

    @property
    def same(self) -> bool:
        return self.left == self.right


def stretches(left: str, right: str) -> Iterator[Stretch]:
    """Both texts in order, cut where they begin or cease to differ."""
    a, b = tokens(left), tokens(right)
    for _, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        yield Stretch("".join(a[i:j]), "".join(b[k:m]))


def shortened(text: str, around: int) -> str:
    """The ends of a stretch that stayed, so many words each; whole where little would be saved."""
    words = text.split(" ")
    if len(words) <= 2 * around + 2:
        return text
    return " ".join([*words[:around], "[…]", *words[-around:]])


def tokens(text: str) -> list[str]:
    """Words and marks, each with the blanks behind it, up to `MOST`."""
    return _TOKENS.findall(text)[:MOST]


def is_cut(text: str) -> bool:
    """Whether a text is too long to be compared in full."""
    return len(_TOKENS.findall(text)) > MOST
