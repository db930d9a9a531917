"""`spec lint|diff|export|import`: files or loaded specs; JSON alone on stdout; exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.load.specs import load_spec
from analysis.settings import Settings

BROKEN = "# Rules {#rules}\n\nBe kind, see [this](#nowhere).\n"
SOUND = "# Rules {#rules}\n\nBe kind.\n"


@pytest.fixture(autouse=True)
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, ["spec", *words], standalone_mode=False)


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_an_error_breaks_a_script_and_a_sound_spec_does_not(tmp_path):
    broken = ran("lint", written(tmp_path, "broken.md", BROKEN), "--format", "json")
    (row,) = json.loads(broken.stdout)
    assert set(row) == {"line", "clause", "rule", "finding", "severity", "remedy"}
    assert (row["line"], row["clause"], row["severity"]) == (3, "rules", "error")
    assert broken.return_value == 3
    assert "1 clauses; 1 error, 0 to weigh" in broken.stderr
    sound = ran("lint", written(tmp_path, "sound.md", SOUND), "--format", "json")
    assert (json.loads(sound.stdout), sound.return_value) == ([], 0)
    assert "nothing found" in ran("lint", written(tmp_path, "sound.md", SOUND)).stdout
    table = ran("lint", written(tmp_path, "broken.md", BROKEN)).stdout
    assert "#nowhere points to no clause" in table


def test_a_loaded_spec_is_looked_through_by_its_name(tmp_path, home):
    load_spec(Path(written(tmp_path, "house.2026-01-01.md", BROKEN)), None, home)
    load_spec(Path(written(tmp_path, "house.2026-02-01.md", SOUND)), None, home)
    assert ran("lint", "house@2026-01-01").return_value == 3
    assert ran("lint", "house").return_value == 0
    assert "31 clauses" in ran("lint", "embedded").stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "There is no file “nowhere”"),
        ("nowhere.md", "There is no file"),
        ("embedded@9", "There is no file “embedded@9”"),
        ("empty.md", "is empty"),
        ("../x", "There is no file “../x”"),
    ],
)
def test_what_is_no_spec_is_said(tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "empty.md", " ")
    with pytest.raises(FaultlineError, match=words):
        raise ran("lint", name).exception or AssertionError("it was read")


OLD = """# Rules {#rules}

Be kind to everybody here.

## Stay brief {#brief authority=user}

Three lines are enough.

## Old habit {#old}

Write letters by hand.
"""
NEW = """# Rules {#rules}

Be kind to everybody near.

## Stay brief {#brief authority=developer}

Three lines are enough.

## Name sources {#sources}

A source is named where it is used.
"""


def test_what_a_version_changes_is_told_clause_by_clause(tmp_path, home):
    load_spec(Path(written(tmp_path, "house.2026-01-01.md", OLD)), None, home)
    new = written(tmp_path, "house.2026-02-01.md", NEW)
    told = json.loads(ran("diff", "house@2026-01-01", new, "--format", "json").stdout)
    assert told["old"].startswith("house@2026-01-01@")
    assert told["new"].startswith("house@2026-02-01@")
    assert {k: n for k, n in told["counts"].items() if n} == {
        "added": 1,
        "removed": 1,
        "reworded": 1,
        "moved authority": 1,
    }
    rules, brief, sources, old = told["changes"]
    assert "[-here-]{+near+}" in rules["words"]
    assert rules["change"] == ["reworded"]
    assert (brief["old_authority"], brief["authority"]) == ("user", "developer")
    assert (brief["change"], brief["similarity"]) == (["moved authority"], 1.0)
    assert (sources["change"], sources["old_anchor"]) == (["added"], None)
    assert sources["similarity"] is None
    assert sources["words"].startswith("{+A source is named")
    assert (old["change"], old["anchor"], old["old_anchor"]) == (["removed"], None, "old")
    table = ran("diff", "house", new)
    assert "1 added, 1 removed, 1 reworded and 1 moved to another authority" in table.stderr
    assert "Old habit" in table.stdout
    text = ran("diff", "house", new, "--format", "markdown").stdout
    assert "- moved authority: user → developer" in text


def test_a_spec_against_itself_changes_nothing():
    told = json.loads(ran("diff", "embedded", "embedded", "--format", "json").stdout)
    assert (told["changes"], told["old"]) == ([], told["new"])
    assert told["counts"]["unchanged"] == 31
    assert "nothing found" in ran("diff", "embedded", "embedded").stdout
    assert "no file “gone”" in str(ran("diff", "gone", "embedded").exception)


def test_a_spec_leaves_as_json_and_comes_back(tmp_path, home):
    load_spec(Path(written(tmp_path, "house.2026-01-01.md", OLD)), None, home)
    out, back = tmp_path / "house.json", tmp_path / "back.md"
    assert "3 clauses" in ran("export", "house", "--to", str(out)).stderr
    assert json.loads(out.read_text("utf-8"))["name"] == "house"
    assert ran("import", str(out), "--to", str(back)).exception is None
    assert back.read_text("utf-8") == OLD
    out.write_text("{")
    assert "not valid JSON" in str(ran("import", str(out), "--to", str(back)).exception)
    assert back.read_text("utf-8") == OLD


def test_half_a_character_and_a_place_that_is_none_are_said(tmp_path):
    half = written(tmp_path, "half.jsonl", '{"id": "a", "text": "Be \\ud800 kind."}')
    for words in (("lint", half, "--format", "json"), ("diff", half, half), ("export", half)):
        said = ran(*words, *(["--to", str(tmp_path / "x.json")] * (words[0] == "export")))
        assert isinstance(said.exception, FaultlineError)
        assert "half a character" in str(said.exception)
    nowhere = str(tmp_path / "gone" / "x.json")
    assert "can't be written" in str(ran("export", "embedded", "--to", nowhere).exception)
    ran("export", "embedded", "--to", str(tmp_path / "x.json"))
    data = (tmp_path / "x.json").read_text("utf-8").replace("About this", "About \\ud800 this")
    (tmp_path / "x.json").write_text(data, "utf-8")
    said = ran("import", str(tmp_path / "x.json"), "--to", str(tmp_path / "x.md"))
    assert isinstance(said.exception, FaultlineError)
