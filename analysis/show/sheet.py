"""Figures and tables as they leave the program: titled, dated by their study, on white.

What is on the screen follows the screen's theme; what is handed over must be readable by itself,
so the sheet carries the title, the n, the study with its content hash, and whether it is
simulated.
"""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.settings import PROGRAM_VERSION
from analysis.show import theme

INK = "#1E2226"
PAPER = "#FFFFFF"
MARK = "SIMULATED DATA"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAX_ROWS = 60


@dataclass(frozen=True)
class Facts:
    """What a picture or a file must say about itself. `note` holds the n and what was left out."""

    title: str
    note: str
    study: str
    study_id: str
    content_hash: str
    simulated: bool
    permalink: str = ""

    @property
    def source(self) -> str:
        """The line at the foot of a sheet."""
        parts = [self.study, f"content {self.content_hash[:12]}", f"Faultline {PROGRAM_VERSION}"]
        return " · ".join([*([MARK] if self.simulated else []), *parts])

    @property
    def stem(self) -> str:
        """The file name without its ending: what it is, of which study, whether simulated."""
        words = [self.title, self.study_id, self.content_hash[:8]]
        words += ["simulated"] if self.simulated else []
        slug = "-".join(re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in words)
        return f"faultline-{slug}"[:120]

    def embedded(self) -> dict[str, str]:
        """What goes into the file itself, where the format has room for it."""
        return {
            "Title": self.title,
            "Description": self.note,
            "Source": f"{self.study} ({self.study_id})",
            "ContentHash": self.content_hash,
            "Simulated": "yes" if self.simulated else "no",
            "Software": f"Faultline {PROGRAM_VERSION}",
            "Permalink": self.permalink,
        }


def sheet(figure: go.Figure, facts: Facts) -> go.Figure:
    """A copy of a figure on white paper, headed by its title, its note and its source line."""
    head, top = _head(facts)
    margin = figure.layout.margin
    done = go.Figure(figure)
    done.update_layout(
        template="plotly_white",
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
        width=None,
        height=int(figure.layout.height or 400) + top + 24,
        font={"family": theme.SHEET_FONT, "size": 14, "color": INK},
        margin={"l": 28, "r": 28, "t": top + (margin.t or 0), "b": 24 + (margin.b or 0)},
        title=head,
    )
    return done


def _head(facts: Facts) -> tuple[dict[str, Any], int]:
    """The heading of a sheet and the room that it takes, in pixels."""
    small = [*_lines(facts.note, 130, 3), *_lines(facts.source, 130, 1)]
    size = "<span style='font-size:13px;color:#565D63'>"
    title = theme.wrapped(facts.title, 80)
    text = f"<b>{title}</b><br>{size}" + f"</span><br>{size}".join(small) + "</span>"
    place = {"x": 0, "xref": "container", "y": 0.97, "yref": "container", "yanchor": "top"}
    head = {"text": text, **place, "pad": {"l": 28}, "font": {"size": 20, "color": INK}}
    return head, 40 + 26 * (title.count("<br>") + 1) + 22 * len(small)


def _lines(text: str, width: int, most: int) -> list[str]:
    return theme.wrapped(text, width, most).split("<br>") if text else []


def table(frame: pd.DataFrame) -> go.Figure:
    """A table as a figure, for a picture of it: at most 60 rows, text wrapped and escaped."""
    shown = frame.head(_MAX_ROWS)
    cells = [[theme.wrapped(_cell(v), 48, 3) for v in shown[c]] for c in shown.columns]
    widths = [
        max([len(str(c)), *(len(x) for x in col)][:_MAX_ROWS])
        for c, col in zip(shown.columns, cells, strict=True)
    ]
    lines = [max([1, *(c[i].count("<br>") + 1 for c in cells)]) for i in range(len(shown))]
    figure = go.Figure(
        go.Table(
            columnwidth=[min(max(w, 6), 48) for w in widths],
            header={
                "values": [f"<b>{theme.safe(c)}</b>" for c in shown.columns],
                "align": "left", "fill_color": "#F0EEE9", "line_color": "#DFDBD3", "height": 30,
            },
            cells={
                "values": cells, "align": "left", "fill_color": PAPER, "line_color": "#DFDBD3",
                "height": 26,
            },
        )
    )  # fmt: skip
    return theme.framed(figure, 44 + sum(10 + 18 * n for n in lines))


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value)


def csv(frame: pd.DataFrame, facts: Facts) -> bytes:
    """The data as CSV (UTF-8 with a mark for spreadsheets), each row with its study and hash.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = frame.select_dtypes(include=["object", "string"]).columns
    inert = frame.assign(**{c: frame[c].map(_inert) for c in text})
    marked = inert.assign(
        study=facts.study_id, content_hash=facts.content_hash, simulated=facts.simulated
    )
    return marked.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
