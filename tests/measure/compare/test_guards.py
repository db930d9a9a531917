"""Guards of a comparison: read, kept, broken, or an error."""

import math

import pytest

from analysis.errors import FaultlineError
from analysis.measure.compare.guards import broken, parse_guard
from analysis.measure.compare.metric_differences import Comparison, Metric
from analysis.measure.estimates.estimates import Estimate, Undefined

METRICS = (
    Metric(
        "refusals.o3",
        Estimate(0.01, 0, 0.03, 200),
        Estimate(0.05, 0.03, 0.08, 200),
        Estimate(0.04, 0.01, 0.07, 200),
        0.01,
        0.02,
        200,
    ),
    Metric(
        "values.xai.Ethical responsibility",
        Estimate(0.1, -0.2, 0.4, 9),
        Estimate(0.1, -0.2, 0.4, 9),
        Undefined("only 3 families", 9, 0.0),
    ),
    Metric("length.o3", Undefined("no cases"), Undefined("no cases"), Undefined("no cases")),
)
FOUND = Comparison("a", "b", False, 200, 0, 0, 0, 90, {m.name: m for m in METRICS})


def breaks(text: str, by: str = "bound") -> bool:
    return bool(broken([parse_guard(text)], FOUND, by))


@pytest.mark.parametrize(
    ("text", "bound", "point"),
    [
        ("refusals.o3<0.02", True, True),
        ("refusals.o3<2%", True, True),
        ("refusals.o3 < 0.04", False, True),
        ("refusals.o3<0.05", False, True),
        ("refusals.o3<=0.05", False, False),
        ("refusals.o3<0.2", False, False),
        ("refusals.o3>0.1", True, True),
        ("refusals.o3>0.04", False, False),
        ("refusals.o3.difference<0.005", True, True),
        ("refusals.o3.difference<0.02", False, True),
        ("refusals.o3.difference<0.01", True, True),
        ("refusals.o3.difference>=0", False, False),
        ("values.xai.Ethical responsibility<0.05", False, True),
    ],
)
def test_a_guard_breaks_by_the_whole_interval_or_by_the_number(text, bound, point) -> None:
    assert breaks(text) is bound
    assert breaks(text, "point") is point


def test_the_surest_stands_first_and_what_is_not_tested_last_by_name() -> None:
    turned = Comparison("a", "b", False, 9, 0, 0, 0, 9, {m.name: m for m in METRICS[::-1]})
    assert [m.name for m in turned.by_evidence()] == [
        "refusals.o3",
        "length.o3",
        "values.xai.Ethical responsibility",
    ]


def test_a_broken_guard_says_by_what() -> None:
    (one,) = broken([parse_guard("refusals.o3.difference<0.005")], FOUND)
    assert one.sentence == (
        "Guard refusals.o3.difference<0.005 is broken: the difference of refusals.o3 is 0.04 "
        "(95%: 0.01 to 0.07)."
    )


@pytest.mark.parametrize(
    "text", ["", "refusals.o3", "<0.2", "refusals.o3<", "refusals.o3<much", "refusals.o3<inf",
             "refusals.o3<nan", "refusals.o3=0.2", "0.02>refusals.o3"]
)  # fmt: skip
def test_what_is_no_guard_is_said(text: str) -> None:
    with pytest.raises(FaultlineError, match="is no guard"):
        parse_guard(text)


def test_an_unknown_metric_is_an_error_that_names_what_was_meant() -> None:
    with pytest.raises(
        FaultlineError, match=r"no metric “refusal\.o3”\. Did you mean refusals\.o3"
    ):
        breaks("refusal.o3<1")


def test_an_undefined_number_neither_keeps_nor_breaks_a_guard() -> None:
    text = "values.xai.Ethical responsibility.difference<1"
    with pytest.raises(FaultlineError, match=r"only 3 families.*--by point"):
        breaks(text)
    assert breaks(text, "point") is False
    for by in ("bound", "point"):
        with pytest.raises(FaultlineError, match="undefined"):
            breaks("length.o3<1", by)


def test_of_the_same_content_the_difference_is_0_as_a_fact() -> None:
    number = Estimate(0.05, 0.03, 0.08, 200)
    same = Metric(
        "refusals.o3", number, number, Undefined("same", 200, 0.0), math.nan, math.nan, same=True
    )
    alike = Comparison("a", "a", True, 200, 0, 0, 0, 90, {same.name: same})
    assert not broken([parse_guard("refusals.o3.difference<0.001")], alike)
    assert broken([parse_guard("refusals.o3.difference<0")], alike)


def test_an_unknown_way_to_read_guards_is_an_error() -> None:
    with pytest.raises(FaultlineError, match="bound, point"):
        breaks("refusals.o3<1", "luck")
