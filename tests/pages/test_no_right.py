"""Who may not act presses everything on every page, and nothing comes of it: no file changes, no
call leaves."""

import shutil
from collections import Counter

import pytest
import visits
from make_rows import judged, load, many, parquet
from provider_kit import served
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.queries import human_labels
from analysis.settings import LOGIN, RUNNERS, Settings
from analysis.store.annotations import pins, reports
from analysis.store.annotations.reports import Finding
from analysis.store.study import open_study
from pages.ui import acting, person
from pages.ui import jobs as ui_jobs
from pages.ui.acting import Right
from pages.ui.jobs import Jobs
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan

REFUSED = "You can read here"
SIGN_IN = "Sign in first"
# Presses that stay in the session, or lead to another page.
OWN = ("sign-in", "sign-out", "tour-again")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A home in which people have worked; each test gets a copy of it."""
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(home=folder / "home")
    rows = many(30, seed=8, gaps=0)
    verdicts = [judged(r, "o3", {"one": "compliant", "two": "ambiguous"}) for r in rows]
    files = (parquet(folder / "a.parquet", rows), parquet(folder / "j.parquet", verdicts))
    info = load(settings, *files, study="s", copy_texts=True)
    body = {"kind": pins.CASE, "study": "s", "content_hash": info.content_hash, "title": "x"}
    pins.pin(settings, body | {"scenario": "1_0_neutral"}, "mia")
    reports.create(settings, "First", [Finding("text", "t", "words")], "mia", "begun")
    return settings.home


@pytest.fixture
def home(whole, tmp_path, monkeypatch):
    shutil.copytree(whole, tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def stranger(monkeypatch):
    """A server with accounts where nobody may act, and a visitor who has not signed in."""
    monkeypatch.setenv(RUNNERS, "nobody")
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: {"is_logged_in": False})


def named(app, key):
    """The button of that name, which carries its case behind it."""
    return next(b for b in app.button if b.key and b.key.startswith(key))


def keys(app):
    return [b.key for b in app.button if not b.disabled and b.key and b.key not in OWN]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", visits.PAGES)
@pytest.mark.parametrize(
    "most", [2, pytest.param(999, marks=pytest.mark.slow)], ids=["two of a kind", "everything"]
)
def test_a_stranger_presses_everything_and_nothing_changes(home, stranger, page, most, monkeypatch):
    """Of buttons of one kind, such as the pins, `most`: the rest by `make bench`."""
    with served(FaultPlan(), said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        before = visits.digest(home.home)
        pressed, kinds = set(), Counter()
        for query in [{}, *visits.LINKS.get(page, [])]:
            if "RUN" in query.values():
                continue
            app = visits.opened(page, query)
            for key in keys(app):
                kind = key.partition("-")[0]
                if key in pressed or key not in keys(app) or kinds[kind] == most:
                    continue
                pressed.add(key)
                kinds[kind] += 1
                app.button(key=key).click().run()
                assert not app.exception, key
                assert visits.digest(home.home) == before, key
                if app.query_params.get("study") is None or key not in keys(app):
                    app = visits.opened(page, query)  # it led away
        assert server.core.ledger.asked == 0
        assert visits.digest(home.home) == before


def test_vectors_of_an_endpoint_are_not_bought_for_a_reader(home, stranger, monkeypatch):
    with served(FaultPlan(), said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        app = visits.opened("stress_test", {"template": "full"})
        app.selectbox(key="near-embedder").set_value("text_embedding_3_small").run()
        app.session_state["near-preview"] = True
        app.run().button(key="near-ask").click().run()
        assert REFUSED in visits.told(app)
        assert server.core.ledger.asked == 0


def test_a_reader_does_not_cancel_or_dismiss_what_others_load(home, stranger, monkeypatch):
    jobs = Jobs()
    monkeypatch.setattr(ui_jobs, "jobs", lambda: jobs)

    def work(_report, cancelled):
        while not cancelled():
            if ended:
                raise FaultlineError("It ended by itself.")
        raise FaultlineError("It was cancelled.")

    ended: list[bool] = []
    job = jobs.start("Somebody's load", work)
    app = visits.opened("data", {})
    app.button(key=f"cancel-{job.id}").click().run()
    assert REFUSED in visits.told(app)
    assert job.busy
    ended.append(True)
    while job.busy:
        pass
    assert job.error == "It ended by itself."
    app = visits.opened("data", {})
    app.button(key=f"dismiss-{job.id}").click().run()
    assert jobs.all() == [job]


def test_a_link_to_a_plan_copies_nothing_until_somebody_may_and_presses(home, monkeypatch):
    before = visits.digest(home.home)
    app = visits.opened("stress_test", {"template": "re-judge"})
    assert visits.digest(home.home) == before
    assert "Copy the answers" in [b.label for b in app.button]
    monkeypatch.setenv(RUNNERS, "ada@example.org")
    app.button(key="snapshot").click().run()
    assert REFUSED in visits.told(app)
    assert visits.digest(home.home) == before
    monkeypatch.delenv(RUNNERS)
    app.button(key="snapshot").click().run()
    assert (home.home / "snapshots").is_dir()
    assert "launch" in keys(app)


def signed(home):
    study = open_study(home, "s")
    found = human_labels.of_study(study)
    study.close()
    return list(found["author"])


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"is_logged_in": True, "email": "Mia@example.org"}, "Mia@example.org"),
        ({"email": "mia@example.org"}, "mia@example.org"),  # a proxy named them
        ({"is_logged_in": True, "name": "Mia"}, "Mia"),
        (
            {"is_logged_in": True, "email": "ben@example.org", "email_verified": False},
            "ben@example.org (unverified)",
        ),
        ({"is_logged_in": True, "name": "ben@example.org"}, "ben@example.org (unverified)"),
        ({"is_logged_in": True, "sub": "a1b2"}, "a1b2"),
    ],
)
def test_who_is_signed_in_signs_whatever_the_link_or_the_form_says(home, monkeypatch, claims, name):
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: claims)
    app = AppTest.from_file(visits.APP, default_timeout=120)
    app.session_state["_author"] = "typed before"
    app.query_params["study"] = "s"
    app.run()
    app.query_params["by"] = "ben@example.org"
    app.switch_page("pages/review.py").run()
    assert "by-review" not in {t.key for t in app.text_input}
    named(app, "say-compliance-1").click().run()
    assert not app.exception
    assert signed(home) == [name]


def test_a_stranger_signs_nothing_on_a_server_with_accounts(home, stranger):
    app = visits.opened("scenarios", {"scenario": "1_0_neutral", "by": "ben@example.org"})
    named(app, "pin-case").click().run()
    assert SIGN_IN in visits.told(app)
    review = visits.opened("review", {"by": "ben@example.org"})
    assert not any(k.startswith("say-compliance-1") for k in keys(review))
    assert signed(home) == []


def test_where_there_are_no_accounts_whoever_typed_a_name_labels_under_it(home, monkeypatch):
    monkeypatch.setenv(RUNNERS, "nobody")  # readers may add, whoever may run
    app = visits.opened("review", {"by": "ben@example.org"})
    app.text_input(key="by-review").set_value("mia").run()
    named(app, "say-compliance-1").click().run()
    assert not app.exception
    assert signed(home) == ["mia"]


@pytest.mark.parametrize(
    ("login", "runners", "claims", "operate", "contribute"),
    [
        (None, None, {}, True, True),
        (None, "nobody", {}, False, True),
        (None, "nobody", {"is_logged_in": False}, False, False),
        (None, None, {"is_logged_in": False}, True, False),
        (None, "ada@x.org", {"is_logged_in": True, "email": "Ada@X.org"}, True, True),
        (None, "ada@x.org", {"is_logged_in": True, "email": "ben@x.org"}, False, True),
        (None, "ada@x.org", {"email": "ada@x.org", "email_verified": False}, False, True),
        ("yes", None, {}, False, False),
        ("yes", None, {"is_logged_in": True, "email": "ben@x.org"}, True, True),
    ],
)
def test_who_may_do_what(monkeypatch, login, runners, claims, operate, contribute):
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: claims)
    for name, value in ((LOGIN, login), (RUNNERS, runners)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert may(Right.OPERATE) == operate
    assert may(Right.CONTRIBUTE) == contribute
    assert person.guards()


def may(right):
    try:
        acting.check(right)
    except FaultlineError:
        return False
    return True
