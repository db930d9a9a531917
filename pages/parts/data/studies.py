"""The studies on this server: switch to one, see what is in it, delete it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.figures import making_words, studies
from analysis.figures.inputs import study_key
from analysis.files.columns import Column
from analysis.load.hub.hub import moved_or_missing, readable_size
from analysis.load.subprocess_load import fetch_again_in_child
from analysis.number_text import counted
from analysis.store.build.sources import Cancelled, Report
from analysis.store.study import StudyInfo, damaged_pointers, delete_study
from analysis.text_safety import literal
from pages.parts.data import download
from pages.ui import address, figure, links, problems
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.jobs import jobs


def show(view: View) -> None:
    """A card a study, the latest first."""
    asked = address.get("study")
    damaged = damaged_pointers(view.settings)
    for study, sentence in damaged.items():
        if view.studies and study != asked:  # else the head of the page says it
            problems.problem("This study is damaged", sentence)
    if not view.studies and not damaged:
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
            _actions(view, info)
        st.text(_facts(info))
        for sentence in studies.warnings(info):
            st.error(literal(sentence), icon=":material/link_off:")
        if left_out := making_words.kept_out(info):
            st.text(left_out)
        _gone(info)
        made = st.expander("How this study was made", key=f"how-{info.id}", on_change="rerun")
        if made.open:
            with made:
                _made(view, info)
        details = st.expander(
            "What was found, missing and rejected", key=f"details-{info.id}", on_change="rerun"
        )
        if details.open:
            with details:
                _details(info)
                _lost(view, info)


def _gone(info: StudyInfo) -> None:
    """Linked files that are no longer there, and the way to get them back."""
    linked = [s for s in info.sources if s["linked"]]
    gone = moved_or_missing(Path(f) for s in linked for f in s["files"])
    if not gone:
        return
    st.text(
        f"{counted(len(gone), 'file')} with answers can't be found any more, {gone[0].name} "
        "first. Everything but the answers still works."
    )
    if all(s["repo"] for s in linked) and st.button("Fetch again", key=f"fetch-{info.id}"):
        _start_fetch(info)


@acts(Right.OPERATE)
def _start_fetch(info: StudyInfo) -> None:
    jobs().start(f"Files of {info.title}", lambda r, c: _fetch(info, r, c))
    st.rerun()


def _fetch(info: StudyInfo, report: Report, cancelled: Cancelled) -> StudyInfo:
    from pages.ui import reads

    fetch_again_in_child(info, reads.settings(), report, cancelled)
    return info


def _facts(info: StudyInfo) -> str:
    size = info.path.stat().st_size if info.path.exists() else 0
    return " · ".join(
        [
            counted(info.scenarios, "scenario"),
            counted(len(info.models), "model"),
            *([counted(len(info.judges), "judge")] if info.judges else []),
            readable_size(size),
            f"built {info.built_at:%d %b %Y, %H:%M} UTC",
            f"content {info.content_hash[:8]}",
        ]
    )


def _actions(view: View, info: StudyInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        links.page(info, "overview", "Open", behind=True, help="")
        download.button(info, view.settings)
        if st.button("Delete", icon=":material/delete:", type="tertiary", key=f"del-{info.id}"):
            _confirm(info)


@st.dialog("Delete this study?")
def _confirm(info: StudyInfo) -> None:
    st.text(f"{info.title}: {counted(info.scenarios, 'scenario')}.")
    st.markdown("The study's file is removed. Its sources and people's notes are not touched.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="delete-yes"):
            _delete(info)
        if st.button("Keep", key="delete-no"):
            st.rerun()


@acts(Right.OPERATE)
def _delete(info: StudyInfo) -> None:
    from pages.ui import reads

    delete_study(reads.settings(), info.id)
    st.rerun()


def _details(info: StudyInfo) -> None:
    _table(studies.source_rows(info), studies.SOURCES, "Sources of this study")
    if info.rejected:
        _table(studies.rejected_rows(info), studies.REJECTED, "Rejected rows by reason")
    else:
        st.caption("No row was rejected.")
    failed = studies.failure_rows(info)
    if len(failed):
        _table(failed, studies.FAILURES, studies.FAILED_TEXTS)
        st.caption(
            "These texts stood where an answer should. If they are answers, load the source again "
            "with “Count error texts as answers”."
        )
    for sentence in info.notices:
        st.text(sentence)


def _lost(view: View, info: StudyInfo) -> None:
    """What runs asked for and did not get; only of the study in use, which is open anyway."""
    mine = view.opened is not None and info.id == view.info.id
    if mine and len(figure.read(view, "studies.lost").frame):
        figure.show(view, "studies.lost", key="lost")


def _made(view: View, info: StudyInfo) -> None:
    """How the study was made; beside another one, what differs. The study in use is opened anyway
    and tells more (who its rows name), the others are read from their pointers."""
    if view.opened is None or info.id != view.info.id:
        cells = figure.words_in_full(studies.made_rows(info), studies.MADE)
        st.table(cells, border="horizontal", alt="How this study was made")
        return
    figure.show(view, "studies.made", key="made", in_full=True)
    others = {study_key(i): i.title for i in view.studies if i.id != info.id}
    if not others:
        return
    other = st.selectbox(
        "Compare how it was made with",
        list(others),
        index=None,
        format_func=others.__getitem__,
        placeholder="Choose another study",
        key=f"made-other-{info.id}",
    )
    if other is not None:
        figure.show(view, "studies.made_differs", key="made-differs", in_full=True, other=other)


def _table(frame: pd.DataFrame, columns: Sequence[Column], alt: str) -> None:
    """Read from the study's pointer: a study that is only listed is not opened for it."""
    cells, config = figure.cells_and_config(frame, columns)
    st.dataframe(cells, column_config=config, hide_index=True, alt=alt)
