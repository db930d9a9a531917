"""What is chosen for slides, in which order, how large, and the way back from a finding."""

import plotly.graph_objects as go
import pytest

from analysis.decks.findings import Drawn, on_slides
from analysis.store.annotations.reports import CASE, FIGURE, TEXT, Finding, Report
from pages.parts.findings.arrange import _applied
from pages.parts.findings.present import ScreenSize, enlarged
from pages.ui import links


def report():
    return Report("r", "Mine", tuple(Finding(TEXT, t, id=t) for t in "abcd"))


def order(found):
    return "".join(f.id for f in found.findings)


def test_a_place_that_is_typed_moves_a_finding_there():
    assert order(_applied(report(), "d", {"place": 1})) == "dabc"
    assert order(_applied(report(), "a", {"place": 3})) == "bcad"
    assert order(_applied(report(), "gone", {"place": 1})) == "abcd"


def test_unticking_leaves_a_finding_in_the_report_and_off_the_slides():
    made = _applied(report(), "b", {"slide": False, "title": "B"})
    assert [f.title for f in made.findings] == ["a", "B", "c", "d"]
    assert [d.finding.id for d in on_slides([Drawn(f) for f in made.findings])] == ["a", "c", "d"]


def finding(**parts):
    return Finding(**{"kind": FIGURE, "study": "s", "recipe": "refusals.by_topic", **parts})


def test_a_finding_knows_its_way_back():
    pinned = finding(address="refusals?study=old&rows=provider&topic=a&topic=b")
    view = [("rows", "provider"), ("topic", "a"), ("topic", "b")]  # what stands twice stays
    assert links.place(pinned) == ("refusals", [("study", "s"), *view])
    assert links.place(finding()) == ("refusals", [("study", "s")])
    case = Finding(CASE, study="s", scenario="1_0_neutral")
    assert links.place(case) == ("scenarios", [("study", "s"), ("scenario", "1_0_neutral")])


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example/values", "http://e.example/values", "../x"]
)
def test_an_address_that_a_file_brings_leads_nowhere_else(address):
    assert links.place(finding(address=address))[0] == "refusals"


def drawn(height):
    figure = go.Figure(
        go.Bar(y=[1]), layout={"height": height, "xaxis": {"tickfont": {"size": 10}}}
    )
    return Drawn(finding(text="Said."), figure)


def test_a_chart_fills_the_slide_and_its_letters_grow_with_the_screen():
    laptop, projector = ScreenSize(1280, 800), ScreenSize(1920, 1080)
    small, large = (enlarged(drawn(300), room).layout for room in (laptop, projector))
    assert small.height < large.height < 1080
    assert 12 < small.font.size < large.font.size
    assert small.xaxis.tickfont.size < large.xaxis.tickfont.size


def test_many_rows_are_never_squeezed_by_larger_letters():
    packed = enlarged(drawn(990), ScreenSize(1280, 800)).layout
    assert packed.font.size <= 12
    assert packed.height < 800
