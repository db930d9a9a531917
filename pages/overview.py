"""What is loaded, how far the models disagree over it, and where to start reading."""

import streamlit as st

from pages.parts.overview import sections as parts
from pages.parts.overview import spec
from pages.ui.frame import page

with page("Overview") as view:
    model_set = parts.headline(view)
    parts.distribution(view, model_set)
    spec.neediest(view)
    parts.worth_opening(view, model_set)
    parts.coverage(view)
    parts.loaded(view)
    st.header("Where to go next", anchor=False)
    parts.next_steps(view)
