"""`python -m analysis spec test|tests`: the clauses' tests, kept and run."""

import sys
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Budget, Format, print_json, print_table
from analysis.cli.spec_files import SpecArgument, write_file
from analysis.errors import FaultlineError
from analysis.load import clause_tests as load
from analysis.load.specs import named_spec
from analysis.number_text import in_dollars
from analysis.parse import clause_tests as parse
from analysis.parse.files import decoded, read_bytes
from analysis.settings import current
from analysis.store.annotations import clause_tests as store
from analysis.store.annotations.clause_tests import Result
from analysis.text_safety import spelled

HAS_FAILED = 3
"""The exit code where a test failed."""


def register(app: typer.Typer) -> None:
    """Add these commands to the group `spec`."""
    app.command("test")(run_command)
    app.command("tests")(list_command)


def run_command(
    spec: SpecArgument,
    judges: Annotated[str, typer.Option("--judges", help="Who judges, by comma.")],
    tests: Annotated[
        Path | None,
        typer.Option("--tests", help="A file of tests; default: NAME.tests.json beside the spec."),
    ] = None,
    budget: Budget = None,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> int:
    """Have judges read the clauses' tests under the spec's text. A test passes where every judge
    gives the verdict that is known. The exit code is 3 when one fails."""
    settings = current()
    given = named_spec(settings, spec)
    found = load.gather(given, tests or load.beside(Path(spec)), settings)
    made = load.plan(given, found, judges, budget, settings)
    _priced(made)
    if run := load.stopped(made, settings):
        print(f"going on with the run {run}, which stopped", file=sys.stderr)
    result = load.run(made, settings)
    if format is Format.JSON:
        print_json(_as_json(result))
    else:
        print_table(pd.DataFrame([_row(row) for row in result.rows]))
    print(spelled(_counted(result)), file=sys.stderr)
    return HAS_FAILED if result.failed else 0


def _priced(made: load.TestPlan) -> None:
    low, high = made.price["usd_low"], made.price["usd_high"]
    print(
        f"{made.price['calls']:,} calls, {in_dollars(low)} to {in_dollars(high)}", file=sys.stderr
    )


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "spec": result.spec,
        "run": result.run,
        "at": result.at,
        "tests": result.tests,
        "failed": result.failed,
        "results": list(result.rows),
    }


def _row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "test": row["test"],
        "clause": spelled(row["clause"]),
        "judge": spelled(row["judge"]),
        "expected": row["expected"],
        "decision": row["decision"] or "no verdict",
        "passed": "yes" if row["passed"] else "NO",
    }


def _counted(result: Result) -> str:
    return f"{result.spec}: {result.tests - result.failed:,} of {result.tests:,} tests passed"


def list_command(
    spec: SpecArgument,
    to: Annotated[Path | None, typer.Option("--to", help="Write them to this file.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Keep the tests of this file, too.")
    ] = None,
    remove: Annotated[str, typer.Option("--remove", help="Take the test of this id away.")] = "",
    author: Annotated[str, typer.Option("--author", help="Who adds or takes away.")] = "",
    history: Annotated[bool, typer.Option("--history", help="How each version did.")] = False,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """The tests kept for a spec's clauses, whatever its version: list, export, import, take away;
    or how each version did on them."""
    settings = current()
    name = named_spec(settings, spec).spec.name
    if source is not None:
        _, read = parse.of_json(
            decoded(read_bytes(source, parse.MOST_BYTES, "tests"), source), source.name
        )
        new = store.keep(settings, name, read, author)
        print(f"{len(read):,} read, {new:,} new or changed", file=sys.stderr)
    if remove:
        gone = store.remove(settings, name, remove, author)
        print(spelled(f"{remove}, a test of {gone.clause}, is taken away"), file=sys.stderr)
    if history:
        _history(store.history(settings, name), format)
        return
    found = store.of_spec(settings, name)
    if to is not None:
        if not found:
            raise FaultlineError(f"No tests are kept for {name}: there is nothing to write.")
        write_file(to, parse.dumps(store.family(name), found))
        print(spelled(f"{to}: {len(found):,} tests"), file=sys.stderr)
    elif format is Format.JSON:
        print_json([{"test": one.id, **vars(one)} for one in found])
    else:
        rows = [
            {"test": t.id, "clause": t.clause, "verdict": t.verdict, "reason": t.reason[:60]}
            for t in found
        ]
        print_table(
            pd.DataFrame(
                [{k: spelled(v) for k, v in row.items()} for row in rows],
                columns=["test", "clause", "verdict", "reason"],
            )
        )


def _history(found: list[Result], format: Format) -> None:
    if format is Format.JSON:
        print_json([_as_json(result) for result in found])
        return
    rows = [
        {
            "spec": spelled(r.spec),
            "at": r.at[:16].replace("T", " "),
            "passed": f"{r.tests - r.failed:,} of {r.tests:,}",
            "run": r.run,
        }
        for r in found
    ]
    print_table(pd.DataFrame(rows, columns=["spec", "at", "passed", "run"]))
