"""A clause's text with what judges quote underlined, as inert HTML: every character escaped."""

import html
from collections.abc import Sequence
from math import log

import pandas as pd
import streamlit as st

from analysis.measure.citations_coverage import Stretch, stretches
from analysis.parse.clause import Spec
from analysis.settings import Settings
from analysis.store.queries import clauses as queries
from analysis.store.specs import read_spec
from analysis.store.study import OpenStudy
from pages.ui import reads, words
from pages.ui.frame import View

LONGEST = 20_000
_LEVELS = 4


def quotes_of(view: View, spec: Spec, anchor: str) -> pd.DataFrame:
    """One row a passage of a clause that judges quote: clause, words, times."""
    found = reads.read(view.study, _quotes, spec.content_hash, view.settings)
    return found[found["clause"] == anchor]


def _quotes(study: OpenStudy, spec_hash: str, settings: Settings) -> pd.DataFrame:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    return queries.quotes(study, read_spec(settings))


def show(text: str, quotes: pd.DataFrame) -> None:
    """The text, and a line that says what the underlining means. `quotes`: words as judges quote
    them, times (how many judgements do)."""
    if not text.strip():
        st.text("This clause has no text of its own.")
        return
    cut = text[:LONGEST]
    found = stretches(cut, zip(quotes["words"], quotes["times"], strict=True))
    most = max((s.times for s in found), default=0)
    st.html(f'<div class="fl-clause" tabindex="0">{marked(cut, found)}</div>')
    if most:
        st.caption(
            "Underlined: quoted by judges, the oftener the thicker; "
            f"at most in {words.plural(most, 'judgement')}."
        )
    if len(text) > LONGEST:
        st.caption(f"The first {LONGEST:,} of {len(text):,} characters.")


def invoked_by(citations: pd.DataFrame, anchor: str) -> None:
    """The passages and names under which judges invoke a clause, most often first."""
    mine = citations[(citations["clause"] == anchor) & (citations["words"] != "")]
    counts = mine.groupby(["how", "words"], as_index=False).size()
    top = counts.sort_values("size", ascending=False).head(5)
    if len(top):
        st.caption("Invoked by")
        for found in top.to_dict("records"):
            st.text(f"{found['size']} × “{str(found['words'])[:300]}” ({found['how']})")


def not_in_spec(citations: pd.DataFrame) -> None:
    """Names that judges use as a clause's and that the spec does not have, most often first."""
    unknown = citations.loc[~citations["known"], "clause"].value_counts()
    if len(unknown):
        named = ", ".join(f"{str(name)[:80]} ({n})" for name, n in unknown.head(6).items())
        more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
        st.text(f"Named by judges, not in this spec: {named}{more}.")


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
