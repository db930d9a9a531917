"""Commands `labels export` and `labels import`: what people said, as a file."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import StudyArgument
from analysis.load.human_labels import refresh
from analysis.load.label_files import export_labels, import_labels
from analysis.settings import current
from analysis.store.study import open_study
from analysis.subprocesses.limits import memory_bounded

app = typer.Typer(help="People's labels as CSV or parquet.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A .csv or .parquet file.")]

MEMORY_MB = 6_000


@app.command("export")
def export_command(study: StudyArgument, path: File) -> None:
    """Write every label and note about a study's content, history included."""
    opened = open_study(current(), study)
    try:
        count = export_labels(opened, path)
    finally:
        opened.close()
    print(f"labels {study}: {count} written to {path}")


@app.command("import")
def import_command(study: StudyArgument, path: File) -> None:
    """Read labels from a file; those that are here already are left alone."""
    opened = open_study(current(), study)
    try:
        with memory_bounded(MEMORY_MB, f"reading {path.name}"):
            done = import_labels(opened, path)
        refresh(opened)
    finally:
        opened.close()
    print(done.sentence(study))
