"""How often each stretch of a clause's text is quoted.

Each passage covers the words that it repeats, wherever the clause has them; a passage with a gap
("… ") covers its pieces. Footnote marks and the targets of links are no words, so they stay bare.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from analysis.measure.citations_quotes import pieces
from analysis.measure.citations_words import Page, quotable

LEAST: Final = 3
"""Words of a piece, at least: a shorter one could stand anywhere."""


class Stretch(NamedTuple):
    """Characters of a text from `start` to `end`, quoted `times` (0: never)."""

    start: int
    end: int
    times: int


def stretches(text: str, passages: Iterable[tuple[str, int]]) -> list[Stretch]:
    """The text cut where the number of quotes changes, every character once, in order.

    `passages`: (words as quoted, how many judgements quote them).
    """
    page = Page(quotable(text))
    counts = [0] * len(page.words)
    for passage, times in passages:
        covered = {i for piece in pieces(passage) for i in _places(page.words, piece)}
        for word in covered:
            counts[word] += times
    return _cut(text, page.spans, counts)


def _places(said: Sequence[str], piece: Sequence[str]) -> Iterator[int]:
    """The words of a text that a piece repeats."""
    if len(piece) < LEAST:
        return
    wanted = list(piece)
    for at in [i for i, word in enumerate(said) if word == wanted[0]]:
        if said[at : at + len(wanted)] == wanted:
            yield from range(at, at + len(wanted))


def _cut(text: str, spans: Sequence[tuple[int, int]], counts: Sequence[int]) -> list[Stretch]:
    """Runs of words of one count on one line, and what lies between them."""
    breaks = [at for at, letter in enumerate(text) if letter == "\n"]
    found: list[Stretch] = []
    at = 0
    for (times, _), group in groupby(
        range(len(counts)), key=lambda i: (counts[i], bisect_left(breaks, spans[i][0]))
    ):
        run = list(group)
        start, end = spans[run[0]][0], spans[run[-1]][1]
        if times:
            found += [Stretch(at, start, 0)] if start > at else []
            found.append(Stretch(start, end, times))
            at = end
    return found + ([Stretch(at, len(text), 0)] if at < len(text) else [])
