"""A clause's text with what judges quote underlined, as inert HTML: every character escaped."""

from collections.abc import Sequence
from math import log

import pandas as pd
import streamlit as st

from analysis.measure.citations.coverage import Stretch, invocations, stretches, unknown_names
from analysis.number_text import counted
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.readable import readable
from analysis.queries import clauses as queries
from analysis.store import study_specs
from analysis.store.study import OpenStudy
from analysis.text_safety import escaped
from pages.ui import clause_box, long_text, reads
from pages.ui.frame import View

LONGEST = 20_000
_LEVELS = 4


def quotes_of(view: View, spec: Spec, anchor: str) -> pd.DataFrame:
    """One row a passage of a clause that judges quote: clause, words, times."""
    found = reads.read(view.study, _quotes, spec.content_hash)
    return found[found["clause"] == anchor]


def _quotes(study: OpenStudy, spec_hash: str) -> pd.DataFrame:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    return queries.quotes(study, study_specs.spec_of(study))


def show(text: str, quotes: pd.DataFrame) -> None:
    """The text as people read it, and a line that says what the underlining means. `quotes`: words
    as judges quote them, times (how many judgements do)."""
    text = readable(text)
    if not text.strip():
        st.text(clause_box.NO_TEXT)
        return
    found = stretches(text[:LONGEST], zip(quotes["words"], quotes["times"], strict=True))
    if len(text) > LONGEST:
        found.append(Stretch(LONGEST, len(text), 0))
    most = max((s.times for s in found), default=0)
    long_text.show_html(
        text, "clause", "fl-clause", lambda start, end: marked(text, found, start, end)
    )
    if most:
        st.caption(
            "Underlined: quoted by judges, the more often, the thicker; "
            f"at most in {counted(most, 'judgement')}."
        )
    if len(text) > LONGEST:
        st.caption(f"Quotes are looked for in the first {LONGEST:,} characters.")


def invoked_by(citations: pd.DataFrame, anchor: str) -> None:
    """The passages and names under which judges invoke a clause, most often first."""
    top = invocations(citations, anchor, most=5)
    if len(top):
        st.caption("Invoked by")
        for found in top.to_dict("records"):
            st.text(f"{found['times']} × “{str(found['words'])[:300]}” ({found['how']})")


def not_in_spec(citations: pd.DataFrame) -> None:
    """Names that judges use as a clause's and that the spec does not have, most often first."""
    unknown = unknown_names(citations)
    if unknown:
        named = ", ".join(f"{name[:80]} ({n})" for name, n in list(unknown.items())[:6])
        more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
        st.text(f"Named by judges, not in this spec: {named}{more}.")


def marked(text: str, found: Sequence[Stretch], start: int = 0, end: int | None = None) -> str:
    """The characters `start` to `end` of the text as HTML: nothing of it is markup, `<u
    class="q1">` to `q4` is all that is ours."""
    last = len(text) if end is None else end
    most = max((s.times for s in found), default=0)
    made = []
    for stretch in found:
        words = text[max(stretch.start, start) : max(min(stretch.end, last), 0)]
        made.append(_stretch(escaped(long_text.drawable(words)), stretch.times, most))
    return "".join(made)


def _stretch(escaped: str, times: int, most: int) -> str:
    if not times or not escaped:
        return escaped
    words = counted(times, "judgement")
    return f'<u class="q{level(times, most)}" title="quoted in {words}">{escaped}</u>'


def level(times: int, most: int) -> int:
    """1 (quoted once) to 4 (as often as any), by the logarithm, since few quotes are frequent."""
    return 1 if times <= 1 else 1 + round((_LEVELS - 1) * log(times) / log(most))
