"""Numbers as they are printed."""

import pytest

from analysis.figures.phrases import with_minus


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
