"""Judged answers: who judged, what each decided, and the cases that judges dispute."""

import pandas as pd

from analysis.store import labels
from analysis.store.schema import BIN_NAMES
from analysis.store.sql import text
from analysis.store.study import OpenStudy, is_selected

_HIGH_BIN = 2  # the first bin of D from 1.5 up
OTHER_WORD = "other word"
"""Stands for a decision that is none of the three, so that it is counted and never guessed."""


def judges(study: OpenStudy) -> pd.DataFrame:
    """Who judged, in the order of screens: judge, label, provider, note, decisions, unknown
    (words that are none of the three), silent (asked, no decision)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT g.judge, g.label, g.provider, g.note, count(j.decision) AS decisions, "
            "count(*) FILTER (j.decision IS NULL AND j.raw_decision IS NOT NULL) AS unknown, "
            "count(*) FILTER (j.raw_decision IS NULL AND j.decision IS NULL) AS silent "
            "FROM judges g LEFT JOIN judgements j USING (judge) "
            "GROUP BY g.judge, g.label, g.provider, g.note, g.sort ORDER BY g.sort"
        ).df()


def disagreement_sets(study: OpenStudy) -> list[str]:
    """Model sets that judged scenarios have a D over: all models first, then by how many."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT model_set FROM disagreement WHERE d IS NOT NULL AND scenario_no IN "
            "(SELECT scenario_no FROM judgements) GROUP BY 1 ORDER BY model_set <> 'all', "
            "count(*) DESC, 1"
        ).fetchall()
    return [str(row[0]) for row in found]


def disagreement_set(study: OpenStudy) -> str:
    """The model set whose D judged scenarios are told by: all models where they have positions,
    else the one that the source states."""
    return next(iter(disagreement_sets(study)), "all")


def population(study: OpenStudy) -> tuple[int, ...] | None:
    """Scenarios in each of the five bins of D that the judged ones may stand for: all that have a
    D over the same set. None where none but the judged have one, or where scenarios were kept for
    their disagreement (no D below 1.5, or the public `default` splits)."""
    used = disagreement_set(study)
    with study.cursor() as con:
        found = con.execute(
            "SELECT bin, count(*), count(*) FILTER (scenario_no IN (SELECT scenario_no FROM "
            "judgements)) FROM disagreement WHERE model_set = $set AND d IS NOT NULL GROUP BY 1",
            {"set": used},
        ).fetchall()
    counts = {int(row[0]): (int(row[1]), int(row[2])) for row in found}
    whole = tuple(counts.get(i, (0, 0))[0] for i in range(len(BIN_NAMES)))
    judged = sum(n for _, n in counts.values())
    low = sum(whole[:_HIGH_BIN])
    return None if is_selected(study.info) or not low or sum(whole) == judged else whole


def decisions(study: OpenStudy) -> pd.DataFrame:
    """One row a decision (scenario x model x judge, first replicate): scenario, model, family,
    judge, decision (the word; `other word`; null for a judge that said nothing usable)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario, j.model, s.family, j.judge, coalesce(j.decision, CASE WHEN "
            f"j.raw_decision IS NOT NULL THEN {text(OTHER_WORD)} END) AS decision FROM judgements "
            "j JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 "
            "ORDER BY j.scenario_no, j.model, j.judge"
        ).df()


def items(
    study: OpenStudy, topic_source: str | None = None, model_set: str | None = None
) -> pd.DataFrame:
    """One row a judged answer (scenario x model, first replicate), its D over a stored model set
    (by default `disagreement_set`).

    Columns: scenario, family, model, d, bin (0..4), topic (its first, or `none of them`),
    n_problematic and n_decisions (judges).
    """
    sql = (
        "WITH counted AS (SELECT scenario_no, model, count(decision) AS n_decisions, "
        "count(*) FILTER (decision <> 'compliant') AS n_problematic FROM judgements "
        "WHERE replicate = 0 GROUP BY ALL), told AS (SELECT scenario_no, min(topic) AS topic FROM "
        f"{labels.relation(study, 'topics', topic_source)} GROUP BY 1) "
        "SELECT s.scenario, s.family, w.* EXCLUDE (scenario_no), d.d, d.bin, "
        "coalesce(t.topic, 'none of them') AS topic FROM counted w JOIN scenarios s "
        "USING (scenario_no) LEFT JOIN disagreement d ON d.scenario_no = w.scenario_no "
        "AND d.model_set = $set LEFT JOIN told t ON t.scenario_no = w.scenario_no "
        "ORDER BY w.scenario_no, w.model"
    )
    with study.cursor() as con:
        return con.execute(sql, {"set": model_set or disagreement_set(study)}).df()


def disputed(study: OpenStudy, limit: int = 500) -> pd.DataFrame:
    """Answers that one judge passes and another fails, the most evenly split first.

    Columns: scenario, model, compliant, non_compliant, ambiguous (judges), value1, value2, d.
    """
    counts = ", ".join(
        f"count(*) FILTER (decision = {text(word)}) AS {column}"
        for word, column in (
            ("compliant", "compliant"), ("non-compliant", "non_compliant"),
            ("ambiguous", "ambiguous"),
        )
    )  # fmt: skip
    with study.cursor() as con:
        return con.execute(
            f"SELECT s.scenario, w.model, compliant, non_compliant, ambiguous, s.value1, s.value2, "
            f"d.d FROM (SELECT scenario_no, model, {counts} FROM judgements WHERE replicate = 0 "
            "GROUP BY ALL HAVING compliant > 0 AND non_compliant > 0) w JOIN scenarios s "
            "USING (scenario_no) LEFT JOIN disagreement d ON d.scenario_no = w.scenario_no AND "
            "d.model_set = $set ORDER BY least(compliant, non_compliant) DESC, "
            "d.d DESC NULLS LAST, s.scenario, w.model LIMIT $limit",
            {"set": disagreement_set(study), "limit": limit},
        ).df()


def reasonings(study: OpenStudy, scenario: str, model: str) -> pd.DataFrame:
    """What each judge said of one answer: judge, label, decision (the word as it came, or "" for
    none), reasoning ("" where none was kept)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT j.judge, g.label, coalesce(j.decision, j.raw_decision, '') AS decision, "
            "coalesce(j.reasoning, '') AS reasoning FROM judgements j "
            "JOIN judges g USING (judge) JOIN scenarios s USING (scenario_no) "
            "WHERE s.scenario = $scenario AND j.model = $model AND j.replicate = 0 ORDER BY g.sort",
            {"scenario": scenario, "model": model},
        ).df()
