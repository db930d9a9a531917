"""What leaves the program: sheets with their facts, and CSV that a spreadsheet may open."""

import csv
import io

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.show import sheet, theme

FACTS = sheet.Facts(
    title="How far <they> disagree",
    note="n = 720 scenarios, 12 models.",
    study="Example & co",
    study_id="example",
    content_hash="ab12" * 16,
    simulated=True,
    permalink="http://localhost/",
)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_sheet_is_white_and_says_what_it_shows():
    figure = theme.framed(go.Figure(go.Bar(y=[1])), 300)
    done = sheet.sheet(figure, FACTS)
    head = done.layout.title.text
    assert done.layout.paper_bgcolor == "#FFFFFF"
    for said in ("How far &lt;they&gt; disagree", "n = 720", "ab12ab12ab12", "Example &amp; co"):
        assert said in head
    assert sheet.MARK in head
    assert done.layout.height > 300
    assert figure.layout.paper_bgcolor == theme.CLEAR


def test_real_data_is_not_called_simulated():
    real = sheet.Facts("t", "n", "s", "s", "0" * 64, False)
    assert sheet.MARK not in real.source
    assert "simulated" not in real.stem
    assert real.embedded()["Simulated"] == "no"


def test_the_file_name_names_study_hash_and_simulation():
    assert FACTS.stem == "faultline-how-far-they-disagree-example-ab12ab12-simulated"


def test_each_row_of_a_csv_names_its_study():
    found = rows(sheet.csv(pd.DataFrame({"a": [1, 2]}), FACTS))
    assert [r["a"] for r in found] == ["1", "2"]
    assert {(r["study"], r["content_hash"], r["simulated"]) for r in found} == {
        ("example", "ab12" * 16, "True")
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_is_made_inert(start):
    found = rows(sheet.csv(pd.DataFrame({"query": [f"{start}1+1"]}), FACTS))
    assert found[0]["query"].startswith("'")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))), max_size=5))
def test_harmless_texts_survive_the_csv(texts):
    kept = [t for t in texts if not t.startswith(("=", "+", "-", "@"))]
    found = rows(sheet.csv(pd.DataFrame({"query": pd.Series(kept, dtype="object")}), FACTS))
    assert [r["query"] for r in found] == kept


def test_a_table_as_a_picture_is_escaped_and_bounded():
    frame = pd.DataFrame({"x<y": ["<img>", None] * 50, "d": [2.385, float("nan")] * 50})
    drawn = sheet.table(frame).data[0]
    assert drawn.header.values[0] == "<b>x&lt;y</b>"
    assert len(drawn.cells.values[0]) == 60
    assert drawn.cells.values[0][:2] == ["&lt;img&gt;", "–"]
    assert drawn.cells.values[1][:2] == ["2.385", "–"]
