"""What can be done with a report as a whole: make one, undo, go back, hand over, delete."""

from functools import partial

import streamlit as st

from analysis.decks import files as report_files
from analysis.decks import findings
from analysis.decks.findings import Drawn
from analysis.load.subprocess_load import read_report_in_child
from analysis.store.annotations import reports
from analysis.store.annotations.reports import Report
from analysis.text_safety import literal
from pages.parts.findings import state
from pages.parts.findings.state import Open
from pages.ui import address, person, problems
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View

LOOKS = {"edit": "Edit", "report": "Read", "present": "Present"}
_FORMATS = {
    "html": ("Page (HTML)", "Opens offline, charts live"),
    "pptx": ("PowerPoint", "One finding a slide; titles, words and tables can be edited"),
    "pdf": ("PDF", "The report, page by page"),
    "json": ("Report file", "To load it on another machine"),
}


def look() -> str:
    """Edit, read or present, side by side so that nobody has to look for them."""
    asked = address.get("look")
    address.note_unknown("look", [asked] if asked and asked not in LOOKS else [])
    now = asked if asked in LOOKS else "edit"
    session["choose-look"] = now
    st.segmented_control(
        "Look",
        list(LOOKS),
        format_func=LOOKS.__getitem__,
        key="choose-look",
        required=True,
        on_change=_looked,
    )
    return now


def _looked() -> None:
    address.forget_missed("look")
    address.put("look", str(session["choose-look"]))


def new(view: View, *, first: bool = False) -> None:
    """Draft a briefing, or begin an empty report, or load one from a file."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content"):
        st.button(
            "Draft a briefing",
            key="draft",
            icon=":material/auto_stories:",
            type="primary" if first else "secondary",
            on_click=_draft,
            args=(view,),
            help="A report filled from this study: disagreement, differences, refusals, judges, "
            "clauses, limits. Every sentence follows from its numbers; edit it as you like.",
        )
        with st.popover("New report", icon=":material/add:", key="new-report"):
            st.text_input("Title of the new report", key="new-title", max_chars=reports.MOST_TITLE)
            st.button("Begin", key="begin", on_click=_begin, args=(view,))
            file = st.file_uploader("Or load a report file", type="json", key="report-file")
            if file is not None:
                st.button(
                    "Load it", key="load-report", on_click=_load, args=(view, file.getvalue())
                )


@acts(Right.CONTRIBUTE)
def _draft(view: View) -> None:
    from analysis.brief.draft import draft

    with problems.shown():
        made = tuple(draft(view.study, view.settings))
        state.create(view, f"Briefing: {view.info.title}", made, "drafted")
        st.toast(
            f"Drafted {len(made)} findings. Edit their words below, then Present or Export.",
            icon=":material/auto_stories:",
        )


@acts(Right.CONTRIBUTE)
def _begin(view: View) -> None:
    title = str(session.get("new-title") or "").strip() or "Untitled report"
    state.create(view, title, (), "begun")


@acts(Right.CONTRIBUTE)
def _load(view: View, raw: bytes) -> None:
    with problems.shown():
        found = read_report_in_child(raw, view.settings)
        state.create(view, found.title, found.findings, "loaded from a file")


def tools(opened: Open, drawn: list[Drawn]) -> None:
    """Undo, history, export, delete."""
    with st.container(
        key="report-tools",
        horizontal=True,
        vertical_alignment="center",
        gap="xsmall",
        width="content",
    ):
        st.button(
            "Undo",
            key="undo",
            icon=":material/undo:",
            shortcut="Ctrl+Z",
            on_click=_undo,
            args=(opened,),
            disabled=not opened.report.base,
        )
        _history(opened)
        _export(opened, drawn)
        with st.popover("Delete", icon=":material/delete:", key="delete-menu"):
            st.text("Removes the report from the list. Undo right afterwards restores it.")
            st.button("Delete this report", key="delete", on_click=_delete, args=(opened,))


@acts(Right.CONTRIBUTE)
def _undo(opened: Open) -> None:
    with problems.shown():
        back = reports.undo(opened.settings, opened.report.report, person.signature())
        st.toast(f"Undone: {literal(opened.report.why)}." if back else "There is nothing to undo.")


def _history(opened: Open) -> None:
    menu = st.popover("History", icon=":material/history:", key="history", on_change="rerun")
    if not menu.open:
        return
    with menu, st.container(height=320, border=False, width=420):
        for version in reports.history(opened.settings, opened.report.report)[:100]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                when = version.at[:16].replace("T", " ")
                st.text(f"{when} · {version.author} · {version.why}")
                st.button(
                    "Go back to it",
                    key=f"back-{version.version}",
                    disabled=version.version == opened.report.version,
                    on_click=_restore,
                    args=(opened, version),
                )


@acts(Right.CONTRIBUTE)
def _restore(opened: Open, version: Report) -> None:
    with problems.shown():
        reports.restore(opened.settings, version.report, version.version, person.signature())


@acts(Right.CONTRIBUTE)
def _delete(opened: Open) -> None:
    with problems.shown():
        reports.delete(opened.settings, opened.report.report, person.signature())
        session["_deleted_report"] = opened.report.report
        address.put("report", None)


def deleted(view: View) -> None:
    """The way back after a deletion, for as long as the page stays open."""
    name = session.get("_deleted_report")
    if name and name not in reports.names(view.settings):
        st.button(
            f"Bring “{name}” back",
            key="undelete",
            icon=":material/undo:",
            on_click=_undelete,
            args=(view, str(name)),
        )


@acts(Right.CONTRIBUTE)
def _undelete(view: View, name: str) -> None:
    with problems.shown():
        if reports.undo(view.settings, name, person.signature()):
            address.keep("report", name)


def _export(opened: Open, drawn: list[Drawn]) -> None:
    menu = st.popover("Export", icon=":material/download:", key="export-report", on_change="rerun")
    if not menu.open:
        return
    with menu, st.container(width=300, gap="small"):
        on = len(findings.on_slides(drawn)) + 1
        st.caption(
            f"PowerPoint: {on} slides, with the cover. It and PDF are drawn by a browser, which "
            "takes some ten seconds; then the download starts."
        )
        missing = [d for d in drawn if d.problem]
        if missing:
            st.text(f"{len(missing)} findings can't be shown; the file says so in their place.")
        for format, (label, note) in _FORMATS.items():
            st.download_button(
                label,
                partial(report_files.content, opened.report, drawn, format),
                f"{opened.report.report}.{format}",
                report_files.MIME[format],
                key=f"report-{format}",
                on_click="ignore",
                width="stretch",
                help=note,
            )
        st.caption("At the command line")
        st.code(
            f"python -m analysis export {opened.report.report} --format pptx --out report.pptx",
            language=None,
            wrap_lines=True,
        )


def stale(opened: Open, drawn: list[Drawn]) -> None:
    """Say that data differ, and offer to recompute."""
    other = [d for d in drawn if d.other]
    if not other:
        return
    problems.note(
        "The data have changed since this report was made",
        f"{len(other)} of its findings were made from other data than the study of that name holds "
        "now. They are not shown, so that nobody reads today's numbers under yesterday's words.",
    )
    st.button(
        "Recompute on today's data",
        key="recompute",
        icon=":material/refresh:",
        on_click=_recompute,
        args=(opened,),
    )


@acts(Right.CONTRIBUTE)
def _recompute(opened: Open) -> None:
    state.apply(
        opened, lambda r: findings.recomputed(r, opened.settings), "recomputed on today's data"
    )
