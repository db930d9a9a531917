"""Value preferences: lean, raw mean and favor rate per category, with family-clustered intervals.

Lean of a model on a value in a scenario: its position minus the mean position of the models of
all other providers on that value there (-6..6), which removes the family's rubric; with a single
provider the baseline is the other models. From its own level: that lean minus the model's mean lean
over all values, since who follows whatever is asked leans towards everything. Provider: the mean
over its models, each weighing the same. Intervals take the models as fixed and speak of families.
After Zhang et al. 2025
(arXiv:2510.07686), whose own figure counts values in free text and can't be recomputed.
"""

import numpy as np
import pandas as pd

from analysis.measure.estimates.estimates import q_values
from analysis.measure.estimates.grouped import means_from_moments, rates_from_moments
from analysis.vocabulary import HIGHEST_POSITION, SIGNIFICANT

LEANS = ("lean", "own")
"""Measures that are held against 0: the lean, and the lean from the model's own level."""
_SPAN = float(HIGHEST_POSITION)
RANGES = {
    "lean": (-_SPAN, _SPAN),
    "own": (-2 * _SPAN, 2 * _SPAN),
    "raw": (0.0, _SPAN),
    "favor": (0.0, 1.0),
}
_ROUNDING = 1e-10  # means nearer to 0 than this are what floating point leaves of 0


def estimates(sums: pd.DataFrame, measure: str = "lean") -> pd.DataFrame:
    """One row a key (category or value) and unit (model or provider), as in `sums`.

    `sums` (from `queries.values.sums`): key, kind, name, n, mean, squares (over families, of what
    each adds to the mean), families, nn, n4; for `favor` also some, short.
    Columns: key, kind, name, value (lean -6..6, raw 0..6, favor 0..1), low, high, n (positions),
    families, undefined (the reason, else ""). For leans also p (that the lean is 0), q
    (Benjamini-Hochberg over the cells of the same kind given here) and differs (q <= 0.05). Raw
    means and rates have no null value: NaN, and differs is False.
    """
    moments = _moments(sums)
    if measure == "favor":
        found = rates_from_moments(moments.assign(some=sums["some"], short=sums["short"]))
    else:
        found = means_from_moments(moments)
    done = pd.concat([sums[["key", "kind", "name"]].reset_index(drop=True), found], axis=1)
    # Few families give intervals that reach beyond what a mean of positions can be.
    done[["low", "high"]] = done[["low", "high"]].clip(*RANGES[measure])
    done["p"] = done["p"] if measure in LEANS else np.nan
    done["q"] = done.groupby("kind", sort=False)["p"].transform(lambda p: q_values(p.to_numpy()))
    done["differs"] = done["q"] <= SIGNIFICANT
    columns = "key kind name value low high n families p q differs undefined"
    return done[columns.split()]


def _moments(sums: pd.DataFrame) -> pd.DataFrame:
    """Family moments with the mean and the linearised variance that `sums` states.

    A provider's mean weighs models, not cases, so its variance comes as the sum of squared
    influences; with yn = mean * nn these moments give just that one.
    """
    rows = sums.reset_index(drop=True)
    n = rows["n"].to_numpy(float)
    mean = rows["mean"].to_numpy(float)
    mean = np.where(np.abs(mean) < _ROUNDING, 0.0, mean)
    squares = rows["squares"].to_numpy(float)
    squares = np.where(squares < _ROUNDING**2, 0.0, squares)
    nn = rows["nn"].to_numpy(float)
    return pd.DataFrame(
        {
            "families": rows["families"].astype(float),
            "n": n,
            "y": mean * n,
            "yy": squares * n**2 + mean**2 * nn,
            "yn": mean * nn,
            "nn": nn,
            "n4": rows["n4"].to_numpy(float),
        }
    )


def grid(found: pd.DataFrame, kind: str, column: str = "value") -> pd.DataFrame:
    """One column of `estimates` as a table keys x names of one kind; missing cells are NaN."""
    mine = found[found["kind"] == kind]
    return mine.pivot(index="key", columns="name", values=column)


def strongest(cells: pd.DataFrame) -> tuple[str, str]:
    """(category, name) of the cell to begin with: of those that differ the one farthest from the
    median cell, else the farthest of all. `cells`: category, name, value, differs; not empty."""
    order = cells.assign(size=(cells["value"] - cells["value"].median()).abs())
    top = order.sort_values(["differs", "size"], ascending=False, kind="stable").iloc[0]
    return str(top["category"]), str(top["name"])


def extremes(found: pd.DataFrame, count: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `count` highest and lowest of those that differ from 0, each furthest first."""
    sure = found[found["differs"]].sort_values("value", ascending=False, kind="stable")
    return sure[sure["value"] > 0].head(count), sure[sure["value"] < 0][::-1].head(count)
