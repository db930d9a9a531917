"""The tour of a first visit: three steps in a corner, over the page and never inside its flow.

The browser remembers that it was dismissed (its own storage, no cookie, nothing on the server), so
that each person sees it once, also where many share a server. The Glossary page shows it again.
"""

import streamlit as st

from pages.ui.address import session
from pages.ui.assets import component

STEPS = (
    (
        "One page, one question",
        "The menu groups the pages. Overview says how far the models disagree and which cases to "
        "open first.",
        "[data-testid=stSidebarNav]",
    ),
    (
        "From a number to its cases",
        "Every number comes with its n and its interval; the question mark beside "
        "it explains what it means. Click a bar, a cell or a row to see what is "
        "behind it.",
        ".stMainBlockContainer [data-testid=stTooltipHoverTarget]",
    ),
    (
        "Take it with you",
        "The address holds the whole view, so you can share it as a link. Pin "
        "saves a figure for a report on Findings; Export downloads it along with "
        "how it was computed. The Glossary has a button to show this tour again.",
        "[class*=st-key-export-]",
    ),
)
_ASKED = "_tour_asked"
_HTML = """<section role="dialog" aria-labelledby="tour-title" hidden>
<p class="count"></p><h2 id="tour-title"></h2><p class="text" aria-live="polite"></p>
<div class="row"><button type="button" class="skip">Skip the tour</button>
<button type="button" class="back">Back</button>
<button type="button" class="next"></button></div></section>
"""


def show() -> None:
    """Mount the tour; the browser decides whether to show it."""
    steps = [{"title": title, "text": text, "at": at} for title, text, at in STEPS]
    with st.container(key="tour"):
        component("faultline_tour", _HTML, "tour.css", "tour.js")(
            key="tour-card", data={"steps": steps, "asked": session.get(_ASKED, 0)}
        )


def again() -> None:
    """A button that shows the tour again, also to whoever dismissed it."""
    st.button("Show the tour", icon=":material/explore:", key="tour-again", on_click=_ask)


def _ask() -> None:
    session[_ASKED] = session.get(_ASKED, 0) + 1
