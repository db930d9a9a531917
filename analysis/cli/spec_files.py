"""`python -m analysis spec lint|diff|export|import`: specs, looked through and compared."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.clauses import ClausesFormat
from analysis.cli.console import Format, print_json, print_table
from analysis.errors import FaultlineError
from analysis.figures.frames import versions
from analysis.load.specs import named_spec
from analysis.measure.specs.lint import lint
from analysis.measure.specs.lint_rules import Severity
from analysis.parse.files import decoded, read_bytes
from analysis.parse.specs import exchange
from analysis.parse.specs.clause import Clause, Spec
from analysis.report.spec_changes import counts, in_words, marks, to_markdown
from analysis.settings import current
from analysis.text_safety import spelled
from analysis.whole_files import write_bytes

HAS_ERRORS = 3
"""The exit code of a spec with an error."""
SpecArgument = Annotated[
    str, typer.Argument(help="A spec's file, or a loaded spec or a draft as name@version.")
]

ToFile = Annotated[Path, typer.Option("--to", help="The file to write.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `spec`."""
    app.command("lint")(lint_command)
    app.command("diff")(diff_command)
    app.command("export")(export_command)
    app.command("import")(import_command)


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


def diff_command(
    old: SpecArgument,
    new: SpecArgument,
    format: Annotated[ClausesFormat, typer.Option("--format")] = ClausesFormat.TABLE,
) -> None:
    """What a version of a spec changes, clause by clause: added, removed, renamed, retitled,
    reworded, moved to another authority or parent. Clauses that stay the same are counted."""
    settings = current()
    before, after = (named_spec(settings, named).spec for named in (old, new))
    changes = versions.changes(before, after)
    if format is ClausesFormat.MARKDOWN:
        print(spelled(to_markdown(changes, before, after)), end="")
        return
    rows = _changes(changes, before, after)
    if format is ClausesFormat.JSON:
        print_json(
            {"old": before.key, "new": after.key, "counts": counts(changes), "changes": rows}
        )
        return
    print(spelled(f"{before.key} → {after.key}: {in_words(changes)}"), file=sys.stderr)
    shown = [
        {
            "clause": spelled(row["anchor"] or row["old_anchor"]),
            "title": spelled(row["title"] or row["old_title"]),
            "change": ", ".join(row["change"]),
            "similarity": "–" if row["similarity"] is None else f"{row['similarity']:.2f}",
        }
        for row in rows
    ]
    print_table(pd.DataFrame(shown))


def _changes(changes: pd.DataFrame, old: Spec, new: Spec) -> list[dict[str, Any]]:
    """The clauses that differ, with `words`: both texts as one, [-out-]{+in+}."""
    before, after = ({c.anchor: c for c in s.clauses} for s in (old, new))
    plain = changes.astype(object).where(changes.notna(), None).to_dict("records")
    return [
        {str(k): v for k, v in row.items()}
        | {
            "change": list(row["change"]),
            "words": marks(_text(before, row["old_anchor"]), _text(after, row["anchor"])),
        }
        for row in plain
        if row["change"]
    ]


def _text(clauses: dict[str, Clause], anchor: str | None) -> str:
    return clauses[anchor].text if anchor else ""


def export_command(spec: SpecArgument, to: ToFile) -> None:
    """Write a spec as JSON: its clauses, authority, references, precedence, examples and tests."""
    read = named_spec(current(), spec).spec
    data = json.dumps(exchange.to_json(read), ensure_ascii=False, indent=1) + "\n"
    write_file(to, data)
    print(spelled(f"{to}: {read.summary_line()}"), file=sys.stderr)


def import_command(
    path: Annotated[Path, typer.Argument(help="A JSON file, as export writes it.")], to: ToFile
) -> None:
    """Write a spec's JSON as Markdown, to edit and to load."""
    text = decoded(read_bytes(path, current().max_spec_bytes * 3, "spec"), path)
    write_file(to, exchange.to_markdown(text, path.name))
    print(spelled(f"{to}: load it with “python -m analysis load spec”"), file=sys.stderr)


def write_file(to: Path, text: str) -> None:
    """A file, whole or not at all."""
    try:
        write_bytes(to, text.encode("utf-8"), make_folder=False)
    except UnicodeEncodeError:
        raise FaultlineError(
            f"“{to}” can't be written: the spec holds half a character (such as \\ud800). Cut it."
        ) from None
    except OSError as error:
        raise FaultlineError(f"“{to}” can't be written: {error.strerror or error}.") from None
