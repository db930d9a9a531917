"""What a study holds: its models, its sets of models, and what came back from each model."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from analysis.store.study import OpenStudy
from analysis.vocabulary import Outcome


def sets(study: OpenStudy) -> pd.DataFrame:
    """Model sets with a precomputed D: model_set, label, models (list of ids)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT model_set, any_value(label) AS label, list(model) AS models FROM model_sets "
            "GROUP BY 1 ORDER BY min(sort)"
        ).df()


def models(study: OpenStudy) -> pd.DataFrame:
    """Models of the study: model, label, provider, size, simulated; in the registry's order."""
    with study.cursor() as con:
        return con.execute(
            "SELECT model, label, provider, size, simulated FROM models ORDER BY sort"
        ).df()


def coverage(study: OpenStudy) -> pd.DataFrame:
    """Per model: model, label, provider, responses, answered, missing, other (refused by the API,
    truncated, failed), with_position (on both values)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT r.model, m.label, m.provider, count(*) AS responses, "
            f"count(*) FILTER (outcome = '{Outcome.ANSWERED}') AS answered, "
            f"count(*) FILTER (outcome = '{Outcome.MISSING}') AS missing, "
            f"count(*) FILTER (outcome NOT IN ('{Outcome.ANSWERED}', '{Outcome.MISSING}')) "
            "AS other, "
            "count(*) FILTER (value1_position IS NOT NULL AND value2_position IS NOT NULL) "
            "AS with_position FROM responses r JOIN models m USING (model) "
            "GROUP BY r.model, m.label, m.provider, m.sort ORDER BY m.sort"
        ).df()


def unanswered(counts: Mapping[Hashable, Any], scenarios: int) -> int:
    """Scenarios that a model did not answer: those without a row of it, and its empty rows;
    `counts` is a row of `coverage`."""
    return scenarios - int(counts["responses"]) + int(counts["missing"])


def lost(study: OpenStudy) -> pd.DataFrame:
    """Calls of runs that gave nothing to go on with: stage, asked (the model's id), outcome,
    replies. Answers, verdicts, and what a run asked for beside them."""
    with study.cursor() as con:
        return con.execute(
            "SELECT stage, asked, outcome, count(*) AS replies FROM (SELECT 'respond' AS stage, "
            "model AS asked, outcome FROM responses UNION ALL SELECT 'judge', judge, outcome FROM "
            "judgements UNION ALL SELECT stage, asked, outcome FROM lost_replies) WHERE outcome "
            f"NOT IN ('{Outcome.ANSWERED}', '{Outcome.MISSING}') GROUP BY ALL "
            "ORDER BY stage, asked, outcome"
        ).df()
