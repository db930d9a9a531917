"""The Edit look of a report: its findings with their words, and what is pinned beside them."""

from dataclasses import replace

import streamlit as st

from analysis.decks.findings import Drawn
from analysis.number_text import counted
from analysis.settings import Settings
from analysis.store.annotations import pins, reports
from analysis.store.annotations.pins import Pin
from analysis.store.annotations.reports import CASE, FIGURE, SECTION, TEXT, Finding
from pages.parts.findings import arrange, reading, state
from pages.parts.findings.state import Open
from pages.ui import links, person, problems
from pages.ui.acting import Right, acts
from pages.ui.address import session

_WORDS = {
    SECTION: "A heading",
    TEXT: "A paragraph",
    FIGURE: "A figure",
    CASE: "A case",
}


_PARTS = {"title": "a title", "text": "a paragraph", "notes": "speaker notes"}


def edit(opened: Open, drawn: list[Drawn]) -> None:
    """Title, tray of pins, and one card a finding."""
    reading.style()
    st.text_input(
        "Title of the report",
        key="report-title",
        max_chars=reports.MOST_TITLE,
        on_change=_title,
        args=(opened,),
    )
    tray(opened)
    if not drawn:
        problems.empty(
            "Nothing in this report yet",
            "Pin a figure on any page (the pin beside Export), or a case in the reader (P), and "
            "add it here. Or draft a briefing and edit it.",
        )
    if len(drawn) > 1:
        arrange.arrange(opened, drawn)
    for number, found in enumerate(drawn):
        _card(opened, found, number, len(drawn))
    with st.container(horizontal=True, gap="small"):
        for kind in (SECTION, TEXT):
            st.button(
                f"Add {_WORDS[kind].lower()}",
                key=f"add-{kind}",
                icon=":material/add:",
                on_click=_add,
                args=(opened, Finding(kind)),
            )


@acts(Right.CONTRIBUTE)
def _title(opened: Open) -> None:
    title = str(session["report-title"]).strip() or opened.report.title
    state.apply(opened, lambda r: replace(r, title=title), "changed the title")


def tray(opened: Open) -> None:
    """What is pinned and can be added."""
    pinned = pins.pinned(opened.settings)
    used = {_what(f) for f in opened.report.findings}
    fresh = [p for p in pinned if _what(finding_of(p)) not in used]
    with st.expander(f"Pinned ({len(fresh)})", expanded=bool(fresh), icon=":material/keep:"):
        if not fresh:
            st.caption("Everything that is pinned is in this report.")
            return
        for pin in fresh:
            with st.container(
                key=f"tray-{pin.what}", horizontal=True, vertical_alignment="center", gap="small"
            ):
                st.button(
                    "Add",
                    key=f"add-{pin.what}",
                    icon=":material/add:",
                    on_click=_add,
                    args=(opened, finding_of(pin)),
                )
                st.text(f"{pin.body.get('title', '')} · {pin.body.get('study', '')} · {pin.author}")
                st.button(
                    "Take away",
                    key=f"unpin-{pin.what}",
                    type="tertiary",
                    icon=":material/close:",
                    on_click=_unpin,
                    args=(opened.settings, pin),
                )
        if len(fresh) > 1:
            st.button(
                "Add all", key="add-all", on_click=_add, args=(opened, *map(finding_of, fresh))
            )


def finding_of(pin: Pin) -> Finding:
    """A pin as an entry of a report."""
    body = pin.body
    return Finding(
        CASE if body.get("kind") == pins.CASE else FIGURE,
        str(body.get("title", "")),
        "",
        str(body.get("study", "")),
        str(body.get("content_hash", "")),
        str(body.get("recipe", "")),
        dict(body.get("params") or {}),
        str(body.get("scenario", "")),
        address=str(body.get("address") or ""),
    )


def _what(finding: Finding) -> tuple[str, str, str, str]:
    params = repr(sorted(finding.params.items()))
    return finding.content_hash, finding.recipe, finding.scenario, params


