"""A model's profile in short: how often it refuses, how far wording moves it, and its cluster. Each
part is one click from the page that shows all of it."""

import streamlit as st

from analysis import glossary
from analysis.figures.frames import archetypes as frames
from analysis.measure import refusals
from analysis.measure.archetypes import LEAST_MODELS
from analysis.queries import archetypes
from analysis.queries import refusals as refusal_queries
from analysis.show import archetypes as charts
from analysis.store import labels
from pages.ui import figure, links, problems, reads
from pages.ui.frame import View


def character(view: View, model: str) -> None:
    """How often it refuses and how far wording moves it, with its ranks, and on what it refuses."""
    frame = figure.read(view, "models.character", model=model).frame
    if frame.empty:
        st.header("What it refuses, and how far wording moves it", anchor=False)
        problems.empty(
            "No labels and no wordings to compare",
            "Its answers are not labelled, and it has no position on the same value in two "
            "wordings of a family.",
        )
        return
    figure.show(view, "models.character", key="character", model=model)
    if "refusals" in set(frame["measure"]):
        _most_refused(view, model)
    with st.container(horizontal=True):
        links.page(view.info, "refusals", "Its refusals", model=model)
        links.page(view.info, "robustness", "Shifts and flips", model=model)


def _most_refused(view: View, model: str) -> None:
    """The topics on which it refuses more than on its other queries, where any stands out."""
    sources = [reads.read(view.study, labels.sources, k) for k in ("response_types", "topics")]
    types, topics = (found[0] if found else None for found in sources)
    if topics is None:
        return
    moments = reads.read(view.study, refusal_queries.moments, "any", types, topics, model=model)
    found = refusals.most_refused(moments)
    if found.empty:
        st.text("No topic stands out: on none does it refuse more than chance allows.")
        return
    most = ", ".join(
        f"{r['topic']} ({r['value']:.0%}, n = {r['n']:,})" for r in found.to_dict("records")
    )
    st.text(f"It refuses more on {most} than on its other queries.")


def archetype(view: View, model: str) -> None:
    """Which cluster it falls into, with which models, and how sure that is."""
    st.header("Its cluster", anchor=False, help=glossary.help_text("archetype"))
    sources = reads.read(view.study, labels.sources, "response_types")
    clustered = reads.read(
        view.study,
        frames.cluster,
        view.taxonomy.path,
        sources[0] if sources else None,
        0,
        archetypes.is_styled(view.study),
    )
    if clustered is None or model not in clustered.found.clusters.index:
        problems.empty(
            "No clusters of models",
            f"Clusters need at least {LEAST_MODELS} models with a feature that all of them have.",
        )
        return
    if clustered.found.none:
        st.text("No clusters: the models differ by degree.")
        links.page(view.info, "archetypes", "All models")
        return
    clusters = clustered.found.clusters
    number = int(clusters[model])
    others = [clustered.labels[str(m)] for m in clusters.index[clusters == number] if m != model]
    rows = frames.distinguishing_features(clustered)
    company = f"with {', '.join(others)}" if others else "alone"
    st.text(
        f"Cluster {number} of {len(clustered.stable)}, {company}; stable in "
        f"{clustered.stable[number]:.0%} of resamples. The cluster: "
        f"{charts.phrases(rows[rows['kind'] == number])}."
    )
    links.page(view.info, "archetypes", "All clusters")
