"""The studies on this server: switch to one, see what is in it, delete it."""

from pathlib import Path

import streamlit as st

from analysis.load.hub import moved_or_missing
from analysis.load.splits import fetch_again
from analysis.store.sources import Report
from analysis.store.study import StudyInfo, delete_study
from pages.ui import problems, runners, source_table, words
from pages.ui.frame import View
from pages.ui.job_strip import jobs


def show(view: View) -> None:
    """A card a study, the latest first."""
    if not view.studies:
        problems.empty("No study yet", "Load a source under “Load”.")
    for info in view.studies:
        with problems.shown():
            _card(view, info)


def _card(view: View, info: StudyInfo) -> None:
    with st.container(border=True, key=f"study-{info.id}", gap="xsmall"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                with st.container(key=f"name-{info.id}", width="content"):
                    st.text(info.title)
                if info.simulated:
                    st.badge("simulated", icon=":material/science:", color="orange")
                if view.opened is not None and info.id == view.info.id:
                    st.badge("in use", icon=":material/check:", color="green")
            _actions(info)
        st.text(_facts(info))
        _gone(info)
        details = st.expander(
            "What was found, missing and rejected", key=f"details-{info.id}", on_change="rerun"
        )
        if details.open:
            with details:
                _details(info)


def _gone(info: StudyInfo) -> None:
    """Linked files that are no longer there, and the way to get them back."""
    linked = [s for s in info.sources if s["linked"]]
    gone = moved_or_missing(Path(f) for s in linked for f in s["files"])
    if not gone:
        return
    st.text(
        f"{words.plural(len(gone), 'file')} with answers can't be found any more, {gone[0].name} "
        "first. Everything but the answers still works."
    )
    if all(s["repo"] for s in linked) and st.button("Fetch again", key=f"fetch-{info.id}"):
        runners.check()
        jobs().start(f"Files of {info.title}", lambda r, c: _fetch(info, r))
        st.rerun()


def _fetch(info: StudyInfo, report: Report) -> StudyInfo:
    from pages.ui import reads

    fetch_again(info, reads.settings(), report)
    return info


def _facts(info: StudyInfo) -> str:
    size = info.path.stat().st_size / 1e6 if info.path.exists() else 0.0
    return " · ".join(
        [
            words.plural(info.scenarios, "scenario"),
            words.plural(len(info.models), "model"),
            *([words.plural(len(info.judges), "judge")] if info.judges else []),
            f"{size:,.1f} MB",
            f"built {info.built_at:%d %b %Y, %H:%M} UTC",
            f"content {info.content_hash[:8]}",
        ]
    )


def _actions(info: StudyInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.page_link(
            "pages/overview.py",
            label="Open",
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params={"study": info.id},
        )
        if st.button("Delete", icon=":material/delete:", type="tertiary", key=f"del-{info.id}"):
            _confirm(info)


@st.dialog("Delete this study?")
def _confirm(info: StudyInfo) -> None:
    from pages.ui import reads

    st.text(f"{info.title}: {words.plural(info.scenarios, 'scenario')}.")
    st.markdown("The study's file is removed. Its sources and people's notes are not touched.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="delete-yes"):
            with problems.shown():
                runners.check()
                delete_study(reads.settings(), info.id)
                st.rerun()
        if st.button("Keep", key="delete-no"):
            st.rerun()


def _details(info: StudyInfo) -> None:
    shown, columns = source_table.sources(info)
    st.dataframe(shown, column_config=columns, hide_index=True, alt="Sources of this study")
    if info.rejected:
        shown, columns = source_table.rejected(info)
        st.dataframe(shown, column_config=columns, hide_index=True, alt="Rejected rows by reason")
    else:
        st.caption("No row was rejected.")
    for sentence in info.notices:
        st.text(sentence)
