"""What differs between two studies (dates, specs, panels of judges or wordings) or two models."""

from pages.parts.compare import sections as parts
from pages.ui.frame import page

with page(
    "Compare",
    "Two studies, or two models, on the queries that both have: what matched, what differs, how "
    "sure that is, and the cases behind it.",
) as view:
    sides = parts.choose(view)
    if sides is not None and parts.summary(view, sides):
        parts.metrics(view, sides)
        metric = parts.in_detail(view, sides)
        if not sides.model:
            parts.trend(view, metric)
        parts.made(view, sides)
