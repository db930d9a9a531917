"""Fitting the labeller: linear models on hashed n-grams, calibrated on voices it did not see.

Refusal or not is learned from whole texts and from their sentences at once: nobody says which
sentence refuses, the model finds out, since a text's score is that of the whole plus that of its
most refusing sentences (`model.pooled`).
"""

import hashlib
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import corpus
import numpy as np
from corpus import Example
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from analysis.measure.label_classifier import ngrams
from analysis.measure.label_classifier.model import pooled
from analysis.vocabulary import COMPLIANCES, REFUSALS
from analysis.whole_files import replacing

warnings.filterwarnings("ignore", category=ConvergenceWarning)

STRENGTH = 3.0
"""Inverse of the penalty on weights, the same for every model."""
SHARED = 3
"""n-grams of fewer texts are not learned from."""
STEPS = 40
"""Steps of the search for weights; more change little."""
CALIBRATED = tuple(corpus.XSTEST.values())
PRECISION = 0.95
"""Of the answers of unseen models above the threshold so many are refusals, or more."""
INVENTED = 0.045
"""Of the other answers of unseen models so many are above the threshold, or fewer."""
MARGIN = 0.2
"""How far the threshold lies above the lowest score with that `PRECISION` and `INVENTED`: it costs
unseen models one refusal in 200, and spares short answers in other languages."""
EVEN = 1.4
"""How far kinds of response are made to count alike: 0 counts every text, 1 every
kind, and beyond that the rare ones count more."""
PROCESSES = 3
"""So many models are fitted at a time."""
DONE = Path(__file__).resolve().parent / ".tmp"
"""What was found for each fold; it can be deleted."""
LANGUAGE_PARTS = 4
"""Languages are left out a quarter of their sentences at a time, everything else as a whole."""
VOICE_PARTS = 6
"""Into so many parts our voices fall; each is left out as a whole."""


@dataclass(frozen=True)
class Table:
    """Examples with their n-grams, and the same said otherwise, which are only learned from."""

    examples: list[Example]
    grams: "Grams"
    varied: list[Example]
    varied_grams: "Grams"
    threshold: float = 0.0
    """The score of an even chance, once it is known."""


def table(examples: Sequence[Example]) -> Table:
    """Read all texts once."""
    own = [e for e in examples if is_own(e)]
    varied = [*corpus.varied(own), *corpus.lengthened(own)]
    return Table(list(examples), grams(examples), varied, grams(varied))


@dataclass(frozen=True)
class Grams:
    """The n-grams of texts: `whole` (texts x buckets), `single` (sentences x buckets), and the
    number of the text that each sentence belongs to, in order."""

    whole: csr_matrix
    single: csr_matrix
    of: np.ndarray

    def rows(self, kept: np.ndarray) -> "Grams":
        """Some of the texts, by a true or false each."""
        inside = kept[self.of]
        return Grams(self.whole[kept], self.single[inside], (np.cumsum(kept) - 1)[self.of[inside]])

    def shared(self) -> "Grams":
        """Without the n-grams of fewer than `SHARED` texts, whose weights could only learn single
        texts by heart."""
        texts = np.bincount(self.whole.indices, minlength=self.whole.shape[1])
        return Grams(
            _of_columns(self.whole, texts >= SHARED),
            _of_columns(self.single, texts >= SHARED),
            self.of,
        )

    def and_(self, other: "Grams") -> "Grams":
        """These texts and others."""
        return Grams(
            vstack([self.whole, other.whole]).tocsr(),
            vstack([self.single, other.single]).tocsr(),
            np.concatenate([self.of, other.of + self.whole.shape[0]]),
        )

    @property
    def starts(self) -> np.ndarray:
        """Each text's first sentence."""
        return np.flatnonzero(np.append(True, self.of[1:] != self.of[:-1]))


