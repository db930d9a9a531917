"""Commands `brief` and `export`: a report drafted from a study, and a report as a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import StudyArgument
from analysis.errors import FaultlineError
from analysis.settings import current
from analysis.store.annotations import reports
from analysis.store.annotations.reports import Report
from analysis.store.draws import for_rates
from analysis.store.study import open_study

AUTHOR = "command line"


class ReportFormat(StrEnum):
    """What a report can be written as."""

    HTML = "html"
    PPTX = "pptx"
    PDF = "pdf"
    JSON = "json"


def brief_command(
    study: StudyArgument,
    report: Annotated[str, typer.Option("--report", help="Its name, new or to be drafted anew.")],
) -> None:
    """Draft a report from a study. A report of that name keeps its old state in its history."""
    from analysis.brief.draft import draft

    name = reports.slug(report)
    settings = current()
    opened = for_rates(open_study(settings, study))
    try:
        findings = tuple(draft(opened, settings))
    finally:
        opened.close()
    title = report if report != name else f"Briefing: {opened.info.title}"
    made, _ = reports.save(settings, Report(name, title, findings), AUTHOR, f"drafted from {study}")
    print(f"report {name}: {len(made.findings)} findings from {study}")


def export_command(
    report: Annotated[str, typer.Argument(help="The report's name, as `brief` said it.")],
    format: Annotated[ReportFormat, typer.Option("--format")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Use today's data of the study of the same name.")
    ] = False,
) -> None:
    """Write a report as one file. Exit code 2 where a finding can't be shown."""
    from analysis.decks.files import written
    from analysis.decks.findings import drawn, recomputed

    settings = current()
    found = reports.latest(settings, reports.slug(report))
    if recompute:
        found, _ = reports.save(settings, recomputed(found, settings), AUTHOR, "recomputed")
    shown = drawn(found, settings)
    problems = [d for d in shown if d.problem]
    if problems:
        first = problems[0]
        raise FaultlineError(
            f"{len(problems)} of {len(shown)} findings can't be shown, nothing was written. First, "
            f"“{first.title}”: {first.problem}"
            + (" Add --recompute for that." if first.other else "")
        )
    print(written(found, shown, format.value, out))
