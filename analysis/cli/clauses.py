"""Command `clauses`: clauses that judges cite, the one that needs work most first."""

import sys
from typing import Annotated

import pandas as pd
import typer

from analysis.cli.console import link_first, print_json, print_table
from analysis.cli.studies import Format, StudyArgument
from analysis.errors import FaultlineError
from analysis.report.clauses import entries, unknown
from analysis.settings import current
from analysis.store.specs import read_spec
from analysis.store.study import open_study


def clauses_command(
    study: StudyArgument,
    top: Annotated[int, typer.Option(help="How many rows.")] = 20,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Clauses that judges cite, the one that needs work most first; then those that are only near
    to queries by likeness of text."""
    if top < 1:
        raise FaultlineError(f"--top {top} asks for no rows: give 1 or more.")
    settings = current()
    opened = open_study(settings, study)
    try:
        link_first(opened)
        found = entries(opened, settings)
        _tell_unknown(unknown(opened, read_spec(settings)))
    finally:
        opened.close()
    if isinstance(found, dict):
        raise FaultlineError(f"There is no clause to list, {found['undefined']}.")
    if format is Format.JSON:
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
