"""The sections of the Archetypes page: kinds, the tree, the plane, what sets kinds apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.load.style import AT_ONCE, is_measured, measure_style
from analysis.measure import archetypes as measure
from analysis.measure import robustness
from analysis.registry import registry
from analysis.report.archetypes import SEED
from analysis.settings import Settings
from analysis.show import archetypes as pictures_of
from analysis.store import labels
from analysis.store.queries import archetypes as queries
from analysis.store.queries import robustness as robustness_queries
from analysis.store.queries.answers import count_answers
from analysis.store.sources import Cancelled, Report
from analysis.store.study import OpenStudy, StudyInfo, open_study
from pages.ui import problems, reads, url
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.job_strip import jobs

STABILITY = glossary.told("stability")
_AUTO = "auto"
_FEW_CLASSES = 2
_CLASSES = {"size": ("small", "medium", "large"), "cost": ("low", "middle", "high")}


@dataclass(frozen=True)
class Found:
    """The kinds, how stable they are, and what was left out."""

    kinds: measure.Kinds
    stable: Mapping[int, float]
    out: Mapping[str, str]
    labels: Mapping[str, str]
    families: int
    source: str | None


def find(view: View) -> Found | None:
    """The kinds at the chosen number; None (with a sentence) where there can be none."""
    _style(view)
    sizes = reads.read(view.study, queries.sizes)
    named = dict(zip(sizes["model"].astype(str), sizes["label"].astype(str), strict=True))
    if len(named) < measure.LEAST_MODELS:
        problems.empty(
            "Too few models for kinds",
            f"Sorting models into kinds needs at least {measure.LEAST_MODELS}; this study has "
            f"{len(named)}.",
        )
        return None
    sources = reads.read(view.study, labels.sources, "response_types")
    source = sources[0] if sources else None
    options = {_AUTO: "As the data say", **{str(k): f"{k} kinds" for k in range(2, 6)
                                            if k < len(named)}}  # fmt: skip
    with st.container(width=190):
        asked = url.choice(
            "kinds", "Number of kinds", options, default=_AUTO,
            help="As the data say: the number from 2 to 5 at which models lie closest to their own "
            "kind and farthest from the next one (mean silhouette).",
        )  # fmt: skip
    number = None if asked == _AUTO else int(asked)
    measured = is_measured(view.study)
    found, out = reads.read(view.study, _kinds, str(view.taxonomy.path), source, number, measured)
    if found is None:
        problems.empty(
            "Nothing to tell models apart by",
            "No feature (leans, response types, style) is known for all of these models.",
        )
        return None
    return Found(found, measure.stability(found), out, named, view.info.families, source)


def _kinds(
    study: OpenStudy, taxonomy: str, source: str | None, number: int | None, measured: bool
) -> tuple[measure.Kinds | None, dict[str, str]]:
    """`measured` only keeps the results before and after style was measured apart in the cache."""
    sums = queries.sums(study, Path(taxonomy), source)
    found = measure.kinds(sums, np.random.default_rng(SEED), number=number)
    return found, measure.table(sums)[1] if len(sums) else {}


def _style(view: View) -> None:
    """Measure how answers are written: at once where it takes seconds, on request else."""
    if is_measured(view.study):
        return
    answers = reads.read(view.study, count_answers)
    if not answers:
        return
    if answers <= AT_ONCE:
        with st.spinner("Measuring how answers are written, a few seconds…"), problems.shown():
            measure_style(view.study)
        return
    problems.note(
        "How answers are written has not been measured",
        f"Length, hedging and variety of words need one pass over {answers:,} answers, minutes of "
        "work on this machine. Until then kinds go by leans and refusals alone.",
    )
    if st.button("Measure now", key="measure-style"):
        info, settings = view.info, view.settings
        jobs().start(f"Style of {info.title}", lambda r, c: _measure(info, settings, r, c))
        st.switch_page("pages/data.py", query_params={"study": info.id})


def _measure(
    info: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled
) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        measure_style(study, report, cancelled)
    finally:
        study.close()
    return info


def answer(found: Found) -> None:
    """The page in one sentence."""
    sure = sum(share >= 0.8 for share in found.stable.values())
    best = max(found.kinds.silhouettes.values(), default=0.0)
    apart = "clearly apart" if best >= 0.5 else "not sharply apart"
    st.text(
        f"{len(found.stable)} kinds among {len(found.labels)} models, {apart} (mean silhouette "
        f"{best:.2f} of at most 1); {sure} of them stable in at least 80% of resamples of "
        f"{found.families:,} families."
    )


def pictures(view: View, found: Found) -> None:
    """The tree and the plane beside each other."""
    points, shares = measure.projection(found.kinds)
    alt = pictures_of.alt(found.kinds.kinds, found.labels)
    left, right = st.columns(2, gap="large")
    count = found.kinds.features.shape[1]
    with left:
        figure(
            view,
            "archetype-tree",
            "Who is like whom",
            pictures_of.dendrogram(found.kinds.linkage, found.kinds.kinds, found.labels),
            help=glossary.told("archetype"),
            alt=alt,
            note=f"Models that join further left are more alike. {count} features, each "
            "standardised over these models; Ward's method.",
            frame=lambda: found.kinds.kinds.reset_index(),
        )
    with right:
        figure(
            view,
            "archetype-plane",
            "On two axes",
            pictures_of.plane(points, found.kinds.kinds, found.labels, shares),
            help=glossary.told("archetype"),
            alt=alt,
            note=f"Principal components of the same features: the two axes hold "
            f"{sum(shares):.0%} of the variance, so near is not always alike.",
            frame=lambda: points.reset_index(),
        )


def apart(view: View, found: Found) -> None:
    """Each kind with its models, its stability and three features in words."""
    rows = measure.telling(found.kinds)
    shown = pd.DataFrame(
        [
            {
                "kind": kind,
                "models": ", ".join(
                    found.labels[str(m)] for m in found.kinds.kinds.index[found.kinds.kinds == kind]
                ),
                "stability": 100 * share,
                "apart": _in_words(rows[rows["kind"] == kind]),
            }
            for kind, share in found.stable.items()
        ]
    )
    table(
        view,
        "archetypes",
        "What sets each kind apart",
        shown,
        {
            "kind": st.column_config.NumberColumn("Kind", width=50),
            "models": st.column_config.TextColumn("Models", width=270),
            "stability": st.column_config.NumberColumn(
                "Stability", format="%.0f%%", width=80, help=STABILITY
            ),
            "apart": st.column_config.TextColumn("Compared with the other models", width=430),
        },
        help=glossary.told("archetype"),
        alt="Kinds of models, how stable each is, and the three features that set it apart",
        note="The three features whose means differ most between the kind and all other models, "
        "in standard deviations over models.",
        row_height=82,
    )


def _in_words(rows: pd.DataFrame) -> str:
    return "; ".join(
        pictures_of.in_words(str(f), float(d), float(i), float(o))
        for f, d, i, o in zip(
            rows["feature"], rows["difference"], rows["inside"], rows["outside"], strict=True
        )
    )


def features(view: View, found: Found) -> None:
    """The numbers behind it all, model by model."""
    values = found.kinds.features
    shown = values.rename(index=found.labels, columns=pictures_of.name).reset_index()
    shown = shown.rename(columns={"model": "Model"})
    labelled = f"Response types by {found.source}. " if found.source else ""
    table(
        view,
        "archetype-features",
        "The features",
        shown,
        {c: st.column_config.NumberColumn(c, format="%.3f") for c in shown.columns[1:]},
        help=glossary.told("style"),
        alt="Every feature of every model",
        note=f"{labelled}Leans by top-level group of values; shares of response types; words, "
        "hedges and variety of words an answer; seconds and share flagged by judges where known.",
    )


def sizes(view: View) -> None:
    """Whether larger or dearer models are more consistent: flip rates by class of the registry."""
    title = "Are larger models more consistent?"
    patterns = reads.read(view.study, robustness_queries.patterns)
    rates = robustness.flip_rates(patterns) if len(patterns) else pd.DataFrame({"model": []})
    parts = [_classes(rates, by, order) for by, order in _CLASSES.items()]
    shown = pd.concat([p for p in parts if len(p) >= _FEW_CLASSES] or [pd.DataFrame()])
    if shown.empty:
        st.header(title, anchor=False)
        problems.empty(
            "Not to be told here",
            "It takes models of two classes that the registry knows, placed on the same value in "
            "several wordings of a family.",
        )
        return
    table(
        view,
        "archetype-sizes",
        title,
        shown,
        {
            "by": "By",
            "class": "Class",
            "models": st.column_config.NumberColumn("Models", width=70),
            "mean": st.column_config.NumberColumn("Flip rate, mean", format="percent"),
            "lowest": st.column_config.NumberColumn("lowest", format="percent"),
            "highest": st.column_config.NumberColumn("highest", format="percent"),
            "who": st.column_config.TextColumn("Which", width=400),
        },
        help=glossary.told("flip"),
        alt="Flip rate of models by class of size and of cost",
        note="Flip: favoring a value in one wording and opposing it in another (see Robustness). "
        "Size: the model's class inside its provider's line-up; cost: by list price of output. "
        "A handful of models a class is too few for an interval over models: read the ranges.",
    )


def _classes(rates: pd.DataFrame, by: str, order: tuple[str, ...]) -> pd.DataFrame:
    """One row a class: how many models, mean, lowest and highest flip rate, and who they are."""
    entries = {str(m): registry().model(str(m)) for m in rates["model"]}
    rows = []
    for name in order:
        mine = [m for m, e in entries.items() if getattr(e, by) == name]
        held = rates[rates["model"].isin(mine)]
        if len(held):
            who = ", ".join(entries[m].label for m in mine)
            values = held["value"]
            rows.append((by, name, len(held), values.mean(), values.min(), values.max(), who))
    names = ["by", "class", "models", "mean", "lowest", "highest", "who"]
    return pd.DataFrame(rows, columns=names)


def small_print(view: View, found: Found) -> None:
    """What was left out, and what a kind is not."""
    sentences = [
        "Kinds are a way of looking, not a finding: another choice of features or another method "
        "may sort models differently. Stability speaks of other families, not of other methods.",
    ]
    if found.out:
        named = "; ".join(f"{pictures_of.name(f)} ({why})" for f, why in found.out.items())
        sentences.append(f"Left out: {named}. Nothing is filled in.")
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
