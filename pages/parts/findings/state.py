"""The report in use: chosen by the address, loaded afresh each run, saved with every change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from analysis.decks import findings
from analysis.decks.findings import Drawn, Parts
from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.annotations import reports
from analysis.store.annotations.reports import Finding, Report
from analysis.store.study import OpenStudy
from analysis.text_safety import literal
from pages.ui import address, person, problems, reads
from pages.ui.address import session
from pages.ui.frame import View

Change = Callable[[Report], Report]
_SEEN = "_report_version"
_KEYS = ("title", "text", "notes")


@dataclass(frozen=True)
class Open:
    """A report as this tab shows it."""

    view: View
    report: Report

    @property
    def settings(self) -> Settings:
        return self.view.settings


def choose(view: View) -> Open | None:
    """The picker of reports; None where there is none yet, or where the link names another."""
    known = reports.names(view.settings)
    if not known:
        return None
    wanted = address.get("report")
    if wanted and wanted not in known:
        st.text(f"There is no report “{wanted[:80]}” here. Showing another one.")
    name = address.choice("report", "Report", known, always=True)
    opened = Open(view, reports.latest(view.settings, name))
    _refresh(opened.report)
    return opened


def _refresh(report: Report) -> None:
    """Fill the fields from the stored state whenever it is another than the one shown last, or
    where they were away: Streamlit forgets what stood in a field that a run does not show."""
    same = session.get(_SEEN) == (report.report, report.version)
    if same and "report-title" in session:
        return
    session[_SEEN] = (report.report, report.version)
    session["report-title"] = report.title
    for finding in report.findings:
        for part in _KEYS:
            session[f"{part}-{finding.id}"] = getattr(finding, part)


def apply(opened: Open, change: Change, why: str) -> None:
    """Make a change on top of the report's latest state and store it; nothing of others is lost."""
    with problems.shown():
        report = opened.report
        before = reports.edit(opened.settings, report.report, change, person.signature(), why)
        if before.version != report.version:
            st.toast(
                f"{literal(before.author)} changed this report in between. Your change was put "
                "on top of theirs; the history has both.",
                icon=":material/call_merge:",
            )


def create(view: View, title: str, entries: Sequence[Finding], why: str) -> None:
    """A new report, and show it."""
    with problems.shown():
        title = _free_title(title, {*reports.names(view.settings).values()})
        made = reports.create(view.settings, title, entries, person.signature(), why)
        address.keep("report", made.report)


def _free_title(title: str, taken: set[str]) -> str:
    """A title that no other report has: two of one name can't be told apart in the list."""
    numbered = (f"{title} ({n})" for n in range(2, 10_000))
    return title if title not in taken else next(t for t in numbered if t not in taken)


def drawn(view: View, report: Report) -> list[Drawn]:
    """All findings; charts come from the cache where they were drawn before."""
    return [_one(view, finding) for finding in report.findings]


def _one(view: View, finding: Finding) -> Drawn:
    if not finding.drawn:
        return Drawn(finding)
    info, problem, other = findings.located(finding, view.studies)
    if info is None:
        return Drawn(finding, problem=problem, other=other)
    try:
        bare = Finding(
            finding.kind,
            recipe=finding.recipe,
            params=finding.params,
            scenario=finding.scenario,
            id="",
        )
        return findings.whole(finding, reads.read(reads.opened(info), _parts, bare))
    except FaultlineError as error:
        return Drawn(finding, problem=str(error))


def _parts(study: OpenStudy, finding: Finding) -> Parts:
    return findings.parts(study, finding)
