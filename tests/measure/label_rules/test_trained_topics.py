"""The script that holds a trained topic model against the words: what it learns from, and that
nothing is labelled by a model that learned from it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.vocabulary import TOPICS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def script(monkeypatch):
    """The module `topics` of the benchmarks, reading the first words."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks" / "labeller"))
    import topics

    topics.words.lexicon.cache_clear()
    topics.words._entries.cache_clear()
    monkeypatch.setattr(topics.words, "LEXICON", topics.FIRST_WORDS)
    yield topics
    sys.modules.pop("topics", None)
    topics.words.lexicon.cache_clear()
    topics.words._entries.cache_clear()


def test_our_queries_have_known_topics_and_stand_there_once(script):
    found = script.ours()
    assert {topic for query in found for topic in query.topics} <= set(TOPICS)
    assert any(not query.topics for query in found)
    texts = [query.text.lower() for query in found]
    assert len(texts) == len(set(texts))


def test_a_query_is_labelled_by_models_that_learned_from_the_others(script, monkeypatch):
    none = frozenset()
    fixed = [script.Query(f"fixed {n}", none, none, 1.0) for n in range(3)]
    others = [script.Query(f"moving {n}", none, none, 1.0) for n in range(60)]

    class Counts:
        """In place of a model: as likely as many queries it learned from, in hundredths."""

        def __init__(self, queries):
            self.learned = set(queries)

        def predict_proba(self, rows):
            left = [q for q in others if q not in self.learned]
            assert rows.shape[0] == len(left)
            assert set(fixed) <= self.learned
            return np.full((rows.shape[0], 2), len(self.learned) / 100)

    monkeypatch.setattr(script, "_fitted", lambda read, queries, topic: Counts(queries))
    likely = script.unseen(fixed, others)
    assert likely.shape == (60, len(TOPICS))
    assert likely.max() < 0.63


def test_rates_count_a_topic_that_either_answer_would_do_for(script):
    none = frozenset()
    either = script.Query("x", none, frozenset({"politics"}), 1.0)
    plain = script.Query("y", frozenset({"politics"}), none, 1.0)
    precision, recall = script._rates([either, plain], "politics", np.array([True, False]))
    assert precision.startswith("100%")
    assert recall.startswith("50%")
