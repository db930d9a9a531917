"""Section `criteria`: what each model makes of each criterion, every grade with its interval."""

from typing import Any

import pandas as pd

from analysis.figures.frames import criteria as frames
from analysis.measure import criteria as measure
from analysis.queries import criteria as queries
from analysis.report import from_figure
from analysis.report.context import Context
from analysis.store.study import OpenStudy
from analysis.vocabulary import GRADES, RUBRIC_GRADES


def section(context: Context) -> dict[str, Any]:
    """The profile of a study's models, or why there is none."""
    return of_study(context.study)


def of_study(study: OpenStudy) -> dict[str, Any]:
    """`{"grader", "graded", "left_out": {why: n}, "by_model": {model: {grade: estimate}},
    "criteria": [{"clause", "title", "queries", "rubric", "by_model"}]}`."""
    if not queries.graders(study):
        return {"undefined": f"because {frames.NONE}"}
    answers = frames.answers(study)
    found = frames.profile(study)
    listed = queries.listed(study).drop_duplicates("clause")
    counts = queries.listed(study).groupby("clause")["scenario"].count()
    return {
        "grader": frames.grader(study),
        "graded": int(answers["grade"].notna().sum()),
        "left_out": measure.left_out(answers),
        "by_model": _by_model(found[found["clause"] == measure.ALL]),
        "criteria": [
            {
                "clause": row["clause"],
                "title": row["title"],
                "queries": int(counts[row["clause"]]),
                "rubric": {grade: row[f"for_{grade}"] for grade in RUBRIC_GRADES},
                "by_model": _by_model(found[found["clause"] == row["clause"]]),
            }
            for row in listed.to_dict("records")
        ],
    }


def _by_model(rows: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows.to_dict("records"):
        found.setdefault(str(row["model"]), {})[str(row["grade"])] = from_figure.cell(row)
    return found


def table(study: OpenStudy) -> pd.DataFrame:
    """The profile as people read it on the command line: a column a grade."""
    if not queries.graders(study):
        return pd.DataFrame()
    found = frames.profile(study)
    cells = [
        f"{r['value']:.0%} ({r['low']:.0%} to {r['high']:.0%})" if r["n"] else "–"
        for r in found.to_dict("records")
    ]
    wide = found.assign(cell=cells).pivot(
        index=["clause", "model", "n"], columns="grade", values="cell"
    )
    return wide.reset_index()[["clause", "model", "n", *GRADES]].rename_axis(columns=None)
