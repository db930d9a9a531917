"""Queries on a plane: find one's way, pick a region, and read what lies in it."""

from pages.ui import map_parts as parts
from pages.ui.frame import page

with page(
    "Map",
    "The queries on a plane, those in like words near each other. Draw around some to read them.",
) as view:
    points = parts.find(view)
    if points is not None:
        parts.plane(view, points)
        parts.groups(view, points)
        parts.small_print(view, points)
