"""Two versions of a spec on the Clauses page: what changed, clause by clause and word by word."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.figures.frames import versions as frames
from analysis.measure.specs.diff import KINDS
from analysis.parse.specs.clause import Clause, Spec
from analysis.report.spec_changes import in_words, to_markdown
from analysis.settings import Settings
from analysis.store import judged_runs, study_specs
from analysis.store.library.specs import SpecInfo, current_spec, list_specs, read_spec, spec_key
from pages.ui import address, clicks, diff, figure, links, problems
from pages.ui.frame import View

_ALL = "all"
_PART = "changed-clause"
_AROUND = 30  # words that stay on either side of a change


@dataclass(frozen=True)
class Versions:
    """Two versions and their changes (`spec_diff.diff_specs`), `key` naming a row: its anchor."""

    old: Spec
    new: Spec
    changes: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether it is one version twice: its runs are compared."""
        return self.old.key == self.new.key

    def clause(self, row: pd.Series, end: str) -> Clause | None:
        """The clause of a row in one version: `end` is "old" or "new"."""
        spec, column = (self.old, "old_anchor") if end == "old" else (self.new, "anchor")
        return next((c for c in spec.clauses if c.anchor == row[column]), None)


def find(view: View) -> Versions | None:
    """The two versions that the address names, or one twice; None (with a way out) where there is
    one only and no two runs judged by it."""
    known = _known(view)
    several_runs = bool(judged_runs.runs(view.study.whole, None))
    if len(known) < 2 and not several_runs:
        problems.empty(
            "There is one spec only",
            "Load another version of it on the Data page; what changed is then shown here.",
        )
        links.page(view.info, "data", "Load a spec", icon=":material/upload_file:", section="Specs")
        address.no_choice("old", "new", "changed", "judged_old", "judged_new")
        return None
    old, new = _default(view, known)
    labels = {key: _label(key, one) for key, one in known.items()}
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=300):
            before = address.choice("old", "Old version", labels, default=old, always=True)
        with st.container(width=300):
            after = address.choice("new", "New version", labels, default=new, always=True)
    return _read(known[before], known[after], view.settings)


def _known(view: View) -> dict[str, SpecInfo | Spec]:
    """The versions of the library, and those that only the study carries, by name@version; one
    that another wording has taken that name from by its whole key."""
    found: dict[str, SpecInfo | Spec] = {
        f"{i.name}@{i.version}": i for i in list_specs(view.settings)
    }
    there = {spec_key(one) for one in found.values()}
    for key, held in study_specs.carried(view.study).items():
        if key not in there:
            short = f"{held.spec.name}@{held.spec.version}"
            found[key if short in found else short] = held.spec
    return found


def _label(key: str, one: SpecInfo | Spec) -> str:
    """Name and version, with what tells it from another wording of that name."""
    digest = key.split("@")[2:]
    return " ".join([one.name, one.version, *(f"({d})" for d in digest)])


def _default(view: View, known: Mapping[str, SpecInfo | Spec]) -> tuple[str, str]:
    """The two versions that the study's judgements were made under last; where there is one, the
    two latest of the spec in use, or another spec before it."""
    mine = {spec_key(one): key for key, one in known.items()}
    asked = view.study.read(judged_runs.counts)
    last = {spec: max((r or "" for _, s, r in asked if s == spec)) for _, spec, _ in asked}
    if len(known) == 1:
        return (only := next(iter(known))), only
    judged = [s for s in sorted(last, key=lambda s: (last[s], s or "")) if s in mine]
    if len(judged) > 1:
        return mine[str(judged[-2])], mine[str(judged[-1])]
    used = current_spec(view.settings)
    same = sorted(
        (i for i in list_specs(view.settings) if i.name == used.name), key=lambda i: i.version
    )
    if len(same) > 1:
        return mine[spec_key(same[-2])], mine[spec_key(same[-1])]
    others = [key for one, key in mine.items() if one != spec_key(used)]
    return others[-1], mine[spec_key(used)]


