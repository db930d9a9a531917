"""The sections of the Outliers page: the rule, the bars, and the cases behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.measure.outliers import PAPER, OutlierRule, nearest_typical, share
from analysis.queries import cases, outliers, studies
from analysis.report import outliers as section
from analysis.report import sentences
from pages.ui import address, figure, links, problems, reads
from pages.ui.frame import View

_MOST = 500
_DISTANCES = (1, 6)
_OTHERS = (1, PAPER.of)
_RULE = glossary.help_text("outlier")


@dataclass(frozen=True)
class OutlierData:
    """Outliers under the chosen rule and under the paper's, with how many answers were tested."""

    rule: OutlierRule
    frame: pd.DataFrame
    paper: int
    tested: int


def find(view: View) -> OutlierData | None:
    """The rule as chosen, and what it finds; None (with a sentence) where it is undefined."""
    tested = reads.read(view.study, outliers.defined)
    if not tested:
        problems.empty(
            "No outliers to look for",
            "The rule compares a position with those of at least six other models on the same "
            "value. No scenario of this study has seven models with a position.",
        )
        address.no_choice("distance", "others", "model")
        return None
    rule = _rule()
    paper = len(reads.read(view.study, outliers.found, PAPER))
    frame = figure.read(view, "outliers.cases", distance=rule.distance, others=rule.others).frame
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric("Outlier answers", f"{len(frame):,}", width="content", help=_RULE)
        st.metric("Share of answers", f"{share(frame, tested):.1%}", width="content", help=_RULE)
        st.metric(
            "Under the paper's rule",
            f"{paper:,}",
            width="content",
            help=f"{PAPER.distance} points or more from {PAPER.others} of {PAPER.of} others.",
        )
    return OutlierData(rule, frame, paper, tested)


def _rule() -> OutlierRule:
    with st.container(horizontal=True, gap="large"):
        distance = st.slider(
            "Distance in points",
            *_DISTANCES,
            PAPER.distance,
            width=220,
            help=_RULE,
            **address.bound("distance", "Distance in points", limits=_DISTANCES),
        )
        others = st.slider(
            f"Others it differs from, of {PAPER.of}",
            *_OTHERS,
            PAPER.others,
            width=260,
            help=_RULE,
            **address.bound("others", "Others it differs from", limits=_OTHERS),
        )
    return OutlierRule(int(distance), int(others))


def answer(view: View, found: OutlierData) -> None:
    """The page in one sentence: how many there are, and who has more than chance gives."""
    rule = found.rule
    counts = figure.read(view, "outliers.bars", distance=rule.distance, others=rule.others).frame
    named = dict(zip(counts["model"].astype(str), counts["label"].astype(str), strict=True))
    st.text(sentences.outliers(section.counted(counts, rule), named))


def per_model(view: View, found: OutlierData) -> None:
    """Bars per model, split by direction."""
    rule = found.rule
    figure.show(view, "outliers.bars", key="outliers", distance=rule.distance, others=rule.others)


def listed(view: View, found: OutlierData) -> None:
    """The cases, farthest first; a click opens one beside the nearest typical answer."""
    known = reads.read(view.study, studies.models)
    models = dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))
    model = address.choice("model", "Model", {"all": "All models", **models}, default="all")
    if found.frame.empty or not (model == "all" or (found.frame["model"] == model).any()):
        problems.empty(
            "No case", "No answer is this far from the others. Choose a looser rule above."
        )
        return
    shown = figure.show(
        view,
        "outliers.cases",
        key="outlier-cases",
        hint="Click a row to read the answer beside the nearest typical one.",
        clickable=True,
        most=_MOST,
        distance=found.rule.distance,
        others=found.rule.others,
        model=model,
    )
    if shown.row is not None:
        _open(view, shown.row)


def _open(view: View, row: Mapping[str, Any]) -> None:
    """To the reader, with the odd answer and the one nearest to the others' median."""
    positions = cases.positions(view.study, str(row["scenario"]))
    other = nearest_typical(positions, row)
    links.open_case(view.study, str(row["scenario"]), str(row["model"]), other)
