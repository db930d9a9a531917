"""The judges' reasonings on one answer side by side, the clauses that each cites marked.

All that a judge wrote is escaped: nothing of it is ever markup, a link or an image.
"""

import html
from collections.abc import Iterable, Mapping

import streamlit as st

from analysis.markup import literal
from analysis.measure.citations import Citation
from analysis.settings import Settings
from analysis.store.queries import reasonings as queries
from analysis.store.queries.reasonings import Said
from analysis.store.specs import current_spec, read_spec
from analysis.store.study import OpenStudy
from pages.ui import reads
from pages.ui.frame import View
from pages.ui.judged import label

LONGEST = 6_000
_ORDER = {"compliant": 0, "ambiguous": 1, "non-compliant": 2}


def side_by_side(view: View, scenario: str, model: str) -> None:
    """Which answer, the way to it, and what each judge said: those who pass it first."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(f"{label(view, model)} on {scenario}")
        st.page_link(
            "pages/scenarios.py", label="Read the answer", icon=":material/arrow_forward:",
            query_params=[("study", view.info.id), ("scenario", scenario),
                          ("show", label(view, model))],
        )  # fmt: skip
    spec = current_spec(view.settings)
    found, titles = reads.read(view.study, _said, spec.content_hash, view.settings, scenario, model)
    ranked = sorted(found, key=lambda s: _ORDER.get(s.decision, 3))
    for column, one in zip(st.columns(max(len(ranked), 1)), ranked, strict=False):
        with column, st.container(border=True):
            _one(one, titles)
    if any(s.cited for s in found):
        st.caption(f"Marked: the words by which a judge cites a clause of {literal(spec.label)}.")


def _said(
    study: OpenStudy, spec_hash: str, settings: Settings, scenario: str, model: str
) -> tuple[list[Said], dict[str, str]]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    spec = read_spec(settings)
    titles = {c.anchor: c.title for c in spec.clauses}
    return queries.said(study, spec, scenario, model), titles


def _one(said: Said, titles: Mapping[str, str]) -> None:
    st.text(f"{said.label}: {said.decision or 'no decision'}")
    if not said.reasoning.strip():
        st.text("No reasoning was kept.")
        return
    cut = said.reasoning[:LONGEST]
    st.html(f'<div class="fl-said">{marked(cut, said.cited, titles)}</div>')
    if len(said.reasoning) > LONGEST:
        st.caption(f"The first {LONGEST:,} of {len(said.reasoning):,} characters.")
    known = dict.fromkeys(titles.get(c.clause, c.clause) for c in said.cited if c.known)
    st.text(f"Cites: {'; '.join(known)}." if known else "Cites no clause of this spec.")
    if unknown := dict.fromkeys(c.clause[:80] for c in said.cited if not c.known):
        st.text(f"Names, and this spec does not have: {'; '.join(unknown)}.")


def marked(text: str, cited: Iterable[Citation], titles: Mapping[str, str]) -> str:
    """The text as HTML in which `<mark>` around cited words is all that is ours; the clause's
    title shows on hovering, and names that the spec does not have are dotted."""
    parts, at = [], 0
    for citation in sorted(cited, key=lambda c: c.start):
        if citation.start < at or citation.end > len(text):
            continue
        if citation.end <= citation.start:
            continue  # listed by the judge, not in its words
        title = html.escape(f"{titles.get(citation.clause, citation.clause)} ({citation.how})")
        told = f'title="{title}"' if citation.known else 'class="unknown" title="not in this spec"'
        words = html.escape(text[citation.start : citation.end])
        parts += [html.escape(text[at : citation.start]), f"<mark {told}>{words}</mark>"]
        at = citation.end
    return "".join([*parts, html.escape(text[at:])])
