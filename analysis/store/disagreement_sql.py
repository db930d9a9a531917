"""D in SQL, from n and n S2 - S1^2 of both values (`measure.disagreement_formula`).

Rows have the columns n1, spread1, n2, spread2, d and `given` (D is the source's own, without
positions), as `schema.Disagreement` has them.
"""

from analysis.measure.disagreement_formula import squared
from analysis.vocabulary import BIN_EDGES, CLOSE


def spread_sql(n: str, total: str, squares: str) -> str:
    """n S2 - S1^2 of one value's positions."""
    return f"(({n}) * ({squares}) - ({total}) * ({total}))"


def d_sql(n1: str, spread1: str, n2: str, spread2: str) -> str:
    """D: the larger population standard deviation of the two values; null below two positions."""
    parts = [
        f"CASE WHEN {n} > 1 THEN sqrt({spread}) / {n} END"
        for n, spread in ((n1, spread1), (n2, spread2))
    ]
    return f"greatest({', '.join(parts)})"


D_SQL = d_sql("n1", "spread1", "n2", "spread2")
"""D of rows that have the four columns."""


STATED_SQL = "SELECT 1 FROM disagreement WHERE given LIMIT 1"
"""A row where the source states a D."""


def at_least_sql(threshold: float, prefix: str = "") -> str:
    """`D >= threshold`, asked exactly in integers; near enough where the source states D."""
    terms = [f"({prefix}n{v} > 1 AND {_compared(threshold, '>=', prefix, v)})" for v in (1, 2)]
    given = f"({prefix}given AND {prefix}d >= {round(threshold, 4) - CLOSE!r})"
    return f"({' OR '.join([*terms, given])})"


def at_most_sql(threshold: float, prefix: str = "") -> str:
    """`D <= threshold`, asked exactly in integers; near enough where the source states D."""
    terms = [f"({prefix}n{v} < 2 OR {_compared(threshold, '<=', prefix, v)})" for v in (1, 2)]
    stated = f"({prefix}given AND {prefix}d <= {round(threshold, 4) + CLOSE!r})"
    return (
        f"({prefix}d IS NOT NULL AND ({stated} OR (NOT {prefix}given AND {' AND '.join(terms)})))"
    )


def _compared(threshold: float, how: str, prefix: str, value: int) -> str:
    """One value's standard deviation against a threshold, both squared."""
    a, b = squared(threshold)
    n = f"{prefix}n{value}"
    return f"{b}::BIGINT * {prefix}spread{value} {how} {a}::BIGINT * {n}::INTEGER * {n}"


def bin_sql() -> str:
    """Index 0..4 of the disagreement bin, from the exact integers."""
    cases = [
        f"WHEN {at_least_sql(edge)} THEN {i}"
        for i, edge in reversed(list(enumerate(BIN_EDGES[:-1])))
    ]
    return f"CASE WHEN d IS NULL THEN NULL {' '.join(cases)} END"
