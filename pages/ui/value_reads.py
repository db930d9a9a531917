"""What the Values and Models pages read: the functions behind their recipes."""

from analysis.export.value_frames import by_category, inside, of_unit

__all__ = ["by_category", "inside", "of_unit"]
