"""A report's findings, drawn again from their study: what every look and format of a report shows.

Nothing is taken from a picture: a finding is its recipe, parameters and study content. Where that
content is not here any more, the finding says so instead of showing other numbers under its title;
`recomputed` gives the report over the study of the same name as it is now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import drawn as drawn_by_name
from analysis.files.display_table import DisplayTable
from analysis.files.facts import Facts
from analysis.queries import cases
from analysis.settings import Settings
from analysis.store.annotations.reports import CASE, Finding, Report
from analysis.store.study import OpenStudy, StudyInfo, list_studies, open_study

CASE_RECIPE = "scenarios.positions"
_MOST_WORDS = 2_000
_TALL = 385  # pixels that a figure asks for by itself


@dataclass(frozen=True)
class Drawn:
    """One finding as it is shown. `figure` None: a table (`frame`), or words alone.

    `problem` is a sentence where it can't be drawn; `other` is the study that has another content
    under the same name, where there is one (then the finding can be recomputed). `quote` is a
    case's query, `alt` the picture's main number for who can't see it, `table` a table's cells.
    """

    finding: Finding
    figure: go.Figure | None = None
    frame: pd.DataFrame | None = None
    facts: Facts | None = None
    problem: str = ""
    other: str = ""
    quote: str = ""
    alt: str = ""
    table: DisplayTable | None = None

    @property
    def title(self) -> str:
        return self.finding.title or (self.facts.title if self.facts else "")

    @property
    def note(self) -> str:
        """The n and what was left out."""
        return self.facts.note if self.facts else ""

    @property
    def tall(self) -> bool:
        """Whether a picture has many rows, and stands better beside its words than below them."""
        return self.figure is not None and int(self.figure.layout.height or 0) > _TALL


Open = Callable[[StudyInfo], OpenStudy]


@contextmanager
def opener(settings: Settings) -> Iterator[Open]:
    """Opens each study once and closes all at the end."""
    studies: dict[str, OpenStudy] = {}

    def opened(info: StudyInfo) -> OpenStudy:
        if info.id not in studies:
            studies[info.id] = open_study(settings, info.id)
        return studies[info.id]

    try:
        yield opened
    finally:
        for study in studies.values():
            study.close()


def drawn(report: Report, settings: Settings) -> list[Drawn]:
    """All findings of a report, in order."""
    studies = list_studies(settings)
    with opener(settings) as opened:
        return [one(finding, studies, opened) for finding in report.findings]


def one(finding: Finding, studies: list[StudyInfo], opened: Open) -> Drawn:
    """One finding; a problem becomes a sentence in its place, never an error."""
    if not finding.drawn:
        return Drawn(finding)
    info, problem, other = located(finding, studies)
    if info is None:
        return Drawn(finding, problem=problem, other=other)
    try:
        return whole(finding, parts(opened(info), finding))
    except FaultlineError as error:
        return Drawn(finding, problem=str(error))


Parts = tuple[go.Figure | None, pd.DataFrame, Facts, str, str, DisplayTable | None]


def whole(finding: Finding, parts: Parts) -> Drawn:
    """A finding with what `parts` gave for it."""
    figure, frame, facts, quote, alt, table = parts
    return Drawn(finding, figure, frame, facts, quote=quote, alt=alt, table=table)


def parts(study: OpenStudy, finding: Finding) -> Parts:
    """Chart (None for a table), numbers, facts, the case's query, the chart's main number and the
    table's cells (None for a chart), computed from the study.

    Raises FaultlineError for a figure that this program does not know, or that the study can't
    serve.
    """
    recipe, params = _request(finding)
    figure, content, facts = drawn_by_name(recipe, params, study)
    chart = figure if catalog.is_chart(recipe) and not content.frame.empty else None
    table = catalog.table_of(study, content.request, content.frame) if chart is None else None
    return chart, content.frame, facts, _quote(study, finding), content.alt, table


def _request(finding: Finding) -> tuple[str, Mapping[str, object]]:
    if finding.kind == CASE:
        return CASE_RECIPE, {"scenario": finding.scenario, **finding.params}
    return finding.recipe, finding.params


def located(finding: Finding, studies: list[StudyInfo]) -> tuple[StudyInfo | None, str, str]:
    """(the study with a finding's content, or None; the sentence that says so; the study of the
    same name with other content, if there is one)."""
    same = [i for i in studies if i.content_hash == finding.content_hash]
    if same:
        return next((i for i in same if i.id == finding.study), same[0]), "", ""
    named = next((i for i in studies if i.id == finding.study), None)
    if named is None:
        gone = (
            f"The study “{finding.study}” is gone from this home. Load its sources again to show "
            "this finding; nothing else of the report is lost."
        )
        return None, gone, ""
    changed = (
        f"The study “{named.id}” has other data now (content {named.content_hash[:12]}, this "
        f"finding was made from {finding.content_hash[:12]}). Recompute it to see today's "
        "numbers; read its words again afterwards."
    )
    return None, changed, named.id


def _quote(study: OpenStudy, finding: Finding) -> str:
    if finding.kind != CASE:
        return ""
    row = cases.one(study, finding.scenario)
    return row.query[:_MOST_WORDS] if row else ""


def on_slides(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Those that stand on slides."""
    return [d for d in drawn if d.finding.slide]


def recomputed(report: Report, settings: Settings) -> Report:
    """The report with every finding bound to today's content of the study of the same name."""
    today = {i.id: i.content_hash for i in list_studies(settings)}
    current = set(today.values())

    def bound(finding: Finding) -> Finding:
        stale = finding.drawn and finding.content_hash not in current and finding.study in today
        return replace(finding, content_hash=today[finding.study]) if stale else finding

    return replace(report, findings=tuple(bound(f) for f in report.findings))


def citation(facts: Facts) -> str:
    """Where a finding comes from, in one paragraph: what a slide's notes and a page's foot say."""
    parts = [
        facts.note,
        f"Definition: {facts.definition}",
        f"Parameters: {facts.filters or 'none'}.",
        f"Study {facts.study} ({facts.study_id}), content {facts.content_hash}.",
        f"Method: {facts.method}." if facts.method else "",
        f"How it was made: {facts.made}." if facts.made else "",
        f"Computed by Faultline {facts.version}"
        + (f", figure {facts.recipe}." if facts.recipe else "."),
        "SIMULATED DATA: no real model answered." if facts.simulated else "",
    ]
    return " ".join(p for p in parts if p)
