"""Settings that guard a server are understood or refused: a slip never lets everybody in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.settings import LOGIN, MEMORY, RUNNERS, current, guards

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "pages").glob("[a-z]*.py"))


@pytest.mark.parametrize(
    "value", ["required", "true", "1", "yes", "on", " Required ", "TRUE", "On"]
)
def test_a_login_that_is_asked_for(value):
    assert guards({LOGIN: value}).login_required


@pytest.mark.parametrize("value", ["off", "false", "0", "no", "", "  ", "OFF", "No"])
def test_a_login_that_is_not(value):
    assert not guards({LOGIN: value}).login_required
    assert not guards({}).login_required


@pytest.mark.parametrize("value", ["treu", "requird", "2", "y", "enabled", "required!", "None"])
def test_a_login_that_nobody_understands_stops(value):
    with pytest.raises(FaultlineError) as said:
        guards({LOGIN: value})
    for word in (LOGIN, f"“{value}”", "required", "on", "off", "false"):
        assert word in str(said.value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ",",
        " , ,",
        "ada",
        "*",
        "all",
        "ada@x.org, ben",
        "nobody, ada@x.org",
        "ada@",
        "@x.org",
        "ada@x.org ben@x.org",
        "ada@x.org;ben@x.org",
        '"ada@x.org"',
        "<ada@x.org>",
    ],
)
def test_runners_that_name_nobody_stop(value):
    with pytest.raises(FaultlineError) as said:
        guards({RUNNERS: value})
    for word in (RUNNERS, f"“{value}”", "e-mail addresses", "nobody"):
        assert word in str(said.value)


def test_runners_by_address_nobody_and_everybody():
    listed = guards({RUNNERS: " Ada@Example.org ,ben@example.org, "})
    assert listed.lets("ada@example.org")
    assert listed.lets("BEN@example.org")
    assert not listed.lets("")
    assert not listed.lets("eve@example.org")
    assert not guards({RUNNERS: "Nobody"}).lets("ada@example.org")
    assert not guards({RUNNERS: "nobody"}).lets("nobody")
    assert guards({}).lets("")


def test_an_address_that_only_looks_like_a_runners_lets_nobody_in():
    """The Kelvin sign in lower case is a k."""
    listed = guards({RUNNERS: "kim@example.org"})
    assert listed.lets("KIM@example.org")
    assert not listed.lets("\u212aim@example.org")
    assert not guards({RUNNERS: "\u212aim@example.org"}).lets("kim@example.org")


@pytest.mark.parametrize("value", ["4 GB", "-1", "0", "4000.5", "four", "99", "9" * 12, "9" * 5000])
def test_a_memory_limit_that_is_no_number_stops(value, monkeypatch):
    with pytest.raises(FaultlineError, match=MEMORY):
        guards({MEMORY: value})
    monkeypatch.setenv(MEMORY, value)
    with pytest.raises(FaultlineError, match="whole number of megabytes"):
        current()


@pytest.mark.parametrize(
    "name",
    [
        "FAULTLINE_RUNNER",
        "FAULTLINE_LOGINS",
        "FAULTLINE_RUNERS",
        "faultline_runners",
        "Faultline_Login",
        "FAULTLINE-LOGIN",
        "FAULTLINE_RUNNERS ",
    ],
)
def test_a_guard_whose_name_is_misspelt_stops(name):
    with pytest.raises(FaultlineError, match=f"{name} is no setting"):
        guards({name: "nobody"})


def test_other_variables_are_nobodys_business():
    guards({"FAULTLINE_OPENAI_BASE_URL": "http://x", "FAULTLINE_MINILM": "x", "HOME": ","})


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ('FAULTLINE_LOGIN = "treu"', "FAULTLINE_LOGIN is “treu”"),
        ('FAULTLINE_RUNNERS = ""', "FAULTLINE_RUNNERS is “”"),
        ('FAULTLINE_RUNNERS = ["ada@x.org"]', "is no text"),
        ('[auth]\nFAULTLINE_RUNNERS = "nobody"', "stands under \\[auth\\]"),
        ("FAULTLINE_RUNNERS = nobody", "can't be read"),
        ('[FAULTLINE_RUNNERS]\nlisted = "nobody"', "is no text"),
        ('[[FAULTLINE_LOGIN]]\nvalue = "on"', "is no text"),
        ('faultline_runners = "nobody"', "faultline_runners is no setting"),
        ('[auth]\nfaultline_login = "on"', "stands under \\[auth\\]"),
    ],
)
def test_secrets_that_say_nothing_stop(tmp_path, secrets, told):
    """Streamlit drops all of these in silence."""
    file = tmp_path / "secrets.toml"
    file.write_text(secrets, encoding="utf-8")
    with pytest.raises(FaultlineError, match=told):
        guards({}, [tmp_path / "none.toml", file])


def test_secrets_stand_for_variables(tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text('FAULTLINE_LOGIN = true\nFAULTLINE_RUNNERS = "nobody"\n[auth]\nx = "y"\n')
    found = guards({RUNNERS: "ada@x.org"}, [file])
    assert found.login_required
    assert not found.lets("ada@x.org")


@pytest.mark.parametrize(("name", "value"), [(LOGIN, "treu"), (RUNNERS, "")])
def test_the_server_does_not_start(tmp_path, name, value):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.headless",
            "true",
            "--server.port",
            "0",
        ],
        cwd=ROOT,
        env={**os.environ, "FAULTLINE_HOME": str(tmp_path / "home"), name: value},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode not in (0, -9)
    assert f"Faultline does not start. {name} is “{value}”" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "home").exists()


def test_no_page_shows_anything_while_a_setting_is_not_understood(tmp_path, monkeypatch):
    """Also to somebody who was in before the setting was changed."""
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(LOGIN, "treu")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=150)
    assert PAGES
    for page in (p.stem for p in PAGES if p.stem != "__init__"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
        assert [t.value for t in app.title] == ["Faultline"], page
        assert any("FAULTLINE_LOGIN is “treu”" in t.value for t in app.text), page
        assert not [*app.button, *app.metric, *app.selectbox, *app.dataframe], page
    assert not (tmp_path / "home").exists()
