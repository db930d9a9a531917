"""Command `scenarios`."""

import math
from collections.abc import Hashable, Mapping
from typing import Annotated, Any

import pandas as pd
import typer

from analysis.cli.console import Format, StudyArgument, check_top, print_json, print_table
from analysis.errors import FaultlineError
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import page
from analysis.settings import current
from analysis.store.study import open_study
from analysis.vocabulary import D_RANGE, D_RANGE_IN_WORDS, d_rounded


def scenarios_command(
    study: StudyArgument,
    models: Annotated[str, typer.Option(help="all, a provider, a set, or ID,ID.")] = "all",
    min_disagreement: Annotated[
        float, typer.Option(help=f"Lowest D, {D_RANGE_IN_WORDS}.")
    ] = D_RANGE[0],
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
    low, high = D_RANGE
    if not low <= min_disagreement <= high:
        raise FaultlineError(
            f"--min-disagreement {min_disagreement} is out of range: D lies between {low:g} and "
            f"{high:g}."
        )
    check_top(top)


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
