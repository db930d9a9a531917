"""All formats of a report behind one function, for the page and the command line."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.decks import page as report_page
from analysis.decks import pdf as report_pdf
from analysis.decks import slides as report_slides
from analysis.decks.findings import Drawn
from analysis.errors import FaultlineError
from analysis.store.annotations.reports import Report
from analysis.whole_files import write_bytes

FORMATS = ("html", "pptx", "pdf", "json")
MIME = {
    "html": "text/html",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "json": "application/json",
}


def content(report: Report, drawn: Sequence[Drawn], format: str) -> bytes:
    """A report in one format, as the bytes of a file. JSON is the report itself, to be loaded
    elsewhere. Raises FaultlineError for an unknown format, or where a program is missing."""
    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: report_page.page(report, drawn),
        "pptx": lambda: report_slides.slides(report, drawn),
        "pdf": lambda: report_pdf.pdf(report_page.page(report, drawn)),
        "json": lambda: json.dumps(report.body, ensure_ascii=False, indent=1).encode(),
    }
    if format not in makers:
        raise FaultlineError(f"No report is written as “{format}”. Use: {', '.join(FORMATS)}.")
    return makers[format]()


def written(report: Report, drawn: Sequence[Drawn], format: str, out: Path) -> Path:
    """Write a report to a file. Raises FaultlineError where the place can't be written."""
    data = content(report, drawn, format)
    try:
        write_bytes(out, data, make_folder=False)
    except OSError as error:
        raise FaultlineError(f"“{out}” can't be written: {error.strerror or error}.") from None
    return out
