"""Command `clauses`: clauses that judges cite, the one that needs work most first."""

import sys
from enum import StrEnum
from typing import Annotated

import pandas as pd
import typer

from analysis.cli.console import StudyArgument, check_top, link_first, print_json, print_table
from analysis.errors import FaultlineError
from analysis.report import clause_issues
from analysis.report.clauses import entries, unknown
from analysis.settings import current
from analysis.store import labels, study_specs
from analysis.store.draws import for_rates
from analysis.store.study import open_study

ADDRESS = "http://localhost:8501"


class ClausesFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def clauses_command(
    study: StudyArgument,
    top: Annotated[int, typer.Option(help="How many rows.")] = 20,
    format: Annotated[ClausesFormat, typer.Option("--format")] = ClausesFormat.TABLE,
    address: Annotated[
        str, typer.Option(help="Where Faultline runs, for the links in the Markdown.")
    ] = ADDRESS,
) -> None:
    """Clauses that judges cite, the one that needs work most first; then those that are only near
    to queries by likeness of text. As Markdown: an issue for each of the first, with three cases,
    both arguments and what would mend it."""
    check_top(top)
    settings = current()
    opened = for_rates(open_study(settings, study))
    try:
        link_first(opened)
        if format is ClausesFormat.MARKDOWN:
            source = next(iter(labels.sources(opened, "response_types")), None)
            print(clause_issues.top(opened, top, address, source), end="")
            return
        found = entries(opened)
        judged = study_specs.under(opened)
        _tell_unknown(unknown(judged, study_specs.spec_of(judged)))
        if words := study_specs.words(judged):
            print(words, file=sys.stderr)
    finally:
        opened.close()
    if isinstance(found, dict):
        raise FaultlineError(f"There is no clause to list, {found['undefined']}.")
    if format is ClausesFormat.JSON:
        print_json(found[:top])
        return
    frame = pd.DataFrame(found[:top])
    shown = frame.assign(
        authority=frame["authority"].fillna("–"),
        non_compliant=[_short(c, "{:.0%}") for c in frame["non_compliant"]],
        kappa=[_short(c, "{:.2f}") for c in frame["kappa"]],
        needs_work=["–" if pd.isna(c) else f"{c:.2f}" for c in frame["needs_work"]],
    )
    print_table(shown.drop(columns=["title", "rival"]))


def _tell_unknown(names: list[tuple[str, int]]) -> None:
    """Names that no clause has go to stderr: the list holds clauses of the spec alone."""
    if names:
        shown = ", ".join(f"{name[:80]} ({n})" for name, n in names[:6])
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        print(f"Named by judges, not in the spec: {shown}{more}.", file=sys.stderr)


def _short(cell: dict[str, float], form: str) -> str:
    return form.format(cell["value"]) if "value" in cell else "–"
