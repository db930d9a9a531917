"""Near duplicates on the page of a stress test: who embeds, at which distance, and what that does
to queries that are there already, so that a person can judge it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.queries.samples import families
from analysis.registry import Model
from pages.ui import problems
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pipeline.providers.catalog import Catalog
from pipeline.select.calibrate import Calibration
from pipeline.select.duplicates import (
    Duplicates,
    QueryPair,
    duplicates,
    endpoint_vectors,
    texts_of,
    vectors_usd,
)
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.stages import SELECTING

_FAMILIES = 60
_SHOWN = 4  # pairs on each side of the distance
_LENGTH = 500
_KEPT = "_near_vectors"
_NAMES = {"tfidf": "Words (TF-IDF): no key, no cost", "minilm": "MiniLM from a folder"}


def choose(stages: Sequence[str], catalog: Catalog) -> tuple[str | None, float | None]:
    """The embedder and the distance for a plan that leaves near duplicates out."""
    if not {*SELECTING} & {*stages}:
        return None, None
    named = dict(_NAMES)
    for model in catalog.models.values():
        if model.can.embed:
            able = catalog.availability(model)
            named[model.id] = f"{model.id} ({'ready' if able.ok else 'no key or price'})"
    with st.container(key="near", horizontal=True, gap="medium"):
        embedder = st.selectbox(
            "Find near duplicates by",
            list(named),
            format_func=lambda n: named.get(n, n),
            width=300,
            key="near-embedder",
            accept_new_options=True,
            help="What turns queries into embeddings. Any OpenAI-compatible endpoint: type "
            "endpoint:name.",
        )
        distance = st.number_input(
            "Duplicates if nearer than",
            0.0,
            2.0,
            None,
            0.05,
            key="near-distance",
            width=190,
            placeholder="its own distance",
            help="A distance between embeddings: 0 is the same, 2 the opposite. Empty: the "
            "embedder's own, measured on the queries where none is known.",
        )
    return embedder, distance


def preview(view: View, embedder: str | None, distance: float | None, catalog: Catalog) -> None:
    """What the choice does to the queries of the study in use."""
    if embedder is None or view.opened is None:
        return
    box = st.expander(
        "Which queries would count as duplicates",
        icon=":material/compare_arrows:",
        on_change="rerun",
        key="near-preview",
    )
    if not box.open:
        return
    with box, problems.shown():
        kept = session.setdefault(_KEPT, {})
        key = (view.info.content_hash, embedder, distance)
        if key not in kept and (found := _tried(view, embedder, distance, catalog)) is not None:
            kept[key] = found
        if key in kept:
            _shown(kept[key], view.info.title)


def _tried(
    view: View, embedder: str, distance: float | None, catalog: Catalog
) -> Duplicates | None:
    """What the choice does to whole families of the study; None before vectors are asked for."""
    sample = families(view.study, _FAMILIES)
    queries, groups = list(sample["query"]), [str(name) for name in sample["family"]]
    if embedder in LOCAL_EMBEDDERS:
        with st.spinner("Comparing queries…"):
            return duplicates(queries, groups, embedder, distance)
    rows = _request(embedder, texts_of(queries, groups)[0], catalog)
    if rows is None:
        return None
    return duplicates(
        queries, groups, embedder, distance, lambda texts: np.stack([rows[t] for t in texts])
    )


def _request(embedder: str, texts: list[str], catalog: Catalog) -> Mapping[str, Any] | None:
    """The vectors of an endpoint: asked for by a click, since they cost; kept in this session."""
    kept: dict[Any, Mapping[str, Any]] = session.setdefault(_KEPT, {})
    key = (embedder, hash(tuple(texts)))
    model = catalog.find(embedder)
    able = catalog.availability(model)
    if not able.ok:
        raise FaultlineError(able.sentence)
    usd = vectors_usd(model, texts) or 0.0
    ask = f"Ask for {len(texts):,} vectors (about {in_dollars(usd, 4)})"
    if key not in kept and st.button(ask, key="near-ask"):
        _ask(catalog, model, texts, key)
    if key not in kept:
        st.caption("They are asked for now, outside any run and its budget.")
    return kept.get(key)


@acts(Right.OPERATE)
def _ask(catalog: Catalog, model: Model, texts: list[str], key: object) -> None:
    """Spends: the endpoint bills these calls to this server's key."""
    with st.spinner("Asking the endpoint…"):
        session[_KEPT][key] = endpoint_vectors(catalog, model, texts)
    st.rerun()


def _shown(found: Duplicates, study: str) -> None:
    out = found.of - found.kept
    st.text(
        f"Below {found.stop:.3f}, {out:,} of {found.of:,} queries of “{study}” would be left out "
        "as near duplicates."
    )
    measured(found.calibration)
    pairs(found.pairs)


def measured(calibration: Calibration | None) -> None:
    """How well a measured distance tells near duplicates from what should stay."""
    if calibration is not None:
        st.caption(
            f"The distance was measured: {calibration.near:.0%} of {calibration.n_near} planted "
            f"near duplicates lie below it, and {calibration.apart:.0%} of "
            f"{calibration.n_apart} pairs of a family's other queries, which should stay."
        )


def pairs(found: Sequence[QueryPair]) -> None:
    """Pairs on both sides of the distance: is the upper group one query, the lower two?"""
    st.caption(
        "If pairs of the upper group ask for different things, choose a smaller distance; if those "
        "of the lower ask for the same, a larger one."
    )
    groups = {
        "Just below this distance: one of each pair is left out": [p for p in found if not p.kept],
        "Just above it: both stay": [p for p in found if p.kept],
    }
    for title, members in groups.items():
        st.markdown(f"**{title}**")
        if not members:
            st.caption("No pair of these queries is in this range.")
        for pair in members[:_SHOWN]:
            with st.container(border=True, gap="xsmall"):
                st.caption(f"Distance {pair.distance:.3f}")
                for text in (pair.query, pair.other):
                    st.text(text if len(text) <= _LENGTH else f"{text[:_LENGTH]}…")


def of_run(document: Mapping[str, Any] | None) -> None:
    """The same of a run that has made its selection, as its journal holds it."""
    if document is None or "pairs" not in document:
        return
    kept, of = len(document["scenarios"]), int(document["of"])
    with st.expander("Near duplicates", icon=":material/compare_arrows:"):
        st.text(
            f"{of - kept:,} of {of:,} queries were left out: an embedding by "
            f"{document['embedder']} lay nearer than {document['stop']:.3f} to one that stays."
        )
        measured(Calibration(**document["calibration"]) if document["calibration"] else None)
        pairs([QueryPair(**pair) for pair in document["pairs"]])
