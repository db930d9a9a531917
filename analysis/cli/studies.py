"""Commands that read studies: `studies`, `scenarios`, `snapshot`, `report`."""

import math
import sys
from collections.abc import Hashable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import ProgressLine, link_first, print_json, print_table
from analysis.errors import FaultlineError
from analysis.load.labels import DEFAULT, LABELLERS, label_study
from analysis.queries import near
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import page
from analysis.queries.snapshot import snapshot, snapshot_file
from analysis.report import report, to_markdown
from analysis.settings import current
from analysis.store import study_specs
from analysis.store.build.build import sweep
from analysis.store.study import OpenStudy, damaged_pointers, list_studies, open_study
from analysis.text_safety import spelled
from analysis.vocabulary import d_rounded

StudyArgument = Annotated[str, typer.Argument(help="The study's id.")]


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class ReportFormat(StrEnum):
    JSON = "json"
    MARKDOWN = "markdown"


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("studies")(studies_command)
    app.command("scenarios")(scenarios_command)
    app.command("snapshot")(snapshot_command)
    app.command("report")(report_command)
    app.command("label")(label_command)


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
    shown = ["id", "title", "scenarios", "responses", "simulated", "content_hash", "built_at"]
    frame = pd.DataFrame(found, columns=shown)
    frame["content_hash"] = frame["content_hash"].str[:12]
    print_table(frame)


def scenarios_command(
    study: StudyArgument,
    models: Annotated[str, typer.Option(help="all, a provider, a set, or ID,ID.")] = "all",
    min_disagreement: Annotated[float, typer.Option(help="Lowest D, 0 to 3.")] = 0.0,
    top: Annotated[int, typer.Option(help="How many rows.")] = 20,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Scenarios with the most disagreement first."""
    _check_range(min_disagreement, top)
    settings = current()
    opened = open_study(settings, study)
    flt = ScenarioFilter(model_set=models, d_min=min_disagreement)
    frame = page(opened, flt, limit=top)
    opened.close()
    if format is Format.JSON:
        print_json([_scenario(row) for row in frame.to_dict("records")])
        return
    frame["disagreement"] = [d_rounded(d) for d in frame["disagreement"]]
    print_table(frame[["scenario", "value1", "value2", "rank", "models", "disagreement"]])


def _check_range(min_disagreement: float, top: int) -> None:
    if not 0 <= min_disagreement <= 3:
        raise FaultlineError(
            f"--min-disagreement {min_disagreement} is out of range: D lies between 0 and 3."
        )
    if top < 1:
        raise FaultlineError(f"--top {top} asks for no rows: give 1 or more.")


def _scenario(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    d = row["disagreement"]
    return {
        "scenario": row["scenario"],
        "family": row["family"],
        "nudge": _or_none(row["nudge"]),
        "value1": row["value1"],
        "value2": row["value2"],
        "rank": None if pd.isna(row["rank"]) else int(row["rank"]),
        "models": 0 if pd.isna(row["models"]) else int(row["models"]),
        "disagreement": None if d is None or math.isnan(d) else d_rounded(float(d)),
    }


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value


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


def report_command(
    study: StudyArgument,
    format: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.JSON,
) -> None:
    """Everything measured about a study, as JSON or Markdown."""
    settings = current()
    opened = open_study(settings, study)
    link_first(opened)
    found = report(opened, settings)
    opened.close()
    if format is ReportFormat.JSON:
        print_json(found)
    else:
        print(to_markdown(found))


def label_command(
    study: StudyArgument,
    labeller: Annotated[
        str, typer.Option("--labeller", help=f"One of: {', '.join(LABELLERS)}.")
    ] = DEFAULT,
) -> None:
    """Label topics and response types by a built-in labeller (large studies; minutes)."""
    opened = open_study(current(), study)
    label_study(opened, ProgressLine(), labeller=labeller)
    opened.close()
    print(f"study {study}: labelled by {LABELLERS[labeller].types_source}")
