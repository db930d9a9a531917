"""The question which spec it was, asked and answered on the command line."""

import json
from pathlib import Path

import pytest
from make_rows import judged, load, many, parquet
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.load.specs import load_spec
from analysis.settings import Settings


@pytest.fixture
def study(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Five judgements that name no spec, and two specs in the library, `other` in use."""
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    rows = many(5)
    said = [judged(r, "o3", {"claude_4": "compliant"}) for r in rows]
    files = parquet(tmp_path / "rows.parquet", rows), parquet(tmp_path / "said.parquet", said)
    for name, words in (("rules", "Be kind."), ("other", "Be brief.")):
        file = tmp_path / f"{name}.2026-01-01.md"
        file.write_text(f"# Words {{#words}}\n\n{words}\n")
        load_spec(file, None, settings)
    return load(settings, *files).id


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def told(study: str) -> dict[str, object]:
    (row,) = json.loads(ran("spec", "of", study, "--format", "json").stdout)
    return dict(row)


def test_which_spec_it_was_is_said_and_taken_back(study: str):
    assert str(told(study)["spec"]).startswith("other@2026-01-01@")
    assert (told(study)["known_from"], told(study)["judgements"]) == ("nobody", 5)
    said = ran("spec", "say", study, "rules@2026-01-01", "--author", "Ada")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "5 judgements read under rules@2026-01-01@" in said.stderr
    assert (told(study)["known_from"], told(study)["said_by"]) == ("a person", "Ada")
    report = json.loads(ran("report", study).stdout)["spec"]
    assert (report["name"], report["assumed"]) == ("rules", False)
    assert ran("spec", "undo", study, "--author", "Ada").exit_code == 0
    assert told(study)["known_from"] == "nobody"
    assert "nothing was said" in ran("spec", "undo", study, "--author", "Ada").stderr
    assert "5" in ran("spec", "of", study).stdout


@pytest.mark.parametrize(
    ("spec", "author", "words"),
    [
        ("nowhere@1", "Ada", "no text of one spec “nowhere@1” here"),
        ("rules@2026-01-01", " ", "give your name"),
    ],
)
def test_what_can_not_be_kept_is_a_sentence(study: str, spec: str, author: str, words: str):
    found = ran("spec", "say", study, spec, "--author", author).exception
    assert isinstance(found, FaultlineError)
    assert words in str(found)


def test_nothing_is_said_of_judgements_that_are_not_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    bare = load(settings, parquet(tmp_path / "a.parquet", many(3))).id
    found = ran("spec", "say", bare, "embedded", "--author", "Ada").exception
    assert "Nothing was judged in" in str(found)
