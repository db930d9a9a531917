"""The judges' numbers under two versions of a spec, on what was judged by both."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export import version_frames as frames
from analysis.measure.estimates import Estimate, Measured, estimate_cells
from analysis.measure.spec_versions import Compared, Version, compare
from analysis.parse.clause import Spec
from analysis.settings import Settings
from analysis.store.queries import clauses as queries
from analysis.store.specs import spec_by_key, spec_key
from analysis.store.study import OpenStudy, StudyInfo
from pages.ui import problems, reads, url, words
from pages.ui.figure import table
from pages.ui.frame import View
from pages.ui.judged import in_words
from pages.ui.version_parts import Versions

_SHIFT, _VIOLATED = glossary.told("version_shift"), glossary.told("violated")
_CITED, _KAPPA = glossary.told("cited"), glossary.told("kappa")


def show(view: View, versions: Versions) -> None:
    """How the numbers differ where both versions were judged; else how to get there."""
    st.header("What the judges made of it", anchor=False)
    studies = {i.id: i for i in view.studies if i.judgements}
    pair = _studies(view, versions, studies) if len(studies) > 1 else None
    if pair is None:
        _way(view, versions)
        return
    with st.spinner("Finding the clauses that judges invoke under both versions…"):
        found = _compared(pair, versions, view.settings)
    _sentence(found, pair)
    if len(found.clauses):
        # The figure is one of the study judged by the new version, whichever is on the screen.
        _table(replace(view, opened=reads.opened(pair[1])), versions, pair[0], found)
    elif found.answers:
        st.text("No reasoning on those answers names a clause of either version.")


def _studies(
    view: View, versions: Versions, known: Mapping[str, StudyInfo]
) -> tuple[StudyInfo, StudyInfo] | None:
    """Which study was judged by which version: by what its source says, else by the person."""
    mine = [view.info.id] if view.info.id in known else []
    order = [*mine, *(i for i in known if i not in mine)]
    new = next((i for i in order if _judged_by(known[i], versions.new)), order[0])
    rest = [i for i in order if i != new]
    old = next((i for i in rest if _judged_by(known[i], versions.old)), rest[0])
    labels = {i: f"{info.title} ({_by(info)})" for i, info in known.items()}
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=380):
            before = url.choice("judged_old", "Judged by the old version", labels, default=str(old))
        with st.container(width=380):
            after = url.choice("judged_new", "Judged by the new version", labels, default=new)
    if before == after:
        st.text(
            "Choose two studies. One set of judgements was made by one version; reading it by "
            "another would only change which clauses are found."
        )
        return None
    return known[before], known[after]


def _by(info: StudyInfo) -> str:
    """Which spec the judges of a study were given, as far as its sources tell."""
    found = dict.fromkeys(s["spec"] for s in info.sources if s.get("judges") and s.get("spec"))
    return f"judged by {', '.join(found)}" if found else "its source names no spec"


def _judged_by(info: StudyInfo, spec: Spec) -> bool:
    """Whether a source says so; the embedded spec has another name in a plan than on the shelf."""
    names = (f"{spec.name} {spec.version}", f"spec {spec.version}")
    return any(s.get("judges") and s.get("spec") in names for s in info.sources)


def _way(view: View, versions: Versions) -> None:
    """What it takes to have numbers here."""
    problems.empty(
        "Not judged by both versions",
        "Numbers differ where the same answers were judged by each version: choose the other "
        "version on the Data page, judge this study again on the Stress test page, and load that "
        "run apart from this study. Both studies then stand here.",
    )
    st.page_link(
        "pages/stress_test.py", label="Judge this study again", icon=":material/gavel:",
        query_params=[("study", view.info.id), ("template", "re-judge")],
    )  # fmt: skip


def _compared(
    pair: tuple[StudyInfo, StudyInfo], versions: Versions, settings: Settings
) -> Compared:
    both = zip(pair, (versions.old, versions.new), strict=True)
    old, new = (_version(reads.opened(info), spec, settings) for info, spec in both)
    keys = [f"{info.content_hash} {spec_key(s)}" for info, s in
            zip(pair, (versions.old, versions.new), strict=True)]  # fmt: skip
    return _cached(keys, versions.changes, old, new)


@st.cache_data(max_entries=20, show_spinner=False)
def _cached(keys: list[str], _changes: pd.DataFrame, _old: Version, _new: Version) -> Compared:
    return compare(_changes, _old, _new)


def _version(study: OpenStudy, spec: Spec, settings: Settings) -> Version:
    cited = reads.read(study, _citations, spec_key(spec), settings)
    return Version(reads.read(study, queries.judgements), cited[cited["known"]])


def _citations(study: OpenStudy, key: str, settings: Settings) -> pd.DataFrame:
    """`key` keeps the results of different specs apart in the cache."""
    return queries.citations(study, spec_by_key(settings, key))


def _sentence(found: Compared, pair: tuple[StudyInfo, StudyInfo]) -> None:
    if not found.answers:
        st.text(
            f"No judge decided on the same answer in both studies, “{pair[0].title}” and "
            f"“{pair[1].title}”: nothing can be compared."
        )
        return
    st.text(
        f"On {words.plural(found.answers, 'answer')} that {words.listed(found.judges)} judged by "
        f"both versions, the share of decisions that flag an answer changed by "
        f"{_points(found.shift)}."
    )


def _points(found: Measured) -> str:
    """A difference of shares in percentage points."""
    if isinstance(found, Estimate):
        ends = (found.value, found.low, found.high)
        value, low, high = (f"{100 * x:+.1f}" for x in ends)
        return f"{value} points (95% {low} to {high})"
    return in_words(found)


def _value(found: Measured) -> float:
    return float(estimate_cells(found)["value"])


def _table(view: View, versions: Versions, before: StudyInfo, found: Compared) -> None:
    rows = found.clauses.sort_values("q", kind="stable", na_position="last")
    shown = pd.DataFrame(
        {
            "clause": rows["title"],
            "change": [", ".join(c) or "unchanged" for c in rows["change"]],
            "cited_old": rows["cited_old"],
            "cited": rows["cited"],
            "violated_old": [_value(v) for v in rows["violated_old"]],
            "violated": [_value(v) for v in rows["violated"]],
            "kappa_old": [_value(v) for v in rows["kappa_old"]],
            "kappa": [_value(v) for v in rows["kappa"]],
            "shift": [_points(v) for v in rows["shift"]],
            "q": rows["q"],
        }
    )
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    table(
        view,
        "spec-numbers",
        "Clauses under both versions",
        shown,
        {
            "clause": text("Clause", width=230, pinned=True),
            "change": text("Change", width=160),
            "cited_old": number("Cited, old", width=75, help=_CITED),
            "cited": number("Cited, new", width=80, help=_CITED),
            "violated_old": number("Violated, old", format="percent", width=95, help=_VIOLATED),
            "violated": number("Violated, new", format="percent", width=100, help=_VIOLATED),
            "kappa_old": number("Kappa, old", format="%.2f", width=80, help=_KAPPA),
            "kappa": number("Kappa, new", format="%.2f", width=85, help=_KAPPA),
            "shift": text("Flagged more or less", width=210, help=_SHIFT),
            "q": number("q", format="%.3f", width=60, help=_SHIFT),
        },
        alt="Clauses with their numbers under the old and the new version, the surest change first",
        note=f"n = {found.answers:,} answers and {words.plural(len(found.judges), 'judge')} on "
        "both sides; clauses that neither side cites are left out. A clause cited less often is "
        "not better: judges may only have found another.",
        frame=lambda: frames.numbers(found),
        recipe=recipes.ask(
            view.study, "clauses.versions", old_study=frames.key(before), **versions.keys
        ),
        help=_SHIFT,
        placeholder="–",
        height=min(400, 35 * (len(shown) + 1) + 3),
    )
