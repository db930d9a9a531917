"""`python -m analysis compare` as scripts see it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from make_rows import load, many, opinions, parquet

from analysis.__main__ import main
from analysis.load.specs import load_spec
from analysis.settings import Settings

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with `before`, `after` (o3 holds other positions) and `elsewhere` (other queries)."""
    folder: Path = tmp_path_factory.mktemp("compare")
    rows = many(60, gaps=0)
    moved = [r | {f"o3_value{v}_position": 6 for v in (1, 2)} for r in rows]
    apart = [r | {"value1": "x", "query": f"{r['query']} now"} for r in rows]
    settings = Settings(home=folder / "home")
    for name, held in (("before", rows), ("after", moved), ("elsewhere", apart)):
        load(settings, parquet(folder / f"{name}.parquet", held), study=name)
    return settings.home


@pytest.fixture
def compare(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in that home: (exit code, stdout, stderr)."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home))

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["analysis", "compare", *words])
        code = main()
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_json_has_the_documented_shape(compare: Command) -> None:
    code, out, err = compare("before", "after", "--format", "json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert list(found) == ["a", "b", "identical", "matched", "only_a", "only_b", "metrics"]
    assert (found["a"], found["b"], found["identical"]) == ("before", "after", False)
    assert (found["matched"], found["only_a"], found["only_b"]) == (60, 0, 0)
    mean = found["metrics"]["disagreement.mean"]
    assert {"a", "b", "difference", "low", "high", "q"} <= set(mean)
    assert mean["difference"] == pytest.approx(mean["b"] - mean["a"])
    assert mean["low"] <= mean["difference"] <= mean["high"]
    assert mean["q"] <= 0.05


def test_a_study_and_itself_are_identical(compare: Command) -> None:
    code, out, _ = compare("before", "before", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["identical"]
    assert {m["difference"] for m in found["metrics"].values()} == {0}
    assert {m["low"] for m in found["metrics"].values()} == {None}
    code, _, _ = compare("before", "before", "--guard", "disagreement.mean.difference<0.01")
    assert code == 0


def test_a_broken_guard_exits_with_3_and_says_which(compare: Command) -> None:
    guards = ("--guard", "disagreement.mean<0.5", "--guard", "disagreement.high<1.1")
    code, out, err = compare("before", "after", *guards, "--format", "json")
    assert code == 3
    assert json.loads(out)["matched"] == 60
    assert err.startswith("Guard disagreement.mean<0.5 is broken: disagreement.mean of B is ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("before", "nowhere"), "no study “nowhere”"),
        (("nowhere", "after"), "no study “nowhere”"),
        (("before", "after", "--guard", "disagreement.mean"), "is no guard"),
        (("before", "after", "--guard", "disagreement.meen<1"), "Did you mean disagreement.mean"),
        (("before", "after", "--guard", "disagreement.mean<1", "--by", "luck"), "bound, point"),
    ],
)
def test_mistakes_are_one_plain_sentence(compare: Command, words, said: str) -> None:
    code, out, err = compare(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_studies_that_share_nothing_say_what_to_load(compare: Command) -> None:
    code, out, err = compare("before", "elsewhere", "--format", "json")
    assert code == 0
    assert json.loads(out)["matched"] == 0
    assert "share no query" in err
    code, _, err = compare("before", "elsewhere", "--guard", "disagreement.mean<3")
    assert code == 2
    assert "no metric" in err


def test_the_table_says_what_matched_and_the_surest_difference_first(compare: Command) -> None:
    code, out, _ = compare("before", "after")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("before (A) and after (B): 60 queries in common")
    assert lines[1].split() == ["metric", "a", "b", "difference", "low", "high", "q", "n"]


def test_the_same_answers_judged_under_two_versions_of_a_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Judge one flags answers to the first 50 queries more under the new text: that is the paired
    change, the other judges and what nobody touched stay where they were."""
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    for version, words in (("1.0", "a tired person"), ("2.0", "anybody")):
        path = tmp_path / f"house.{version}.md"
        path.write_text(f"# Kind words {{#kind_words}}\nChoose words that {words} can bear.\n")
        load_spec(path, version, settings)
    rows = many(60, gaps=0)
    old = opinions(rows, ("o3", "gpt_4o"))
    turned = [r | {"one_decision": "non-compliant"} for r in old[:100]]
    change = sum(r["one_decision"] == "compliant" for r in old[:100])  # ambiguous is flagged, too
    for name, said, version in (("old", old, "1.0"), ("new", turned + old[100:], "2.0")):
        answers = parquet(tmp_path / f"{name}.parquet", rows)
        load(settings, answers, parquet(tmp_path / f"{name}-said.parquet", said), study=name)
        say = ["spec", "say", name, f"house@{version}", "--author", "mia"]
        monkeypatch.setattr("sys.argv", ["analysis", *say])
        assert main() == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["analysis", "compare", "old", "new", "--format", "json"])
    assert main() == 0
    found = json.loads(capsys.readouterr().out)
    assert found["matched"] == 60
    one = found["metrics"]["flag_rates.one"]
    judged = sum(r["one_decision"] is not None for r in old)
    assert one["difference"] == pytest.approx(change / judged, abs=0.05)
    assert one["low"] > 0
    assert one["q"] <= 0.05
    alike = {"disagreement.mean", "flag_rates.two", "flag_rates.three"}
    assert {found["metrics"][name]["difference"] for name in alike} == {0}
    monkeypatch.setattr("sys.argv", ["analysis", "report", "new", "--format", "json"])
    assert main() == 0
    spec = json.loads(capsys.readouterr().out)["spec"]
    assert (spec["name"], spec["version"], spec["assumed"]) == ("house", "2.0", False)
