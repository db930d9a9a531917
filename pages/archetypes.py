"""Whether models fall into clusters, what sets the clusters apart, and how sure that is."""

from pages.parts.archetypes import sections as parts
from pages.ui import figure
from pages.ui.frame import page

with page("Archetypes") as view:
    number = parts.find(view)
    if number is not None:
        parts.pictures(view, number)
        figure.show(view, "archetypes.kinds", key="archetypes", row_height=82, kinds=number)
        figure.show(view, "archetypes.features", key="archetype-features")
        parts.sizes(view)
        parts.small_print(view, number)
