"""Embeddings for selection: the same texts, the same grid; planted near duplicates found."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.measure.embed import FEW
from analysis.parse.taxonomy import read_taxonomy
from analysis.settings import EMBEDDED
from pipeline.select.calibrate import calibrated, planted
from pipeline.select.embed import DEFAULT_STOPS, distances, embed, measured, pairs_around
from pipeline.select.kcenter import select
from pipeline.simulator import simulator as sim


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


@pytest.mark.parametrize("families", [40, 200])
def test_measuring_tfidf_comes_to_its_written_default(families):
    texts = queries(families)
    probes = planted(texts, [str(i // 3) for i in range(len(texts))])
    found = measured(embed(probes.texts), probes)
    assert (found.near, found.apart) == (1.0, 0.0)
    assert found.distance == pytest.approx(DEFAULT_STOPS["tfidf"].plain, abs=0.1)
    assert found.stops.weighted == 2 * found.distance


def test_probes_are_queries_with_planted_ones_and_members_of_their_families():
    texts = [f"query {i} of family {i // 3}" for i in range(300)]
    probes = planted(texts, [str(i // 3) for i in range(300)])
    assert len(probes.near) == 120
    assert all(probes.texts[a] in probes.texts[b] for a, b in probes.near)
    assert all(probes.texts[a][-2:] == probes.texts[b][-2:] for a, b in probes.apart)
    assert planted(["one", "two"], ["a", "b"]).apart == ((0, 3),)
    assert planted([], []).near == ()


distance = st.floats(0, 2)


@given(st.lists(distance, min_size=1), st.lists(distance, min_size=1))
def test_no_other_distance_sets_them_apart_better(near, apart):
    found = calibrated(np.array(near), np.array(apart))

    def score(edge):
        return (np.array(near) < edge).mean() - (np.array(apart) < edge).mean()

    assert found.near == (np.array(near) < found.distance).mean()
    assert all(score(edge + 1e-9) <= found.near - found.apart + 1e-9 for edge in [*near, *apart])


def test_without_pairs_to_set_apart_and_without_near_duplicates():
    assert calibrated(np.array([0.1, 0.2]), np.empty(0)).near >= 0.5
    assert calibrated(np.empty(0), np.array([0.3])).distance == 0.0


def test_the_pairs_shown_are_those_next_to_the_distance():
    texts = queries(40)
    planted_ones = [sim.perturb(text, "tone", "x") for text in texts[:20]]
    points = embed([*texts, *planted_ones])
    kept = select(points, stop=0.5).order.tolist()
    shown = pairs_around(points, kept, 0.5, count=5)
    out, stay = [p for p in shown if not p.kept], [p for p in shown if p.kept]
    assert len(out) == len(stay) == 5
    assert all(pair.other in kept for pair in shown)
    assert all(pair.distance < 0.5 <= other.distance for pair in out for other in stay)
    away = distances(points, [pair.row for pair in shown], [pair.other for pair in shown])
    assert away == pytest.approx([pair.distance for pair in shown], abs=2e-3)
    left_out = sorted(set(range(len(points))) - set(kept))
    nearest = [distances(points, [row] * len(kept), kept).min() for row in left_out]
    assert out[0].distance == pytest.approx(max(nearest), abs=2e-3)
    assert pairs_around(points, kept[:1], 0.5) == []