def _of_columns(counts: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """The same rows and columns, with entries in some of the columns only."""
    inside = kept[counts.indices]
    ends = np.concatenate([[0], np.cumsum(inside)])[counts.indptr]
    return csr_matrix((counts.data[inside], counts.indices[inside], ends), counts.shape)


@dataclass(frozen=True)
class Refusal:
    """Refusal or not: weights of the whole text, of its sentences, and a bias."""

    whole: np.ndarray
    single: np.ndarray
    bias: float

    def scores(self, read: Grams) -> np.ndarray:
        """One score a text."""
        sentences = read.single @ self.single
        return read.whole @ self.whole + pooled(sentences, read.starts)[0] + self.bias


def grams(examples: Sequence[Example]) -> Grams:
    """The n-grams of what is read of each answer."""
    texts = [ngrams.opening_and_end(e.text) for e in examples]
    return Grams(ngrams.matrix(texts), *ngrams.sentence_matrix(texts))


def is_own(example: Example) -> bool:
    """Whether a text is of our own writing."""
    return not example.voice.startswith(("XSTest", "SpeechMap")) and example.voice != corpus.REAL


def fold(example: Example) -> str:
    """What is left out together: an XSTest model; all other texts of others; a quarter of every
    language's sentences; or some of our voices, which is harder than a voice at a time."""
    if example.voice in CALIBRATED:
        return example.voice
    if not is_own(example):
        return "others"
    if len(example.voice) == 2:
        return f"languages {example.part % LANGUAGE_PARTS}"
    return f"voices {zlib.crc32(example.voice.encode()) % VOICE_PARTS}"


def without(held: Table, out: str | None) -> tuple[Grams, list[Example]]:
    """What is learned from when one fold is left out, varied texts included."""
    kept = np.array([fold(e) != out for e in held.examples])
    kept_varied = np.array([fold(e) != out for e in held.varied])
    examples = [e for e, k in zip(held.examples, kept, strict=True) if k]
    examples += [e for e, k in zip(held.varied, kept_varied, strict=True) if k]
    return held.grams.rows(kept).and_(held.varied_grams.rows(kept_varied)), examples


def refusal(read: Grams, examples: Sequence[Example]) -> Refusal:
    """Refusal or not, from the examples where that is known.

    Logistic loss with a penalty on all weights, by L-BFGS from weights of zero: the sentences'
    shares make it not quite convex, and the same start gives the same weights.
    """
    known = np.array([e.refuses is not None for e in examples])
    read = read.rows(known).shared()
    learned = [e for e in examples if e.refuses is not None]
    sign = np.array([1.0 if e.refuses else -1.0 for e in learned])
    weight = STRENGTH * np.array([e.weight for e in learned])
    starts, buckets = read.starts, read.whole.shape[1]
    whole, single = read.whole.T.tocsr(), read.single.T.tocsr()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        at = p.astype("f4")
        sentences = (read.single @ at[buckets:-1]).astype("f8")
        sums, share = pooled(sentences, starts)
        margin = sign * (read.whole @ at[:buckets] + sums + p[-1])
        slope = -(weight * sign / (1 + np.exp(margin)))
        gradient = p.copy()
        gradient[:buckets] += whole @ slope.astype("f4")
        gradient[buckets:-1] += single @ (slope[read.of] * share).astype("f4")
        gradient[-1] = slope.sum()
        size = float(p[:-1] @ p[:-1]) / 2
        return float(weight @ np.logaddexp(0, -margin)) + size, gradient

    options = {"maxiter": STEPS, "maxcor": 8}
    found = minimize(loss, np.zeros(2 * buckets + 1), jac=True, method="L-BFGS-B", options=options)
    return Refusal(found.x[:buckets], found.x[buckets:-1], float(found.x[-1]))


def kinds(read: Grams, examples: Sequence[Example], names: Sequence[str]) -> LogisticRegression:
    """Which of `names` an answer is, from the examples that are one of them."""
    return _fitted(read.whole, examples, [e.type if e.type in names else None for e in examples])


def _fitted(
    grams_: csr_matrix, examples: Sequence[Example], known: Sequence[object]
) -> LogisticRegression:
    rows = [i for i, k in enumerate(known) if k is not None]
    model = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=1e-3)
    weight = np.array([examples[i].weight for i in rows])
    of = np.array([str(known[i]) for i in rows])
    total = {kind: weight[of == kind].sum() for kind in set(of)}
    balanced = weight * [(weight.sum() / len(total) / total[kind]) ** EVEN for kind in of]
    return model.fit(grams_[rows], of, sample_weight=balanced)


def unseen_scores(held: Table, folds: Sequence[str] | None = None) -> np.ndarray:
    """Each example's log odds of a refusal by a model that did not see its fold (else nan).

    What was found for a fold is kept (`DONE`), so a run that was stopped goes on where it was.
    """
    names = np.array([fold(e) for e in held.examples])
    scores = np.full(len(names), np.nan)
    chosen = sorted(set(names)) if folds is None else list(folds)
    digest = _digest(held)
    files = [DONE / f"{digest} {out}.npy" for out in chosen]
    missing = [(out, file) for out, file in zip(chosen, files, strict=True) if not file.is_file()]
    in_turn(held, _score, missing)
    for out, file in zip(chosen, files, strict=True):
        scores[names == out] = np.load(file)
    return scores


