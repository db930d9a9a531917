"""Small words of figures: counts with their nouns, names without hashes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.measure.estimates.estimates import Estimate, Measured
from analysis.vocabulary import Nudge, with_minus

NUDGES: Mapping[str, str] = {
    Nudge.NEUTRAL: "neutral",
    Nudge.VALUE1: "leaning to value 1",
    Nudge.VALUE2: "leaning to value 2",
}
"""How a query's wording leans, in words."""
BARS = "Bars: 95%, clustered by family."
"""What the strokes of an interval are."""


def sentences(*parts: str) -> str:
    """Sentences one after the other; empty ones are left out."""
    return " ".join(part for part in parts if part)


def span(counts: pd.Series) -> str:
    """How many there are in a row, from the fewest to the most: 12 to 1,204."""
    low, high = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def name_of(key: str) -> str:
    """What is used, without the hash that the facts of a figure hold: `embedded@1f2e` is
    embedded, `model_spec@2025-09-12@1f2e` is model_spec 2025-09-12."""
    name, *rest = key.split("@")
    return " ".join([name, *rest[:-1]])


def taxonomy_name(parameters: Mapping[str, Any]) -> str:
    """The taxonomy that a figure used."""
    return name_of(str(parameters["taxonomy"]))


def in_points(found: Measured) -> str:
    """A difference of shares in percentage points, with its interval, or why there is none."""
    if isinstance(found, Estimate):
        value, low, high = (
            with_minus(f"{100 * x:+.1f}") for x in (found.value, found.low, found.high)
        )
        return f"{value} points (95% {low} to {high})"
    return in_words(found)


def in_words(found: Measured, form: str = "{:.2f}") -> str:
    """A number with its interval, or why there is none."""
    if isinstance(found, Estimate):
        value, low, high = (
            with_minus(form.format(x)) for x in (found.value, found.low, found.high)
        )
        return f"{value} (95% {low} to {high})"
    return f"undefined ({found.reason})"


def shortened(text: str, most: int) -> str:
    """A text of at most about `most` characters, cut where a paragraph, a line or a word ends, with
    how long it is in whole."""
    text = text.strip()
    if len(text) <= most:
        return text
    kept = text[:most]
    at = next((i for mark in ("\n\n", "\n", " ") if (i := kept.rfind(mark)) > most // 2), most)
    return f"{kept[:at].rstrip()} […] ({len(text):,} characters in whole)"
