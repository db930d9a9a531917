"""Section `refusals`: rates by model and topic, response types, and outcomes apart."""

from typing import Any

import pandas as pd

from analysis.measure import refusals as measure
from analysis.measure.labels import RESPONSE_LABELS, TOPICS
from analysis.report.context import Context
from analysis.store import labels
from analysis.store.queries import refusals


def section(context: Context) -> dict[str, Any]:
    """Who labelled, the refusal rate per model (all queries and by topic, API refusals apart),
    the shares of the response types, and how often each outcome occurred."""
    study = context.study
    sources = labels.sources(study, "response_types")
    if not sources:
        return {"undefined": "because nobody has labelled the response types of this study"}
    source = sources[0]
    topics = labels.sources(study, "topics")
    cells = measure.rates(refusals.moments(study, "any", source, topics[0] if topics else None))
    mine = cells[cells["kind"] == "model"]
    shares = measure.shares(refusals.types(study, source)).set_index("model")
    return {
        "label_source": source,
        "by_model": _row(mine, measure.ALL),
        "by_topic": {topic: _row(mine, topic) for topic in TOPICS},
        "types": {
            str(model): {k: float(row[k]) for k in RESPONSE_LABELS} | {"n": int(row["n"])}
            for model, row in shares.iterrows()
        },
        "outcomes": {
            row.pop("model"): {k: int(v) for k, v in row.items()}
            for row in refusals.outcomes(study).to_dict("records")
        },
    }


def _row(cells: pd.DataFrame, topic: str) -> dict[str, Any]:
    return {str(r["name"]): _cell(r) for r in cells[cells["topic"] == topic].to_dict("records")}


def _cell(row: dict[Any, Any]) -> dict[str, Any]:
    if row["undefined"]:
        return {"undefined": f"because of {row['undefined']}", "n": int(row["n"])}
    return {k: float(row[k]) for k in ("value", "low", "high")} | {"n": int(row["n"])}
