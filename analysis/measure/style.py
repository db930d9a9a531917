"""How one answer is written: its words, how much it hedges, how varied its words are.

Features for comparing models, none of them a judgement of quality. Words are runs of
letters, with inner apostrophes. (The length that the Models page shows is in characters:
`figures/frames/answer_means.py`.) Source of the idea of hedges: Hyland, Metadiscourse (2005), the
class "hedges"; the list is our own and English. Source of the lexical diversity: the
moving-average type-token ratio of Covington and McFall (Journal of Quantitative Linguistics 17,
2010).

Why that ratio: the share of different words falls with length, so a plain type-token ratio
compares answers of unlike length by their length. The ratio of the first 100 words is fair but
depends on the opening, where assistants say the same pleasantries; MTLD reads all of the text but
jumps on short ones. The moving average takes the ratio in every window of words and averages:
one number for the whole, the same scale at any length, and undefined below one window.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import pandas as pd

from analysis.measure.label_rules.language import reads_as_english
from analysis.measure.label_rules.topics import STRAIGHT
from analysis.vocabulary import DIVERSITY_WINDOW

MEASURED_WORDS: Final = 1_000
"""Diversity is taken over the first so many words: more change it little and cost time."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SINGLE_WORDS: Final = (
    "might may could perhaps maybe possibly possible probably likely unlikely potentially "
    "presumably apparently supposedly arguably generally often sometimes typically usually "
    "somewhat relatively roughly approximately seem seems seemed appear appears suggest suggests "
    "tend tends uncertain unclear conceivably largely mostly broadly"
)
HEDGES: Final = frozenset(_SINGLE_WORDS.split())
HEDGE_PHRASES: Final = (
    "i think",
    "i believe",
    "i guess",
    "i suppose",
    "i'm not sure",
    "i am not sure",
    "in my opinion",
    "in my view",
    "it depends",
    "to some extent",
    "in some cases",
    "in many cases",
    "as far as i know",
    "not necessarily",
    "more or less",
)


class Style(NamedTuple):
    """Style of one answer. Counts add over answers; rates and means do not.

    `words` and `hedges` are counts, 0 and up. `hedging` is hedges per 100 words, 0 to 100, None
    without words or where the text is not English. `diversity` is the moving-average type-token
    ratio, above 0 to 1, None below one window.
    """

    words: int
    hedges: int | None
    hedging: float | None
    diversity: float | None


def style(text: str) -> Style:
    """Style of one answer; an empty one has 0 words and nothing else."""
    low = text.translate(STRAIGHT).lower()
    words = _WORD.findall(low)
    hedges = _hedges(words) if words and reads_as_english(low) else None
    hedging = None if hedges is None else 100 * hedges / len(words)
    return Style(len(words), hedges, hedging, diversity(words[:MEASURED_WORDS]))


def _hedges(words: Sequence[str]) -> int:
    """Hedging words and phrases in one text, each place once."""
    joined = f" {' '.join(words)} "
    singles = sum(word in HEDGES for word in words)
    return singles + sum(joined.count(f" {phrase} ") for phrase in HEDGE_PHRASES)


def diversity(words: Sequence[str], window: int = DIVERSITY_WINDOW) -> float | None:
    """Moving-average type-token ratio of one text, or None below one window.

    The mean, over every run of `window` words, of its different words divided by `window`;
    between 1 / window (one word repeated) and 1 (no repetition within any window).
    """
    if len(words) < window:
        return None
    counts = Counter(words[:window])
    kinds = total = len(counts)
    for leaving, entering in zip(words, words[window:], strict=False):
        if leaving != entering:
            kinds += (counts[entering] == 0) - (counts[leaving] == 1)
            counts[entering] += 1
            counts[leaving] -= 1
        total += kinds
    return total / ((len(words) - window + 1) * window)


def style_frame(texts: Iterable[str | None]) -> pd.DataFrame:
    """Style of many answers, one row each in the order given.

    Columns `words` and `hedges` (nullable integers), `hedging` and `diversity` (floats), as in
    `Style`. A missing answer (None, or not a text) is a row of missing values, never of zeros.
    """
    rows = [style(t) if isinstance(t, str) else Style(*[None] * 4) for t in texts]  # type: ignore[arg-type]
    frame = pd.DataFrame(rows, columns=list(Style._fields))
    kinds = {"words": "Int64", "hedges": "Int64", "hedging": "float64", "diversity": "float64"}
    return frame.astype(kinds)
