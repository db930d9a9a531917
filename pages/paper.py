"""Which of the paper's printed numbers this study reproduces, and why not the others."""

from pages.parts.paper import sections as parts
from pages.ui.frame import page

with page("Paper") as view:
    frame = parts.find(view)
    parts.answer(view, frame)
    chosen = parts.choose(frame)
    parts.shares(view, chosen)
    parts.listed(view, chosen)
    parts.by_section(view)
    parts.small_print(view)
