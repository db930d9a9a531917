"""The Paper page over the example: not the paper's data, so it says so and judges nothing."""

import pytest
from streamlit.testing.v1 import AppTest

APP = __file__.replace("tests/pages/test_paper_page.py", "app.py")


@pytest.fixture(scope="module")
def home(first_home):
    return first_home.home


def opened(home, monkeypatch, **query):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/paper.py").run()
    assert not app.exception
    assert not any(":material/error:" in m.value for m in app.markdown)
    return app


def test_a_simulated_study_is_said_not_to_be_the_papers_data(home, monkeypatch):
    app = opened(home, monkeypatch)
    assert any("This is not the paper's data" in m.value for m in app.markdown)
    said = next(t.value for t in app.text if t.value.startswith("Of "))
    assert "reproduced" not in said
    assert "differ" not in said
    columns = app.dataframe[0].value
    assert list(columns.columns)[:4] == ["number", "verdict", "published", "computed"]
    assert columns["computed"].notna().any()


def test_a_part_and_a_verdict_are_chosen_from_the_address(home, monkeypatch):
    app = opened(home, monkeypatch, part="Outliers")
    assert app.dataframe[0].value["number"].str.startswith("Outlier answers of").all()
    assert len(app.dataframe[0].value) == 12
