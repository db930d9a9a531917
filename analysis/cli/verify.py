"""Command `verify`: does an exported file still hold?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.cli.console import Format, print_json
from analysis.settings import current
from analysis.subprocesses.limits import memory_bounded
from analysis.verify.verdict import Verdict, verify

MEMORY_MB = 6_000
"""Computing the numbers again takes more than reading the file."""


def verify_command(
    file: Annotated[Path, typer.Argument(help="A picture, page or table that Faultline exported.")],
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Compute an exported file's numbers again from its study. Exit code 0: they hold; else 1."""
    with memory_bounded(MEMORY_MB, f"reading {file.name}"):
        found = verify(file, current())
    if format is Format.JSON:
        print_json(_record(found))
    else:
        print(f"{found.state}: {found.said}")
    if not found.holds:
        raise typer.Exit(1)


def _record(found: Verdict) -> dict[str, Any]:
    facts = found.facts
    record: dict[str, Any] = {"state": found.state, "said": found.said}
    if facts is not None:
        record |= {
            "title": facts.title,
            "figure": facts.recipe or None,
            "parameters": dict(facts.parameters),
            "study": facts.study_id,
            "content_hash": facts.content_hash,
            "program": facts.version,
        }
    return record
