"""The studies on this server: switch to one, see what is in it, delete it."""

import streamlit as st

from analysis.store.study import StudyInfo, delete_study
from pages.ui import problems, source_table, words
from pages.ui.frame import View


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
        details = st.expander(
            "What was found, missing and rejected", key=f"details-{info.id}", on_change="rerun"
        )
        if details.open:
            with details:
                _details(info)


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
