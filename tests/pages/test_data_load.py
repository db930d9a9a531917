"""The forms that load files, opened as a person opens them."""

import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest
from visits import APP

from analysis.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    load(Settings(home=folder / "home"), parquet(folder / "rows.parquet", many(3)))
    return folder / "home"


@pytest.mark.parametrize("kind", ["Upload", "Path on this machine"])
def test_the_forms_for_files_open(home, monkeypatch, kind):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    at = AppTest.from_file(APP, default_timeout=60)
    at.query_params["section"], at.query_params["from"] = "Load", kind
    at.run()
    at.switch_page("pages/data.py")
    at.query_params["section"], at.query_params["from"] = "Load", kind
    at.run()
    assert not at.exception
    assert not at.error
    assert "Columns…" in [button.label for button in at.button]
