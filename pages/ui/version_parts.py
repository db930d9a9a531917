"""Two versions of a spec on the Clauses page: what changed, clause by clause and word by word."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export import version_frames as frames
from analysis.measure.spec_diff import KINDS
from analysis.parse.clause import Clause, Spec
from analysis.report.spec_changes import in_words, to_markdown
from analysis.settings import Settings
from analysis.store.specs import SpecInfo, current_spec, list_specs, read_spec, spec_key
from pages.ui import diff, problems, url
from pages.ui.frame import View
from pages.ui.picking import fresh_key, picked, used

_ALL = "all"
_AROUND = 30  # words that stay on either side of a change
_KEPT = glossary.told("wording_kept")


@dataclass(frozen=True)
class Versions:
    """Two versions and their changes (`spec_diff.diff_specs`), `key` naming a row: its anchor."""

    old: Spec
    new: Spec
    changes: pd.DataFrame

    @property
    def keys(self) -> dict[str, str]:
        """Both versions as recipes name them."""
        return {"old_spec": spec_key(self.old), "spec": spec_key(self.new)}

    def clause(self, row: pd.Series, end: str) -> Clause | None:
        """The clause of a row in one version: `end` is "old" or "new"."""
        spec, column = (self.old, "old_anchor") if end == "old" else (self.new, "anchor")
        return next((c for c in spec.clauses if c.anchor == row[column]), None)


def find(view: View) -> Versions | None:
    """The two versions that the address names; None (with a way out) where there is only one."""
    known = {f"{i.name}@{i.version}": i for i in list_specs(view.settings)}
    if len(known) < 2:
        problems.empty(
            "There is one spec only",
            "Load another version of it on the Data page; then what changed stands here.",
        )
        st.page_link("pages/data.py", label="Load a spec", icon=":material/upload_file:")
        return None
    old, new = _default(current_spec(view.settings), list(known.values()))
    labels = {key: f"{info.name} {info.version}" for key, info in known.items()}
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=300):
            before = url.choice("old", "Old version", labels, default=old, always=True)
        with st.container(width=300):
            after = url.choice("new", "New version", labels, default=new, always=True)
    if before == after:
        problems.empty("One version twice", "Choose two different versions to compare.")
        return None
    return _read(known[before], known[after], view.settings)


def _default(used: SpecInfo, known: list[SpecInfo]) -> tuple[str, str]:
    """The two latest versions of the spec in use; where it has one, another spec before it."""
    same = sorted((i for i in known if i.name == used.name), key=lambda i: i.version)
    others = [i for i in known if i.name != used.name]
    old, new = same[-2:] if len(same) > 1 else (others[-1], used)
    return f"{old.name}@{old.version}", f"{new.name}@{new.version}"


def _read(before: SpecInfo, after: SpecInfo, settings: Settings) -> Versions:
    old, new = (read_spec(settings, i.name, i.version) for i in (before, after))
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
        icon=":material/content_copy:", on_click="ignore", key="versions-markdown",
    )  # fmt: skip


def listed(view: View, versions: Versions) -> pd.DataFrame:
    """The changed clauses, the least alike first; gives those that the filter leaves."""
    rows = versions.changes[versions.changes["change"].map(len) > 0]
    kinds = [k for k in KINDS if any(k in change for change in rows["change"])]
    with st.container(width=230):
        kind = url.choice(
            "changed", "Kind of change", {_ALL: "All", **{k: k for k in kinds}}, default=_ALL
        )
    if kind != _ALL:
        rows = rows[rows["change"].map(lambda change: kind in change)]
    rows = rows.sort_values("similarity", kind="stable", na_position="first")
    key = fresh_key("versions")
    at = picked(
        view,
        "spec-changes",
        "Changed clauses",
        _shown(rows),
        {
            "clause": st.column_config.TextColumn("Clause", width=330, pinned=True),
            "change": st.column_config.TextColumn("Change", width=260),
            "authority": st.column_config.TextColumn("Authority", width=170),
            "kept": st.column_config.ProgressColumn(
                "Wording kept", format="%.2f", min_value=0, max_value=1, width=110, help=_KEPT
            ),
        },
        alt="Clauses that changed between the two versions, the least alike first",
        note=f"{len(rows):,} of {len(versions.changes):,} clauses. Click a row for its words. The "
        "files have all clauses.",
        frame=lambda: frames.in_words(versions.changes.drop(columns="key")),
        recipe=recipes.ask(view.study, "clauses.changes", **versions.keys),
        help=glossary.told("clause"),
        grid_key=key,
        tall=400,
    )
    if at is not None:
        used("versions")
        url.keep("clause", str(rows["key"].iloc[at]))
        st.rerun()
    return rows


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "clause": rows["title"].fillna(rows["old_title"]),
            "change": [", ".join(change) for change in rows["change"]],
            "authority": [
                f"{old or 'none'} → {new or 'none'}" if "moved authority" in change else new or old
                for old, new, change in zip(
                    *(rows[c].where(rows[c].notna(), None)
                      for c in ("old_authority", "authority", "change")),
                    strict=True,
                )
            ],
            "kept": rows["similarity"],
        }
    )  # fmt: skip


def one(versions: Versions, rows: pd.DataFrame) -> None:
    """One changed clause with both texts as one, the words that went and came marked."""
    if rows.empty:
        return
    titles = rows["title"].fillna(rows["old_title"])
    options = dict(zip(rows["key"].astype(str), titles.astype(str), strict=True))
    st.header("Word by word", anchor=False)
    with st.container(width=360):
        key = url.choice("clause", "Clause", options, default=next(iter(options)))
    row = rows[rows["key"] == key].iloc[0]
    old, new = versions.clause(row, "old"), versions.clause(row, "new")
    st.text(_facts(row, old, new))
    left, right = (c.text if c else "" for c in (old, new))
    if diff.is_cut(left) or diff.is_cut(right):
        st.caption("Compared up to 6,000 words and marks each.")
    if not left and not right:
        st.text("This clause has no text of its own in either version.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Struck through: only in the old version. Underlined: only in the new one.",
            width="content",
        )
        whole = st.toggle("Whole text", key="whole", bind="query-params")
    marked = diff.diff_html(left, right, None if whole else _AROUND)
    with st.container(border=True, key="word-diff"):
        st.html(f'<div class="fl-diff">{marked}</div>')


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