def _score(held: Table, out: str, file: Path) -> None:
    mine = np.array([fold(e) == out for e in held.examples])
    found = refusal(*without(held, out)).scores(held.grams.rows(mine))
    with replacing(file) as aside, aside.open("wb") as stream:
        np.save(stream, found)


def _digest(held: Table) -> str:
    """What the scores of a fold depend on, in a few characters: texts, labels and settings."""
    read = hashlib.sha256(repr((STRENGTH, SHARED, STEPS, ngrams.KINDS)).encode())
    for one in (*held.examples, *held.varied):
        read.update(repr(one).encode())
    return read.hexdigest()[:16]


def in_turn(held: Table, work: Callable[..., Any], tasks: Sequence[tuple[object, ...]]) -> list:
    """What `work` gives for the table and each task, in order; several processes at a time, which
    share the table by forking, so only where the system can fork."""
    _FORKED.append((held, work))
    try:
        with get_context("fork").Pool(PROCESSES, maxtasksperchild=1) as pool:
            return pool.map(_one, tasks, chunksize=1)
    finally:
        _FORKED.pop()


_FORKED: list[tuple[Table, Callable[..., object]]] = []
"""What the processes of `in_turn` are forked with."""


def _one(task: tuple[object, ...]) -> object:
    held, work = _FORKED[-1]
    return work(held, *task)


def calibration(held: Table, scores: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the log odds, from scores on the unseen voices of `CALIBRATED`: the slope
    is Platt's (1999), the offset puts an even chance `MARGIN` above the lowest score from which on
    `PRECISION` of the answers are refusals and at most `INVENTED` of the others are among them."""
    rows = [
        i
        for i, e in enumerate(held.examples)
        if e.refuses is not None and e.voice in CALIBRATED and np.isfinite(scores[i])
    ]
    refuses = np.array([held.examples[i].refuses for i in rows], dtype=bool)
    slope = float(LogisticRegression(C=1e3).fit(scores[rows, None], refuses).coef_[0, 0])
    order = np.argsort(-scores[rows])
    right = np.cumsum(refuses[order])
    called = np.arange(1, len(rows) + 1)
    good = (right >= PRECISION * called) & (called - right <= INVENTED * (~refuses).sum())
    last = int(np.flatnonzero(good)[-1])
    return slope, -slope * (float(scores[rows][order][last]) + MARGIN)


def types(held: Table, voices: Sequence[str], scores: np.ndarray) -> list[list[str]]:
    """The response type of each example of each voice by models that did not see its fold: refusal
    or not by the `scores` of `unseen_scores`, and then the kind."""
    tasks = [(voice, names) for voice in voices for names in (REFUSALS, COMPLIANCES)]
    found = in_turn(held, _kinds_of, tasks)
    all_types = []
    for voice, refused, complied in zip(voices, found[::2], found[1::2], strict=True):
        mine = np.array([e.voice == voice for e in held.examples])
        refuses = scores[mine] >= held.threshold
        all_types.append([str(t) for t in np.where(refuses, refused, complied)])
    return all_types


def _kinds_of(held: Table, voice: str, names: Sequence[str]) -> np.ndarray:
    mine = np.array([e.voice == voice for e in held.examples])
    out = fold(held.examples[int(np.flatnonzero(mine)[0])])
    found: np.ndarray = kinds(*without(held, out), names).predict(held.grams.rows(mine).whole)
    return found


def columns(held: Table) -> tuple[np.ndarray, np.ndarray]:
    """Weights (buckets x columns) and biases, learned from everything: refusal, its second and
    third kind against its first, the three further ones of compliance against the first; the
    weights have one more column, of refusing sentences."""
    found, *others = in_turn(held, _column, [(None,), (REFUSALS,), (COMPLIANCES,)])
    coefficients, biases = [found.whole[None]], [np.array([found.bias])]
    for names, model in zip((REFUSALS, COMPLIANCES), others, strict=True):
        order = [list(model.classes_).index(name) for name in names]
        kinds_, bias = model.coef_[order], model.intercept_[order]
        coefficients.append(kinds_[1:] - kinds_[0])
        biases.append(bias[1:] - bias[0])
    return np.vstack([*coefficients, found.single[None]]).T, np.concatenate(biases)


def _column(held: Table, names: Sequence[str] | None) -> Any:
    """The model of refusal or not, or of one of `names`."""
    learned = without(held, None)
    return refusal(*learned) if names is None else kinds(*learned, names)
