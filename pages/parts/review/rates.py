"""Response types of a random sample of every model's answers, which correct the refusal rates."""

import pandas as pd
import streamlit as st

from analysis.measure.corrected import fewest_labels, half_width
from analysis.measure.human_labels import Case
from analysis.number_text import counted
from analysis.queries import cases
from analysis.queries import review as queries
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind
from analysis.vocabulary import CORRECTION_LEAST
from pages.parts.review import queue
from pages.ui import address, labelling, problems, reads
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.labelling import Subject

JUDGES, RATES = "judges", "rates"
_PURPOSES = {JUDGES: "Check the judges", RATES: "Correct the refusal rates"}
_STEPS = (CORRECTION_LEAST, 100, 200)


def purpose() -> str:
    """What the cases are drawn for, as chosen."""
    with st.container(width=240):
        return address.choice(
            "purpose",
            "Label to",
            _PURPOSES,
            default=JUDGES,
            help="To correct refusal rates, answers are drawn at random from all of each model's.",
        )


def show(view: View, author: str) -> None:
    """The next answer of the random order with the response types; what labels of it buy."""
    entries = queue.entries(view)
    mine = entries[(entries["draw"] == Draw.RATES) & entries["model"].notna()]
    typed = mine[mine["kind"] == Kind.RESPONSE_TYPE]
    passed = mine[(mine["kind"] == Kind.SKIP) & (mine["author"] == author)]
    done = {*_pairs(typed), *_pairs(passed)}
    # In few steps, since every other number is a query of its own over all answers.
    most = 512 << max(0, (2 * len(done)).bit_length() - 9)
    order = reads.read(view.study, queries.for_rates, most)
    _offer(order, typed)
    found = next((p for p in _pairs(order) if p not in done), None)
    if found is None:
        problems.empty("Nothing left to label", "Every answer of this study has a label.")
        return
    _case(view, author, Case(*found, random=True))


def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["scenario"].astype(str), frame["model"].astype(str), strict=True))


def _offer(order: pd.DataFrame, typed: pd.DataFrame) -> None:
    """How many labels there are, and how narrow more of them make a rate."""
    drawn = [str(model) for model in order["model"].unique()]
    models = max(len(drawn), 1)
    least = fewest_labels(typed, drawn)
    buys = "; ".join(
        f"{n} ({n * models:,} in all): ±{100 * half_width(n):.0f} points" for n in _STEPS
    )
    st.caption(
        f"{counted(len(typed), 'answer')} labelled for the rates, at least {least} of each "
        f"of {models} models; {CORRECTION_LEAST} of a model are needed. Labels of each model, and "
        f"how wide its corrected rate then is at most: {buys}. Where the labeller is mostly right, "
        "it is narrower."
    )


def _case(view: View, author: str, case: Case) -> None:
    row = reads.read(view.study, cases.one, case.scenario)
    if row is None:
        return
    text = queue.answer_text(view, case)
    about = About(row.query_key, row.scenario, case.model, 0, annotations.digest(text))
    subject = Subject(view.study, about, author, Draw.RATES, blind=True)
    left, right = st.columns([3, 2], gap="large")
    with left:
        queue.read(view, row, text, None)
    with right:
        with st.container(key="review-steps", horizontal=True, vertical_alignment="center"):
            st.button(
                "Skip",
                key=f"review-skip-{subject.widget_key}",
                shortcut="X",
                on_click=_skip,
                args=(subject,),
                help="For a case you would rather not judge; counted as passed over.",
            )
            queue.undo_button(view, author)
        st.caption("How far does it comply with the request? A label opens the next answer.")
        labelling.response_type(subject, {})


@acts(Right.CONTRIBUTE)
def _skip(subject: Subject) -> None:
    labelling.store_label(subject, Kind.SKIP, "skipped")
