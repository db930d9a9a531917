"""How often each stretch of a clause's text is quoted, and by which words judges invoke it.

Each passage covers the words that it repeats, wherever the clause has them; a passage with a gap
("… ") covers its pieces. Footnote marks and the targets of links are no words, so they stay bare.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import pandas as pd

from analysis.measure.citations.quotes import pieces
from analysis.measure.citations.words import Page, quotable

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


def invocations(citations: pd.DataFrame, anchor: str, most: int) -> pd.DataFrame:
    """The passages and names under which judges invoke a clause, most often first, at most `most`.

    `citations`: one row a citation: clause, how, words. Columns out: how, words, times.
    """
    mine = citations[(citations["clause"] == anchor) & (citations["words"] != "")]
    counts = mine.groupby(["how", "words"], as_index=False).size()
    ordered = counts.sort_values("size", ascending=False).head(most)
    return ordered.rename(columns={"size": "times"}).reset_index(drop=True)


def unknown_names(citations: pd.DataFrame) -> dict[str, int]:
    """Names that judges use as a clause's and that the spec does not have: name -> how often, most
    often first. `citations`: one row a citation: clause, known (bool)."""
    counts = citations.loc[~citations["known"], "clause"].value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def _places(page_words: Sequence[str], piece: Sequence[str]) -> Iterator[int]:
    """The words of a text that a piece repeats."""
    if len(piece) < LEAST:
        return
    wanted = list(piece)
    for at in [i for i, word in enumerate(page_words) if word == wanted[0]]:
        if page_words[at : at + len(wanted)] == wanted:
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
