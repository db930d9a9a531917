"""Command `snapshot`: a study's tables as files."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import StudyArgument
from analysis.queries import near
from analysis.queries.snapshot import snapshot, snapshot_file
from analysis.settings import current
from analysis.store import study_specs
from analysis.store.study import OpenStudy, open_study


def snapshot_command(
    study: StudyArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="A new or empty folder, or a new file whose name ends in .duckdb."
        ),
    ],
    near_clause: Annotated[
        str, typer.Option("--near", help="Only queries near this clause of the study's spec.")
    ] = "",
) -> None:
    """Write the study's tables, all labels included, as parquet files or as one DuckDB file."""
    settings = current()
    opened = open_study(settings, study)
    chosen = _near(opened, near_clause) if near_clause else None
    as_file = out.suffix.lower() == ".duckdb"
    written = (snapshot_file if as_file else snapshot)(opened, out, settings, chosen)
    opened.close()
    for table, rows in written.items():
        print(
            f"{out}: {table}, {rows:,} rows" if as_file else f"{out / table}.parquet: {rows:,} rows"
        )


def _near(opened: OpenStudy, clause: str) -> list[str]:
    return near.scenarios(opened, study_specs.spec_of(opened), clause)
