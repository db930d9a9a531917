"""Label answers yourself: one case at a time, blind, and see how far judges agree with people."""

import streamlit as st

from pages.ui import author, human_parts, problems, review_queue
from pages.ui.frame import page

with page(
    "Review",
    "Read answers and label them yourself, before you see what the judges said.",
) as view:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        who = author.ask("review", again=True)
        share = review_queue.share() if who else False
    if who is None:
        problems.empty(
            "Who are you?",
            "Type your name above. It stands beside your labels, so that two people can review "
            "the same study and be compared.",
        )
    else:
        with problems.shown():
            review_queue.show(view, who, share=share)
    st.divider()
    human_parts.against_people(view)
