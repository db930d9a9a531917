"""Every page over the two real rows of the public dataset: no error, and the rest is there."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.load.files.files import load_files
from analysis.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT.parent / "shared" / "data" / "real_rows" / "all_models_full_rows.jsonl"
PAGES = sorted(p.stem for p in (ROOT / "pages").glob("*.py") if p.stem != "__init__")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not ROWS.exists(), reason=f"needs {ROWS.name} of the shared data"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("real") / "home")
    load_files([ROWS], "real", settings)
    return settings.home


@pytest.mark.parametrize("page", PAGES)
def test_a_page_over_real_rows(home, monkeypatch, page):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=150)
    app.query_params["study"] = "real"
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    wrong = [m.value for m in app.markdown if ":material/error:" in m.value]
    assert wrong == []
    assert not any("nan" in t.value.replace("%", " ").split() for t in app.text)
