"""Command `studies`. It reads pointers alone, so it imports nothing that computes."""

import sys
from typing import Annotated

import typer

from analysis.cli.console import Format, print_json, print_rows
from analysis.settings import current
from analysis.store.build.places import sweep
from analysis.store.study import damaged_pointers, list_studies
from analysis.text_safety import spelled

_SHOWN = ("id", "title", "scenarios", "responses", "simulated", "content_hash", "built_at")
_HASH = 12  # characters of a content hash that tell studies apart


def studies_command(
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """List the studies here, the latest built first."""
    settings = current()
    sweep(settings)
    found = [info.to_json() for info in list_studies(settings)]
    for sentence in damaged_pointers(settings).values():
        print(spelled(sentence), file=sys.stderr)
    if format is Format.JSON:
        print_json(found)
        return
    short = [info | {"content_hash": info["content_hash"][:_HASH]} for info in found]
    print_rows(_SHOWN, [[info[name] for name in _SHOWN] for info in short])
