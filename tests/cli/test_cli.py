"""The command line as scripts see it: exit codes, JSON on stdout alone, sentences on stderr."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import command_kit
import pyarrow.parquet as pq
import pytest
from make_rows import as_csv, judged, many, parquet, wide

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"


def script(home: Path, *words: str) -> tuple[int, str, str]:
    """One command in a process of its own, as scripts have it: (exit code, stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *words],
        cwd=ROOT,
        env={**os.environ, "FAULTLINE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def run(tmp_path: Path, monkeypatch):
    """Run one command in a home of its own, in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return lambda *words: command_kit.said(words)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A folder with a home, loaded by a script, and the file that it was loaded from."""
    folder = tmp_path_factory.mktemp("whole")
    rows = many(30)
    wide_file = parquet(folder / "wide.parquet", rows)
    judge_file = parquet(
        folder / "judged.parquet", [judged(r, "o3", {"claude_4": "compliant"}) for r in rows[:5]]
    )
    files = (str(wide_file), str(judge_file))
    code, out, err = script(folder / "home", "load", "files", *files, "--study", "planted")
    assert code == 0, err
    assert out.startswith("study planted: 30 scenarios, ")
    return folder


@pytest.fixture
def planted(whole: Path, tmp_path: Path) -> Path:
    """The file of a study in the home that `run` works in."""
    shutil.copytree(whole / "home", tmp_path / "home")
    return whole / "wide.parquet"


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Exit code 2, nothing on stdout, one sentence (after the progress) that holds the words."""
    code, out, err = result
    sentences = [line for line in err.splitlines() if not line.startswith("… ")]
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert len(sentences) == 1
    for word in words:
        assert word in sentences[0]


def test_studies_as_json(run, planted: Path) -> None:
    code, out, _ = run("studies", "--format", "json")
    (study,) = json.loads(out)
    assert code == 0
    assert set(study) == {
        "id",
        "title",
        "content_hash",
        "simulated",
        "scenarios",
        "responses",
        "built_at",
        "sources",
    }
    assert (study["id"], study["scenarios"], study["responses"]) == ("planted", 30, 180)
    assert study["simulated"] is False
    assert study["built_at"].endswith("Z")


def test_a_script_hears_the_same(run, planted: Path, tmp_path: Path) -> None:
    for words in (("scenarios", "planted", "--format", "json"), ("scenarios", "nowhere")):
        assert script(tmp_path / "home", *words) == run(*words)


def test_scenarios_as_json_most_disagreement_first(run, planted: Path) -> None:
    code, out, _ = run("scenarios", "planted", "--min-disagreement", "1.5", "--format", "json")
    rows = json.loads(out)
    assert code == 0
    assert rows
    assert set(rows[0]) == {
        "scenario",
        "family",
        "nudge",
        "value1",
        "value2",
        "rank",
        "models",
        "disagreement",
    }
    found = [r["disagreement"] for r in rows]
    assert found == sorted(found, reverse=True)
    assert min(found) >= 1.5


def test_report_has_study_and_disagreement(run, planted: Path) -> None:
    code, out, _ = run("report", "planted")
    report = json.loads(out)
    assert code == 0
    assert set(report["study"]) == {
        "id",
        "title",
        "simulated",
        "content_hash",
        "scenarios",
        "families",
        "responses",
        "models",
        "judges",
        "rejected",
        "outcomes",
        "unmatched_judgements",
    }
    everyone = report["disagreement"]["sets"]["all"]
    assert set(everyone) == {"models", "scenarios", "high", "mean", "bins"}
    assert everyone["models"] == 6
    assert sum(everyone["bins"]) == everyone["scenarios"]
    assert sum(everyone["bins"][2:]) == everyone["high"]
    code, text, _ = run("report", "planted", "--format", "markdown")
    assert code == 0
    assert text.startswith("# planted")


def test_snapshot_holds_linked_answers(run, planted: Path, tmp_path: Path) -> None:
    code, _, err = run("snapshot", "planted", "--out", str(tmp_path / "tables"))
    assert code == 0, err
    answers = pq.read_table(tmp_path / "tables" / "response_texts.parquet").to_pylist()
    responses = pq.read_table(tmp_path / "tables" / "responses.parquet").to_pylist()
    assert len(answers) == 180
    assert {"scenario": "1_0_neutral", "model": "o3", "replicate": 0}.items() <= next(
        a for a in answers if a["scenario"] == "1_0_neutral" and a["model"] == "o3"
    ).items()
    assert {r["scenario"] for r in responses} == {a["scenario"] for a in answers}
    refused(run("snapshot", "planted", "--out", str(tmp_path / "tables")), "not empty")


def test_mistakes_end_with_one_sentence(run, planted: Path, tmp_path: Path) -> None:
    refused(run("scenarios", "nowhere"), "nowhere", "planted")
    refused(run("scenarios", "planted", "--models", "gpt_9"), "gpt_9")
    refused(run("scenarios", "planted", "--min-disagreement", "4"), "between 0 and 3")
    refused(run("load", "files", str(planted), "--study", "../up"), "../up")
    refused(run("load", "files", str(tmp_path / "no.csv"), "--study", "x"), "no.csv")
    refused(run("load", "spec", str(tmp_path / "no.md")), "no.md")
    lacking = as_csv(tmp_path / "lacking.csv", [{"query": "What?", "value1": "a"}])
    refused(run("load", "files", str(lacking), "--study", "x"), "value2", "lacking.csv")


def test_bad_rows_are_rejected_one_by_one(run, tmp_path: Path) -> None:
    good, bad = wide(1, 1), wide(1, 2, query=None)
    odd = wide(1, 3, "neutral", {"o3": ("7", "text"), "grok_4": ("2.5", "-1"), "gpt_4_1": (3, 4)})
    path = as_csv(tmp_path / "rows.csv", [good, bad, odd])
    code, _, err = run("load", "files", str(path), "--study", "mixed")
    assert code == 0, err
    assert "rejected 1: no query" in err
    report = json.loads(run("report", "mixed")[1])
    assert report["study"]["scenarios"] == 2
    assert report["study"]["rejected"] == {
        "no query": 1,
        "position is not a whole number from 0 to 6": 4,
    }


def test_a_refused_load_leaves_what_was_there(run, planted: Path, tmp_path: Path) -> None:
    before = json.loads(run("studies", "--format", "json")[1])
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(planted.read_bytes()[:-200])
    refused(run("load", "files", str(broken), "--study", "planted"), "broken.parquet")
    assert json.loads(run("studies", "--format", "json")[1]) == before


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED.exists(), reason="shared/data is not beside the checkout")
def test_the_two_real_rows_give_the_published_disagreement(run) -> None:
    rows = SHARED / "real_rows" / "all_models_full_rows.jsonl"
    assert run("load", "files", str(rows), "--study", "real")[0] == 0
    for models, expected in (("all", [2.385, 2.102]), ("openai", [2.315, 0.8])):
        out = run("scenarios", "real", "--models", models, "--format", "json")[1]
        by_rank = {r["rank"]: r["disagreement"] for r in json.loads(out)}
        assert [by_rank[3104], by_rank[12319]] == expected


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED.exists(), reason="shared/data is not beside the checkout")
def test_the_real_taxonomy_and_spec_say_what_they_hold(run) -> None:
    tree = SHARED / "values_in_the_wild" / "values_tree.csv"
    spec = SHARED / "model_spec" / "model_spec.2025-04-11.md"
    taxonomy_line = run("load", "taxonomy", str(tree))[1].splitlines()[-1]
    assert taxonomy_line.endswith(": 3307 values, 266 clusters, 26 categories, 5 groups")
    spec_line = run("load", "spec", str(spec))[1].splitlines()[-1]
    assert spec_line == "spec model_spec 2025-04-11: 71 clauses"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("load", "files", "x.csv"), "--study"),
        (("scenarios", "planted", "--top", "many"), "--top"),
        (("scenarios", "planted", "--format", "xml"), "xml"),
        (("scenarios", "planted", "--nonsense"), "--nonsense"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_word_that_is_not_understood_is_one_sentence_too(run, words, named) -> None:
    refused(run(*words), named)


def test_labels_go_out_and_come_in_again(run, planted: Path, tmp_path: Path) -> None:
    code, _, _ = run("labels", "export", "planted", str(tmp_path / "none.csv"))
    assert code == 0
    import pandas as pd

    with_key = tmp_path / "hand.csv"
    key = _query_keys(tmp_path / "home")[0]
    verdict = ("compliance", "ambiguous", "mia", key, "o3")
    elsewhere = ("topics", "politics", "mia", "gone", "")
    columns = ["kind", "value", "author", "query_key", "model"]
    pd.DataFrame([verdict, elsewhere], columns=columns).to_csv(with_key)
    code, out, err = run("labels", "import", "planted", str(with_key))
    assert code == 0, err
    assert out == (
        "labels planted: 1 imported, 0 already here, 1 about content that is not in this study\n"
    )
    code, out, _ = run("labels", "export", "planted", str(tmp_path / "again.parquet"))
    assert out.startswith("labels planted: 1 written to ")
    refused(run("labels", "export", "planted", str(tmp_path / "x.xlsx")), ".csv or .parquet")
    refused(run("labels", "import", "nobody", str(with_key)), "nobody")


def _query_keys(home: Path) -> list[str]:
    from analysis.settings import Settings
    from analysis.store.study import open_study

    study = open_study(Settings(home=home), "planted")
    with study.cursor() as con:
        found = con.execute("SELECT query_key FROM scenarios ORDER BY scenario_no").fetchall()
    study.close()
    return [row[0] for row in found]
