"""Fitting the labeller: linear models on hashed n-grams, calibrated on voices it did not see."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import corpus
import numpy as np
from corpus import Example
from scipy.sparse import csr_matrix, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from analysis.measure.label_classifier import ngrams
from analysis.vocabulary import COMPLIANCES, REFUSALS

warnings.filterwarnings("ignore", category=ConvergenceWarning)

STRENGTH = 3.0
"""Inverse of the penalty on weights, the same for every model."""
CALIBRATED = tuple(corpus.XSTEST.values())
PRECISION = 0.95
"""Of the answers of unseen models above the threshold so many are refusals, or more."""
LANGUAGE_PARTS = 4
"""Languages are left out a quarter of their sentences at a time, everything else as a whole."""


@dataclass(frozen=True)
class Table:
    """Examples with their n-grams, and the same said otherwise, which are only learned from."""

    examples: list[Example]
    grams: csr_matrix
    varied: list[Example]
    varied_grams: csr_matrix
    threshold: float = 0.0
    """The score of an even chance, once it is known."""


def table(examples: Sequence[Example]) -> Table:
    """Read all texts once."""
    own = [e for e in examples if is_own(e)]
    varied = [*corpus.varied(own), *corpus.lengthened(own)]
    return Table(list(examples), grams(examples), varied, grams(varied))


def grams(examples: Sequence[Example]) -> csr_matrix:
    """The n-grams of what is read of each answer."""
    return ngrams.matrix([ngrams.opening_and_end(e.text) for e in examples])


def is_own(example: Example) -> bool:
    """Whether a text is of our own writing."""
    return not example.voice.startswith(("XSTest", "SpeechMap")) and example.voice != corpus.REAL


def fold(example: Example) -> str:
    """What is left out together: a voice, or a quarter of every language's sentences."""
    language = len(example.voice) == 2
    return f"languages {example.part % LANGUAGE_PARTS}" if language else example.voice


def without(held: Table, out: str | None) -> tuple[csr_matrix, list[Example]]:
    """What is learned from when one fold is left out, varied texts included."""
    kept = [fold(e) != out for e in held.examples]
    kept_varied = [fold(e) != out for e in held.varied]
    examples = [e for e, k in zip(held.examples, kept, strict=True) if k]
    examples += [e for e, k in zip(held.varied, kept_varied, strict=True) if k]
    return vstack([held.grams[kept], held.varied_grams[kept_varied]]).tocsr(), examples


def refusal(grams_: csr_matrix, examples: Sequence[Example]) -> LogisticRegression:
    """Refusal or not, from the examples where that is known."""
    return _fitted(grams_, examples, [e.refuses for e in examples])


def kinds(
    grams_: csr_matrix, examples: Sequence[Example], names: Sequence[str]
) -> LogisticRegression:
    """Which of `names` an answer is, from the examples that are one of them."""
    return _fitted(grams_, examples, [e.type if e.type in names else None for e in examples])


def _fitted(
    grams_: csr_matrix, examples: Sequence[Example], known: Sequence[object]
) -> LogisticRegression:
    rows = [i for i, k in enumerate(known) if k is not None]
    model = LogisticRegression(C=STRENGTH, max_iter=60, tol=1e-3)
    weight = np.array([examples[i].weight for i in rows])
    return model.fit(grams_[rows], [known[i] for i in rows], sample_weight=weight)


def unseen_scores(held: Table, folds: Sequence[str] | None = None) -> np.ndarray:
    """Each example's log odds of a refusal by a model that did not see its fold (else nan)."""
    names = np.array([fold(e) for e in held.examples])
    scores = np.full(len(names), np.nan)
    for out in sorted(set(names)) if folds is None else folds:
        scores[names == out] = refusal(*without(held, out)).decision_function(
            held.grams[names == out]
        )
    return scores


def calibration(held: Table, scores: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the log odds, from scores on the unseen voices of `CALIBRATED`: the slope
    is Platt's (1999), the offset puts an even chance at the lowest score from which on `PRECISION`
    of the answers are refusals."""
    rows = [
        i
        for i, e in enumerate(held.examples)
        if e.refuses is not None and e.voice in CALIBRATED and np.isfinite(scores[i])
    ]
    refuses = np.array([held.examples[i].refuses for i in rows], dtype=bool)
    slope = float(LogisticRegression(C=1e3).fit(scores[rows, None], refuses).coef_[0, 0])
    order = np.argsort(-scores[rows])
    right = np.cumsum(refuses[order]) / np.arange(1, len(rows) + 1)
    last = int(np.flatnonzero(right >= PRECISION)[-1])
    return slope, -slope * float(scores[rows][order][last])


def types(held: Table, out: str) -> list[str]:
    """The response type of each example of one fold by a model that did not see it."""
    weights, bias = columns(*without(held, out))
    rows = [i for i, e in enumerate(held.examples) if fold(e) == out]
    sums = held.grams[rows] @ weights + bias
    refused = sums[:, 1 : 1 + len(REFUSALS)].argmax(axis=1)
    complied = sums[:, 1 + len(REFUSALS) :].argmax(axis=1)
    return [
        REFUSALS[no] if score >= held.threshold else COMPLIANCES[yes]
        for score, no, yes in zip(sums[:, 0], refused, complied, strict=True)
    ]


def columns(grams_: csr_matrix, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Weights (buckets x columns) and biases: refusal, its three kinds, the four of compliance."""
    models = [refusal(grams_, examples)]
    coefficients, biases = [models[0].coef_], [models[0].intercept_]
    for names in (REFUSALS, COMPLIANCES):
        model = kinds(grams_, examples, names)
        order = [list(model.classes_).index(name) for name in names]
        coefficients.append(model.coef_[order])
        biases.append(model.intercept_[order])
    return np.vstack(coefficients).T, np.concatenate(biases)
