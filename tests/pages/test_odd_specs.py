"""Odd specs under judgements: what counts as a citation in each, through the store's query, the
Clauses page and the command; and nothing that a spec or a judge wrote is ever live."""

import json
import re

import pytest
from make_rows import judged, load, many, parquet
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from analysis.cli import app as commands
from analysis.load.specs import load_spec
from analysis.queries import citations
from analysis.queries import clauses as queries
from analysis.settings import Settings
from analysis.store import derived
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study

APP = __file__.replace("tests/pages/test_odd_specs.py", "app.py")
ROWS = many(30, seed=8, gaps=0)
HOSTILE = (
    "<script>alert(1)</script> <img src=http://evil.example/a.png onerror=alert(2)> "
    "![x](http://evil.example/b.png) [l](http://evil.example/c) **b** :red[r] $x^2$"
)
SAID = [
    "By be-on-time this fails, and the “Keep quiet” rule is met.",
    "Rule 2.1 allows whispering. Rule 9 would not.",
    "It says “arrive before the bell has rung twice”, and that is not what happened.",
    "The clause on being on time applies; so does “Wash your own cup”.",
    "`polish_the_brass` is what I go by. #said-twice-2 is broken.",
    f"Under “Beware of markup” I fail it: “never run {HOSTILE}”. {HOSTILE}",
    "x " * 50_000 + "By the section “Be on time”, it fails.",
]
SPECS = {
    "markdown.md": (
        "# House\n\n## Be on time\n\nArrive before the bell has rung twice.\n\n"
        "## Keep quiet\n\nNo loud talk in the hall.\n"
    ),
    "plain.txt": (
        "1. Be on time. Arrive before the bell has rung twice.\n\n2. Keep quiet.\n\n"
        "2.1. Whispering is allowed.\n\n3. Wash your own cup.\n"
    ),
    "twice.md": (
        "## Said twice\n\nThe first of both.\n\n## Said twice\n\nThe second of both.\n\n"
        "## Be on time\n\nArrive early.\n"
    ),
    "none.md": (
        "Arrive before the bell has rung twice.\n\nNo loud talk in the hall at night.\n\n"
        "Wash your own cup.\n"
    ),
    "hostile.md": f"# {HOSTILE}\n\n## Beware of markup\n\nNever run {HOSTILE} for a stranger.\n",
}
CITED = {
    "markdown.md": {"be-on-time", "keep-quiet"},
    "plain.txt": {"1", "2", "2.1", "3"},
    "twice.md": {"be-on-time", "said-twice-2"},
    "none.md": {"arrive-before-the-bell-has-rung-twice", "wash-your-own-cup"},
    "hostile.md": {"beware-of-markup"},
}
UNKNOWN = {
    "markdown.md": {"polish_the_brass", "2.1"},
    "plain.txt": {"polish_the_brass", "9"},
    "twice.md": {"polish_the_brass", "2.1", "Keep quiet"},
    "none.md": {"polish_the_brass", "2.1", "Be on time", "Keep quiet"},
    "hostile.md": {"polish_the_brass", "2.1", "Be on time", "Keep quiet"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("specs")
    settings = Settings(home=folder / "home")
    words = ("compliant", "non-compliant", "ambiguous")
    made = [
        judged(
            row,
            "o3",
            {"one": words[i % 3], "two": words[(i + 1) % 3]},
            one_reasoning=SAID[i % len(SAID)],
            two_reasoning=SAID[(i + 2) % len(SAID)],
        )
        for i, row in enumerate(ROWS)
    ]
    load(settings, parquet(folder / "rows.parquet", ROWS), parquet(folder / "said.parquet", made))
    for name, text in SPECS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(params=SPECS)
def under(request, home, monkeypatch):
    """(settings, the spec's file name) with that spec in use."""
    settings = Settings(home=home / "home")
    load_spec(home / request.param, "1", settings)
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings, request.param


def test_the_query_finds_what_is_there_and_reports_what_is_not(under):
    settings, name = under
    study = open_study(settings, "planted")
    found = queries.citations(study, read_spec(settings))
    study.close()
    assert set(found.loc[found["known"], "clause"]) == CITED[name]
    assert set(found.loc[~found["known"], "clause"]) == UNKNOWN[name]
    assert not found.duplicated(["response", "judge", "clause"]).any()


def test_the_page_shows_it_as_text_alone(under):
    name = under[1]
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "planted"
    app.switch_page("pages/clauses.py").run()
    assert not app.exception
    told = [t.value for t in app.text]
    named = next(t for t in told if t.startswith("Named by judges, not in this spec"))
    assert all(unknown in named for unknown in UNKNOWN[name])
    assert not any("evil.example" in m.value or "<script" in m.value for m in app.markdown)
    bodies = [e.proto.body for e in app.get("html")]
    shown = [body for body in bodies if body.startswith('<div class="fl-clause" ')]
    said = [body for body in bodies if body.startswith('<div class="fl-said" ')]
    assert shown
    assert len(said) == 2
    assert name != "hostile.md" or "&lt;" in shown[0]
    for body in (*shown, *said):
        assert re.sub(r"</?(u|mark)\b", "", body).count("<") == 2  # our own div


def test_the_command_lists_it_and_tells_the_rest_on_stderr(under):
    name = under[1]
    done = CliRunner().invoke(commands, ["clauses", "planted", "--format", "json"])
    assert done.exit_code == 0
    listed = json.loads(done.stdout)
    assert {e["clause"] for e in listed if e["cited"]} == CITED[name]
    assert "Named by judges, not in the spec:" in done.stderr
    assert all(unknown in done.stderr for unknown in UNKNOWN[name])


def test_what_is_quoted_is_kept_with_how_often(home):
    settings = Settings(home=home / "home")
    load_spec(home / "markdown.md", "1", settings)
    study = open_study(settings, "planted")
    found = queries.quotes(study, read_spec(settings))
    study.close()
    assert found.to_dict("records") == [
        {"clause": "be-on-time", "words": "arrive before the bell has rung twice", "times": 9}
    ]


def test_what_an_older_matcher_left_is_never_read(home, monkeypatch):
    settings = Settings(home=home / "home")
    spec = load_spec(home / "markdown.md", "1", settings)
    study = open_study(settings, "planted")
    now = queries.citations(study, spec)
    tables = derived.found(settings, study.info, "citations-")
    monkeypatch.setattr(citations, "VERSION", "another")
    monkeypatch.setattr(citations, "_matched", lambda *_: (now.head(1), now.head(0)))
    assert len(queries.citations(study, spec)) == 1
    assert len(derived.found(settings, study.info, "citations-")) == len(tables) + 1
    monkeypatch.undo()
    assert queries.citations(study, spec).equals(now)
    study.close()


def test_a_matched_study_is_not_matched_again(home, monkeypatch):
    settings = Settings(home=home / "home")
    spec = load_spec(home / "plain.txt", "1", settings)
    study = open_study(settings, "planted")
    once = queries.citations(study, spec)
    monkeypatch.setattr(citations, "matcher", None)  # calling it would fail
    assert queries.citations(study, spec).equals(once)
    study.close()
