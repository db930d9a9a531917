"""Judged answers: who judged, what each decided, and the cases that judges dispute."""

import pandas as pd

from analysis.parse import verdicts
from analysis.queries.judged_sets import disagreement_of, judged_set
from analysis.store import labels
from analysis.store.making import is_selected
from analysis.store.sql import text
from analysis.store.study import OpenStudy
from analysis.vocabulary import BIN_NAMES, DECISIONS, NO_TOPIC, Decision, Outcome

OTHER_WORD = "other word"
"""Stands for a decision that is none of the three, so that it is counted and never guessed."""


def judges(study: OpenStudy) -> pd.DataFrame:
    """Who judged, in the order of screens: judge, label, provider, note, decisions, unknown
    (unparsable: words that are none of the three, replies that can't be read), silent (asked, no
    decision)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT g.judge, g.label, g.provider, g.note, count(j.decision) AS decisions, "
            f"count(*) FILTER (j.outcome = '{Outcome.UNPARSABLE}') AS unknown, "
            f"count(*) FILTER (j.outcome NOT IN ('{Outcome.ANSWERED}', '{Outcome.UNPARSABLE}')) "
            "AS silent "
            "FROM judges g LEFT JOIN judgements j USING (judge) "
            "GROUP BY g.judge, g.label, g.provider, g.note, g.sort ORDER BY g.sort"
        ).df()


def unparsable(study: OpenStudy) -> pd.DataFrame:
    """What could not be read as a decision, one row a judge and word (as `parse.verdicts` names
    it): judge, word, judgements. The most frequent first."""
    with study.cursor() as con:
        raw = con.execute(
            "SELECT judge, coalesce(raw_decision, '') AS word, count(*) AS judgements "
            f"FROM judgements WHERE outcome = '{Outcome.UNPARSABLE}' GROUP BY ALL"
        ).df()
    words = raw.assign(word=[verdicts.read(text).word for text in raw["word"]])
    found = words.groupby(["judge", "word"], as_index=False).agg({"judgements": "sum"})
    return found.sort_values(
        ["judge", "judgements", "word"], ascending=[True, False, True], ignore_index=True
    )


def population(study: OpenStudy, models: str = "") -> tuple[int, ...] | None:
    """Scenarios in each of the five bins of D that the judged ones may stand for: all that have a
    D over the same set. None where none but the judged have one, or where it is known that
    scenarios were kept for their disagreement."""
    relation, bound = disagreement_of(study, judged_set(study, models).id)
    with study.cursor() as con:
        found = con.execute(
            "SELECT bin, count(*), count(*) FILTER (scenario_no IN (SELECT scenario_no FROM "
            f"judgements)) FROM {relation} WHERE d IS NOT NULL GROUP BY 1",
            bound,
        ).fetchall()
    counts = {int(row[0]): (int(row[1]), int(row[2])) for row in found}
    whole = tuple(counts.get(i, (0, 0))[0] for i in range(len(BIN_NAMES)))
    judged = sum(n for _, n in counts.values())
    return None if is_selected(study.info) or sum(whole) == judged else whole


def decisions(study: OpenStudy) -> pd.DataFrame:
    """One row a decision (scenario x model x judge, first replicate): scenario, model, family,
    judge, decision (the word; `other word`; null for a judge that said nothing usable)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario, j.model, s.family, j.judge, coalesce(j.decision, CASE WHEN "
            f"j.outcome = '{Outcome.UNPARSABLE}' THEN {text(OTHER_WORD)} END) AS decision "
            "FROM judgements j JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 "
            "ORDER BY j.scenario_no, j.model, j.judge"
        ).df()


def items(study: OpenStudy, topic_source: str | None = None, models: str = "") -> pd.DataFrame:
    """One row a judged answer (scenario x model, first replicate), its D over a model set (by
    default the study's own: `judged_sets.judged_set`).

    Columns: scenario, family, model, d, bin (0..4), topic (its first, or `none of them`),
    n_problematic and n_decisions (judges).
    """
    relation, bound = disagreement_of(study, judged_set(study, models).id)
    sql = (
        "WITH counted AS (SELECT scenario_no, model, count(decision) AS n_decisions, "
        f"count(*) FILTER (decision <> '{Decision.COMPLIANT}') AS n_problematic FROM judgements "
        "WHERE replicate = 0 GROUP BY ALL), told AS (SELECT scenario_no, min(topic) AS topic FROM "
        f"{labels.relation(study, 'topics', topic_source)} GROUP BY 1) "
        "SELECT s.scenario, s.family, w.* EXCLUDE (scenario_no), d.d, d.bin, "
        f"coalesce(t.topic, '{NO_TOPIC}') AS topic FROM counted w JOIN scenarios s "
        f"USING (scenario_no) LEFT JOIN {relation} d ON d.scenario_no = w.scenario_no "
        "LEFT JOIN told t ON t.scenario_no = w.scenario_no "
        "ORDER BY w.scenario_no, w.model"
    )
    with study.cursor() as con:
        return con.execute(sql, bound).df()


def disputed(study: OpenStudy, limit: int = 500, models: str = "") -> pd.DataFrame:
    """Answers that one judge passes and another fails, the most evenly split first.

    Columns: scenario, model, compliant, non_compliant, ambiguous (judges), value1, value2, d
    (over a model set, as in `items`).
    """
    relation, bound = disagreement_of(study, judged_set(study, models).id)
    counts = ", ".join(
        f"count(*) FILTER (decision = {text(word)}) AS {column}"
        for word, column in ((d, d.replace("-", "_")) for d in DECISIONS)
    )
    with study.cursor() as con:
        return con.execute(
            f"SELECT s.scenario, w.model, compliant, non_compliant, ambiguous, s.value1, s.value2, "
            f"d.d FROM (SELECT scenario_no, model, {counts} FROM judgements WHERE replicate = 0 "
            "GROUP BY ALL HAVING compliant > 0 AND non_compliant > 0) w JOIN scenarios s "
            f"USING (scenario_no) LEFT JOIN {relation} d ON d.scenario_no = w.scenario_no "
            "ORDER BY least(compliant, non_compliant) DESC, "
            "d.d DESC NULLS LAST, s.scenario, w.model LIMIT $limit",
            bound | {"limit": limit},
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
