"""What models make of criteria: the share of answers of each grade, with its interval.

A criterion is a clause made measurable: a rubric of four grades (fully, partly, not, contrary) and
queries that test it. A fifth grade, deflected, is no step on that way: the answer did not take the
request on where the criterion asks that it be. The two are told apart because they ask for
different repairs: partial compliance for a clearer clause, deflection for a model that should
engage.

Rates are shares of graded answers. What is drawn are queries, so the families are queries: all
answers of a model to one query stay together. The criteria are taken as they are, as models are: a
number over several speaks of these criteria, each counting by its answers, and not of others that
might be written. That makes the interval over all of them a little wide, never narrow, since what
differs between criteria counts as chance. The intervals are those of `estimates.evidence`. Nothing
is imputed: an answer that the API refused, that was cut off or that the grader could not be read on
has no grade, and is counted.
"""

from collections.abc import Sequence

import pandas as pd

from analysis.measure.estimates.grouped import rates_by_group
from analysis.vocabulary import GRADES, Outcome

ALL = "all"
"""In the place of a clause: over all criteria."""
OF_ANSWER, OF_GRADE = "answer: ", "grade: "
"""What an outcome that left an answer without a grade was the outcome of."""
_VALUES = ["value", "low", "high", "n", "families", "undefined"]


def shares(graded: pd.DataFrame, by: Sequence[str] = ("model", "clause")) -> pd.DataFrame:
    """One row a group x grade: the `by` columns, grade, value (0..1), low, high, n (graded
    answers), families, undefined.

    `graded`: one row a graded answer with model, clause, scenario, grade and the `by` columns. The
    families are queries.
    """
    rows = graded[graded["grade"].notna()]
    if rows.empty:
        return pd.DataFrame(columns=[*by, "grade", *_VALUES])
    parts = []
    for grade in GRADES:
        counted = rows.assign(k=(rows["grade"] == grade).astype(int), cases=1)
        found = rates_by_group(counted, by, family="scenario", successes="k", count="cases")
        parts.append(found.reset_index().assign(grade=grade))
    found = pd.concat(parts, ignore_index=True)
    order = {grade: place for place, grade in enumerate(GRADES)}
    found = found.sort_values(
        [*by, "grade"], key=lambda c: c.map(order) if c.name == "grade" else c, kind="stable"
    )
    return found[[*by, "grade", *_VALUES]].reset_index(drop=True)


def profile(graded: pd.DataFrame) -> pd.DataFrame:
    """Model x criterion x grade, as `shares`, with the rows over all criteria (`ALL`) first."""
    whole = shares(graded, ("model",)).assign(clause=ALL)
    each = shares(graded, ("model", "clause"))
    return pd.concat([whole, each], ignore_index=True)[["model", "clause", "grade", *_VALUES]]


def left_out(answers: pd.DataFrame) -> dict[str, int]:
    """Why answers have no grade -> how many. `answers`: one row an answer with outcome (of the
    answer), grade, grader and grade_outcome."""
    bare = answers[answers["grade"].isna()]
    unanswered = bare[bare["outcome"] != Outcome.ANSWERED.value]
    rest = bare.drop(unanswered.index)
    asked = rest["grader"].notna()
    found = {
        f"{OF_ANSWER}{outcome}": int(count)
        for outcome, count in unanswered["outcome"].value_counts().items()
    }
    found |= {
        f"{OF_GRADE}{outcome}": int(count)
        for outcome, count in rest.loc[asked, "grade_outcome"].value_counts().items()
    }
    missing = int((~asked).sum())
    return found | ({"not graded yet": missing} if missing else {})
