"""What differs between two studies (dates, specs, panels of judges or wordings) or two models."""

from pages.parts.compare import sections as parts
from pages.ui.frame import page

with page("Compare") as view:
    sides = parts.choose(view)
    if sides is not None and parts.summary(view, sides):
        parts.metrics(view, sides)
        metric = parts.in_detail(view, sides)
        if not sides.model:
            parts.trend(view, metric)
        parts.made(view, sides)
