"""What judges wrote about clauses: reasonings with their decisions, and citations kept beside."""

import pandas as pd

from analysis.queries.answers import answers_relation
from analysis.queries.citations import citations, quotes
from analysis.queries.judged_sets import disagreement_of, judged_set
from analysis.store.study import OpenStudy

__all__ = ["arguments", "citations", "contents", "judgements", "quotes", "said"]


def judgements(study: OpenStudy) -> pd.DataFrame:
    """One row a judgement (first replicate): response (`scenario|model`), scenario, model, family,
    judge, decision (word or null), d (over the models that were judged, as in `judges.items`; may
    be null)."""
    relation, bound = disagreement_of(study, judged_set(study).id)
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, s.scenario, j.model, s.family, "
            "j.judge, j.decision, d.d FROM judgements j JOIN scenarios s USING (scenario_no) "
            f"LEFT JOIN {relation} d ON d.scenario_no = j.scenario_no "
            "WHERE j.replicate = 0 ORDER BY j.scenario_no, j.model, j.judge",
            bound,
        ).df()


def said(study: OpenStudy) -> pd.DataFrame:
    """One row a judgement (first replicate): response (`scenario|model`), judge, and said, a digest
    of the words of its reasoning."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, "
            "sha256(coalesce(j.reasoning, '')) AS said FROM judgements j "
            "JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 "
            "ORDER BY j.scenario_no, j.model, j.judge"
        ).df()


def contents(study: OpenStudy) -> pd.DataFrame:
    """One row a judged answer (first replicate): response (`scenario|model`), and content, which
    names the answer in every study: query, model and the words. An answer whose words the study
    does not have is left out."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, "
            "concat_ws('|', s.query_key, j.model, sha256(a.text)) AS content "
            "FROM (SELECT DISTINCT scenario_no, model FROM judgements WHERE replicate = 0) j "
            "JOIN scenarios s USING (scenario_no) "
            f"JOIN {answers_relation(study)} a ON a.scenario_no = j.scenario_no AND "
            "a.model = j.model AND a.replicate = 0 WHERE length(a.text) > 0 "
            "QUALIFY row_number() OVER (PARTITION BY content ORDER BY response) = 1 "
            "ORDER BY response"
        ).df()


def arguments(study: OpenStudy, responses: list[str]) -> pd.DataFrame:
    """What judges said of some answers: response, judge, label, decision ("" for none),
    reasoning."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, g.label, "
            "coalesce(j.decision, j.raw_decision, '') AS decision, coalesce(j.reasoning, '') AS "
            "reasoning FROM judgements j JOIN judges g USING (judge) JOIN scenarios s "
            "USING (scenario_no) WHERE j.replicate = 0 AND s.scenario || '|' || j.model IN $r "
            "ORDER BY g.sort",
            {"r": responses},
        ).df()
