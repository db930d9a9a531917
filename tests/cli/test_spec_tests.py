"""`spec test` and `spec tests`: simulated judges read the tests of a spec's clauses; exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.load import clause_tests as load
from analysis.load.specs import named_spec
from analysis.parse.clause_tests import ClauseTest, dumps
from analysis.settings import Settings
from pipeline.plan.plan import read_plan
from pipeline.providers.catalog import load as catalog
from pipeline.run import control

HOUSE = (
    "# Rules {#rules}\n\nBe kind.\n\n## Truth {#truth authority=user}\n\nSay what is so, plainly.\n"
)
TESTS = [
    ClauseTest("truth", f"Is train {i} late?", f"Train {i} is late by {i} minutes.", word, "Known.")
    for i, word in enumerate(("compliant", "non-compliant", "ambiguous"), start=1)
]
JUDGES = ("--judges", "rowan_judge,larch_judge")


@pytest.fixture(autouse=True)
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def ran(*words: str) -> Result:
    done = CliRunner().invoke(app, ["spec", *words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "house.2026-01-01.md").write_text(HOUSE, encoding="utf-8")
    return str(tmp_path / "house.2026-01-01.md")


def beside(spec: str, tests: list[ClauseTest]) -> None:
    Path(spec).with_suffix(".tests.json").write_text(dumps("house", tests), encoding="utf-8")


def test_what_judges_say_is_held_against_what_is_known_and_kept_by_version(spec):
    beside(spec, TESTS)
    done = ran("test", spec, *JUDGES, "--format", "json")
    told = json.loads(done.stdout)
    assert told["spec"].startswith("house@2026-01-01@")
    assert told["tests"] == 3
    assert len(told["results"]) == 6
    assert "6 calls, $0.00 to $0.00" in done.stderr
    # no answer can be compliant and non-compliant: of three verdicts on alike cases two fail
    wrong = {r["test"] for r in told["results"] if r["decision"] != r["expected"]}
    assert told["failed"] == len(wrong) > 0
    assert done.return_value == 3
    (before,) = json.loads(ran("tests", spec, "--history", "--format", "json").stdout)
    assert before == told
    # the same judges asked to say what they said pass
    decided = {r["test"]: r["decision"] for r in told["results"] if r["judge"] == "rowan_judge"}
    agreed = [ClauseTest(**{**vars(t), "verdict": decided[t.id]}) for t in TESTS]
    beside(spec, agreed)
    again = ran("test", spec, "--judges", "rowan_judge")
    assert (again.return_value, "3 of 3 tests passed" in again.stderr) == (0, True)
    assert len(json.loads(ran("tests", spec, "--history", "--format", "json").stdout)) == 2


def test_a_run_that_stopped_goes_on_when_the_same_is_asked_again(spec, home):
    beside(spec, TESTS[:1])
    given = named_spec(home, spec)
    tests = load.gather(given, load.beside(Path(spec)), home)
    made = load.plan(given, tests, "rowan_judge", None, home)
    begun = control.launch(read_plan(made.plan), home, catalog(home.home))  # and nobody worked
    done = ran("test", spec, "--judges", "rowan_judge", "--format", "json")
    assert f"going on with the run {begun}" in done.stderr
    assert json.loads(done.stdout)["run"] == begun
    assert not made.plan.parent.exists()
    again = ran("test", spec, "--judges", "rowan_judge", "--format", "json")
    assert json.loads(again.stdout)["run"] != begun


def test_tests_are_kept_in_the_home_for_every_version_of_a_spec(spec, tmp_path):
    beside(spec, TESTS[:2])
    file = Path(spec).with_suffix(".tests.json")
    done = ran("tests", spec, "--from", str(file), "--author", "ada")
    assert "2 read, 2 new or changed" in done.stderr
    file.unlink()
    rows = json.loads(ran("tests", spec, "--format", "json").stdout)
    assert [r["test"] for r in rows] == [t.id for t in TESTS[:2]]
    ran("tests", spec, "--remove", TESTS[0].id, "--author", "bo")
    ran("tests", spec, "--to", str(tmp_path / "kept.json"))
    assert dumps("house", TESTS[1:2]) == (tmp_path / "kept.json").read_text("utf-8")
    assert TESTS[1].id in ran("tests", spec).stdout
    with pytest.raises(FaultlineError, match="has no test nothing"):
        ran("tests", spec, "--remove", "nothing", "--author", "bo")
    with pytest.raises(FaultlineError, match="give your name"):
        ran("tests", spec, "--remove", TESTS[1].id)


@pytest.mark.parametrize(
    ("tests", "words", "sentence"),
    [
        ([], JUDGES, "has no tests yet"),
        ([ClauseTest("gone", "q", "a", "compliant", "r")], JUDGES, "has no clause “gone”"),
        (TESTS[:1], ("--judges", "nobody"), "nobody"),
        (TESTS[:1], ("--judges", "rowan_judge", "--tests", "none.json"), "none.json"),
    ],
)
def test_what_can_not_be_tested_is_said(spec, tests, words, sentence):
    if tests:
        beside(spec, tests)
    with pytest.raises(FaultlineError, match=sentence):
        ran("test", spec, *words)
