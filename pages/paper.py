"""Which of the paper's printed numbers this study reproduces, and why not the others."""

from pages.ui import paper_parts as parts
from pages.ui.frame import page

with page(
    "Paper",
    "Every number that the published study prints, beside the same number computed from this one.",
) as view:
    frame = parts.find(view)
    parts.answer(view, frame)
    chosen = parts.choose(frame)
    parts.shares(view, chosen, frame)
    parts.listed(view, chosen)
    parts.by_section(view, frame)
    parts.small_print(view)
