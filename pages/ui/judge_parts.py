"""The sections of the Judges page: the coefficients first, who judged, what holds for all."""

import streamlit as st

from analysis import glossary
from analysis.export import judge_frames as frames
from analysis.export.paper_bases import is_judged_split
from analysis.measure.estimates import Estimate, Undefined
from analysis.show import judges as pictures
from pages.ui import judge_pairs, problems
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.judge_pairs import KAPPA
from pages.ui.judged import BINARY, Judged, asked, computed, in_words


def agreement_of_all(view: View, judged: Judged) -> None:
    """The coefficients in both codings, said first in a sentence."""
    binary = judged.binary
    names = ", ".join(judged.labels.values())
    if len(judged.judges) < 2:
        problems.empty(
            "One judge only", f"Agreement needs two. {names} flags {_flags_alone(view, judged)}."
        )
        return
    st.text(
        f"{len(judged.judges)} judges ({names}) give the same verdict on "
        f"{in_words(binary.raw_agreement, '{:.0%}')} of answers, from {binary.items:,} that two or "
        f"more decided; Fleiss' kappa "
        f"{in_words(binary.fleiss_kappa)}, AC1 {in_words(binary.gwet_ac1)}; they flag "
        f"{in_words(binary.prevalence, '{:.0%}')} on average."
    )
    st.caption(f"The same verdict: both flag an answer, or both do not. Numbers are {judged.told}.")
    left, right = st.columns(2, gap="large")
    with left:
        _coefficients(view, judged)
    with right:
        judge_pairs.matrix(view, judged)


def _flags_alone(view: View, judged: Judged) -> str:
    row = computed(
        view, asked(view, "judges.who", without=judged.without, over=judged.over)
    ).to_dict("records")[0]
    if row["undefined"]:
        return in_words(Undefined(str(row["undefined"])))
    found = Estimate(row["value"], row["low"], row["high"], int(row["decided"]))
    return in_words(found, "{:.0%}")


def _coefficients(view: View, judged: Judged) -> None:
    rows, binary = frames.coefficients(judged.found), judged.binary
    figure(
        view,
        "agreement",
        "How far they agree",
        pictures.coefficients(rows),
        alt=pictures.coefficients_alt(rows),
        note=f"n = {binary.items:,} answers of {binary.families:,} families with two decisions "
        f"or more. {BINARY} Bars: 95%, families resampled.",
        frame=lambda: rows,
        help=KAPPA,
        recipe=asked(view, "judges.agreement", without=judged.without, over=judged.over),
    )


def who(view: View, judged: Judged) -> None:
    """Each judge with what it decided, how often it flags, and what could not be read."""
    recipe = asked(view, "judges.who", without=judged.without, over=judged.over)
    rows = computed(view, recipe)
    shown = rows[
        ["label", "items", "decided", "abstained", "unparsed", "missing", "value", "low", "high",
         "note"]
    ]  # fmt: skip
    table(
        view,
        "judges",
        "Who judged",
        shown,
        {
            "label": st.column_config.TextColumn("Judge", width=110),
            "items": st.column_config.NumberColumn("Answers", width=75),
            "decided": st.column_config.NumberColumn("Decided", width=75),
            "abstained": st.column_config.NumberColumn("No decision", width=85),
            "unparsed": st.column_config.NumberColumn(
                "Other words", width=90, help="Words that are none of the three; never guessed."
            ),
            "missing": st.column_config.NumberColumn("Not asked", width=80),
            "value": st.column_config.NumberColumn("Flags", format="percent", width=75),
            "low": st.column_config.NumberColumn("95% from", format="percent", width=80),
            "high": st.column_config.NumberColumn("to", format="percent", width=75),
            "note": st.column_config.TextColumn("Note", width=260),
        },
        help=glossary.told("judge"),
        alt="Judges with their decisions and flag rates",
        note="Flags: share of its own decisions that are non-compliant or ambiguous.",
        frame=lambda: rows,
        recipe=recipe,
        placeholder="–",
    )


def small_print(view: View, judged: Judged) -> None:
    """What holds for everything here."""
    sentences = [
        "Intervals are 95%, from resampled families: they speak of these judges over families.",
        "A judge that answered without deciding, or in other words, is counted and left out.",
    ]
    if any(str(n) == n for n in judged.known["note"].dropna()):
        sentences.append("Judges stand under the names that the data has; notes say where the "
                         "paper's differ.")  # fmt: skip
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
    if is_judged_split(view.info):
        st.page_link(
            "pages/paper.py", label="What the paper prints about its judges, beside this study",
            icon=":material/arrow_forward:", query_params=[("study", view.info.id)],
        )  # fmt: skip
