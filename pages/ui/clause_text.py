"""A clause's text with what judges quote underlined, as inert HTML: every character escaped."""

import html
from collections.abc import Sequence
from math import log

import streamlit as st

from analysis.measure.citations_coverage import Stretch, stretches
from pages.ui import words

LONGEST = 20_000
_LEVELS = 4


def show(text: str, passages: Sequence[tuple[str, int]]) -> None:
    """The text, and a line that says what the underlining means. `passages`: (words as judges
    quote them, how many judgements do)."""
    if not text.strip():
        st.text("This clause has no text of its own.")
        return
    cut = text[:LONGEST]
    found = stretches(cut, passages)
    most = max((s.times for s in found), default=0)
    st.html(f'<div class="fl-clause">{marked(cut, found)}</div>')
    if most:
        st.caption(
            "Underlined: quoted by judges, the oftener the thicker; at most "
            f"{words.plural(most, 'judgement')} on one stretch."
        )
    if len(text) > LONGEST:
        st.caption(f"The first {LONGEST:,} of {len(text):,} characters.")


def marked(text: str, found: Sequence[Stretch]) -> str:
    """The text as HTML: nothing of it is markup, `<u class="q1">` to `q4` is all that is ours."""
    most = max((s.times for s in found), default=0)
    return "".join(_stretch(html.escape(text[s.start : s.end]), s.times, most) for s in found)


def _stretch(escaped: str, times: int, most: int) -> str:
    if not times:
        return escaped
    told = words.plural(times, "judgement")
    return f'<u class="q{level(times, most)}" title="quoted in {told}">{escaped}</u>'


def level(times: int, most: int) -> int:
    """1 (quoted once) to 4 (as often as any), by the logarithm, since few quotes are frequent."""
    return 1 if times <= 1 else 1 + round((_LEVELS - 1) * log(times) / log(most))
