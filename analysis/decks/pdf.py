"""A report as PDF: its page, printed by the Chromium of this machine."""

import os
import subprocess
import tempfile
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.files.pictures import browser

_SECONDS = 90
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
    "--virtual-time-budget=20000",
)


def pdf(page: bytes) -> bytes:
    """A self-contained page as PDF.

    Raises FaultlineError that says what to install where there is no Chromium, or that it did not
    print in a minute and a half.
    """
    path = browser()
    with tempfile.TemporaryDirectory(prefix="faultline-pdf-") as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_bytes(page)
        # Chromium refuses its sandbox to root; the page can't ask for anything (its policy).
        flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        command = [path, *flags, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"]
        try:
            done = subprocess.run(
                [*command, source.as_uri()], capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FaultlineError(
                f"Chromium ({path}) could not print the report: {str(error)[:200]}. HTML and "
                "PowerPoint work without it."
            ) from error
        if not target.exists():
            errors = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason"]
            raise FaultlineError(
                f"Chromium ({path}) printed nothing: {errors[-1][:200]}. "
                "HTML and PowerPoint work without it."
            )
        return target.read_bytes()
