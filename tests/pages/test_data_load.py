"""The forms that load files, opened as a person opens them."""

import duckdb
import pytest
from make_rows import many, parquet
from streamlit.testing.v1 import AppTest
from visits import APP

from analysis.load.files.files import load_files
from analysis.queries import snapshot
from analysis.settings import Settings
from analysis.store.study import find_study
from pages.parts.data import download


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    rows = [{**row, "refused_o3": False} for row in many(3)]
    load_files([parquet(folder / "rows.parquet", rows)], "planted", Settings(home=folder / "home"))
    return folder / "home"


@pytest.mark.parametrize("kind", ["Upload", "Path on this machine"])
def test_the_forms_for_files_open(home, monkeypatch, kind):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    at = AppTest.from_file(APP, default_timeout=150)
    at.query_params["section"], at.query_params["from"] = "Load", kind
    at.run()
    at.switch_page("pages/data.py")
    at.query_params["section"], at.query_params["from"] = "Load", kind
    at.run()
    assert not at.exception
    assert not at.error
    assert "Columns…" in [button.label for button in at.button]


def test_a_study_is_handed_out_with_its_answers_and_labels(home, monkeypatch, tmp_path):
    """The button makes the file when it is pressed; where it can't, it says why and what to do."""
    settings = Settings(home=home)
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    info = find_study(settings, "planted")

    def button():
        at = AppTest.from_file(APP, default_timeout=150)
        at.query_params["study"] = info.id
        at.switch_page("pages/data.py").run()
        assert not at.exception
        return next(b for b in at.get("download_button") if b.key == "file-planted")

    assert not button().disabled
    made = tmp_path / "study.duckdb"
    made.write_bytes(snapshot.content(info, settings))
    with duckdb.connect(str(made), read_only=True) as con:
        counts = [
            con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            for table in ("scenarios", "response_texts", "response_types")
        ]
    assert counts[0] == info.scenarios
    assert min(counts) > 0
    monkeypatch.setattr(download, "MOST_BYTES", 10)
    large = button()
    assert large.disabled
    assert "python -m analysis snapshot planted --out planted.duckdb" in large.help
