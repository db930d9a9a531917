"""Missing is missing: the words that tools write where they have nothing to say."""

from typing import Final

NOTHING: Final = (
    "",
    "nan",
    "-nan",
    "none",
    "null",
    "<null>",
    "(null)",
    "nil",
    "nat",
    "<na>",
    "#n/a",
    "undefined",
    "(none)",
    "<none>",
    "[none]",
    "[null]",
)
"""What stands for nothing in any text: printed forms of NaN, None and null, small letters."""
NO_TEXT: Final = (
    *NOTHING,
    "n/a",
    "na",
    "#na",
    '"none"',
    '"null"',
)
"""What stands for nothing where an answer is meant: nobody's whole answer is one of these."""
NO_KEY: Final = (
    *NOTHING,
    "n/a",
    "na",
    "#na",
    "-",
    "--",
    "–",
    "—",
    "inf",
    "+inf",
    "-inf",
    "infinity",
    "+infinity",
    "-infinity",
)
"""What stands for nothing where a key, a name or a query is meant."""
NO_NUMBER: Final = (*NOTHING, "n/a", "na", "#na", "-", "--", "–", "—")
"""What stands for nothing where a number is meant; an infinite one is there, and wrong."""
LONGEST: Final = max(len(word) for word in NO_KEY) + 4


def is_gap(text: str, words: tuple[str, ...] = NOTHING) -> bool:
    """Whether a text says that nothing is there, in whatever case and between blanks."""
    return text.isspace() or (len(text) <= LONGEST and text.strip().lower() in words)
