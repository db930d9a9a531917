"""Two texts word by word: what both say, what only one says."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import NamedTuple

# A word or a run of marks with the blanks behind it: blanks of their own would match everywhere
# and make a long comparison a hundred times slower.
_TOKENS = re.compile(r"\w+\s*|[^\w\s]+\s*|\s+")
MOST = 6_000
"""Words and marks of a text that are compared; what lies behind is left out."""
LONGEST = 60_000
"""Characters of a text that are compared: a word can be as long as a book."""
_STEPS = 5_000_000
"""Comparisons of two words before the rest is compared in the cheaper way: about two seconds."""


class Stretch(NamedTuple):
    """Words in a row that are the same in both texts (`left == right`), or that differ."""

    left: str
    right: str

    @property
    def same(self) -> bool:
        return self.left == self.right


class _Run(NamedTuple):
    """Words that both lists have in a row: from `a` in the one, from `b` in the other."""

    a: int
    b: int
    size: int


def stretches(left: str, right: str) -> Iterator[Stretch]:
    """Both texts in order, cut where they begin or cease to differ."""
    a, b = tokens(left), tokens(right)
    i = j = 0
    for run in [*_runs(a, b), _Run(len(a), len(b), 0)]:
        if i < run.a or j < run.b:
            yield Stretch("".join(a[i : run.a]), "".join(b[j : run.b]))
        i, j = run.a + run.size, run.b + run.size
        if run.size:
            same = "".join(a[run.a : i])
            yield Stretch(same, same)


def similarity(left: str, right: str) -> float:
    """Share of the words of both texts that they have in common, in order (0..1)."""
    a, b = ([t.strip() for t in tokens(x) if not t.isspace()] for x in (left, right))
    if not a and not b:
        return 1.0
    return 2 * sum(run.size for run in _runs(a, b)) / (len(a) + len(b))


def shortened(text: str, around: int) -> str:
    """The ends of a stretch that stayed, so many words each; whole where little would be saved."""
    words = text.split(" ")
    if len(words) <= 2 * around + 2:
        return text
    return " ".join([*words[:around], "[…]", *words[-around:]])


def tokens(text: str) -> list[str]:
    """Words and marks, each with the blanks behind it, up to `MOST` and `LONGEST`."""
    return _TOKENS.findall(text[:LONGEST])[:MOST]


def is_cut(text: str) -> bool:
    """Whether a text is too long to be compared in full."""
    return len(text) > LONGEST or len(_TOKENS.findall(text)) > MOST


def _runs(a: Sequence[str], b: Sequence[str]) -> list[_Run]:
    """What two lists of words have in common, in order: the longest run first, then the same on
    either side of it, as a reader would.

    That takes cubic time where few words repeat over and over (three minutes for two thousand), so
    it goes so many steps and no further; what is left then is matched by longest common
    subsequence, in time that is known before.
    """
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    times = Counter(b)
    costs = [0, *accumulate(times[word] + 1 for word in a)]
    steps, found = _STEPS, []
    ranges = [(0, len(a), 0, len(b))]
    while ranges:
        alo, ahi, blo, bhi = ranges.pop()
        steps -= costs[ahi] - costs[alo]
        if steps < 0:
            found += [_Run(alo + i, blo + j, 1) for i, j in _common(a[alo:ahi], b[blo:bhi])]
            continue
        i, j, size = matcher.find_longest_match(alo, ahi, blo, bhi)
        if size:
            found.append(_Run(i, j, size))
            if alo < i and blo < j:
                ranges.append((alo, i, blo, j))
            if i + size < ahi and j + size < bhi:
                ranges.append((i + size, ahi, j + size, bhi))
    return _joined(sorted(found))


def _joined(runs: Sequence[_Run]) -> list[_Run]:
    """Runs that touch in both lists as one."""
    made: list[_Run] = []
    for run in runs:
        last = made[-1] if made else None
        if last and (last.a + last.size, last.b + last.size) == (run.a, run.b):
            made[-1] = last._replace(size=last.size + run.size)
        else:
            made.append(run)
    return made


def _common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Places in `a` and `b` of a longest common subsequence, in order.

    Bit-parallel (Hyyrö 2004): one addition of a number of len(a) bits for each word of `b`.
    """
    where: dict[str, int] = {}
    for place, word in enumerate(a):
        where[word] = where.get(word, 0) | 1 << place
    full = (1 << len(a)) - 1
    state, rows = full, []
    for word in b:
        hit = state & where.get(word, 0)
        state = ((state + hit) | (state - hit)) & full
        rows.append(state)
    found: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if rows[j - 1] >> (i - 1) & 1:
            i -= 1
            continue
        j -= 1
        if not j or rows[j - 1] >> (i - 1) & 1:
            i -= 1
            found.append((i, j))
    return found[::-1]
