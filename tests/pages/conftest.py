"""The small study that tests of pages share where they need none of their own."""

from exported_study import home

__all__ = ["home"]
