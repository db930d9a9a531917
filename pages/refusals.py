"""What each model refuses, by topic and in which way, and the refusals that stand alone."""

from pages.ui import refusal_cases as cases
from pages.ui import refusal_parts as parts
from pages.ui.frame import page

with page(
    "Refusals",
    "How often each model refuses, on which topics and in which way.",
) as view:
    chosen = parts.choose(view)
    if chosen is not None:
        parts.answer(chosen)
        parts.pictures(view, chosen)
        cases.odd_ones(view, chosen)
        parts.published(view, chosen)
        parts.small_print(view, chosen)
