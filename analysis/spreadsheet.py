"""Texts in CSV files: a spreadsheet runs what begins like a formula, so such a text is made inert
with an apostrophe in front, and can be made what it was again."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(value: object) -> object:
    """The value as a cell that no spreadsheet runs; only texts change."""
    # A text that looks as if it had been made inert gets one too, so that it can be undone.
    return f"'{value}" if isinstance(value, str) and _runs(value.lstrip("'")) else value


def as_it_was(value: str) -> str:
    """A cell without the apostrophe that made it inert."""
    return value[1:] if value[:1] == "'" and _runs(value.lstrip("'")) else value


def _runs(value: str) -> bool:
    return value.startswith(_FORMULA)
