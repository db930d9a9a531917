"""Command `report`."""

from enum import StrEnum
from typing import Annotated

import typer

from analysis.cli.console import StudyArgument, link_first, print_json
from analysis.report import report, to_markdown
from analysis.settings import current
from analysis.store.draws import for_rates
from analysis.store.study import open_study


class ReportFormat(StrEnum):
    JSON = "json"
    MARKDOWN = "markdown"


def report_command(
    study: StudyArgument,
    format: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.JSON,
) -> None:
    """Everything measured about a study, as JSON or Markdown."""
    settings = current()
    opened = for_rates(open_study(settings, study))
    link_first(opened)
    found = report(opened, settings)
    opened.close()
    if format is ReportFormat.JSON:
        print_json(found)
    else:
        print(to_markdown(found))
