"""What every page wears: its title and purpose, the study in use, and what must not be missed.

    with frame.page("Overview") as view:
        view.study   the open study

A page can be the first thing a fresh server runs (a pasted link); then the routes are not known
yet, and the frame declares them and runs again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from analysis import glossary
from analysis.figures import making_words
from analysis.parse.specs.clause import Spec
from analysis.settings import Settings
from analysis.show import theme
from analysis.store import derived, study_specs
from analysis.store.library.library import TaxonomyInfo
from analysis.store.study import OpenStudy, StudyInfo, damaged_pointers
from pages.ui import (
    address,
    door,
    drawn,
    example,
    linked,
    links,
    person,
    problems,
    reads,
    specs,
    tour,
)
from pages.ui.address import session
from pages.ui.routes import ROUTED, navigation, purpose

_STYLE = Path(__file__).parent / "style.css"
_LOGO = str(Path(__file__).parent / "logo.svg")
_ICON = str(Path(__file__).parent / "icon.svg")


@cache
def _style() -> str:
    """The style sheet of all pages, with the hues that it names."""
    hues = "".join(f"--fl-{name}: {hue}; " for name, hue in theme.CSS.items())
    return f"<style>:root {{ {hues}}}\n{_STYLE.read_text(encoding='utf-8')}</style>"


@dataclass(frozen=True)
class View:
    """What a page works with: the settings, the open study (if any) and its taxonomy."""

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
    def spec(self) -> Spec:
        """The spec that the study's judgements are read under. FaultlineError where its text is
        not here."""
        return study_specs.spec_of(self.study)

    @property
    def taxonomy(self) -> TaxonomyInfo:
        return reads.taxonomy() if self.opened is None else linked.taxonomy(self.opened)


@contextmanager
def page(title: str, *, needs_study: bool = True) -> Iterator[View]:
    """The frame of one page around its body; errors inside are shown, not raised."""
    if not session.get(ROUTED):
        navigation()
        st.rerun()
    st.set_page_config(page_title=f"{title} · Faultline", page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    st.html(_style())
    session["_boxes"] = 0
    person.stop_where_not_set_up()
    address.arrive(title)
    tour.show()
    person.show_sign_in()
    person.remember_name()
    door.let_in()
    view = None
    with problems.shown():
        with address.at_once():
            view = _open(title)
        _note_runs(reads.settings().runs)
    place = st.container(key="link-missed")
    if view is None or (needs_study and view.opened is None):
        _nothing(view)
        st.stop()
    try:
        with problems.shown():
            yield view
    finally:
        with place:
            linked.show_missed()


def _nothing(view: View | None) -> None:
    if view is not None and not view.studies and not damaged_pointers(view.settings):
        problems.empty("No study yet", "Load one on the Data page to get started.")
    links.page(None, "data", "Go to Data", icon=":material/database:")


def _open(title: str) -> View:
    with st.container(key="head", horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(key="head-title", gap=None):
            heading = st.container(horizontal=True, vertical_alignment="center", gap="small")
            heading.title(title, width="content", anchor=False)
            st.markdown(purpose(title))
        picker = st.container(key="head-study", width=300, gap=None)
    settings = reads.settings()
    _first_start(settings)
    studies = reads.studies()
    _damaged_pointers(settings, everywhere=not studies)
    if not studies:
        return View(settings, None, [])
    linked.study(studies)
    linked.unread()
    with picker:
        info = _pick(studies)
    if info.simulated:
        with heading:
            st.badge(
                "simulated",
                icon=":material/science:",
                color="orange",
                help=glossary.find("simulated").definition,
            )
    study = None
    with problems.shown():
        study = reads.opened(info)
        _damaged_tables(study)
        _selection(study)
        linked.content(info)
        study = specs.under(drawn.read(linked.read_as(study), title))
        linked.note_reading(study)
    return View(settings, study, studies)


def _damaged_pointers(settings: Settings, *, everywhere: bool) -> None:
    """Say which studies can't be found any more: the one that was asked for, or all of them."""
    wanted = address.get("study")
    for study, sentence in damaged_pointers(settings).items():
        if everywhere or study == wanted:
            problems.problem("This study is damaged", sentence)


def _damaged_tables(study: OpenStudy) -> None:
    """Say which tables beside the study are left out because they are not what was written."""
    names = derived.damaged(study.settings, study.info)
    if names:
        problems.note(
            "Some computed tables are damaged and were left out",
            f"{', '.join(names)}. The study itself is intact. To clear this note, compute them "
            "again on the pages that show them (for labels: “python -m analysis label”).",
        )


def _pick(studies: list[StudyInfo]) -> StudyInfo:
    """The study in use. It stands in the address always, also when it is the default one."""
    known = {i.id: i for i in studies}
    wanted = address.get("study")
    if wanted and wanted not in known and wanted not in damaged_pointers(reads.settings()):
        address.note_missed(f"There is no study “{wanted[:80]}” here; another one is shown.")
    picked = address.choice(
        "study",
        "Study",
        {i.id: i.title for i in studies},
        default=studies[0].id,
        always=True,
        on_change=_another_study,
    )
    address.forget_missed("study")  # said above, or by whoever tells of damaged studies
    return known[picked]


def _another_study() -> None:
    """Leave behind what only made sense in the study before."""
    for name in ("scenario", "models", "spec", "verdicts"):
        address.forget(name)
    address.put("content", None)
    session["_reset_filters"] = True


def _first_start(settings: Settings) -> None:
    if example.missing(settings):
        with st.spinner("First start: building the example study. This takes a few seconds…"):
            example.build(settings)


def _selection(study: OpenStudy) -> None:
    sentence = making_words.notice(study.info)
    if sentence:
        problems.note("How these scenarios were chosen", sentence)


def _note_runs(runs: Path) -> None:
    """A line on every page while a stress test runs, with the way to it; its state is read at most
    every two seconds, for all sessions together."""
    if not runs.is_dir() or address.get("run"):
        return
    for run, title in _alive(str(runs)):
        with st.container(key=f"box-note-run-{run}", horizontal=True, vertical_alignment="center"):
            st.text(f"A stress test is running: {title}.")
            links.page(None, "stress_test", "Watch it", icon=":material/visibility:", run=run)


@st.cache_data(ttl=2, show_spinner=False)
def _alive(runs: str) -> list[tuple[str, str]]:
    # Plans and journals are read only where there are runs: a page without any pays nothing.
    from analysis.settings import Settings
    from pipeline.run.state import State
    from pipeline.run.status import list_runs

    found = list_runs(Settings(home=Path(runs).parent))
    return [(r["id"], r["title"] or r["id"]) for r in found if r["state"] == State.RUNNING]
