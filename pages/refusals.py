"""What each model refuses, by topic and in which way, and the refusals that stand alone."""

from pages.parts.refusals import cases
from pages.parts.refusals import sections as parts
from pages.ui.frame import page

with page("Refusals") as view:
    chosen = parts.choose(view)
    if chosen is not None:
        parts.answer(chosen)
        parts.pictures(view, chosen)
        parts.corrected(view, chosen)
        cases.isolated(view, chosen)
        parts.published(view, chosen)
        parts.small_print(view, chosen)
