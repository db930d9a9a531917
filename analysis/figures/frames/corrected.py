"""Frame of refusal rates corrected by better labels: people's, or a model's on a random sample."""

import pandas as pd

from analysis.measure import corrected as measure
from analysis.measure.estimates.estimates import Measured, Undefined, estimate_cells
from analysis.queries import corrected
from analysis.store.labels import DRAWN, PEOPLE
from analysis.store.study import OpenStudy


def by_model(study: OpenStudy, source: str | None) -> pd.DataFrame:
    """One row a model: model, value, low, high, n (better labels), undefined, labelled, the share
    that the labeller `source` calls refusals, and better, who gave the better labels.

    People come first; where they have labelled too few answers of a model, of the models that
    labelled a random sample the one that labelled most of them.
    """
    models = corrected.per_model(study, source)
    people = corrected.people(study).assign(source=PEOPLE)
    others = corrected.of_models(study, source)
    rows = []
    for model, share in zip(models["model"], models["labelled"], strict=True):
        mine = _best(people[people["model"] == model], others[others["model"] == model])
        found = estimate_cells(_one(study, source, model, mine))
        who = str(mine["source"].iloc[0]) if len(mine) else ""
        rows.append({"model": model, **found, "labelled": share, "better": who})
    columns = ["model", "value", "low", "high", "n", "undefined", "labelled", "better"]
    return pd.DataFrame(rows, columns=columns)


def _best(people: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The labels of one model that correct it."""
    if not measure.too_few(people["better"].to_numpy(dtype=float)) or others.empty:
        return people
    most = others["source"].value_counts().index[0]
    best: pd.DataFrame = others[others["source"] == most]
    return best


def _one(study: OpenStudy, source: str | None, model: str, better: pd.DataFrame) -> Measured:
    reason = measure.too_few(better["better"].to_numpy(dtype=float))
    if reason:
        return Undefined(reason, len(better))
    answers = corrected.answers(study, source, [model])
    kept = [c for c in ("scenario_no", "better", DRAWN) if c in better]
    both = answers.merge(better[kept], on="scenario_no", how="left")
    drawn = both["better"].notna()
    # People are handed the answers in a random order: each was drawn with the share that they did.
    chance = both[DRAWN].fillna(0.0) if DRAWN in kept else drawn * float(drawn.mean())
    return measure.corrected_rate(both["labelled"], both["family"], both["better"], chance)
