"""Numbers as they are printed."""

import re
from pathlib import Path

import pytest

from analysis.vocabulary import with_minus


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("-0.00", "0.00"),
        ("-0.0 points", "0.0 points"),
        ("-0", "0"),
        ("-0.05", "−0.05"),
        ("-10.0", "−10.0"),
        ("-1,000", "−1,000"),
        ("+0.00", "+0.00"),
        ("0.3", "0.3"),
    ],
)
def test_a_zero_has_no_minus(written, printed):
    assert with_minus(written) == printed


def test_no_other_place_writes_a_minus_sign_of_its_own():
    """Each would print −0.00 again."""
    root = Path(__file__).resolve().parents[1]
    own = [
        path.relative_to(root).as_posix()
        for folder in ("analysis", "pages", "pipeline")
        for path in (root / folder).rglob("*.py")
        if re.search(r'replace\("-", ("−"|"\\N\{MINUS SIGN\}"|_?MINUS)', path.read_text("utf-8"))
    ]
    assert own == ["analysis/vocabulary.py"]