def _read(before: SpecInfo | Spec, after: SpecInfo | Spec, settings: Settings) -> Versions:
    old, new = (
        i if isinstance(i, Spec) else read_spec(settings, i.name, i.version)
        for i in (before, after)
    )
    return Versions(old, new, _changes(old.content_hash, new.content_hash, old, new))


@st.cache_data(max_entries=20, show_spinner="Comparing the two versions…")
def _changes(old_hash: str, new_hash: str, _old: Spec, _new: Spec) -> pd.DataFrame:
    found = frames.changes(_old, _new)
    return found.assign(key=found["anchor"].fillna(found["old_anchor"]))


def answer(versions: Versions) -> None:
    """What changed, in one sentence, and all of it to take away."""
    st.header("What changed", anchor=False)
    st.text(f"Clauses: {in_words(versions.changes)}. A clause may have changed in several ways.")
    st.download_button(
        "Markdown of all changes",
        to_markdown(versions.changes, versions.old, versions.new),
        f"{versions.new.name}-{versions.old.version}-to-{versions.new.version}.md",
        icon=":material/content_copy:",
        on_click="ignore",
        key="versions-markdown",
    )


def listed(view: View, versions: Versions) -> pd.DataFrame:
    """The changed clauses, the least alike first; gives those that the filter leaves."""
    rows = versions.changes[versions.changes["change"].map(len) > 0]
    kinds = [k for k in KINDS if any(k in change for change in rows["change"])]
    with st.container(width=230):
        kind = address.choice(
            "changed", "Kind of change", {_ALL: "All", **{k: k for k in kinds}}, default=_ALL
        )
    change = frames.CHANGED if kind == _ALL else kind
    rows = frames.only(versions.changes, change)
    if rows.empty:
        problems.empty("Nothing changed", "Both versions have the same clauses, word for word.")
        return rows
    row = figure.show(
        view,
        "clauses.changes",
        key="spec-changes",
        hint="Click a row to see what changed word by word.",
        clickable=True,
        height=400,
        change=change,
        old_spec=spec_key(versions.old),
        spec=spec_key(versions.new),
    ).row
    if row is not None:
        named = row["anchor"] if isinstance(row["anchor"], str) else row["old_anchor"]
        address.keep("clause", str(named))
        clicks.bring_into_view(_PART)
        st.rerun()
    return rows


def one(versions: Versions, rows: pd.DataFrame) -> None:
    """One changed clause with both texts as one, the words that went and came marked."""
    if not rows.empty:
        with clicks.part_in_view(_PART, "clause"):
            _one(versions, rows)


def _one(versions: Versions, rows: pd.DataFrame) -> None:
    titles = rows["title"].fillna(rows["old_title"])
    options = dict(zip(rows["key"].astype(str), titles.astype(str), strict=True))
    st.header("Word by word", anchor=False)
    with st.container(width=360):
        key = address.choice("clause", "Clause", options)
    row = rows[rows["key"] == key].iloc[0]
    old, new = versions.clause(row, "old"), versions.clause(row, "new")
    st.text(_facts(row, old, new))
    left, right = (c.text if c else "" for c in (old, new))
    if note := diff.cut_note(left, right):
        st.caption(note)
    if not left and not right:
        st.text("This clause has no text of its own in either version.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Struck through: only in the old version. Underlined: only in the new one.",
            width="content",
        )
        whole = st.toggle("Whole text", **address.bound("whole", "Whole text"))
    with st.container(border=True, key="word-diff"):
        diff.show(left, right, "word-diff", None if whole else _AROUND)


def _facts(row: pd.Series, old: Clause | None, new: Clause | None) -> str:
    """The changes of one clause in a line."""
    parts = [", ".join(row["change"]).capitalize()]
    if old and new:
        if old.anchor != new.anchor:
            parts.append(f"#{old.anchor} → #{new.anchor}")
        if old.title != new.title:
            parts.append(f"was “{old.title}”")
        if old.authority != new.authority:
            parts.append(f"authority {old.authority or 'none'} → {new.authority or 'none'}")
    return " · ".join(parts)
