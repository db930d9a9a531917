"""Which clauses of a spec lie nearest to a query, by the likeness of their texts.

A pointer for browsing, never evidence: nobody judged the query by these clauses, so *near* is a
kind of its own beside *cited* and is never counted with it. How often the first three truly bear
on a query is measured on hand labels (docs/citations.md). Faultline's own measure, version 3.

Likeness, 0..1, is two thirds the cosine of what both are about (`near_subjects`: counts damped by
a logarithm, subjects that most clauses share weigh less) and one third the cosine of their TF-IDF
words. The weights come from the clauses alone, so that a query's clauses never depend on what
else a study holds.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.near.subjects import subjects, thesaurus, tokens
from analysis.parse.specs.clause import Clause, rules
from analysis.vocabulary import NEAREST_CLAUSES

VERSION = "3"
"""Clauses that may be near to one query."""
FLOOR = 0.25
"""Likeness below which nothing is near."""
RIGHT = "59% (50% to 67%, n = 129)"
"""How many links truly bear, on real queries labelled by hand (docs/citations.md; a test holds)."""
_TITLE = 6  # a title says what a clause is about: its words count as often as this
_VALUE = 0.5  # a value's name says less of a query than the query does
_WORDS = 1 / 3
_FEW_ASKED, _FEW_SAID = 2.0, 3.0  # so that one shared subject of few is no full likeness
_MARKUP = re.compile(r"https?://\S+|\]\(#[^)]*\)|\[\^[^\]]*\]")
_EXAMPLE = re.compile(r"^\W*example\b.*|^\s*(```|~~~).*", re.IGNORECASE | re.MULTILINE)

Matrix = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Finder:
    """A spec made ready: the clauses that can be near, their vectors, and how words weigh."""

    anchors: tuple[str, ...]
    about: Matrix
    weights: Matrix
    words: "Words"

    def likeness(self, queries: Sequence[str], values: Sequence[str]) -> Matrix:
        """Queries x clauses, 0..1. `values`: both values' names of each query, or empty texts."""
        query_tokens = [tokens(query) for query in queries]
        names, of = np.unique(np.asarray(values, dtype=str), return_inverse=True)
        about = _counts(query_tokens) + _VALUE * _counts([tokens(n) for n in names.tolist()])[of]
        alike = _unit(np.log1p(about) * self.weights, _FEW_ASKED) @ self.about.T
        return (1 - _WORDS) * alike + _WORDS * self.words.likeness(query_tokens)

    def nearest(
        self, queries: Sequence[str], values: Sequence[str], floor: float = FLOOR
    ) -> pd.DataFrame:
        """One row a query and clause near to it, at most three a query, the nearest first.

        Columns: row (index of the query), place (1..3), clause, likeness (`floor` to 1).
        """
        if not len(queries) or not self.anchors:
            return _empty()
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(1):  # thousands of small products: threads would only wait
            likeness = self.likeness(queries, values)
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :NEAREST_CLAUSES]
        best = np.take_along_axis(likeness, order, axis=1)
        rows, places = np.nonzero(best >= floor)
        return pd.DataFrame(
            {
                "row": rows,
                "place": (places + 1).astype(np.int8),
                "clause": np.asarray(self.anchors, dtype=object)[order[rows, places]],
                "likeness": best[rows, places].astype(np.float32),
            }
        )


def _empty() -> pd.DataFrame:
    return pd.DataFrame({"row": [], "place": [], "clause": [], "likeness": []}).astype(
        {"row": int, "place": np.int8, "clause": object, "likeness": np.float32}
    )


def unjudged(near: pd.DataFrame) -> int:
    """How many of these queries no judge has seen; `near`: one row a query, judged (bool)."""
    return int((~near["judged"].astype(bool)).sum())


def finder(clauses: Sequence[Clause]) -> Finder:
    """Make a spec ready. Its examples are left out: they quote what a clause is set against."""
    chosen = rules(clauses)
    titles = [tokens(f"{c.title} {c.anchor}") for c in chosen]
    texts = [tokens(_rule(c.text)) for c in chosen]
    about = _TITLE * _counts(titles) + _counts(texts)
    weights = _weights(about)
    words = _words([a + b for a, b in zip(titles, texts, strict=True)])
    damped = np.log1p(about) ** 2 * weights
    anchors = tuple(c.anchor for c in chosen)
    return Finder(anchors, _unit(damped, _FEW_SAID), weights, words)


def _rule(text: str) -> str:
    """A clause's own words, up to its first example, without links and footnote marks."""
    end = _EXAMPLE.search(text)
    return _MARKUP.sub(" ", text[: end.start()] if end else text)


def _counts(texts: Sequence[list[str]]) -> Matrix:
    """How often each text, given as its words, names each subject of the thesaurus."""
    book = thesaurus().subjects
    place = {subject: i for i, subject in enumerate(book)}
    found = np.zeros((len(texts), len(book)))
    for row, text in enumerate(texts):
        named = [place[subject] for subject in subjects(text)]
        if named:
            found[row] = np.bincount(named, minlength=len(book))
    return found


def _weights(about: Matrix) -> Matrix:
    """A subject's weight: the root of its inverse frequency among the clauses."""
    holders = (about >= 1).sum(axis=0)
    weights: Matrix = np.sqrt(np.log((1 + len(about)) / (1 + holders)) + 0.3)
    return weights


@dataclass(frozen=True)
class Words:
    """TF-IDF of the clauses' words, in so few lines that no page waits for scikit-learn.

    A word counts 1 + ln(its times); its weight is ln((1 + clauses) / (1 + clauses that have it)),
    so that what every clause says weighs nothing. `clauses`: words x clauses, columns of length 1.
    """

    place: Mapping[str, int]
    weights: Matrix
    clauses: Matrix

    def likeness(self, texts: Sequence[list[str]]) -> Matrix:
        """Texts, given as their words, x clauses: the cosine, 0 for a text of other words."""
        found = np.zeros((len(texts), self.clauses.shape[1]))
        for row, text in enumerate(texts):
            at, weighed = self._weighed(text)
            length = np.sqrt(weighed @ weighed)
            if length > 0:
                found[row] = weighed @ self.clauses[at] / length
        return found

    def _weighed(self, text: list[str]) -> tuple[npt.NDArray[np.int64], Matrix]:
        times = Counter(map(self.place.get, text))
        times.pop(None, None)  # words that no clause has
        at = np.fromiter(times, np.int64, len(times))
        return at, (1 + np.log(np.fromiter(times.values(), float, len(times)))) * self.weights[at]


def _words(texts: Sequence[list[str]]) -> Words:
    """The words of the clauses, made ready."""
    holders = Counter(word for text in texts for word in set(text))
    place = {word: i for i, word in enumerate(holders)}
    weights: Matrix = np.log((1 + len(texts)) / (1 + np.fromiter(holders.values(), float)))
    ready = Words(place, weights, np.zeros((len(place), len(texts))))
    for row, text in enumerate(texts):
        at, weighed = ready._weighed(text)
        ready.clauses[at, row] = weighed / max(float(np.sqrt(weighed @ weighed)), 1e-12)
    return ready


def _unit(rows: Matrix, few: float) -> Matrix:
    """Rows of length 1, shorter where they hold little: as if `few` of something else were there.
    Their product is then a cosine damped for texts that name few subjects."""
    unit: Matrix = rows / np.sqrt((rows**2).sum(axis=1, keepdims=True) + few**2)
    return unit
