"""`python -m analysis spec lint`: a spec looked through before anybody is tested on it."""

import sys
from dataclasses import asdict
from typing import Annotated

import pandas as pd
import typer

from analysis.cli.console import print_json, print_table
from analysis.cli.studies import Format
from analysis.load.specs import named_spec
from analysis.measure.specs.lint import lint
from analysis.measure.specs.lint_rules import Severity
from analysis.settings import current
from analysis.text_safety import spelled

HAS_ERRORS = 3
"""The exit code of a spec with an error."""
SpecArgument = Annotated[
    str, typer.Argument(help="A spec's file, or a loaded spec as name or name@version.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `spec`."""
    app.command("lint")(lint_command)


def lint_command(
    spec: SpecArgument, format: Annotated[Format, typer.Option("--format")] = Format.TABLE
) -> int:
    """Broken references, doubled titles, vague words and the like, each with line and remedy.
    The exit code is 3 when an error is among them."""
    read = named_spec(current(), spec)
    found = lint(read.spec, read.text)
    errors = sum(f.severity is Severity.ERROR for f in found)
    if format is Format.JSON:
        print_json([asdict(f) for f in found])
    else:
        columns = ["line", "clause", "severity", "finding", "remedy"]
        rows = [{c: spelled(str(v)) for c, v in asdict(f).items()} for f in found]
        print_table(pd.DataFrame(rows, columns=columns))
    counted = f"{errors:,} error{'s' * (errors != 1)}, {len(found) - errors:,} to weigh"
    print(spelled(f"{read.spec.summary_line()}; {counted}"), file=sys.stderr)
    return HAS_ERRORS if errors else 0
