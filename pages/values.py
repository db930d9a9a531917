"""Which values each provider's models lean towards, and the cases behind every number."""

from pages.ui import value_detail, value_parts
from pages.ui.frame import page

with page(
    "Values",
    "Which values each provider's models lean towards, against all others on the same queries.",
) as view:
    chosen = value_parts.choose(view)
    if chosen is not None:
        beside = value_parts.layout(chosen)
        with beside[0]:
            value_parts.heatmap(view, chosen)
        with beside[1]:
            picked = value_detail.show(view, chosen)
        if picked:
            value_detail.drivers(view, chosen, *picked)
        value_parts.published(view, chosen)
        value_parts.small_print(view, chosen)
