"""Pictures without a page: kaleido drives a Chromium of this machine, with Plotly's own script.

Nothing is fetched: script and fonts are this machine's. Where there is no Chromium, or no kaleido,
a sentence says what to install; all other formats work without.
"""

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.files import png, sheet, svg
from analysis.files.facts import CHECKSUM, Facts
from analysis.show import theme

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FORMATS = ("png", "svg")
_OTHERS = "All other formats (html, csv, zip, parquet, md) work without it."


def browser() -> str:
    """The path of a Chromium. Raises FaultlineError that says what to install."""
    found = next((p for n in BROWSERS if (p := shutil.which(n))), None)
    if found is None:
        raise FaultlineError(
            "A picture is drawn by Chromium, and none is installed here. On Debian: "
            f"apt-get install chromium; elsewhere install Chrome. {_OTHERS}"
        )
    return found


def picture(figure: go.Figure, facts: Facts, format: str = "png", size: str = "slide") -> bytes:
    """A figure as a titled sheet, PNG or SVG, with its facts inside.

    Raises FaultlineError for another format or size, and where kaleido or Chromium is missing.
    """
    for noun, word, known in (
        ("picture format", format, FORMATS),
        ("picture size", size, tuple(sheet.SIZES)),
    ):
        if word not in known:
            raise FaultlineError(f"Unknown {noun} “{word}”. Use one of {', '.join(known)}.")
    scale = sheet.layout(figure, facts, size)[1] if format == "png" else 1.0
    drawn = _drawn(sheet.sheet(figure, facts, size), format, scale)
    if format == "png":
        return png.with_text(drawn, {**facts.embedded(), CHECKSUM: png.checksum(drawn)})
    text = drawn.decode()
    return svg.with_text(text, {**facts.embedded(), CHECKSUM: svg.checksum(text)}).encode()


def bare(figures: Sequence[go.Figure], sizes: Sequence[tuple[int, int]]) -> list[bytes]:
    """Figures as PNG on white without a heading, for slides that have their own; one Chromium
    draws them all. `sizes` are (width, height) in layout pixels, two pixels of picture each."""
    if not figures:
        return []
    look = {
        "template": "plotly_white",
        "paper_bgcolor": theme.PAPER,
        "plot_bgcolor": theme.PAPER,
        "font": {"family": theme.SHEET_FONT, "size": 14, "color": theme.INK},
    }
    sheets = [
        go.Figure(f).update_layout(**look, width=wide, height=tall)
        for f, (wide, tall) in zip(figures, sizes, strict=True)
    ]
    with _one_browser(), warnings.catch_warnings():
        # It says that its options are those it was started with, which they are.
        warnings.filterwarnings("ignore", message="The kopts argument is ignored")
        return [_drawn(s, "png", 2.0) for s in sheets]


@contextmanager
def _one_browser() -> Iterator[None]:
    """Keep one Chromium for the pictures drawn inside."""
    options = _options()
    import kaleido

    kaleido.start_sync_server(silence_warnings=True, **options)
    try:
        yield
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


def _options() -> dict[str, Any]:
    """How kaleido is started. Raises FaultlineError where it, or Chromium, is missing."""
    path = browser()
    if find_spec("kaleido") is None:
        raise FaultlineError(
            f"A picture is drawn through kaleido, which is not installed here: pip install "
            f"kaleido. {_OTHERS}"
        )
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return {"plotlyjs": str(script), "mathjax": False, "path": path}


def _drawn(figure: go.Figure, format: str, scale: float) -> bytes:
    options = _options()
    import kaleido

    layout: dict[str, Any] = figure.to_plotly_json()["layout"]
    size = {"width": layout["width"], "height": layout["height"], "scale": scale}
    path = options["path"]
    try:
        done: bytes = kaleido.calc_fig_sync(
            figure.to_dict(), opts={"format": format, **size}, kopts=options
        )
    except Exception as error:
        # Whatever a foreign browser does, it is this one picture that could not be drawn.
        raise FaultlineError(
            f"Chromium ({path}) could not draw the picture: {str(error).splitlines()[0][:200]} "
            f"{_OTHERS}"
        ) from error
    return done
