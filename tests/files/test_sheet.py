"""What leaves the program: sheets with their facts, in the sizes that people need."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from analysis.files import sheet
from analysis.files.display_table import display_table
from analysis.files.facts import MARK, Facts
from analysis.show import theme

FACTS = Facts(
    title="How far <they> disagree",
    note="n = 720 scenarios, 12 models.",
    study="Example & co",
    study_id="example",
    content_hash="ab12" * 16,
    simulated=True,
    permalink="http://localhost/",
)


def test_a_sheet_is_white_and_says_what_it_shows():
    figure = theme.framed(go.Figure(go.Bar(y=[1])), 300)
    done = sheet.sheet(figure, FACTS)
    head = done.layout.title.text
    assert done.layout.paper_bgcolor == "#FFFFFF"
    for said in ("How far &lt;they&gt; disagree", "n = 720", "ab12ab12ab12", "Example &amp; co"):
        assert said in head
    assert MARK in head
    assert done.layout.height > 300
    assert figure.layout.paper_bgcolor == theme.CLEAR


def test_real_data_is_not_called_simulated():
    real = Facts("t", "n", "s", "s", "0" * 64, False)
    assert MARK not in real.source
    assert "simulated" not in real.stem
    assert real.embedded()["Simulated"] == "no"


def test_the_file_name_names_study_hash_and_simulation():
    assert FACTS.stem == "faultline-how-far-they-disagree-example-ab12ab12-simulated"


def test_a_table_as_a_picture_is_escaped_and_bounded():
    frame = pd.DataFrame({"x<y": ["<img>", None] * 50, "d": [2.385, float("nan")] * 50})
    drawn = sheet.table(display_table(frame)).data[0]
    assert drawn.header.values[0] == "<b>X&lt;y</b>"
    assert len(drawn.cells.values[0]) == 21
    assert drawn.cells.values[0][-1].replace("<br>", " ") == "… 80 more rows"
    assert drawn.cells.values[0][:2] == ["&lt;img&gt;", "–"]
    assert drawn.cells.values[1][:2] == ["2.38", "–"]


@pytest.mark.parametrize("height", [200, 600, 1500])
def test_a_slide_keeps_its_shape_however_tall_the_figure(height):
    figure = theme.framed(go.Figure(go.Bar(y=[1])), height)
    changes, scale = sheet.layout(figure, FACTS, "slide")
    assert int(changes["width"] * scale) == 1920
    assert int(changes["height"] * scale) == 1080
    assert changes["height"] >= height


@pytest.mark.parametrize(("size", "pixels"), [("paper", 2067), ("column", 1004)])
def test_paper_is_as_wide_as_its_column_and_as_tall_as_need_be(size, pixels):
    figure = theme.framed(go.Figure(go.Bar(y=[1])), 300)
    changes, scale = sheet.layout(figure, FACTS, size)
    assert round(changes["width"] * scale) == pixels
    assert changes["height"] > 300
