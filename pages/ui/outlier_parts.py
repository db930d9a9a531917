"""The sections of the Outliers page: the rule, the bars, and the cases behind them."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.paper_bases import is_published_split
from analysis.export.recipe import Asked
from analysis.measure import published
from analysis.measure.outliers import PAPER, OutlierRule
from analysis.show.outliers import bars, bars_alt
from analysis.store import labels
from analysis.store.queries import cases, outliers, overview
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure
from pages.ui.frame import View
from pages.ui.picking import fresh_key, picked, used

_MOST = 500
_RULE = glossary.told("outlier")
_DIRECTION = glossary.told("outlier_direction")


@dataclass(frozen=True)
class Found:
    """Outliers under the chosen rule and under the paper's, with how many answers were tested."""

    rule: OutlierRule
    frame: pd.DataFrame
    paper: int
    tested: int


def find(view: View) -> Found | None:
    """The rule as chosen, and what it finds; None (with a sentence) where it is undefined."""
    tested = reads.read(view.study, outliers.defined)
    if not tested:
        problems.empty(
            "No outliers to look for",
            "The rule compares a position with those of at least six other models on the same "
            "value. No scenario of this study has seven models with a position.",
        )
        return None
    rule = _rule()
    paper = len(reads.read(view.study, outliers.found, PAPER))
    frame = reads.read(view.study, recipes.compute, _cases(view, rule))
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric("Outlier answers", f"{len(frame):,}", width="content", help=_RULE)
        st.metric("Share of answers", f"{len(frame) / tested:.1%}", width="content", help=_RULE)
        st.metric(
            "Under the paper's rule",
            f"{paper:,}",
            width="content",
            help="4 points or more from 9 of 11 others.",
        )
    return Found(rule, frame, paper, tested)


def _rule() -> OutlierRule:
    with st.container(horizontal=True, gap="large"):
        distance = st.slider(
            "Distance in points", 1, 6, PAPER.distance, key="distance", width=220,
            help=_RULE, bind="query-params",
        )  # fmt: skip
        others = st.slider(
            "Others it differs from, of 11", 1, 11, PAPER.others, key="others", width=260,
            help=_RULE, bind="query-params",
        )  # fmt: skip
    return OutlierRule(int(distance), int(others))


def per_model(view: View, found: Found) -> None:
    """Bars per model, split by direction."""
    rule = found.rule
    asked = reads.read(
        view.study, recipes.ask, "outliers.bars", distance=rule.distance, others=rule.others
    )
    counts = reads.read(view.study, recipes.compute, asked)
    printed = published.OUTLIERS if is_published_split(view.info) else None
    sources = reads.read(view.study, labels.sources, "response_types")
    labelled = f"response types by {', '.join(sources)}" if sources else "no response types known"
    note = (
        f"n = {found.tested:,} answers with a position and at least six others to compare with; "
        f"{labelled}."
    )
    if printed:
        note += " Marks: counts printed in the paper, whose base set is not stated."
    figure(
        view,
        "outliers",
        "Which models stand apart",
        bars(counts, printed),
        alt=bars_alt(counts),
        note=note,
        frame=lambda: counts,
        help=_DIRECTION,
        recipe=asked,
    )


def _cases(view: View, rule: OutlierRule, model: str = "all") -> Asked:
    # Who labelled is looked up once: it takes a pass over all labels.
    return reads.read(
        view.study, recipes.ask, "outliers.cases",
        distance=rule.distance, others=rule.others, model=model,
    )  # fmt: skip


def listed(view: View, found: Found) -> None:
    """The cases, farthest first; a click opens one beside the nearest typical answer."""
    known = reads.read(view.study, overview.models)
    models = dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))
    options = {"all": "All models", **models}
    model = url.choice("model", "Model", options, default="all")
    rows = found.frame if model == "all" else found.frame[found.frame["model"] == model]
    if rows.empty:
        problems.empty("No case", "No answer stands this far apart. Loosen the rule above.")
        return
    top = rows.head(_MOST).reset_index(drop=True)
    shown = top.assign(model=top["model"].map(models), of=_shares(top))[
        ["model", "value", "position", "others_median", "of", "direction", "why", "scenario"]
    ]
    cut = f" The first {_MOST} are shown; the CSV has all." if len(rows) > _MOST else ""
    key = fresh_key("cases")
    at = picked(
        view,
        "outlier-cases",
        words.plural(len(rows), "case"),
        shown,
        {
            "model": st.column_config.TextColumn("Model", width=130),
            "value": st.column_config.TextColumn("Value", width=150),
            "position": st.column_config.NumberColumn("Position", width=75, help=words.SPECTRUM),
            "others_median": st.column_config.NumberColumn("Others' median", width=110),
            "of": st.column_config.TextColumn("Differs from", width=95),
            "direction": st.column_config.TextColumn("Direction", width=130, help=_DIRECTION),
            "why": st.column_config.TextColumn("Why it is listed", width=260),
            "scenario": st.column_config.TextColumn("Scenario", width=120),
        },
        help=glossary.told("outlier"),
        alt="Outlier answers, the farthest from the others first",
        note=f"Click a row to read the answer beside the nearest typical one.{cut}",
        frame=lambda: rows,
        recipe=_cases(view, found.rule, model),
        grid_key=key,
        tall=560,
    )
    if at is not None:
        used("cases")
        _open(view, top.to_dict("records")[at])


def _shares(rows: pd.DataFrame) -> pd.Series:
    return rows["differs_from"].astype(str) + " of " + rows["of"].astype(str)


def _open(view: View, row: Mapping[Hashable, Any]) -> None:
    """To the reader, with the odd answer and the one nearest to the others' median."""
    positions = cases.positions(view.study, str(row["scenario"]))
    column = f"value{row['value_no']}_position"
    others = positions[positions["model"] != row["model"]].dropna(subset=[column])
    nearest = (others[column].astype(float) - float(row["others_median"])).abs().idxmin()
    odd = positions.loc[positions["model"] == row["model"], "label"]
    shown = [str(odd.iloc[0]), str(others["label"].loc[nearest])]
    st.switch_page(
        "pages/scenarios.py",
        query_params={"study": view.info.id, "scenario": str(row["scenario"]), "show": shown},
    )
