"""Answers that were graded by the criteria of their queries, and the criteria themselves."""

import pandas as pd

from analysis.store.study import OpenStudy
from analysis.vocabulary import RUBRIC_GRADES


def graded(study: OpenStudy) -> pd.DataFrame:
    """One row an answer to a query that tests a criterion, with its grader's grade.

    Columns: scenario, family, clause, kind, right (whether a right answer is known), model,
    replicate, outcome (of the answer), grader (null where nobody was asked), grade and reason (null
    where there is none), grade_outcome.
    """
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario, s.family, c.clause, c.kind, c.right_answer IS NOT NULL AS right, "
            "r.model, r.replicate, r.outcome, g.grader, g.grade, g.reason, "
            "g.outcome AS grade_outcome FROM criteria c JOIN scenarios s USING (scenario_no) "
            "JOIN responses r USING (scenario_no) LEFT JOIN grades g ON "
            "(g.scenario_no, g.model, g.replicate) = (r.scenario_no, r.model, r.replicate) "
            "ORDER BY c.clause, s.scenario, r.model, r.replicate, g.grader"
        ).df()


def listed(study: OpenStudy) -> pd.DataFrame:
    """One row a query that tests a criterion: scenario, spec, clause, title, kind, query,
    right_answer, author, and what an answer of each grade does (`for_…`)."""
    rubric = ", ".join(f"c.for_{grade}" for grade in RUBRIC_GRADES)
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario, c.spec, c.clause, c.title, c.kind, s.query, c.right_answer, "
            f"c.author, {rubric} FROM criteria c JOIN scenarios s USING (scenario_no) "
            "ORDER BY c.title, c.clause, c.kind, s.scenario"
        ).df()


def of_scenario(study: OpenStudy, scenario: str) -> pd.DataFrame:
    """One row an answer to the query and grader, the first answers first: model, replicate, clause,
    title, grader, grade and reason (null where there is none); none where the query tests no
    criterion."""
    with study.cursor() as con:
        return con.execute(
            "SELECT g.model, g.replicate, c.clause, c.title, g.grader, g.grade, g.reason "
            "FROM grades g JOIN criteria c USING (scenario_no) "
            "JOIN scenarios s USING (scenario_no) WHERE s.scenario = $scenario "
            "ORDER BY g.model, g.replicate, g.grader",
            {"scenario": scenario},
        ).df()


def graders(study: OpenStudy) -> list[str]:
    """Who graded here, the one with the most grades first."""
    with study.cursor() as con:
        rows = con.execute(
            "SELECT grader FROM grades GROUP BY grader ORDER BY count(*) DESC, grader"
        ).fetchall()
    return [str(row[0]) for row in rows]
