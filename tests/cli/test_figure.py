"""Figures at the command line: listed, written, verified, and refused in one sentence."""

import json

import pandas as pd
import pytest
from make_rows import load, many, parquet
from typer.testing import CliRunner

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli-figures")
    settings = Settings(home=folder / "home")
    load(settings, parquet(folder / "rows.parquet", many(30)))
    return settings.home


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))

    def command(*words):
        done = CliRunner().invoke(app, [str(w) for w in words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout

    return command


def test_figures_are_listed_with_their_parameters(run):
    listed = json.loads(run("figures", "--format", "json")[1])
    by_name = {f["figure"]: f for f in listed}
    assert by_name["disagreement.bins"]["parameters"] == {"models": "all"}
    assert "values.by_category" in run("figures")[1]


def test_a_figure_is_written_and_verified(run, tmp_path):
    out = tmp_path / "cases.csv"
    code, said = run(
        "figure",
        "planted",
        "scenarios.listed",
        "--out",
        out,
        "--set",
        'filter={"nudges": ["neutral"]}',
        "--set",
        "sort=value1",
    )
    assert code == 0
    assert said.split() == [str(out), str(tmp_path / "cases.facts.json")]
    assert set(pd.read_csv(out)["nudge"]) == {"neutral"}
    assert run("verify", out)[0] == 0
    out.write_text(out.read_text(encoding="utf-8").replace("neutral", "Neutral"))
    code, said = run("verify", out, "--format", "json")
    assert (code, json.loads(said)["state"]) == (1, "file altered")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["figure", "planted", "no.such", "--out", "a.html"], "no.such"),
        (
            ["figure", "planted", "outliers.bars", "--out", "a.html", "--set", "distance"],
            "distance",
        ),
        (["figure", "planted", "outliers.bars", "--out", "nowhere/a.html"], "can't be written"),
        (["figure", "nobody", "outliers.bars", "--out", "a.html"], "nobody"),
        (["verify", "nowhere.png"], "can't be read"),
    ],
)
def test_a_mistake_ends_in_one_sentence(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FaultlineError, match=said):
        run(*words)
