"""One model among the others: how far it stands from each of them on the same queries."""

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.store.queries import lean_sql
from analysis.store.queries.values import members
from analysis.store.study import OpenStudy

_MOMENTS = ("families", "n", "y", "yy", "yn", "nn")


def distances(study: OpenStudy, model: str) -> pd.DataFrame:
    """Family moments of the distance between one model's positions and every other model's.

    One row another model, in the registry's order: model, provider, and families, n, y, yy, yn,
    nn (see `measure.estimates_grouped`) of |position - position| (0..6) over the scenarios and
    values where both have a position. First replicates.
    """
    who = members(study)
    if model not in who.models:
        raise FaultlineError(f"The study “{study.info.id}” has no model “{model}”.")
    count, own = len(who.models), who.models.index(model)
    others = [m for m in range(count) if m != own]
    if not others:
        return pd.DataFrame(columns=["model", "provider", *_MOMENTS])
    totals = ", ".join(
        f"sum(CASE WHEN h{own} + h{m} = 2 THEN abs(p{m} - p{own}) ELSE 0 END)::DOUBLE AS y{m}, "
        f"sum(h{own} * h{m})::DOUBLE AS n{m}"
        for m in others
    )
    sums = ", ".join(
        f"count(*) FILTER (n{m} > 0), sum(n{m}), sum(y{m}), sum(y{m} * y{m}), sum(y{m} * n{m}), "
        f"sum(n{m} * n{m})"
        for m in others
    )
    sql = (
        f"WITH packed AS {lean_sql.packed(count)}, slots AS "
        f"{lean_sql.slots(count, 'true', 'true')}, "
        f"totals AS (SELECT family, {totals} FROM slots GROUP BY family) "
        f"SELECT {sums} FROM totals"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models)}).fetchall()[0]
    moments = np.array([x or 0 for x in found], dtype=float).reshape(len(others), len(_MOMENTS))
    frame = pd.DataFrame(moments, columns=list(_MOMENTS))
    frame.insert(0, "model", [who.models[m] for m in others])
    frame.insert(1, "provider", [who.providers[m] for m in others])
    return frame
