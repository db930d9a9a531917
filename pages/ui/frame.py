"""What every page wears: its title and purpose, the study in use, and what must not be missed.

    with frame.page("Overview", "What is loaded …") as view:
        view.study   the open study

A page can be the first thing a fresh server runs (a pasted link); then the routes are not known
yet, and the frame declares them and runs again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from analysis.export.facts import Facts
from analysis.settings import Settings
from analysis.store.library import TaxonomyInfo
from analysis.store.queries import overview
from analysis.store.study import OpenStudy, StudyInfo
from pages.ui import example, problems, reads, run_banner, selection, signin, tour, url
from pages.ui.routes import ROUTED, navigation

_STYLE = Path(__file__).parent / "style.css"
_LOGO = str(Path(__file__).parent / "logo.svg")
_ICON = str(Path(__file__).parent / "icon.svg")


@dataclass(frozen=True)
class View:
    """What a page works with: the settings, the open study (if any) and the taxonomy in use."""

    settings: Settings
    opened: OpenStudy | None
    studies: list[StudyInfo]

    @property
    def study(self) -> OpenStudy:
        if self.opened is None:
            raise RuntimeError("this page asked for a study that the frame did not open")
        return self.opened

    @property
    def info(self) -> StudyInfo:
        return self.study.info

    @property
    def taxonomy(self) -> TaxonomyInfo:
        return reads.taxonomy()

    def facts(self, title: str, note: str) -> Facts:
        """What an export of this study says about itself."""
        i = self.info
        return Facts(title, note, i.title, i.id, i.content_hash, i.simulated)


@contextmanager
def page(title: str, purpose: str, *, needs_study: bool = True) -> Iterator[View]:
    """The frame of one page around its body; errors inside are shown, not raised."""
    if not st.session_state.get(ROUTED):
        navigation()
        st.rerun()
    st.set_page_config(page_title=f"{title} · Faultline", page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    st.html(_STYLE)
    st.session_state["_boxes"] = 0
    url.arrive(title)
    tour.show()
    signin.show()
    view = None
    with problems.shown():
        view = _open(title, purpose)
        run_banner.show(reads.settings().runs)
    if view is None or (needs_study and view.opened is None):
        _nothing(view)
        st.stop()
    with problems.shown():
        yield view


def _nothing(view: View | None) -> None:
    if view is not None and not view.studies:
        problems.empty("No study yet", "Load one on the Data page, then come back.")
    st.page_link("pages/data.py", label="Go to Data", icon=":material/database:")


def _open(title: str, purpose: str) -> View:
    with st.container(key="head", horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(key="head-title", gap=None):
            heading = st.container(horizontal=True, vertical_alignment="center", gap="small")
            heading.title(title, width="content", anchor=False)
            st.markdown(purpose)
        picker = st.container(key="head-study", width=300, gap=None)
    settings = reads.settings()
    _first_start(settings)
    studies = reads.studies()
    if not studies:
        return View(settings, None, [])
    with picker:
        info = _pick(studies)
    if info.simulated:
        with heading:
            st.badge(
                "simulated",
                icon=":material/science:",
                color="orange",
                help="Made by a simulator with fictional models. No real model said this.",
            )
    study = None
    with problems.shown():
        study = reads.opened(info)
        _selection(study)
    return View(settings, study, studies)


def _pick(studies: list[StudyInfo]) -> StudyInfo:
    """The study in use. It stands in the address always, also when it is the default one."""
    known = {i.id: i for i in studies}
    asked = url.get("study")
    if asked and asked not in known:
        problems.problem(
            "That study is not here", f"The link names the study “{asked}”. Showing another one."
        )
    picked = url.choice(
        "study",
        "Study",
        {i.id: i.title for i in studies},
        default=studies[0].id,
        always=True,
        on_change=_another_study,
    )
    return known[picked]


def _another_study() -> None:
    """Leave behind what only made sense in the study before."""
    for name in ("scenario", "models"):
        url.put(name, None)
        st.session_state.pop(f"_kept_{name}", None)
    st.session_state["_reset_filters"] = True


def _first_start(settings: Settings) -> None:
    if example.missing(settings):
        with st.spinner("First start: building the example study, a few seconds…"):
            example.build(settings)


def _selection(study: OpenStudy) -> None:
    lowest = reads.read(study, overview.summary)["lowest"]
    sentence = selection.notice(study.info, lowest)
    if sentence:
        problems.note("How these scenarios were chosen", sentence)
