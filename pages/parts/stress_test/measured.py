"""What a run's readings say, in the cells of its tables: a number with its interval."""

from analysis.measure.estimates.estimates import Estimate, Measured


def percent(found: Measured) -> str:
    """A share: 12% (8% to 17%), 12% without an interval, or a dash."""
    return _ends(found, "{:.0%}")


def number(found: Measured) -> str:
    """A mean with two decimals; else as `percent`."""
    return _ends(found, "{:.2f}")


def _ends(found: Measured, form: str) -> str:
    if isinstance(found, Estimate):
        value, low, high = (form.format(x) for x in (found.value, found.low, found.high))
        return f"{value} ({low} to {high})"
    return "–" if found.value is None else form.format(found.value)
