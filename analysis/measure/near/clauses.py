"""Which clauses of a spec are most alike: half the likeness that links a query to its clauses,
half the cosine of their TF-IDF words, since two clauses share words that a query seldom has.

Two clauses that say nearly the same thing are where a reader of the spec looks for a rank between
them. A pointer for reading, never evidence (see `near`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.measure.near.queries import finder
from analysis.measure.near.subjects import tokens
from analysis.parse.specs.clause import Clause

MOST = 5
FLOOR = 0.05
"""Likeness below which two clauses share a stray word at most."""


def nearest(clauses: Sequence[Clause], anchor: str, count: int = MOST) -> pd.DataFrame:
    """The clauses most like one, the likeliest first: clause, likeness (`FLOOR` to 1).

    The clause's title and text are asked like a query; headings without a rule of their own are
    never found. Empty where the spec has no such clause.
    """
    mine = next((c for c in clauses if c.anchor == anchor), None)
    ready = finder(clauses)
    if mine is None or not ready.anchors:
        return pd.DataFrame({"clause": [], "likeness": []})
    text = f"{mine.title}. {mine.text}"
    both = ready.likeness([text], [""]) + ready.words.likeness([tokens(text)])
    likeness = np.asarray(both)[0] / 2
    order = [i for i in np.argsort(-likeness, kind="stable") if ready.anchors[i] != anchor]
    best = [i for i in order if likeness[i] >= FLOOR][:count]
    return pd.DataFrame(
        {"clause": [ready.anchors[i] for i in best], "likeness": [likeness[i] for i in best]}
    )
