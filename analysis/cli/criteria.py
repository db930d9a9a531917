"""`python -m analysis criteria`: what would satisfy a clause, kept beside its spec, and what models
make of it."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, StudyArgument, print_json, print_table
from analysis.errors import FaultlineError
from analysis.load import criteria as load
from analysis.report import criteria as report
from analysis.settings import current
from analysis.store.annotations import criteria as store
from analysis.store.library import specs
from analysis.store.study import open_study
from analysis.vocabulary import PROBES

app = typer.Typer(help="Make clauses measurable.", no_args_is_help=True)
Spec = Annotated[
    str, typer.Option("--spec", help="The spec, as name@version; default: the one in use.")
]
Author = Annotated[str, typer.Option("--author", help="Who says so; it is kept.")]
Clause = Annotated[str, typer.Argument(help="The clause's anchor.")]
Clauses = Annotated[
    list[str] | None, typer.Option("--clause", help="Only this clause; may stand several times.")
]


@app.command("list")
def list_command(
    spec: Spec = "", format: Annotated[Format, typer.Option("--format")] = Format.TABLE
) -> None:
    """The criteria of a spec: the clause, how many queries of each kind test it, who wrote it."""
    found = specs.spec_by_key(current(), spec)
    rows = [_row(version) for version in store.current(current(), found.key)]
    if format is Format.JSON:
        print_json(rows)
    elif rows:
        print_table(pd.DataFrame(rows))
    else:
        print(f"{found.key} has no criteria yet", file=sys.stderr)


def _row(version: store.Version) -> dict[str, Any]:
    one = version.criterion
    tests = () if one is None else one.tests
    kinds = {kind: sum(test.kind == kind for test in tests) for kind in PROBES}
    right = sum(bool(test.right_answer) for test in tests)
    said = {"author": version.author, "at": version.at, "why": version.why}
    return {"clause": version.clause, **kinds, "right_answer_known": right, **said}


@app.command("take")
def take_command(run: Annotated[str, typer.Argument(help="The run that drafted them.")]) -> None:
    """Keep the criteria that a run drafted; edit them on the page Criteria, or undo."""
    made = load.take(run, current())
    print(f"{made.spec}: {made.read} drafted, {made.changed} new or changed", file=sys.stderr)


@app.command("export")
def export_command(
    to: Annotated[Path, typer.Option("--to", help="The file to write.")],
    spec: Spec = "",
    clause: Clauses = None,
) -> None:
    """Write criteria as a JSON file, to exchange or to plan a run with (--criteria)."""
    made = load.export_file(to, specs.spec_by_key(current(), spec), current(), tuple(clause or ()))
    print(
        f"{to}: {len(made.criteria)} criteria of {made.spec}, {made.queries} queries",
        file=sys.stderr,
    )


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    author: Author,
    spec: Spec = "",
) -> None:
    """Keep the criteria of a file for a spec, those of clauses that it has."""
    made = load.import_file(path, specs.spec_by_key(current(), spec), author, current())
    print(f"{made.spec}: {made.read} read, {made.changed} new or changed", file=sys.stderr)
    if made.unknown:
        print(
            f"left out, since the spec has no such clause: {', '.join(made.unknown)}",
            file=sys.stderr,
        )


@app.command("undo")
def undo_command(clause: Clause, author: Author, spec: Spec = "") -> None:
    """Take back what was last said of a clause's criterion; what stood before holds again."""
    found = specs.spec_by_key(current(), spec)
    last = store.undo(current(), found.key, clause, author)
    print(f"{clause}: undone what {last.author} said at {last.at}", file=sys.stderr)


@app.command("remove")
def remove_command(clause: Clause, author: Author, spec: Spec = "") -> None:
    """Take a clause's criterion away (undo brings it back)."""
    store.remove(current(), specs.spec_by_key(current(), spec).key, clause, author)
    print(f"{clause}: its criterion is taken away", file=sys.stderr)


@app.command("profile")
def profile_command(
    study: StudyArgument, format: Annotated[Format, typer.Option("--format")] = Format.TABLE
) -> None:
    """What each model makes of each criterion: the share of its answers of every grade."""
    with closing(open_study(current(), study)) as opened:
        found = report.of_study(opened)
        rows = report.table(opened)
    if "undefined" in found:
        raise FaultlineError(f"“{study}” can't be read so: {found['undefined']}.")
    if format is Format.JSON:
        print_json(found)
    else:
        print_table(rows)
