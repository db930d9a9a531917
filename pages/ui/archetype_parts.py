"""The sections of the Archetypes page: kinds, the tree, the plane, what sets kinds apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import archetype_frames as frames
from analysis.measure import archetypes as measure
from analysis.show import archetypes as pictures_of
from analysis.store import labels
from analysis.store.queries import archetypes as queries
from pages.ui import archetype_style, problems, reads, url
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.judged import asked, computed

STABILITY = glossary.told("stability")
_AUTO = "auto"


@dataclass(frozen=True)
class Found:
    """The kinds, how stable they are, what was left out, and how a recipe asks for them again."""

    sorted: frames.Sorted
    families: int
    source: str | None
    asked: Mapping[str, Any]

    @property
    def kinds(self) -> measure.Kinds:
        return self.sorted.kinds

    @property
    def labels(self) -> Mapping[str, str]:
        return self.sorted.labels


def find(view: View) -> Found | None:
    """The kinds at the chosen number; None (with a sentence) where there can be none."""
    archetype_style.measure(view)
    named = reads.read(view.study, frames.labels)
    if len(named) < measure.LEAST_MODELS:
        problems.empty(
            "Too few models for kinds",
            f"Sorting models into kinds needs at least {measure.LEAST_MODELS}; this study has "
            f"{len(named)}.",
        )
        return None
    number = _number(len(named))
    sources = reads.read(view.study, labels.sources, "response_types")
    source = sources[0] if sources else None
    measured = queries.is_styled(view.study)
    found = reads.read(
        view.study, frames.sort, view.taxonomy.path, source, number=number, style=measured
    )
    if found is None:
        problems.empty(
            "Nothing to tell models apart by",
            "No feature (leans, response types, style) is known for all of these models.",
        )
        return None
    asked_for = {"kinds": number, "labels": source or "none"}
    return Found(found, view.info.families, source, asked_for)


def _number(models: int) -> int:
    """How many kinds are asked for, 0 as the data say."""
    options = {_AUTO: "As the data say", **{str(k): f"{k} kinds" for k in range(2, 6)
                                            if k < models}}  # fmt: skip
    with st.container(width=190):
        chosen = url.choice(
            "kinds", "Number of kinds", options, default=_AUTO,
            help="As the data say: the number from 2 to 5 at which models lie closest to their own "
            "kind and farthest from the next one (mean silhouette).",
        )  # fmt: skip
    return 0 if chosen == _AUTO else int(chosen)


def answer(found: Found) -> None:
    """The page in one sentence."""
    sure = sum(share >= 0.8 for share in found.sorted.stable.values())
    best = max(found.kinds.silhouettes.values(), default=0.0)
    apart = "clearly apart" if best >= 0.5 else "not sharply apart"
    st.text(
        f"{len(found.sorted.stable)} kinds among {len(found.labels)} models, {apart} (mean "
        f"silhouette {best:.2f} of at most 1); {sure} of them stable in at least 80% of resamples "
        f"of {found.families:,} families."
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
            frame=lambda: frames.tree(found.sorted),
            recipe=asked(view, "archetypes.tree", **found.asked),
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
            frame=lambda: frames.plane(found.sorted),
            recipe=asked(view, "archetypes.plane", **found.asked),
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
            for kind, share in found.sorted.stable.items()
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
        frame=lambda: frames.telling(found.sorted),
        recipe=asked(view, "archetypes.kinds", **found.asked),
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
        frame=lambda: frames.features(found.sorted),
        recipe=asked(view, "archetypes.features", labels=found.source or "none"),
        note=f"{labelled}Leans by top-level group of values; shares of response types; words, "
        "hedges and variety of words an answer; seconds and share flagged by judges where known.",
    )


def sizes(view: View) -> None:
    """Whether larger or dearer models are more consistent: flip rates by class of the registry."""
    title = "Are larger models more consistent?"
    recipe = asked(view, "archetypes.sizes")
    shown = computed(view, recipe)
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
        frame=lambda: shown,
        recipe=recipe,
        note="Flip: favoring a value in one wording and opposing it in another (see Robustness). "
        "Size: the model's class inside its provider's line-up; cost: by list price of output. "
        "A handful of models a class is too few for an interval over models: read the ranges.",
    )


def small_print(view: View, found: Found) -> None:
    """What was left out, and what a kind is not."""
    sentences = [
        "Kinds are a way of looking, not a finding: another choice of features or another method "
        "may sort models differently. Stability speaks of other families, not of other methods.",
    ]
    if found.sorted.out:
        named = "; ".join(f"{pictures_of.name(f)} ({why})" for f, why in found.sorted.out.items())
        sentences.append(f"Left out: {named}. Nothing is filled in.")
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
