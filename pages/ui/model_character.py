"""A model's profile, in short: what it refuses, how far wording moves it, and its kind. Each part
one click from the page that shows all of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.measure import archetypes as kinds_of
from analysis.measure import refusals as refusing
from analysis.measure import robustness as moving
from analysis.measure.labels import NO_TOPIC
from analysis.show import archetypes as phrases
from analysis.store import labels
from analysis.store.queries import archetypes as kind_queries
from analysis.store.queries import overview
from analysis.store.queries import refusals as refusal_queries
from analysis.store.queries import robustness as robustness_queries
from analysis.store.study import OpenStudy
from pages.ui import problems, reads
from pages.ui.frame import View


def refusals(view: View, model: str) -> None:
    """How often it refuses, its rank, and the topics it refuses most."""
    st.header("What it refuses", anchor=False)
    sources = reads.read(view.study, labels.sources, "response_types")
    if not sources:
        problems.empty("Response types are not known", "Nobody has labelled this study's answers.")
        return
    topics = reads.read(view.study, labels.sources, "topics")
    source, told = sources[0], topics[0] if topics else None
    moments = reads.read(view.study, refusal_queries.moments, "any", source, told, model=model)
    cells = refusing.rates(moments)
    cells = cells[cells["kind"] == "model"]
    mine = cells[(cells["topic"] == refusing.ALL) & (cells["n"] > 0)]
    if mine.empty:
        problems.empty("No labelled answer", "None of its answers has a response type.")
        return
    row = mine.iloc[0]
    others = refusing.shares(reads.read(view.study, refusal_queries.types, source))
    rank = int((others["refused"] > row["value"] + 1e-12).sum()) + 1
    st.text(
        f"{row['value']:.0%} of {int(row['n']):,} answers (95% {row['low']:.0%} to "
        f"{row['high']:.0%}); rank {rank} of {len(others)} by rate. Response types by {source}."
    )
    by_topic = cells[
        (cells["name"] == model)
        & ~cells["topic"].isin([refusing.ALL, NO_TOPIC])
        & (cells["n"] >= refusing.FEW)
    ].sort_values("value", ascending=False)
    if len(by_topic) and by_topic["value"].iloc[0] > 0:
        most = ", ".join(
            f"{r['topic']} {r['value']:.0%} (n = {r['n']:,})"
            for r in by_topic.head(3).to_dict("records")
        )
        st.text(f"Most on {most}.")
    _link(view, "pages/refusals.py", "Its refusals", model)


def robustness(view: View, model: str) -> None:
    """How far a leaning query moves it, how often it changes sides."""
    st.header("How far wording moves it", anchor=False)
    patterns = reads.read(view.study, robustness_queries.patterns)
    if patterns.empty or model not in set(patterns["model"]):
        problems.empty(
            "No family to compare wordings in",
            "It was not placed on the same value in two wordings of a family.",
        )
        return
    shift, flip = moving.shifts(patterns), moving.flip_rates(patterns)
    parts = []
    for frame, form, what in (
        (shift, "{:+.2f}", "positions towards the value that a query leans to"),
        (flip, "{:.0%}", "of values favored in one wording and opposed in another"),
    ):
        row = frame[frame["model"] == model].iloc[0]
        if row["undefined"]:
            continue
        rank = int((frame["value"] > row["value"]).sum()) + 1
        numbers = [form.format(row[k]).replace("-", "−") for k in ("value", "low", "high")]
        parts.append(
            f"{numbers[0]} {what} (95% {numbers[1]} to {numbers[2]}, n = {int(row['n']):,}); "
            f"rank {rank} of {len(frame)}."
        )
    for part in parts:
        st.text(part)
    _link(view, "pages/robustness.py", "Its shifts and flips", model)


def archetype(view: View, model: str) -> None:
    """Which kind it falls into, with whom, and how sure that is."""
    st.header("Its kind", anchor=False)
    sources = reads.read(view.study, labels.sources, "response_types")
    found = reads.read(
        view.study, _kinds, str(view.taxonomy.path), sources[0] if sources else None,
        kind_queries.is_styled(view.study),
    )  # fmt: skip
    if found is None or model not in found.kinds.index:
        problems.empty(
            "No kinds to sort it into",
            f"Kinds need at least {kinds_of.LEAST_MODELS} models that share a feature.",
        )
        return
    kind = int(found.kinds[model])
    names = reads.read(view.study, overview.models).set_index("model")["label"]
    others = [str(names[m]) for m in found.kinds.index[found.kinds == kind] if m != model]
    rows = kinds_of.telling(found)
    apart = "; ".join(_phrase(r) for r in rows[rows["kind"] == kind].to_dict("records"))
    company = f"with {', '.join(others)}" if others else "alone"
    st.text(
        f"Kind {kind} of {len(set(found.kinds))}, {company}; stable in "
        f"{kinds_of.stability(found)[kind]:.0%} of resamples. Its kind: {apart}."
    )
    _link(view, "pages/archetypes.py", "All kinds", None)


def _phrase(row: dict[Any, Any]) -> str:
    numbers = (float(str(row[k])) for k in ("difference", "inside", "outside"))
    return phrases.in_words(str(row["feature"]), *numbers)


def _kinds(
    study: OpenStudy, taxonomy: str, source: str | None, measured: bool
) -> kinds_of.Kinds | None:
    """`measured` only keeps results before and after style was measured apart in the cache."""
    sums: pd.DataFrame = kind_queries.sums(study, Path(taxonomy), source)
    return kinds_of.kinds(sums, np.random.default_rng(kinds_of.SEED))


def _link(view: View, page: str, label: str, model: str | None) -> None:
    asked = [("study", view.info.id), *([("model", model)] if model else [])]
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=asked)
