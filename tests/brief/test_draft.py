"""Briefings of odd studies, and the two commands as scripts see them."""

import json

import command_kit
import pytest
from make_rows import MODELS, load, many, parquet, wide

from analysis.brief.draft import draft
from analysis.settings import Settings
from analysis.store.study import open_study


def briefed(settings, tmp_path, rows, **how):
    load(settings, parquet(tmp_path / "rows.parquet", rows), study="s", copy_texts=True, **how)
    study = open_study(settings, "s")
    made = draft(study, settings)
    study.close()
    return made


def test_where_nothing_differs_nothing_is_claimed(settings, tmp_path):
    cells = dict.fromkeys((*MODELS, "gpt_4o", "gemini_2_5_pro"), (3, 3))
    made = briefed(
        settings, tmp_path, [wide(c, e, positions=cells) for c in (1, 2, 3) for e in range(1, 11)]
    )
    told = " ".join(f"{f.title} {f.text}" for f in made)
    assert "leans towards" not in told
    assert "leans away" not in told
    assert "Clearly more" not in told
    assert "0 of 30 scenarios" in told
    assert "No answer lies at least 4 positions" in told


@pytest.mark.parametrize(
    "rows",
    [
        many(9, models=("o3",)),
        [wide(1, e, positions=dict.fromkeys(MODELS, (None, None))) for e in range(1, 6)],
        many(3),
        [wide(1, 1)],
    ],
    ids=["one-model", "no-positions", "one-family", "one-row"],
)
def test_a_study_that_lacks_something_still_gets_a_briefing(settings, tmp_path, rows):
    made = briefed(settings, tmp_path, rows)
    assert made[0].title == "What was looked at"
    assert made[-1].title == "What to keep in mind"
    told = " ".join(f.text for f in made)
    assert "nan" not in told.split()
    assert "can't be computed" in made[-1].text
    assert "judge" in made[-1].text


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return lambda *words: command_kit.said(words)


def test_brief_export_and_verify_from_the_command_line(run, tmp_path):
    settings = Settings(home=tmp_path / "home")
    load(settings, parquet(tmp_path / "rows.parquet", many(60)), study="s", copy_texts=True)
    code, out, err = run("brief", "s", "--report", "First look")
    assert code == 0, err
    assert out.startswith("report first-look: ")
    page = tmp_path / "page.html"
    code, out, err = run("export", "first-look", "--format", "html", "--out", str(page))
    assert (code, out.strip()) == (0, str(page)), err
    code, out, _ = run("verify", str(page), "--format", "json")
    assert code == 0
    assert json.loads(out)["state"] == "holds"

    load(settings, parquet(tmp_path / "rows.parquet", many(60, seed=5)), study="s", copy_texts=True)
    code, out, err = run("export", "first-look", "--format", "html", "--out", str(page))
    assert (code, out) == (2, "")
    assert "has other data now" in err
    assert "--recompute" in err
    again = tmp_path / "again.json"
    code, _, err = run(
        "export", "first-look", "--format", "json", "--out", str(again), "--recompute"
    )
    assert code == 0, err
    assert json.loads(again.read_text())["title"] == "First look"
    code, _, err = run("export", "second", "--format", "html", "--out", str(page))
    assert code == 2
    assert "no report “second”" in err
    code, _, err = run("brief", "nobody", "--report", "x")
    assert code == 2
    assert "nobody" in err
