"""`spec drafts|draft|discard|text`: attempts from the command line; JSON alone on stdout."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.load.specs import load_spec, named_spec
from analysis.settings import Settings
from analysis.store.library.specs import current_spec

HOUSE = "# Rules {#rules}\n\nBe kind.\n\n## Truth {#truth}\n\nSay what is so.\n"


@pytest.fixture(autouse=True)
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    (tmp_path / "house.2026-01-01.md").write_text(HOUSE, encoding="utf-8")
    load_spec(tmp_path / "house.2026-01-01.md", None, settings)
    return settings


def ran(*words: str) -> Result:
    done = CliRunner().invoke(app, ["spec", *words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done


def drafted(folder: Path, spec: str, words: str) -> str:
    (folder / "words.txt").write_text(words, encoding="utf-8")
    options = ("--clause", "truth", "--text", str(folder / "words.txt"))
    done = ran("draft", spec, *options, "--why", "Too loose.", "--author", "ada")
    return done.stderr.split(":")[0]


def test_drafts_of_drafts_are_listed_as_a_tree_and_read_by_name(tmp_path, home):
    one = drafted(tmp_path, "house@2026-01-01", "Say what is true.")
    two = drafted(tmp_path, one, "Say what is true, and how sure you are.")
    assert (one, two) == ("house@2026-01-01-draft-1", "house@2026-01-01-draft-2")
    rows = json.loads(ran("drafts", "--format", "json").stdout)
    assert [(r["draft"], r["parent"], r["depth"]) for r in rows] == [
        (one, "house@2026-01-01", 1),
        (two, one, 2),
    ]
    assert rows[0]["changes"] == "Say what is [-so-]{+true+} ."
    assert json.loads(ran("drafts", "house@2026-01-01", "--format", "json").stdout) == rows
    assert json.loads(ran("drafts", two, "--format", "json").stdout) == rows
    assert named_spec(home, two).spec.key == rows[1]["key"]
    assert "1 reworded" in ran("diff", one, two).stderr
    ran("text", two, "--to", str(tmp_path / "new.md"))
    assert (tmp_path / "new.md").read_text("utf-8") == HOUSE.replace(
        "what is so.", "what is true, and how sure you are."
    )


def test_a_discarded_draft_stays_in_the_list(tmp_path):
    one = drafted(tmp_path, "house", "Say what is true.")
    ran("discard", one, "--author", "bo")
    (row,) = json.loads(ran("drafts", "--format", "json").stdout)
    assert row["discarded"] is True
    ran("discard", one, "--undo", "--author", "bo")
    assert "False" in ran("drafts").stdout
    with pytest.raises(FaultlineError, match="no draft “house@9”"):
        ran("discard", "house@9", "--author", "bo")


def test_nothing_is_listed_where_nothing_was_drafted():
    done = ran("drafts", "--format", "json")
    assert json.loads(done.stdout) == []
    assert "no drafts yet" in ran("drafts").stderr


def test_an_accepted_draft_is_in_use(tmp_path, home):
    one = drafted(tmp_path, "house", "Say what is true.")
    assert "accepted and in use" in ran("accept", one, "--author", "ada").stderr
    assert current_spec(home).version == "2026-01-01-draft-1"
    assert [r["accepted"] for r in json.loads(ran("drafts", "--format", "json").stdout)] == [True]
    with pytest.raises(FaultlineError, match="There is no draft"):
        ran("accept", "house@9", "--author", "ada")
