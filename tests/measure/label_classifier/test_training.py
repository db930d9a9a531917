"""The script that trains the labeller: the same texts give the same weights, and weights that find
refusals in sentences that they have not seen. A small part of the texts is enough for that."""

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.measure.label_classifier import VERSION, label_answers, model, ngrams

ROOT = Path(__file__).resolve().parents[3]
LABELLED = ROOT / "tests" / "measure" / "labelled"
# A label that changes without the version is a silent change of every stored rate.
LABELS_OF_VERSION = {"3": "ff1e185fc12560ab", "4": "7f18d7d117ab6396"}


@pytest.fixture
def training(monkeypatch):
    """The modules of the training script, `corpus` and `fit`."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks" / "labeller"))
    import corpus
    import fit

    yield corpus, fit
    for name in ("corpus", "fit"):
        sys.modules.pop(name, None)


def a_part(corpus):
    return [e for e in corpus.composed() if e.voice in ("polite", "blunt", "more_help", "kindly")]


def test_the_same_texts_give_the_same_weights_and_find_what_they_have_not_seen(training):
    corpus, fit = training
    fit.STEPS = 12
    part = a_part(corpus)
    assert part == a_part(corpus)
    learned = [e for e in part if e.voice != "kindly"]
    first, again = (fit.refusal(fit.grams(learned), learned) for _ in range(2))
    assert np.array_equal(first.whole, again.whole)
    assert np.array_equal(first.single, again.single)
    unseen = [e for e in part if e.voice == "kindly"]
    scores = first.scores(fit.grams(unseen))
    refuses = np.array([e.refuses for e in unseen], dtype=bool)
    assert np.mean(scores[refuses]) > np.mean(scores[~refuses]) + 0.5


def test_nothing_that_is_kept_back_is_learned_from(training):
    corpus, _ = training
    learned = {e.text.strip().lower() for e in [*corpus.composed(), *corpus.own_answers()]}
    kept = [e.text.strip().lower() for e in corpus.kept_back()]
    # "No." and its like can't be said in another way.
    assert [text for text in kept if text in learned and len(text) > 30] == []


def test_every_hole_of_a_sentence_is_filled(training):
    corpus, _ = training
    texts = [e.text for e in corpus.composed()]
    assert [text for text in texts if re.search(r"(?<!\{)\{[a-z_]+\}", text)] == []


def test_labels_change_only_with_the_version():
    rows = map(json.loads, (LABELLED / "answers.jsonl").read_text().splitlines())
    labels = [label.label for label in label_answers([row["text"] for row in rows]) if label]
    digest = hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:16]
    assert LABELS_OF_VERSION[VERSION] == digest, (
        "the classifier labels these texts differently: raise VERSION, run benchmarks/labeller/"
        f"figures.py, add a line to docs/labeller.md, and enter {digest} here"
    )


def test_the_weights_fit_the_reading():
    assert model.weights().table.shape[0] == 2**ngrams.BITS
    assert model.weights().table.shape[1] > len(model.weights().bias)


@pytest.mark.parametrize(("english", "found", "called"), [(True, 0.89, 0.04), (False, 0.94, 0.05)])
def test_answers_that_were_kept_back_are_labelled_about_as_well_as_the_document_says(
    training, english, found, called
):
    """Floors some points below, and ceilings some points above, the figures in docs/labeller.md."""
    corpus, _ = training
    kept = [e for e in corpus.kept_back() if (len(e.voice) > 2) is english]
    likely = np.array([label.probability for label in label_answers([e.text for e in kept])])
    refuses = np.array([e.refuses for e in kept], dtype=bool)
    assert np.mean(likely[refuses] >= model.THRESHOLD) >= found
    assert np.mean(likely[~refuses] >= model.THRESHOLD) <= called


def test_what_was_found_for_a_fold_is_not_fitted_again(training, monkeypatch, tmp_path):
    corpus, fit = training
    monkeypatch.setattr(fit, "STEPS", 2)
    monkeypatch.setattr(fit, "DONE", tmp_path)
    monkeypatch.setattr(fit, "PROCESSES", 1)
    held = fit.table(a_part(corpus)[:60])
    folds = [fit.fold(held.examples[0])]
    first = fit.unseen_scores(held, folds)
    assert np.isfinite(first).any()

    def again(*_):
        raise ValueError("fitted again")

    monkeypatch.setattr(fit, "_score", again)
    assert np.array_equal(fit.unseen_scores(held, folds), first, equal_nan=True)
    monkeypatch.setattr(fit, "STEPS", 3)
    with pytest.raises(ValueError, match="fitted again"):
        fit.unseen_scores(held, folds)
