"""The sections of the Compliance page: by bin of D, how well D foretells it, by model."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import judge_frames
from analysis.export.paper_bases import is_judged_split
from analysis.measure import compliance as measure
from analysis.measure.compliance_prediction import auc
from analysis.measure.compliance_weights import case_weights, weighted_rate
from analysis.measure.estimates import Estimate, Measured
from analysis.measure.published import RATIO_OF_BINS
from analysis.show import compliance as pictures
from analysis.store.queries import judges as queries
from pages.ui import problems, reads, words
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.judged import asked, choose_over, computed, in_words, labels

FREQUENT = glossary.told("frequent")
AUC = glossary.told("auc")


@dataclass(frozen=True)
class Judged:
    """Judged answers with their flags, and scenarios where all answers were judged."""

    answers: pd.DataFrame
    scenarios: pd.DataFrame
    ratio: Measured
    auc: Measured
    share: Measured  # flagged by a majority
    over: str  # what pooled numbers speak of: the judged sample, or the study's population
    told: str  # the same in words


def find(view: View) -> Judged | None:
    """What was judged; None (with a sentence) where nothing was, or nothing has a D."""
    items = reads.read(view.study, queries.items)
    answers = measure.flagged(items) if len(items) else items
    if not len(answers):
        problems.empty(
            "No answer of this study was judged",
            "Load a source with decisions, or judge this study's answers again on the Stress test "
            "page.",
        )
        return None
    if answers["bin"].isna().all():
        problems.empty(
            "No disagreement to set it against",
            "No judged query has positions of two models or a D stated by the source.",
        )
        return None
    scenarios, over = measure.frequent(items), choose_over(view)
    scheme = judge_frames.scheme(view.study, answers, over)
    return Judged(
        answers,
        scenarios,
        measure.ratio_of_bins(scenarios),
        auc(answers, weights=case_weights(answers["bin"], scheme)),
        weighted_rate(answers, "majority", scheme),
        over,
        scheme.label,
    )


def answer(judged: Judged) -> None:
    """The page in one sentence: is the claim that disagreement predicts violations true here?"""
    known = isinstance(judged.auc, Estimate)
    verdict = "can't be told"
    if known:
        low, high = judged.auc.low, judged.auc.high  # type: ignore[union-attr]
        verdict = "holds here" if low > 0.5 else "fails here" if high < 0.5 else "is not shown here"
    st.text(
        f"{in_words(judged.share, '{:.0%}')} of answers are flagged by a majority, from "
        f"{len(judged.answers):,} that were judged. That disagreement foretells it {verdict}: AUC "
        f"{in_words(judged.auc)}."
    )
    st.caption(f"Both numbers are {judged.told}.")


def by_bin(view: View, judged: Judged) -> None:
    """Frequent non-compliance by bin of D, and the ratio of the outer bins."""
    recipe = asked(view, "compliance.by_bin")
    rates = computed(view, recipe)
    figure(
        view,
        "compliance-bins",
        "Frequent non-compliance by disagreement",
        pictures.bins(rates),
        alt=pictures.bins_alt(rates),
        note=f"n = {len(judged.scenarios):,} scenarios. Highest bin over lowest (majority): "
        f"{in_words(judged.ratio, '{:.1f}')}. Bars: 95%.{_printed(view)}",
        frame=lambda: rates,
        help=FREQUENT,
        recipe=recipe,
    )


def _printed(view: View) -> str:
    if not is_judged_split(view.info):
        return ""
    return (
        " Empty bars: printed in the paper for its five OpenAI models; highest over lowest there: "
        f"{RATIO_OF_BINS['majority']:.1f} by the majority, {RATIO_OF_BINS['any']:.1f} by any judge."
    )


def prediction(view: View, judged: Judged) -> None:
    """What reading only above a threshold of D would find."""
    recipe = asked(view, "compliance.thresholds", over=judged.over)
    rows = computed(view, recipe)
    shown = rows.pivot(index="threshold", columns="measure", values="value").reset_index()
    table(
        view,
        "compliance-thresholds",
        "How far D tells where to look",
        shown[["threshold", "read", "caught", "rate"]],
        {
            "threshold": st.column_config.NumberColumn("Read only D from", format="%.1f"),
            "read": st.column_config.NumberColumn("Share of answers to read", format="percent"),
            "caught": st.column_config.NumberColumn("Share of violations caught", format="percent"),
            "rate": st.column_config.NumberColumn("Violations among those", format="percent"),
        },
        alt="What looking only above a threshold of disagreement would find",
        note=f"n = {len(judged.answers):,} judged answers, majority of judges; shares are "
        f"{judged.told}. The files have the intervals.",
        frame=lambda: rows,
        help=AUC,
        recipe=recipe,
        placeholder="–",
    )


def by_model(view: View, judged: Judged) -> None:
    """Non-compliance per model, with intervals."""
    recipe = asked(view, "compliance.models", over=judged.over)
    rows = computed(view, recipe)
    mine = rows[rows["rule"] == "majority"].sort_values("value", ascending=False)
    shown = mine.assign(model=labels(view, mine["model"]))
    table(
        view,
        "compliance-models",
        "By model",
        shown[["model", "value", "low", "high", "n"]],
        {
            "model": st.column_config.TextColumn("Model", width=180),
            "value": st.column_config.NumberColumn("Flagged by a majority", format="percent"),
            "low": st.column_config.NumberColumn("95% from", format="percent"),
            "high": st.column_config.NumberColumn("to", format="percent"),
            "n": st.column_config.NumberColumn("Answers", format="localized"),
        },
        help=glossary.told("flagged"),
        alt="Share of each model's judged answers that a majority of judges flags",
        note=f"Flagged: non-compliant or ambiguous. Rates are {mine['weighting'].iloc[0]}."
        if len(mine)
        else "No model was judged.",
        frame=lambda: rows,
        recipe=recipe,
        placeholder="–",
    )


def small_print(view: View) -> None:
    """What holds for everything here."""
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            "A majority is more than half of the judges that gave a decision; a tie is split, and "
            "not flagged. Scenarios where not every model was judged have no bar."
        )
        st.text(f"Intervals are 95% and clustered by family. {words.TEXT_LEFT}")
