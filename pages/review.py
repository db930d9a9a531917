"""Label answers yourself: one case at a time, blind, and see how far judges agree with people."""

import streamlit as st

from pages.parts.review import compared, queue, rates
from pages.ui import judges, person, problems
from pages.ui.frame import page

with page("Review") as view:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        who = person.ask_name("review", again=True)
        purpose = rates.purpose() if who else ""
        share = queue.share() if purpose == rates.JUDGES else False
    if who is None:
        problems.empty(
            "Who are you?",
            "Type your name above. It is kept with your labels, so that two people can review "
            "the same study and be compared.",
        )
    elif purpose == rates.RATES:
        with problems.shown():
            rates.show(view, who)
    else:
        with problems.shown():
            queue.show(view, who, share=share)
    st.divider()
    judges.against_people(view)
    with problems.shown():
        compared.people(view)
