"""Section `outliers`: one model against nearly all others, under the paper's rule."""

from typing import Any

import pandas as pd

from analysis.figures import catalog
from analysis.measure.outliers import DIRECTIONS, PAPER, OutlierRule
from analysis.queries import outliers
from analysis.report.context import Context
from analysis.report.from_figure import chance


def section(context: Context) -> dict[str, Any]:
    """The rule, how many responses it lists, per model, and per model and direction; and per model
    between how many chance would put all of them if they answered alike."""
    study = context.study
    if not outliers.defined(study):
        return {
            "undefined": "because no scenario has positions of seven or more models on one value"
        }
    return counted(catalog.compute(study, catalog.bind(study, "outliers.bars")), PAPER)


def counted(bars: pd.DataFrame, rule: OutlierRule) -> dict[str, Any]:
    """The section from the figure `outliers.bars` under a rule, for pages too."""
    counts = {str(row["model"]): row for row in bars.to_dict("records")}
    return {
        "rule": rule.to_json(),
        "total": int(bars["total"].sum()),
        "by_model": {m: int(row["total"]) for m, row in counts.items()},
        "directions": {m: {d: int(row[d]) for d in DIRECTIONS} for m, row in counts.items()},
        "chance": {m: chance(row) for m, row in counts.items()},
    }
