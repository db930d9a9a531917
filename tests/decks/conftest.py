"""The small study that tests of exports share."""

from exported_study import home, parameters, planted

__all__ = ["home", "parameters", "planted"]