@acts(Right.CONTRIBUTE)
def _unpin(settings: Settings, pin: Pin) -> None:
    with problems.shown():
        pins.unpin(settings, pin.what, person.signature())


@acts(Right.CONTRIBUTE)
def _add(opened: Open, *findings: Finding) -> None:
    why = f"added {counted(len(findings), 'finding')}"
    state.apply(opened, lambda r: reports.added(r, findings), why)


def _card(opened: Open, found: Drawn, number: int, count: int) -> None:
    finding = found.finding
    with st.container(border=True, key=f"card-{finding.id}"):
        _row(opened, found, number, count)
        left, right = st.columns([1, 2], gap="medium") if finding.drawn else (st.container(), None)
        with left:
            st.text_input(
                "Heading" if finding.kind == SECTION else "Title",
                key=f"title-{finding.id}",
                max_chars=reports.MOST_TITLE,
                on_change=_changed,
                args=(opened, finding.id, "title"),
                placeholder=found.facts.title if found.facts else "",
            )
            st.text_area(
                "Paragraph",
                key=f"text-{finding.id}",
                height=180 if finding.drawn else 100,
                max_chars=reports.MOST_TEXT,
                on_change=_changed,
                args=(opened, finding.id, "text"),
                help="Markdown: **bold**, *italic*, lists. Links, pictures and HTML are shown as "
                "text.",
            )
            _notes(opened, finding)
        if right is not None:
            with right:
                reading.chart_or_table(found, key=f"edit-{finding.id}")


def _notes(opened: Open, finding: Finding) -> None:
    label = "Speaker notes" + " (written)" * bool(finding.notes)
    with st.expander(label, key=f"notes-of-{finding.id}"):
        st.text_area(
            "What you say; the audience does not see it",
            key=f"notes-{finding.id}",
            height=100,
            max_chars=reports.MOST_TEXT,
            on_change=_changed,
            args=(opened, finding.id, "notes"),
        )


def _row(opened: Open, found: Drawn, number: int, count: int) -> None:
    finding = found.finding
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f"{number + 1} · {_WORDS[finding.kind]}", width="content")
        for label, icon, steps, off in (
            ("Up", ":material/arrow_upward:", -1, number == 0),
            ("Down", ":material/arrow_downward:", 1, number == count - 1),
        ):
            st.button(
                label,
                key=f"{label}-{finding.id}",
                icon=icon,
                type="tertiary",
                disabled=off,
                on_click=_move,
                args=(opened, finding.id, steps),
            )
        st.button(
            "Remove",
            key=f"remove-{finding.id}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_remove,
            args=(opened, finding.id),
        )
        if finding.drawn:
            links.back(finding, f"place-{finding.id}", disabled=bool(found.problem))
        if not finding.slide:
            st.badge("not on a slide", icon=":material/hide_image:", color="gray")


@acts(Right.CONTRIBUTE)
def _move(opened: Open, finding_id: str, steps: int) -> None:
    state.apply(opened, lambda r: reports.moved(r, finding_id, steps), "moved a finding")


@acts(Right.CONTRIBUTE)
def _remove(opened: Open, finding_id: str) -> None:
    state.apply(opened, lambda r: reports.without(r, finding_id), "removed a finding")


@acts(Right.CONTRIBUTE)
def _changed(opened: Open, finding_id: str, part: str) -> None:
    value = str(session[f"{part}-{finding_id}"])

    def change(report: reports.Report) -> reports.Report:
        same = next((f for f in report.findings if f.id == finding_id), None)
        if same is None:
            st.toast("Somebody removed that finding meanwhile; the history has it.")
            return report
        made = {
            "title": replace(same, title=value),
            "text": replace(same, text=value),
            "notes": replace(same, notes=value),
        }
        return reports.changed(report, made[part])

    state.apply(opened, change, f"changed {_PARTS[part]}")
