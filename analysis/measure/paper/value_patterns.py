"""The paper's published value patterns, and whether a study's leans point the same way.

The paper (Zhang et al. 2025, arXiv:2510.07686, and its blog post) counts values *exhibited* in
free text, a label that is not in the dataset. Its figure can't be recomputed, only compared in
direction.
"""

from collections.abc import Iterable

import pandas as pd

from analysis.measure import claims
from analysis.measure.estimates.estimates import q_values
from analysis.measure.paper.published import TENDENCIES


def about(providers: Iterable[str]) -> bool:
    """Whether the paper says anything about one of these providers."""
    return not TENDENCIES.keys().isdisjoint(providers)


def compared(found: pd.DataFrame) -> pd.DataFrame:
    """One row a published pattern: provider, category, verdict, and this study's lean behind it.

    `found`: `measure.values.estimates` of leans by category. Every published pattern is a lean
    towards the category; together they are one family of nine hypotheses, whatever else the study
    holds (Benjamini-Hochberg over them). `agrees` and `disagrees` need a q within what may be
    claimed (`measure.claims.verdict`); all else, also a provider or category that the study lacks,
    is `too little data`.
    Columns: provider, category, verdict, value, low, high, n, families, q (NaN where absent).
    """
    published = pd.DataFrame(
        [(p, c) for p, categories in TENDENCIES.items() for c in categories],
        columns=["provider", "category"],
    )
    mine = found[found["kind"] == "provider"].rename(
        columns={"name": "provider", "key": "category"}
    )
    columns = ["provider", "category", "value", "low", "high", "n", "families", "p"]
    both = published.merge(mine[columns], how="left", on=["provider", "category"])
    both["q"] = q_values(both["p"].to_numpy(float))
    both["verdict"] = [claims.verdict(v, q) for v, q in zip(both["value"], both["q"], strict=True)]
    return both.drop(columns="p")
