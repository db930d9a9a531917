"""Quoted passages: which clause alone has these words in this order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.measure.citations.words import Page, quotable, weight, words
from analysis.parse.specs.clause import Clause
from analysis.vocabulary import QUOTE_LEAST

LEAST_BARE: Final = 7
"""Words that follow a clause without quotation marks, at least."""
LEAST_TELLING: Final = 2
_GAP = re.compile(r"\[?(?:\.{3}|…)\]?")
_BLOCK = re.compile(r"^ {0,3}> ?(.+(?:\n {0,3}> ?.+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Quotes:
    """Runs of three, four and seven words with the clauses that have them, and the clauses'
    words."""

    trigrams: Mapping[tuple[str, ...], frozenset[int]]
    fourgrams: Mapping[tuple[str, ...], frozenset[int]]
    sevengrams: Mapping[tuple[str, ...], int]
    texts: Sequence[str]
    anchors: Sequence[str]

    def short(self, passage: str) -> str | None:
        """The one clause that has a passage of three words, at least two of them telling."""
        passage_words = tuple(words(passage))
        holders = (
            self.trigrams.get(passage_words, frozenset())
            if weight(passage_words) >= LEAST_TELLING
            else ()
        )
        return self.anchors[next(iter(holders))] if len(holders) == 1 else None

    def holder(self, passage: str) -> str | None:
        """The one clause that has a passage, its pieces in any order; None where none or several
        have it, or where it is too short to tell."""
        long_pieces = [
            p for p in pieces(passage) if len(p) >= QUOTE_LEAST and weight(p) >= LEAST_TELLING
        ]
        holders: frozenset[int] | None = None
        for piece in long_pieces:
            for at in range(len(piece) - QUOTE_LEAST + 1):
                four = self.fourgrams.get(tuple(piece[at : at + QUOTE_LEAST]), frozenset())
                holders = four if holders is None else holders & four
                if not holders:
                    return None
        fits = [i for i in holders or () if all(self._has(i, piece) for piece in long_pieces)]
        return self.anchors[fits[0]] if len(fits) == 1 else None

    def _has(self, clause: int, piece: Sequence[str]) -> bool:
        return f" {' '.join(piece)} " in self.texts[clause]

    def bare(self, page: Page) -> Iterator[tuple[str, int, int]]:
        """(clause, first, last word) of each run of words that follows one clause."""
        page_words = page.words
        runs = list(zip(*(page_words[k:] for k in range(LEAST_BARE)), strict=False))
        if self.sevengrams.keys().isdisjoint(runs):
            return
        open_run: tuple[int, int, int] | None = None
        for at, run in enumerate(runs):
            clause = self.sevengrams.get(run)
            if clause is None:
                continue
            last = at + LEAST_BARE - 1
            if open_run and open_run[0] == clause and at <= open_run[2] + 1:
                open_run = (clause, open_run[1], last)
                continue
            if open_run:
                yield (self.anchors[open_run[0]], *open_run[1:])
            open_run = (clause, at, last)
        if open_run:
            yield (self.anchors[open_run[0]], *open_run[1:])


def quotes(clauses: Sequence[Clause]) -> Quotes:
    """Make the clauses' texts ready for looking passages up."""
    clause_words = [words(quotable(c.text)) for c in clauses]
    alone: dict[tuple[str, ...], int] = {
        run: next(iter(holders))
        for run, holders in _runs(clause_words, LEAST_BARE).items()
        if len(holders) == 1 and weight(run) > LEAST_TELLING
    }
    return Quotes(
        _runs(clause_words, QUOTE_LEAST - 1),
        _runs(clause_words, QUOTE_LEAST),
        alone,
        [f" {' '.join(text)} " for text in clause_words],
        [c.anchor for c in clauses],
    )


def _runs(texts: Sequence[list[str]], length: int) -> dict[tuple[str, ...], frozenset[int]]:
    """Each run of so many words with the clauses that have it."""
    runs: dict[tuple[str, ...], set[int]] = {}
    for i, text in enumerate(texts):
        for run in zip(*(text[k:] for k in range(length)), strict=False):
            runs.setdefault(run, set()).add(i)
    return {run: frozenset(holders) for run, holders in runs.items()}


def pieces(passage: str) -> list[list[str]]:
    """The words of a quote, cut at its gaps ("…", "[...]")."""
    return [words(piece) for piece in _GAP.split(passage)]


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each block quote of Markdown, without its first mark."""
    for match in _BLOCK.finditer(text):
        yield match.span(1)
