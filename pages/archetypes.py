"""Whether models fall into kinds, what sets the kinds apart, and how sure that is."""

from pages.ui import archetype_parts as parts
from pages.ui.frame import page

with page(
    "Archetypes",
    "Do models fall into kinds? By what they lean to, how they refuse and how they write.",
) as view:
    found = parts.find(view)
    if found is not None:
        parts.answer(found)
        parts.pictures(view, found)
        parts.apart(view, found)
        parts.features(view, found)
        parts.sizes(view)
        parts.small_print(view, found)
