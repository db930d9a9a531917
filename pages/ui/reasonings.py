"""The judges' reasonings on one answer side by side, the clauses that each cites marked.

All that a judge wrote is escaped: nothing of it is ever markup, a link or an image.
"""

from collections.abc import Iterable, Mapping

import streamlit as st

from analysis.measure.citations.matcher import Citation
from analysis.queries import reasonings as queries
from analysis.queries.reasonings import Reasoning
from analysis.store import study_specs
from analysis.store.study import OpenStudy
from analysis.text_safety import escaped, literal
from analysis.vocabulary import Decision
from pages.ui import links, long_text, reads
from pages.ui.frame import View

_ORDER: dict[str, int] = {Decision.COMPLIANT: 0, Decision.AMBIGUOUS: 1, Decision.NON_COMPLIANT: 2}


def side_by_side(view: View, scenario: str, model: str, clause: str = "") -> None:
    """Which answer, the way to it, and what each judge said: those who pass it first. `clause`: the
    one whose cases these are, so that the reader leads back to it and on to its next case."""
    (name,) = links.labels(view.study, [model])
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(f"{name} on {scenario}")
        links.page(
            view.info, "scenarios", "Read the answer", scenario=scenario, show=name, clause=clause
        )
    spec = view.spec
    found, titles = of_answer(view, scenario, model)
    ranked = sorted(found, key=lambda s: _ORDER.get(s.decision, 3))
    for column, one in zip(st.columns(max(len(ranked), 1)), ranked, strict=False):
        with column, st.container(border=True):
            _one(one, titles)
    if any(s.cited for s in found):
        st.caption(
            f"Highlighted: the words with which a judge cites a clause of "
            f"{literal(f'{spec.name} {spec.version}')}."
        )


def of_answer(view: View, scenario: str, model: str) -> tuple[list[Reasoning], dict[str, str]]:
    """What each judge said of one answer, and the titles of the clauses by anchor."""
    return reads.read(view.study, _spoken_by, view.spec.content_hash, scenario, model)


def under_answer(view: View, scenario: str, model: str) -> list[str]:
    """Each judge's decision under an answer, opened on its reasoning with the cited words marked,
    and a link to each clause that it cites. Gives the anchors of the clauses that any cites."""
    found, titles = of_answer(view, scenario, model)
    cited: dict[str, None] = {}
    for number, reasoning in enumerate(found):
        with st.expander(f"{reasoning.label}: {reasoning.decision or 'no decision'}"):
            _reasoning(reasoning, titles, f"under-{model}-{number}")
            known = dict.fromkeys(c.clause for c in reasoning.cited if c.known)
            for anchor in known:
                links.page(view.info, "clauses", titles[anchor], clause=anchor)
            if reasoning.reasoning.strip() and not known:
                st.text("Cites no clause of this spec.")
            _unknown(reasoning)
            cited |= known
    return [*cited]


def _spoken_by(
    study: OpenStudy, spec_hash: str, scenario: str, model: str
) -> tuple[list[Reasoning], dict[str, str]]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    spec = study_specs.spec_of(study)
    titles = {c.anchor: c.title for c in spec.clauses}
    return queries.of_answer(study, spec, scenario, model), titles


def _one(reasoning: Reasoning, titles: Mapping[str, str]) -> None:
    st.text(f"{reasoning.label}: {reasoning.decision or 'no decision'}")
    _reasoning(reasoning, titles, f"said-{reasoning.judge}")
    if not reasoning.reasoning.strip():
        return
    known = dict.fromkeys(titles.get(c.clause, c.clause) for c in reasoning.cited if c.known)
    st.text(f"Cites: {'; '.join(known)}." if known else "Cites no clause of this spec.")
    _unknown(reasoning)


def _reasoning(reasoning: Reasoning, titles: Mapping[str, str], key: str) -> None:
    """What a judge wrote, the words that cite a clause marked."""
    if not reasoning.reasoning.strip():
        st.text("No reasoning was recorded.")
        return
    long_text.show_html(
        reasoning.reasoning,
        key,
        "fl-said",
        lambda start, end: marked(reasoning.reasoning, reasoning.cited, titles, start, end),
    )


def _unknown(reasoning: Reasoning) -> None:
    if unknown := dict.fromkeys(c.clause[:80] for c in reasoning.cited if not c.known):
        st.text(f"Also names clauses that this spec does not have: {'; '.join(unknown)}.")


def marked(
    text: str,
    cited: Iterable[Citation],
    titles: Mapping[str, str],
    start: int = 0,
    end: int | None = None,
) -> str:
    """The characters `start` to `end` of the text as HTML in which `<mark>` around cited words is
    all that is ours; the clause's title shows on hovering, and names that the spec does not have
    are dotted. Words that the ends cut in two are marked on either side."""
    last = len(text) if end is None else end
    parts, at = [], start
    for citation in sorted(cited, key=lambda c: c.start):
        first, behind = max(citation.start, start), min(citation.end, last)
        if first < at or behind <= first or citation.end > len(text):
            continue  # listed by the judge and not in its words, or not in these
        title = escaped(f"{titles.get(citation.clause, citation.clause)} ({citation.how})")
        attributes = (
            f'title="{title}"' if citation.known else 'class="unknown" title="not in this spec"'
        )
        parts += [_inert(text[at:first]), f"<mark {attributes}>{_inert(text[first:behind])}</mark>"]
        at = behind
    return "".join([*parts, _inert(text[at:last])])


def _inert(words: str) -> str:
    return escaped(long_text.drawable(words))
