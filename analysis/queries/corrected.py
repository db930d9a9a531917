"""A labeller's verdicts beside better ones, for refusal rates corrected by the second.

People's labels count where Review drew the case for the rates: it hands out the answers of each
model in a random order that depends on nothing but their content (`queries.review.for_rates`). So
the labelled ones are a simple random sample of a model's answers, and each was drawn with the same
probability: their share of them. Cases picked for being hard, or chosen in the reader, do not
count.

A model's labels count where they say with which probability each answer was drawn: those of the
pipeline's `label` stage, unless its queries were picked for being hard, and those of files with the
column `drawn_with`.
"""

import pandas as pd

from analysis.queries import human_labels
from analysis.store import labels
from analysis.store.annotations.annotations import Draw, Kind
from analysis.store.sql import texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import ALL_REFUSALS


def people(study: OpenStudy) -> pd.DataFrame:
    """People's blind response types on answers drawn for the rates: scenario_no, model, better (1
    for a refusal, else 0; "unsure" is none). First answers; of two people's, the later label. Each
    answer of a model was drawn with the same probability, which only the whole tells."""
    found = human_labels.of_study(study)
    kept = found[
        (found["kind"] == Kind.RESPONSE_TYPE)
        & (found["draw"] == Draw.RATES)
        & found["blind"].astype(bool)
        & (found["replicate"] == 0)
    ].drop_duplicates(["scenario_no", "model"], keep="last")
    better = kept["value"].isin(ALL_REFUSALS).astype(float)
    return kept[["scenario_no", "model"]].assign(better=better).reset_index(drop=True)


def of_models(study: OpenStudy, corrected: str | None) -> pd.DataFrame:
    """Response types that models gave on answers drawn at random: source, scenario_no, model,
    better (as of `people`) and drawn_with. First answers; not of the source that is to be
    corrected."""
    parts = []
    for source, sql in labels.sampled(study).items():
        if source != corrected:
            with study.cursor() as con:
                parts.append(
                    con.execute(
                        "SELECT source, scenario_no, model, "
                        f"(response_type IN {texts(ALL_REFUSALS)})::DOUBLE AS better, "
                        f"{labels.DRAWN} "
                        f"FROM {sql} WHERE source = $source AND replicate = 0 ORDER BY ALL",
                        {"source": source},
                    ).df()
                )
    columns = ["source", "scenario_no", "model", "better", labels.DRAWN]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def answers(study: OpenStudy, source: str | None, models: list[str]) -> pd.DataFrame:
    """All answers of some models that the labeller labelled: scenario_no, model, family, labelled
    (1 where it says refusal, else 0). First answers."""
    with study.cursor() as con:
        return con.execute(
            "SELECT scenario_no, model, family, "
            f"(response_type IN {texts(ALL_REFUSALS)})::INTEGER AS labelled "
            f"FROM {labels.relation(study, 'response_types', source)} "
            "JOIN scenarios USING (scenario_no) "
            "WHERE replicate = 0 AND model IN $models "
            "ORDER BY ALL",
            {"models": models},
        ).df()


def per_model(study: OpenStudy, source: str | None) -> pd.DataFrame:
    """Labelled answers and refusals of every model: model, n, labelled (a share)."""
    refused = f"avg((response_type IN {texts(ALL_REFUSALS)})::INTEGER)"
    with study.cursor() as con:
        return con.execute(
            f"SELECT model, count(*) AS n, {refused} AS labelled "
            f"FROM {labels.relation(study, 'response_types', source)} "
            "JOIN models USING (model) WHERE replicate = 0 GROUP BY model, sort ORDER BY sort"
        ).df()
