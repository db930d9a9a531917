"""The Clauses page under the real spec with simulated judges: what needs work, and what to take."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.load.runs import load_run
from analysis.load.specs import load_spec
from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "app.py")
SPEC = ROOT.parent / "shared" / "data" / "model_spec" / "model_spec.2025-04-11.md"


@pytest.mark.real_data
@pytest.mark.skipif(not SPEC.exists(), reason=f"needs {SPEC.name} of the shared data")
def test_a_spec_writer_leaves_with_markdown(tmp_path, monkeypatch) -> None:
    home = Settings(home=tmp_path / "home")
    spec = load_spec(SPEC, None, home)
    wish = Wish(
        template="smoke",
        families=8,
        models=("aster_large", "cobble_one", "dunlin_2"),
        spec=SPEC,
        seed=5,
    )
    catalog = load_catalog(home.home)
    run = runs.launch(make_plan(wish, home, catalog), home, catalog)
    runs.work(home, run)
    load_run(run, "judged", home)
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "judged"
    app.switch_page("pages/clauses.py").run()
    assert not app.exception
    assert not any(":material/error:" in m.value for m in app.markdown)
    assert any(h.value == "Clauses that need work" for h in app.header)
    listed = next(d.value for d in app.dataframe if "needs_work" in d.value)
    assert len(listed) >= 3
    assert set(listed["title"]) <= {c.title for c in spec.clauses}
    text = next(c.value for c in app.code if c.value.startswith("## "))
    assert f"Spec {spec.name} {spec.version}" in text
    assert "simulated data" in text
