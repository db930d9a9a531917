"""Which clauses of a spec lie nearest to a query, by the likeness of their texts.

A pointer for browsing, never evidence: nobody judged the query by these clauses, so *near* is a
kind of its own beside *cited* and is never counted with it. How often the first three truly bear
on a query is measured on hand labels (docs/citations.md). Faultline's own measure, version 2.

Likeness, 0..1, is two thirds the cosine of what both are about (`near_subjects`: counts damped by
a logarithm, subjects that most clauses share weigh less) and one third the cosine of their TF-IDF
words. The weights come from the clauses alone, so that a query's clauses never depend on what
else a study holds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.near_subjects import subjects, thesaurus, tokens
from analysis.parse.clause import Clause

VERSION = "2"
MOST = 3
"""Clauses that may be near to one query."""
FLOOR = 0.25
"""Likeness below which nothing is near."""
RIGHT = "60% (51% to 68%, n = 122)"
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
    words: Any
    terms: Any

    def likeness(self, queries: Sequence[str], values: Sequence[str]) -> Matrix:
        """Queries x clauses, 0..1. `values`: both values' names of each query, or empty texts."""
        asked = [tokens(query) for query in queries]
        about = _counts(asked) + _VALUE * _counts([tokens(names) for names in values])
        alike = _unit(np.log1p(about) * self.weights, _FEW_ASKED) @ self.about.T
        if self.terms is None:
            return (1 - _WORDS) * alike
        found: Matrix = (self.terms.transform(asked) @ self.words.T).toarray()
        return (1 - _WORDS) * alike + _WORDS * found

    def nearest(
        self, queries: Sequence[str], values: Sequence[str], floor: float = FLOOR
    ) -> pd.DataFrame:
        """One row a query and clause near to it, at most three a query, the nearest first.

        Columns: row (index of the query), place (1..3), clause, likeness (`floor` to 1).
        """
        if not len(queries) or not self.anchors:
            return _empty()
        likeness = self.likeness(queries, values)
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :MOST]
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


def rules(clauses: Sequence[Clause]) -> list[Clause]:
    """Clauses that say what to do: those with an authority, where a spec gives authorities; else
    those that have a text of their own. Headings over other clauses are near to everything."""
    ranked = [c for c in clauses if c.authority]
    return ranked or [c for c in clauses if c.text.strip()]


def finder(clauses: Sequence[Clause]) -> Finder:
    """Make a spec ready. Its examples are left out: they quote what a clause is set against."""
    chosen = rules(clauses)
    titles = [tokens(f"{c.title} {c.anchor}") for c in chosen]
    texts = [tokens(_rule(c.text)) for c in chosen]
    about = _TITLE * _counts(titles) + _counts(texts)
    weights = _weights(about)
    terms, words = _terms([a + b for a, b in zip(titles, texts, strict=True)])
    damped = np.log1p(about) ** 2 * weights
    anchors = tuple(c.anchor for c in chosen)
    return Finder(anchors, _unit(damped, _FEW_SAID), weights, words, terms)


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
        for subject in subjects(text):
            found[row, place[subject]] += 1
    return found


def _weights(about: Matrix) -> Matrix:
    """A subject's weight: the root of its inverse frequency among the clauses."""
    holders = (about >= 1).sum(axis=0)
    weights: Matrix = np.sqrt(np.log((1 + len(about)) / (1 + holders)) + 0.3)
    return weights


def _terms(texts: Sequence[list[str]]) -> tuple[Any, Any]:
    """The TF-IDF of the clauses' words and how to make a query's; (None, None) without a word."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    stop = ENGLISH_STOP_WORDS
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, analyzer=lambda words: [w for w in words if w not in stop]
    )
    try:
        return vectorizer, vectorizer.fit_transform(texts)
    except ValueError:  # not one word in all the clauses
        return None, None


def _unit(rows: Matrix, few: float) -> Matrix:
    """Rows of length 1, shorter where they hold little: as if `few` of something else were there.
    Their product is then a cosine damped for texts that name few subjects."""
    unit: Matrix = rows / np.sqrt((rows**2).sum(axis=1, keepdims=True) + few**2)
    return unit
