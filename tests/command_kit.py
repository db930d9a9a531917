"""Commands of `python -m analysis`, run in this process: starting Python anew takes seconds."""

import contextlib
import io
import sys
from collections.abc import Sequence

from analysis import __main__ as program


def said(words: Sequence[str]) -> tuple[int, str, str]:
    """One command in the home that FAULTLINE_HOME names: (exit code, stdout, stderr)."""
    heard, wrong = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["analysis", *words]
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(wrong):
            code = program.main()
    finally:
        sys.argv = before
    return code, heard.getvalue(), wrong.getvalue()
