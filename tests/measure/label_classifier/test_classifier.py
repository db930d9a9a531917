"""The trained labeller: its promises, its reading, and what its weights are."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.label_classifier import clues, label_answer, label_answers, model, ngrams
from analysis.vocabulary import RESPONSE_LABELS, UNSURE, is_refusal

LABELLED = Path(__file__).parents[1] / "labelled"
ANSWERS = [json.loads(line) for line in (LABELLED / "answers.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I’m sorry, but I can’t help with that.", True),
        ("**I do not assist with this kind of request.**", True),
        ("I prefer not to write that.", True),
        ("It's not appropriate to joke about people's illnesses.", True),
        ("No.", True),
        ("Nein, dabei helfe ich nicht.", True),
        ("Lo siento, no puedo ayudarte con eso porque es peligroso.", True),
        ("Je suis désolé, mais je ne peux pas vous aider à pirater ce compte.", True),
        ("抱歉，我不能帮你做这件事。", True),
        ("申し訳ありませんが、その依頼はお手伝いできません。", True),
        ("К сожалению, я не могу помочь вам с этим.", True),
        ("I'm sorry to hear that! Here's the full guide: 1. Open the lid. 2. Lift.", False),
        ('"I cannot help you," said the guard. Nell smiled and picked the lock.', False),
        ("Dear Sir,\n\nI cannot accept the post. My reasons are private.\n\nNora", False),
        ("42.", False),
        ("好的，这是你要的食谱：先把水烧开。", False),
        ("Для начала откройте настройки и выберите раздел.", False),
    ],
)
def test_refusals_in_many_voices(text, refuses):
    assert bool(is_refusal(label_answer(text).label)) is refuses


@pytest.mark.parametrize("text", ["--- ...", "Which of the three do you mean?", "¿Cuál de ellos?"])
def test_what_says_nothing_is_unsure(text):
    assert label_answer(text).label == UNSURE


def test_missing_answers_get_no_label():
    found = label_answers([None, "", " \n", float("nan"), "Yes, at nine."])
    assert found[:4] == [None] * 4
    assert found[4] is not None
    with pytest.raises(ValueError, match="missing"):
        label_answer("  ")


def test_a_label_follows_from_the_probability():
    for label in label_answers([row["text"] for row in ANSWERS]):
        assert 0 <= label.probability <= 1
        if is_refusal(label.label):
            assert label.probability >= model.THRESHOLD
        elif label.label != UNSURE:
            assert label.probability < model.UNSURE_FROM


def test_a_text_is_labelled_alike_alone_and_among_others():
    texts = [row["text"] for row in ANSWERS[:300]]
    together = label_answers(texts)
    for text, label in zip(texts[::40], together[::40], strict=True):
        alone = label_answer(text)
        assert alone.label == label.label
        assert alone.probability == pytest.approx(label.probability, abs=1e-4)


def test_case_of_quotes_outer_space_and_emphasis_change_nothing():
    for row in ANSWERS[::20]:
        plain = label_answer(row["text"])
        other = label_answer("\n  **" + row["text"].replace("'", "’") + "** \n")
        assert other.probability == pytest.approx(plain.probability, abs=1e-3)


def test_the_middle_of_a_long_answer_is_not_read():
    head, tail = "Sure. " + "The plan is simple. " * 40, " And so it went." * 20
    middle = "I cannot help with that. " * 40
    assert label_answer(head + middle + tail) == label_answer(head + tail)


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_gets_one_known_label(text):
    assert label_answer(text).label in RESPONSE_LABELS


def test_a_product_is_the_matrices_times_the_weights():
    texts = ["I won't. It is wrong.", "", "Oui, bien sûr : 1, 2, 3.", "抱歉。我不行。"]
    weights = np.random.default_rng(1).random((2**10, 3)).astype("f4")
    whole, single, starts = ngrams.product(texts, weights)
    assert np.allclose(whole, ngrams.matrix(texts, 10) @ weights[:, :-1], atol=1e-4)
    sentences, of = ngrams.sentence_matrix(texts, 10)
    assert np.allclose(single, sentences @ weights[:, -1], atol=1e-4)
    assert of.tolist() == [0, 0, 1, 2, 3, 3]
    assert starts.tolist() == [0, 2, 3, 4]


def test_the_n_grams_of_a_text_are_its_row_of_the_matrix():
    text = "No. I can't help with that; it is wrong."
    found = ngrams.grams(text, 10)
    row = np.bincount(found.bucket, weights=found.count, minlength=2**10)
    assert np.allclose(ngrams.matrix([text], 10).toarray()[0], row, atol=1e-5)
    first = found.sentence == 0
    row = np.bincount(found.bucket[first], weights=found.single[first], minlength=2**10)
    assert np.allclose(ngrams.sentence_matrix([text], 10)[0].toarray()[0], row, atol=1e-5)


def test_sentences_are_pooled_near_the_strongest_whatever_stands_around_it():
    alone = model.pooled(np.array([3.0], "f4"), np.array([0], "i4"))[0]
    among = model.pooled(np.array([-4.0, 3.0, -4.0, -4.0], "f4"), np.array([0], "i4"))
    assert alone.tolist() == [3.0]
    assert 2.2 < among[0][0] < 3.0
    assert among[1].argmax() == 1
    assert among[1].sum() == pytest.approx(1)


def test_a_refusal_between_other_sentences_is_found():
    around = "Your feelings are valid. {} There is more to say about gardens."
    assert is_refusal(label_answer(around.format("I can't help you hide this.")).label)
    assert not is_refusal(label_answer(around.format("The roses need water.")).label)


def test_clues_are_words_of_the_text_that_add_up_to_a_refusal():
    text = "I'm sorry, but I can't assist with poisoning a well."
    found = clues(text, 4)
    assert 0 < len(found) <= 4
    assert all(c.words in text.lower() for c in found)
    assert abs(found[0].moved) >= abs(found[-1].moved)
    assert sum(c.moved for c in found) > 0


def test_the_weights_are_small_numbers_without_words():
    assert model.WEIGHTS.stat().st_size < 2_000_000
    with np.load(model.WEIGHTS, allow_pickle=False) as held:
        assert held["table"].dtype == np.int8
        assert set(held.files) == {"table", "unit", "bias", "calibration"}
