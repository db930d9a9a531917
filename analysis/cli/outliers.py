"""Command `outliers`: responses that stand apart from nearly all others."""

from typing import Annotated

import typer

from analysis.cli.console import Format, StudyArgument, check_top, print_json, print_table
from analysis.errors import FaultlineError
from analysis.measure.outliers import PAPER, OutlierRule, directed
from analysis.queries import outliers
from analysis.settings import current
from analysis.store.study import open_study

SHOWN = [
    "scenario",
    "model",
    "value",
    "position",
    "others_median",
    "differs_from",
    "of",
    "direction",
]


def outliers_command(
    study: StudyArgument,
    distance: Annotated[int, typer.Option(help="Points apart, 1 to 6.")] = PAPER.distance,
    others: Annotated[
        int, typer.Option(help=f"From how many of {PAPER.of} others.")
    ] = PAPER.others,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    top: Annotated[int, typer.Option(help="How many rows.")] = 20,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Responses that lie far from nearly all others on a value, the farthest first."""
    rule = OutlierRule(distance=distance, others=others)
    check_top(top)
    opened = open_study(current(), study)
    if model is not None and model not in opened.info.models:
        raise FaultlineError(
            f"The study “{study}” has no model “{model}”. Models: {', '.join(opened.info.models)}."
        )
    frame = directed(outliers.found(opened, rule, model)).head(top)[SHOWN]
    opened.close()
    if format is Format.JSON:
        print_json([{k: _plain(v) for k, v in row.items()} for row in frame.to_dict("records")])
    else:
        print_table(frame)


def _plain(value: object) -> object:
    """Whole medians as whole numbers, NumPy scalars as Python's."""
    found = value.item() if hasattr(value, "item") else value
    return int(found) if isinstance(found, float) and found.is_integer() else found
