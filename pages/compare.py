"""What differs between two studies: dates, specs, panels of judges or wordings."""

from pages.parts.compare import sections as parts
from pages.ui.frame import page

with page(
    "Compare",
    "Two studies on the queries that both have: what matched, what differs, how sure that is, and "
    "the cases behind it.",
) as view:
    other = parts.choose(view)
    if other is not None and parts.summary(view, other):
        parts.metrics(view, other)
        metric = parts.chosen(view, other)
        parts.cases(view, other, metric)
        parts.trend(view, metric)
        parts.made(view, other)
