"""Whether a trained model labels topics better than the words alone, on queries new to both.

    python benchmarks/labeller/topics.py [--print]

The words of today were fitted to all real queries at hand, so here the first words are used
(`topics_first.toml`), written before all but 240 of these were read. The model is linear, one a
topic, on hashed n-grams and on what the words say. It learns from those 240, from our own queries
(`tests/measure/labelled/queries.csv`, `queries.toml`), and in turn from four fifths of the others,
and labels the last fifth. The table goes between two marks of `docs/labeller.md`, or is printed.
Needs `../shared/data`. Takes a minute.
"""

import csv
import importlib
import os
import sys
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1])]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from scipy.sparse import csr_matrix, hstack, vstack  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

from analysis.measure.label_classifier import ngrams  # noqa: E402
from analysis.measure.label_rules.accuracy import (  # noqa: E402
    DOCUMENT,
    LABELLED,
    LATER,
    REAL,
    refreshed,
    share,
)
from analysis.vocabulary import TOPICS  # noqa: E402
from analysis.whole_files import write_text  # noqa: E402

words = importlib.import_module("analysis.measure.label_rules.topics")
"""The module of the word lists; the package's own `topics` is its function."""
FIRST_WORDS = HERE / "topics_first.toml"
OWN_QUERIES = HERE / "queries.toml"
FOLDS = 5
BITS = 16
STRENGTH = 3.0
"""Inverse of the penalty on weights."""
OWN_WEIGHT = 0.5
"""A query of our own counts half as much as a real one."""
LIKELY = (0.3, 0.4)
"""From these probabilities on a topic holds; both are shown."""


class Query(NamedTuple):
    """One labelled query: its topics, those where either answer is right, and what it counts."""

    text: str
    topics: frozenset[str]
    either: frozenset[str]
    weight: float


def main() -> None:
    """Label the queries both ways and write or print the table."""
    if not REAL.is_dir():
        sys.exit(f"There is no {REAL}: the real queries are needed.")
    words.LEXICON = FIRST_WORDS
    text = "\n".join(table())
    if "--print" in sys.argv:
        print(text)
    else:
        page = DOCUMENT.read_text(encoding="utf-8")
        write_text(DOCUMENT, refreshed(page, "topics", text))


def table() -> Iterator[str]:
    """One row a topic: precision and recall of the words alone, then of the model."""
    first, others = real()
    likely = unseen([*first, *ours()], others)
    said = [
        np.array([[t in words.topics(q.text) for t in TOPICS] for q in others]),
        *(likely >= least for least in LIKELY),
    ]
    heads = ["first words", *(f"model, from {least:.0%} on" for least in LIKELY)]
    cells = [f"{head}: {rate}" for head in heads for rate in ("precision", "recall")]
    yield f"{len(others)} real queries."
    yield ""
    yield "| topic | " + " | ".join(cells) + " |"
    yield "|" + " --- |" * (1 + len(cells))
    for i, topic in enumerate(TOPICS):
        rates = [rate for holds in said for rate in _rates(others, topic, holds[:, i])]
        yield f"| {topic} | " + " | ".join(rates) + " |"


def _rates(queries: Sequence[Query], topic: str, said: np.ndarray) -> tuple[str, str]:
    """Precision and recall; where either answer is right, what was said is."""
    hand = np.array([topic in q.topics for q in queries])
    hand |= said & np.array([topic in q.either for q in queries])
    both = int((hand & said).sum())
    return share(both, int(said.sum())), share(both, int(hand.sum()))


def unseen(learned: Sequence[Query], others: Sequence[Query]) -> np.ndarray:
    """How likely each topic is of each of `others` (queries x topics), by models that learned from
    `learned` and from the other folds."""
    fold = np.array([zlib.crc32(q.text.encode()) % FOLDS for q in others])
    fixed, moving = features(learned), features(others)
    likely = np.zeros((len(others), len(TOPICS)))
    for out in range(FOLDS):
        kept = np.flatnonzero(fold != out)
        read = vstack([fixed, moving[kept]]).tocsr()
        queries = [*learned, *(others[i] for i in kept)]
        for i, topic in enumerate(TOPICS):
            likely[fold == out, i] = _fitted(read, queries, topic).predict_proba(
                moving[fold == out]
            )[:, 1]
    return likely


def _fitted(read: csr_matrix, queries: Sequence[Query], topic: str) -> LogisticRegression:
    weight = np.array([q.weight * (topic not in q.either) for q in queries])
    model = LogisticRegression(C=STRENGTH, max_iter=200)
    return model.fit(read, [topic in q.topics for q in queries], sample_weight=weight)


def features(queries: Sequence[Query]) -> csr_matrix:
    """One row a query: hashed n-grams, then for each topic whether the words give it and how many
    do, and the length."""
    rows = []
    for query in queries:
        found = words.topic_words(query.text)
        given = [(t in found, min(len(found.get(t, ())), 3)) for t in TOPICS]
        rows.append([*np.ravel(given), np.log1p(len(query.text.split())) / 3])
    return hstack([ngrams.matrix([q.text for q in queries], BITS), csr_matrix(rows)]).tocsr()


def real() -> tuple[list[Query], list[Query]]:
    """The real queries that the first words may have been fitted to, and all others."""
    texts = {row["rank"]: row["query"] for row in _csv(REAL / "all_models_queries.csv")}
    first = {
        row["rank"]: Query(texts[row["rank"]], _set(row["labels"]), frozenset(), 1.0)
        for row in _csv(LABELLED / "real_labels.csv")
        if not row["model"]
    }
    later = [*(LABELLED / name for name in LATER), REAL / "topics_60.csv"]
    others = {
        row["rank"]: Query(
            texts[row["rank"]], _set(row["topics"]), _set(row["either_answer_accepted"]), 1.0
        )
        for path in later
        for row in _csv(path)
        if row["rank"] not in first
    }
    return list(first.values()), list(others.values())


def ours() -> list[Query]:
    """Our own queries."""
    found = [
        Query(row["query"], _set(row["topics"]), frozenset(), OWN_WEIGHT)
        for row in _csv(LABELLED / "queries.csv")
    ]
    for topic, parts in tomllib.loads(OWN_QUERIES.read_text(encoding="utf-8")).items():
        of = frozenset({topic} & set(TOPICS))
        found += [Query(text, of, frozenset(), OWN_WEIGHT) for text in parts["only"]]
    return found


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _set(joined: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, joined.split(";"))))


if __name__ == "__main__":
    main()
