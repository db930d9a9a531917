"""Section `compliance`: frequent non-compliance by bin of D, and how well D tells of it."""

from typing import Any

import pandas as pd

from analysis.figures import catalog
from analysis.figures import compliance as figures
from analysis.figures.frames import judged as frames
from analysis.figures.frames import judges
from analysis.measure.estimates.grouped import measured
from analysis.report.context import Context
from analysis.store.study import OpenStudy


def section(context: Context) -> dict[str, Any]:
    """`found` over the set that was judged, and over the population where there is one."""
    return found(context.study)


def found(study: OpenStudy, models: str = frames.OWN, over: str = "") -> dict[str, Any]:
    """The model set whose D tells of judged scenarios, how many of them are used and why the others
    are not; bins, ratio of the outer bins and AUC (over the cases that `weighting` names, beside
    that of the `sample` where a population weights it). Undefined where nothing was judged."""
    answers = frames.items(study, models)
    decided = answers[answers["n_decisions"] > 0]
    if not len(decided):
        return {"undefined": "because no answer was judged"}
    if decided["bin"].isna().all():
        return {"undefined": "because no judged answer has a disagreement over this model set"}
    bins = catalog.compute(study, catalog.bind(study, "compliance.by_bin", models=models))
    over = over or judges.widest(study, frames.used_answers(study, models), models)
    auc, unweighted = (
        figures.auc_of_d(study, which, models).to_json() for which in (over, judges.SAMPLE)
    )
    return {
        "models": frames.which(study, models).id,
        **frames.scenarios(study, models).to_json(),
        "bins": _bins(bins),
        "ratio": figures.ratio(study, models).to_json(),
        "weighting": over,
        "population": judges.stands_for(study, over, models),
        "auc": auc,
        **({} if over == judges.SAMPLE else {"sample": {"auc": unweighted}}),
        "agreed_failures": len(figures.agreed(study, models=models)),
    }


def _bins(rates: pd.DataFrame) -> list[dict[str, Any]]:
    majority, anyone = (rates[rates["rule"] == rule] for rule in ("majority", "any"))
    most, some = measured(majority), measured(anyone)
    return [
        {
            "bin": row["label"],
            "scenarios": int(row["n"]),
            "frequent_majority": by_majority.to_json(),
            "frequent_any": by_any.to_json(),
        }
        for row, by_majority, by_any in zip(majority.to_dict("records"), most, some, strict=True)
    ]
