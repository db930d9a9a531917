"""One model among the others: how far it stands from each of them on the same queries."""

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.estimates.grouped import MOMENTS
from analysis.queries import lean_sql
from analysis.queries.archetypes import STYLE
from analysis.queries.values import members
from analysis.store import derived
from analysis.store.study import OpenStudy
from analysis.vocabulary import Outcome


def distances(study: OpenStudy, model: str) -> pd.DataFrame:
    """Family moments of the distance between one model's positions and every other model's.

    One row another model, in the registry's order: model, provider, and families, n, y, yy, yn,
    nn, n4 (see `measure.estimates.grouped`) of |position - position| (0..6) over the scenarios and
    values where both have a position. First replicates.
    """
    who = members(study)
    if model not in who.models:
        raise FaultlineError(f"The study “{study.info.id}” has no model “{model}”.")
    count, own = len(who.models), who.models.index(model)
    others = [m for m in range(count) if m != own]
    if not others:
        return pd.DataFrame(columns=["model", "provider", *MOMENTS])
    totals = ", ".join(
        f"sum(CASE WHEN h{own} + h{m} = 2 THEN abs(p{m} - p{own}) ELSE 0 END)::DOUBLE AS y{m}, "
        f"sum(h{own} * h{m})::DOUBLE AS n{m}"
        for m in others
    )
    sums = ", ".join(
        f"count(*) FILTER (n{m} > 0), sum(n{m}), sum(y{m}), sum(y{m} * y{m}), sum(y{m} * n{m}), "
        f"sum(n{m} * n{m}), sum(n{m} * n{m} * n{m} * n{m})"
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
    moments = np.array([x or 0 for x in found], dtype=float).reshape(len(others), len(MOMENTS))
    frame = pd.DataFrame(moments, columns=list(MOMENTS))
    frame.insert(0, "model", [who.models[m] for m in others])
    frame.insert(1, "provider", [who.providers[m] for m in others])
    return frame


LENGTH, LATENCY, DIVERSITY = "length", "latency", "diversity"
"""Numbers of an answer: characters, seconds, and lexical diversity (0..1)."""


def lengths(study: OpenStudy) -> pd.DataFrame:
    """Family moments of the length of each model's answers, in characters, as `_answers_moments`:
    over the answers whose text was read."""
    return _answers_moments(study, LENGTH)


def latencies(study: OpenStudy) -> pd.DataFrame:
    """Family moments of the seconds that each model took for an answer, as `_answers_moments`: over
    the answers whose source says so."""
    return _answers_moments(study, LATENCY)


def diversities(study: OpenStudy) -> pd.DataFrame:
    """Family moments of the lexical diversity (0..1) of each model's answers, as
    `_answers_moments`: over those that it was measured of (none where nobody measured)."""
    return _answers_moments(study, DIVERSITY)


def answers_sql(study: OpenStudy, which: str) -> str:
    """SELECT of the first answers that have a number: model, family, y (the number)."""
    number, beside = {LENGTH: "chars", LATENCY: "latency_s"}.get(which, "NULL::DOUBLE"), ""
    style = derived.relation(study, STYLE)
    if which == DIVERSITY and style is not None:
        number = "w.diversity"
        beside = (
            f"LEFT JOIN {style} w ON w.scenario_no = responses.scenario_no AND "
            "w.model = responses.model AND w.replicate = responses.replicate "
        )
    return (
        f"SELECT responses.model, family, {number}::DOUBLE AS y FROM responses "
        f"JOIN scenarios USING (scenario_no) {beside}"
        f"WHERE responses.replicate = 0 AND outcome = '{Outcome.ANSWERED}' AND {number} IS NOT NULL"
    )


def _answers_moments(study: OpenStudy, which: str) -> pd.DataFrame:
    """Family moments of a number of each model's whole answers.

    One row a model of the study, in the registry's order: model, label, provider, and the moments
    of `measure.estimates.grouped` over the answers that have the number (0 where none has). First
    answers.
    """
    moments = (
        "count(family) AS families, coalesce(sum(n), 0)::DOUBLE AS n, "
        "coalesce(sum(y), 0)::DOUBLE AS y, coalesce(sum(y * y), 0) AS yy, "
        "coalesce(sum(y * n), 0) AS yn, coalesce(sum(n * n), 0)::DOUBLE AS nn, "
        "coalesce(sum((n * n)::DOUBLE * (n * n)), 0)::DOUBLE AS n4"
    )
    with study.cursor() as con:
        return con.execute(
            "WITH totals AS (SELECT model, family, count(*) AS n, sum(y) AS y FROM "
            f"({answers_sql(study, which)}) GROUP BY model, family) "
            f"SELECT m.model, m.label, m.provider, {moments} FROM models m "
            "LEFT JOIN totals USING (model) "
            "GROUP BY m.model, m.label, m.provider, m.sort ORDER BY m.sort"
        ).df()
