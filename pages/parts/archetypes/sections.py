"""The sections of the Archetypes page: clusters, the dendrogram, what sets clusters apart."""

import streamlit as st

from analysis.figures.frames import archetypes as frames
from analysis.measure import archetypes as measure
from analysis.queries import archetypes as queries
from analysis.report import archetypes as section
from analysis.report import sentences
from analysis.show import archetypes as charts
from analysis.store import labels
from analysis.vocabulary import MOST_CLUSTERS
from pages.parts.archetypes import style
from pages.ui import address, figure, problems, reads
from pages.ui.frame import View

_AUTO = "auto"


def find(view: View) -> int | None:
    """The number of clusters asked for (0: as the data say), and the page in one sentence; None
    (with a sentence) where there can be no clusters."""
    style.measure(view)
    named = reads.read(view.study, frames.labels)
    if len(named) < measure.LEAST_MODELS:
        problems.empty(
            "Too few models for clusters",
            f"Clustering models takes at least {measure.LEAST_MODELS}; this study has "
            f"{len(named)}.",
        )
        return None
    number = _number(len(named))
    found = clustered(view, number)
    if found is None:
        problems.empty(
            "No feature separates the models",
            "No feature (leans, response types, style) is known for all of these models.",
        )
        return None
    _answer(view, found)
    return number


def clustered(view: View, number: int) -> frames.Clustered | None:
    """The models in that many clusters, as the figures of this page read them."""
    sources = reads.read(view.study, labels.sources, "response_types")
    return reads.read(
        view.study,
        frames.cluster,
        view.taxonomy.path,
        sources[0] if sources else None,
        number,
        queries.is_styled(view.study),
    )


def _number(models: int) -> int:
    """How many clusters are asked for, 0 as the data say."""
    most = min(MOST_CLUSTERS, models - 1)
    options = {
        _AUTO: "Chosen from the data",
        **{str(k): f"{k} clusters" for k in range(2, most + 1)},
    }
    with st.container(width=190):
        chosen = address.choice(
            "kinds",
            "Number of clusters",
            options,
            default=_AUTO,
            help=f"Chosen from the data: the number from 2 to {MOST_CLUSTERS} at which "
            "models lie closest to their own cluster and farthest from the next (mean silhouette).",
        )
    return 0 if chosen == _AUTO else int(chosen)


def _answer(view: View, found: frames.Clustered) -> None:
    best = found.found.silhouette
    st.text(sentences.clusters(section.in_short(found.found), found.labels))
    if found.found.none:
        st.caption(f"Mean silhouette {best:.2f}; what follows is a way of looking at the models.")
        return
    apart = "clearly apart" if found.found.clearly_apart else "not sharply apart"
    st.caption(
        f"They lie {apart} (mean silhouette {best:.2f} of at most 1); {found.stable_count} of "
        f"{len(found.stable)} are stable in at least {measure.STABLE:.0%} of resamples of "
        f"{view.info.families:,} families."
    )


def pictures(view: View, number: int) -> None:
    """The dendrogram and the plane beside each other."""
    left, right = st.columns(2, gap="large")
    with left:
        figure.show(view, "archetypes.tree", key="archetype-tree", kinds=number)
    with right:
        figure.show(view, "archetypes.plane", key="archetype-plane", kinds=number)


def sizes(view: View) -> None:
    """Whether larger or dearer models are more consistent: flip rates by class of the registry."""
    found = figure.read(view, "archetypes.sizes")
    if found.frame.empty:
        st.header(found.title, anchor=False)
        problems.empty(
            "Too few models to compare",
            "This takes models of at least two classes in the registry, with positions on the same "
            "value in several wordings of a family.",
        )
        return
    figure.show(view, "archetypes.sizes", key="archetype-sizes")


def small_print(view: View, number: int) -> None:
    """What was left out, and what a cluster is not."""
    sentences = [
        "Clusters are a way of looking at the models, not a finding: other features or another "
        "method may group them differently. Stability is about other families, not other methods.",
    ]
    found = clustered(view, number)
    if found is not None and found.out:
        named = "; ".join(f"{charts.name(f)} ({why})" for f, why in found.out.items())
        sentences.append(f"Left out: {named}. Nothing is filled in.")
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
