"""Embeddings for selection: the same texts, the same grid; planted near duplicates found."""

import random

import numpy as np
import pytest

from analysis.errors import FaultlineError
from analysis.measure.embed import FEW
from analysis.parse.taxonomy import read_taxonomy
from analysis.settings import EMBEDDED
from pipeline.embed import DEFAULT_STOPS, distances, embed
from pipeline.kcenter import select
from pipeline.providers import sim


def queries(families):
    names = [value.value for value in read_taxonomy(EMBEDDED / "taxonomy.csv").values]
    rng = random.Random(1)
    drawn = [rng.sample(names, 2) for _ in range(families)]
    return [
        sim.make_query(first, second, nudge, number)
        for number, (first, second) in enumerate(drawn)
        for nudge in ("neutral", "value1", "value2")
    ]


@pytest.mark.parametrize("families", [40, 200])
def test_planted_near_duplicates_go_and_nudges_stay(families):
    texts = queries(families)
    planted = [sim.perturb(text, kind, "x") for text in texts[:30] for kind in ("wording", "tone")]
    points = embed([*texts, *planted])
    assert (len(texts) + len(planted) > FEW) == (families == 200)
    kept = set(select(points, stop=DEFAULT_STOPS["tfidf"].plain).order.tolist())
    pairs = [{i, len(texts) + 2 * i, len(texts) + 2 * i + 1} for i in range(30)]
    assert sum(len(kept & three) == 1 for three in pairs) >= 28
    assert len(kept & set(range(30, len(texts)))) >= 0.9 * (len(texts) - 30)


def test_the_same_texts_give_the_same_rows():
    texts = queries(150)
    assert np.array_equal(embed(texts), embed(list(texts)))


def test_texts_without_words_and_unknown_embedders():
    assert embed(["!", "?"]).tolist() == [[0], [0]]
    assert distances(embed(["one two", "one two", "three"]), [0, 0], [1, 2]).tolist() == [
        0.0,
        pytest.approx(2**0.5, abs=0.01),
    ]
    with pytest.raises(FaultlineError, match="no embedder"):
        embed(["a"], "word2vec")
