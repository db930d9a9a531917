"""Choices between two values: which one each model favored, for Bradley-Terry strengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError
from analysis.queries import lean_sql
from analysis.queries.values import members
from analysis.store.study import OpenStudy
from analysis.vocabulary import Nudge

IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Choices:
    """Which value each model favored, one entry a scenario with a known nudge.

    `first`, `second` are codes into `values`, `family` numbers the sorted names of families;
    `nudge` +1 towards value 1, -1 towards value 2, 0 neutral; `favored`: per model +1 where value
    1 stands higher, -1 where value 2 does, 0 for a tie, -2 where a position is missing. `unknown`
    counts scenarios left out because their nudge is not known; where none is known they stay,
    with nudge 0, and `nudged` is False.
    """

    values: tuple[str, ...]
    first: IntArray
    second: IntArray
    family: IntArray
    nudge: IntArray
    favored: dict[str, IntArray]
    unknown: int
    nudged: bool


def choices(study: OpenStudy, models: Sequence[str] | None = None) -> Choices:
    """The pairwise choices of some models (all by default), for Bradley-Terry strengths."""
    every = members(study)
    chosen = [m for m in every.models if models is None or m in models]
    if not chosen:
        raise FaultlineError(f"The study “{study.info.id}” has no such model.")
    favored = []
    for i in range(len(chosen)):
        (p1, h1), (p2, h2) = lean_sql.unpacked("w1", i), lean_sql.unpacked("w2", i)
        favored.append(
            f"(CASE WHEN {h1} + {h2} < 2 THEN -2 ELSE sign({p1} - {p2}) END)::TINYINT AS m{i}"
        )
    sql = (
        f"WITH packed AS {lean_sql.packed(len(chosen))}, "
        "named AS (SELECT value, (row_number() OVER (ORDER BY value) - 1)::INTEGER AS code FROM "
        "(SELECT value1 AS value FROM scenarios UNION SELECT value2 FROM scenarios)), "
        "kin AS (SELECT family, (row_number() OVER (ORDER BY family) - 1)::INTEGER AS code FROM "
        "(SELECT DISTINCT family FROM scenarios)) "
        "SELECT a.code AS first, b.code AS second, kin.code AS family, "
        f"(CASE nudge WHEN '{Nudge.VALUE1}' THEN 1 WHEN '{Nudge.VALUE2}' THEN -1 "
        f"WHEN '{Nudge.NEUTRAL}' THEN 0 ELSE -2 END)"
        f"::TINYINT AS nudge, {', '.join(favored)} FROM packed JOIN scenarios s USING "
        "(scenario_no) JOIN named a ON a.value = s.value1 JOIN named b ON b.value = s.value2 "
        "JOIN kin ON kin.family = s.family ORDER BY scenario_no"
    )
    names = "SELECT value1 AS name FROM scenarios UNION SELECT value2 FROM scenarios ORDER BY 1"
    with study.cursor() as con:
        found = con.execute(sql, {"members": chosen}).fetchnumpy()
        named = con.execute(names).fetchall()
    return _choices(found, tuple(r[0] for r in named), chosen)


def _choices(found: dict[str, Any], names: tuple[str, ...], chosen: list[str]) -> Choices:
    columns = {k: np.ma.getdata(v).astype(np.int64) for k, v in found.items()}
    known = columns["nudge"] > -2
    nudged = bool(known.any())
    kept = known if nudged else ~known
    column = {k: v[kept] for k, v in columns.items()}
    return Choices(
        names,
        column["first"],
        column["second"],
        column["family"],
        column["nudge"] if nudged else np.zeros(int(kept.sum()), dtype=np.int64),
        {model: column[f"m{i}"] for i, model in enumerate(chosen)},
        int((~kept).sum()),
        nudged,
    )
