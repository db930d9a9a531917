"""Queries on a plane: look around, pick a region, and read what lies in it."""

from pages.parts.map import sections as parts
from pages.ui.frame import page

with page("Map") as view:
    points = parts.find(view)
    if points is not None:
        parts.plane(view, points)
        parts.groups(view)
        parts.small_print(view, points)
