"""Which values each provider's models lean towards, and the cases behind every number."""

from pages.parts.values import detail, sections
from pages.ui.frame import page

with page("Values") as view:
    chosen = sections.choose(view)
    if chosen is not None:
        sections.answer(chosen)
        beside = sections.layout(chosen)
        with beside[0]:
            sections.heatmap(view, chosen)
            sections.followed(view, chosen)
        with beside[1]:
            picked = detail.show(view, chosen)
        if picked:
            detail.drivers(view, chosen, *picked)
        sections.published(view, chosen)
        sections.small_print(view, chosen)
