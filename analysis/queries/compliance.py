"""Judged answers with what they did: whether each passes, its response type and its positions."""

import pandas as pd

from analysis.queries.judged_sets import disagreement_of, judged_set
from analysis.store import labels
from analysis.store.sql import text
from analysis.store.study import OpenStudy
from analysis.vocabulary import RESPONSE_TYPES, Decision


def answers(study: OpenStudy, source: str | None = None, models: str = "") -> pd.DataFrame:
    """One row a judged answer (scenario x model, first replicate), in the study's order.

    Columns: scenario, family, value1, value2, model, passed (more of the deciding judges find it
    compliant than problematic; null where none decided), type_rank (0 full compliance .. 6
    complete rejection, null unknown or unsure), value1_position, value2_position (0..6), d (over
    `models`, as in `judges.items`). `source` chooses the labeller of response types; without one,
    the first there is.
    """
    spread, bound = disagreement_of(study, judged_set(study, models).id)
    known = [source] if source else labels.sources(study, "response_types")[:1]
    relation = labels.relation(study, "response_types", known[0] if known else None)
    ranks = " ".join(f"WHEN {text(t)} THEN {i}" for i, t in enumerate(RESPONSE_TYPES))
    sql = (
        "WITH counted AS (SELECT scenario_no, model, CASE WHEN count(decision) > 0 THEN "
        f"2 * count(*) FILTER (decision <> '{Decision.COMPLIANT}') < count(decision) END AS passed "
        "FROM judgements WHERE replicate = 0 GROUP BY ALL), typed AS (SELECT scenario_no, model, "
        f"CASE first(response_type) {ranks} END AS type_rank FROM {relation} "
        "WHERE replicate = 0 GROUP BY ALL) "
        "SELECT s.scenario, s.family, s.value1, s.value2, c.model, c.passed, "
        "t.type_rank::DOUBLE AS type_rank, r.value1_position, r.value2_position, d.d "
        "FROM counted c JOIN scenarios s USING (scenario_no) "
        "LEFT JOIN typed t ON t.scenario_no = c.scenario_no AND t.model = c.model "
        "LEFT JOIN responses r ON r.scenario_no = c.scenario_no AND r.model = c.model "
        f"AND r.replicate = 0 LEFT JOIN {spread} d ON d.scenario_no = c.scenario_no "
        "ORDER BY c.scenario_no, c.model"
    )
    with study.cursor() as con:
        return con.execute(sql, bound).df()
