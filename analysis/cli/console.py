"""What commands share: their usual options, progress on stderr, JSON and tables on stdout."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.errors import FaultlineError

# The list of studies starts without them: what loads them takes longer than the list.
if TYPE_CHECKING:
    import pandas as pd

    from analysis.store.build.sources import Step
    from analysis.store.study import OpenStudy

StudyArgument = Annotated[str, typer.Argument(help="The study's id.")]
Budget = Annotated[float | None, typer.Option(help="The most it may cost, in dollars.")]
NOTHING = "nothing found"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class ProgressLine:
    """Prints each new step of a build to stderr, once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, step: "Step") -> None:
        if step.what != self._last:
            print(f"… {step.what}", file=sys.stderr, flush=True)
        self._last = step.what


def check_top(top: int) -> None:
    """Raises FaultlineError where a list of no rows is asked for."""
    if top < 1:
        raise FaultlineError(f"--top {top} asks for no rows: give 1 or more.")


def print_json(value: Any) -> None:
    """One JSON value on stdout, readable, nothing else."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(frame: "pd.DataFrame") -> None:
    """A frame as an aligned table on stdout."""
    print(frame.to_string(index=False) if len(frame) else NOTHING)


def print_rows(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows as an aligned table on stdout, as `print_table` does it for a frame."""
    if not rows:
        print(NOTHING)
        return
    cells = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print(" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def link_first(study: "OpenStudy") -> None:
    """Link a large study's queries to clauses, saying so: it takes a while, once."""
    from analysis.queries import near
    from analysis.store import study_specs

    spec = study_specs.spec_of(study)
    if study.info.scenarios > near.AT_ONCE and not near.is_linked(study, spec):
        near.link(study, spec, ProgressLine())
