"""Section `refusals`: rates by model and topic, response types, and outcomes apart."""

from typing import Any

import pandas as pd

from analysis.figures import catalog
from analysis.measure import labeller_errors
from analysis.measure import refusals as measure
from analysis.queries import refusals
from analysis.report import from_figure
from analysis.report.context import Context
from analysis.store import labels
from analysis.vocabulary import PLAIN_LABELS, RESPONSE_LABELS, TOPICS


def section(context: Context) -> dict[str, Any]:
    """Who labelled, the refusal rate per model (all queries and by topic, API refusals apart),
    where chance would put models that answer alike, the true rates that the labeller's errors leave
    possible, the paper's patterns, the shares of the response types, and how often each outcome
    occurred."""
    study = context.study
    sources = labels.sources(study, "response_types")
    if not sources:
        return {"undefined": "because nobody has labelled the response types of this study"}
    source = sources[0]
    topics = labels.sources(study, "topics")
    cells = measure.rates(refusals.moments(study, "any", source, topics[0] if topics else None))
    mine = cells[cells["kind"] == "model"]
    by_model = _row(mine, measure.ALL)
    shares = measure.shares(refusals.types(study, source)).set_index("model")
    return {
        "label_source": source,
        "by_model": by_model,
        "chance": _chance(context),
        "labeller_range": _ranges(by_model, source),
        "corrected": from_figure.by("refusals.corrected", "model")(context),
        "published": from_figure.patterns(context, "refusals.published"),
        "by_topic": {topic: _row(mine, topic) for topic in TOPICS},
        "types": {
            str(model): {k: float(row[k]) for k in RESPONSE_LABELS}
            | {k: float(row[k]) for k in PLAIN_LABELS if shares[k].any()}
            | {"n": int(row["n"])}
            for model, row in shares.iterrows()
        },
        "outcomes": {
            row.pop("model"): {k: int(v) for k, v in row.items()}
            for row in refusals.outcomes(study).to_dict("records")
        },
    }


def _chance(context: Context) -> dict[str, Any]:
    """Per model, between which rates all would lie if they answered alike, and its open ranks."""
    study = context.study
    frame = catalog.compute(study, catalog.bind(study, "refusals.by_model"))
    return {str(r["model"]): from_figure.chance(r) for r in frame.to_dict("records")}


def _ranges(by_model: dict[str, Any], source: str) -> dict[str, Any]:
    """The labeller's shares on models that it had not seen, and each model's possible rates."""
    errors = labeller_errors.known(source)
    if errors is None:
        return {"undefined": f"because how often {source} errs is not measured"}
    return {
        "recall": list(errors.recall),
        "false": list(errors.false),
        "by_model": {
            model: {"low": r.low, "high": r.high}
            for model, r in labeller_errors.ranges(by_model, source).items()
        },
    }


def _row(cells: pd.DataFrame, topic: str) -> dict[str, Any]:
    return {
        str(r["name"]): from_figure.cell(r)
        for r in cells[cells["topic"] == topic].to_dict("records")
    }
