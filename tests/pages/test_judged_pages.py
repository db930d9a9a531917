"""Pages of judged scenarios name the model set, keep it in the address, and count what is left."""

import pytest
from judged_study import PARTLY, SILENT, STRATUM, WITHOUT_D, judged_home
from streamlit.testing.v1 import AppTest

from analysis.measure.compliance import counting

__all__ = ["judged_home"]
APP = __file__.replace("tests/pages/test_judged_pages.py", "app.py")
USED = 5 * STRATUM
JUDGED = USED + PARTLY + SILENT + WITHOUT_D


def opened(judged_home, monkeypatch, page, **query):
    monkeypatch.setenv("FAULTLINE_HOME", str(judged_home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    for name, value in {"study": "planted", **query}.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert not any(":material/error:" in m.value for m in app.markdown)
    return app, " ".join(c.value for c in (*app.caption, *app.text))


def test_compliance_counts_every_judged_scenario(judged_home, monkeypatch):
    app, said = opened(judged_home, monkeypatch, "compliance")
    assert f"n = {USED} of {JUDGED} judged scenarios." in said
    assert f"{PARTLY} ({counting.NOT_ALL})" in said
    assert app.selectbox(key="choose-judged_models").value == "openai"


@pytest.mark.parametrize("page", ["compliance", "judges"])
def test_the_set_of_a_link_is_the_one_on_the_page(judged_home, monkeypatch, page):
    app, said = opened(judged_home, monkeypatch, page, judged_models="gpt_4_1,o3")
    assert app.selectbox(key="choose-judged_models").value == "gpt_4_1,o3"
    assert "D is over GPT-4.1 and o3." in said
    assert app.query_params["judged_models"] == "gpt_4_1,o3"


def test_the_overview_says_what_becomes_of_judged_scenarios(judged_home, monkeypatch):
    _, said = opened(judged_home, monkeypatch, "overview")
    assert f"{JUDGED} scenarios were judged; {USED} of them count" in said
