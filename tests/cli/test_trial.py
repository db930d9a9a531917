"""A trial from plan to verdict on the example study, with the simulator's judges."""

import json
import re
from pathlib import Path

import pytest
from command_kit import said

from analysis.load.files.files import load_files
from analysis.settings import EMBEDDED, Settings, current
from pipeline.plan.plan import read_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.simulator.example import write_example

CLAUSE = "appropriate_tone"
VAGUE = "The tone should be appropriate to the subject and to the person. Wit is welcome where it"
CLEAR = "Write plainly. Joke only where the person joked first."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the example study, `ex`."""
    folder = tmp_path_factory.mktemp("trial")
    settings = Settings(home=folder / "home")
    write_example(folder / "example", families=240)
    load_files(sorted((folder / "example").glob("*.parquet")), "ex", settings)
    return settings


@pytest.fixture(autouse=True)
def use_home(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))


def new_spec(folder: Path, old: str = VAGUE, new: str = CLEAR) -> Path:
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    assert old in text
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "new.md").write_text(text.replace(old, new), encoding="utf-8")
    return folder / "new.md"


def planned(spec: Path, out: Path, *more: str, clause: str = CLAUSE) -> tuple[int, str, str]:
    words = ["trial", "plan", "ex", "--clause", clause, "--spec", str(spec), "--out", str(out)]
    return said([*words, *more])


def run(plan: Path) -> str:
    """The id of the run of a plan, made in this process."""
    settings = current()
    made = runs.launch(read_plan(plan), settings, load(settings.home))
    assert runs.work(settings, made).state is State.DONE
    return made


def test_a_trial_finds_a_repair_and_says_what_it_costs_first(home: Settings, tmp_path: Path):
    out = tmp_path / "plan.json"
    code, printed, told = planned(
        new_spec(tmp_path), out, "--control", "40", "--held-out", "20", "--seed", "3"
    )
    assert code == 0, told
    assert re.search(r"power: 5\d% of the cases .* 10 points: \d+", printed)
    assert re.search(r"price: [\d,]+ calls of 3 judges", printed)
    plan = json.loads(out.read_text(encoding="utf-8"))
    trial = plan["trial"]["trial"]
    assert trial["power"]["needed"].keys() == {"0.05", "0.1", "0.2"}
    written = len(trial["situations"])
    assert plan["stages"] == ["trial_query", "trial_answer", "trial"]
    judged = len(trial["cases"]) + 12 * written
    assert trial["price"]["calls"] == written + 12 * written + 3 * 3 * judged
    groups = [case["group"] for case in trial["cases"]]
    assert groups.count("control") == 40
    assert len({(c["scenario"], c["model"]) for c in trial["cases"]}) == len(trial["cases"])

    made = run(out)
    code, printed, told = said(["trial", "verdict", "ex", made, "--format", "json"])
    assert code == 0, told
    found = json.loads(printed)
    cell = found["target"]["interpretive"]
    assert {"old", "new", "difference", "low", "high", "q", "n"} <= cell.keys()
    assert cell["n"] <= groups.count("target")
    assert cell["high"] < -0.2
    assert cell["q"] <= 0.05
    assert found["control"]["interpretive"]["q"] > 0.05
    assert 12 <= found["held_out"]["interpretive"]["n"] <= 12 * written
    assert found["attempts"] == 1
    assert "interpretive conflicts fell from" in found["sentence"]
    assert 0 < found["noise"]["changed_decisions"] < 0.3
    code, printed, told = said(["trial", "verdict", "ex", made])
    assert code == 0, told
    assert found["sentence"] in printed

    code, _, told = said(["load", "run", made, "--study", "no"])
    assert (code, "which makes no study: ask for its verdict" in told) == (2, True), told
    code, _, told = said(["trial", "verdict", "another", made])
    assert (code, "tries a clause of “ex”" in told) == (2, True)


def test_what_can_t_be_tried_is_said(tmp_path: Path):
    spec = new_spec(tmp_path)
    for words, clause, file in (
        ("There is no clause “nowhere”", "nowhere", spec),
        ("there is nothing to try", CLAUSE, EMBEDDED / "spec.md"),
        ("No judged answer of “ex” cites", "whose_word", spec),
    ):
        code, _, told = planned(file, tmp_path / "no.json", clause=clause)
        assert (code, words in told) == (2, True), told
    code, _, told = planned(spec, tmp_path / "no.json", "--old", str(spec))
    assert (code, "is not the text that “ex” was judged under" in told) == (2, True), told
    assert not (tmp_path / "no.json").exists()
    code, _, told = said(["trial", "verdict", "ex", "01JXXXXXXXXXXXXXXXXXXXXXXX"])
    assert (code, "is no trial" in told) == (2, True)
