"""Section `outliers`: one model against nearly all others, under the paper's rule."""

from typing import Any

from analysis.measure.outliers import DIRECTIONS, PAPER, by_model, directed
from analysis.report.context import Context
from analysis.store.queries import outliers


def section(context: Context) -> dict[str, Any]:
    """The rule, how many responses it lists, per model, and per model and direction."""
    study = context.study
    if not outliers.defined(study):
        return {
            "undefined": "because no scenario has positions of seven or more models on one value"
        }
    table = by_model(directed(outliers.found(study, PAPER)), study.info.models)
    counts = {row["model"]: row for row in table.to_dict("records")}
    return {
        "rule": PAPER.to_json(),
        "total": int(table["total"].sum()),
        "by_model": {m: int(counts[m]["total"]) for m in study.info.models},
        "directions": {m: {d: int(counts[m][d]) for d in DIRECTIONS} for m in study.info.models},
    }
