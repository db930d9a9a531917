"""All formats of a figure behind one function, for the command line and for reports."""

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.files import html as pages
from analysis.files import pictures, tables
from analysis.files.facts import Facts
from analysis.whole_files import write_all

FORMATS = ("png", "svg", "html", "csv", "zip", "parquet", "md")
SIDE = ".facts.json"


def written(
    figure: go.Figure, frame: pd.DataFrame, facts: Facts, out: Path, size: str = "slide"
) -> list[Path]:
    """Write a figure in the format that the name's ending says; gives the files written.

    A CSV gets its facts in a file beside it. Raises FaultlineError for an unknown ending, or
    where the place can't be written.
    """
    format = out.suffix.lower().lstrip(".")
    files = {out: content(figure, frame, facts, format, size)}
    if format == "csv":
        files[out.with_suffix(SIDE)] = tables.side(facts)
    try:
        write_all(files)
    except OSError as error:
        raise FaultlineError(f"“{out}” can't be written: {error.strerror or error}.") from None
    return list(files)


def content(
    figure: go.Figure, frame: pd.DataFrame, facts: Facts, format: str, size: str = "slide"
) -> bytes:
    """A figure in one format, as the bytes of a file."""
    if format in pictures.FORMATS:
        return pictures.picture(figure, facts, format, size)
    if format == "html":
        return pages.page(facts, frame, None if is_table(figure) else figure.to_json())
    makers = {
        "csv": tables.csv,
        "zip": tables.zipped,
        "parquet": tables.parquet,
        "md": tables.markdown,
    }
    if format not in makers:
        raise FaultlineError(f"No figure is written as “{format}”. Use: {', '.join(FORMATS)}.")
    return makers[format](frame, facts)


def is_table(figure: go.Figure) -> bool:
    """Whether what was drawn is the rows themselves, not a chart of them."""
    return any(trace.type == "table" for trace in figure.data)
