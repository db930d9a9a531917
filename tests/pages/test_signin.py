"""Who is let in, and who may change what the server holds, as a server with accounts sets it."""

import pytest
from streamlit.testing.v1 import AppTest

from analysis.settings import LOGIN, RUNNERS

REFUSED = "You can read here"
APP = __file__.replace("tests/pages/test_signin.py", "app.py")


@pytest.fixture
def person(monkeypatch):
    """Set what Streamlit knows of the person at the screen; at first no accounts are set up."""

    def is_known_as(**claims):
        monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: claims)

    is_known_as()
    return is_known_as


@pytest.fixture
def home(with_example):
    return with_example


def opened(page="overview"):
    app = AppTest.from_file(APP, default_timeout=150)
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def keys(app):
    return {button.key for button in app.button}


def told(app):
    return " ".join(str(one.value) for one in (*app.text, *app.markdown, *app.error))


def test_a_machine_of_ones_own_has_no_sign_in(home, person):
    assert keys(opened()).isdisjoint({"sign-in", "sign-out"})


def test_with_accounts_everybody_reads_and_may_sign_in(home, person):
    person(is_logged_in=False)
    app = opened()
    assert "sign-in" in keys(app)
    assert "Overview" in [title.value for title in app.title]
    person(is_logged_in=True, email="reader@example.org")
    app.run()
    assert "sign-out" in keys(app)
    assert "reader@example.org" in told(app)


def test_where_a_login_is_required_strangers_see_nothing_else(home, person, monkeypatch):
    monkeypatch.setenv(LOGIN, "required")
    person(is_logged_in=False)
    app = opened()
    assert keys(app) == {"sign-in"}
    assert "Sign in to read" in told(app)
    assert len(app.metric) == 0
    person(is_logged_in=True, email="reader@example.org")
    assert len(app.run().metric) > 0


def test_a_proxy_that_names_the_person_is_enough(home, person, monkeypatch):
    monkeypatch.setenv(LOGIN, "required")
    person(email="reader@example.org")
    assert len(opened().metric) > 0


def test_a_login_that_nobody_can_pass_says_what_is_missing(home, person, monkeypatch):
    monkeypatch.setenv(LOGIN, "required")
    app = opened()
    assert keys(app) == set()
    assert "[auth]" in told(app)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "reader@example.org"},
        {"email": "runner@example.org", "email_verified": False},
        {"email": "runner@example.org", "email_verified": 0},
        {"email": "runner@example.org", "email_verified": "no"},
    ],
)
def test_a_reader_neither_launches_a_run_nor_loads_a_file(home, person, monkeypatch, claims):
    monkeypatch.setenv(RUNNERS, "Runner@example.org, other@example.org")
    person(**claims)
    launching = opened("stress_test")
    launching.button(key="launch").click().run()
    assert REFUSED in told(launching)
    assert not (home.runs.exists() and any(home.runs.iterdir()))
    assert REFUSED in told(loaded_from_disk())


def test_a_runner_may(home, person, monkeypatch):
    monkeypatch.setenv(RUNNERS, "Runner@example.org")
    person(email="runner@example.org")
    assert REFUSED not in told(loaded_from_disk())


def loaded_from_disk():
    """The Data page after somebody asked it to load a file of the server's."""
    app = AppTest.from_file(APP, default_timeout=150)
    app.run()
    app.query_params["section"] = "Load"
    app.query_params["from"] = "Path on this machine"
    app.switch_page("pages/data.py").run()
    app.text_input(key="path").set_value("/nowhere/rows.parquet").run()
    return app.button(key="load-path").click().run()
