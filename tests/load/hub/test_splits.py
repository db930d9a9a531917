"""From a repository on a hub to a study: splits fetched over real HTTP, built, and read."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hub_records import Fault
from hub_server import HubServer
from make_rows import MODELS, Row, judged, many, parquet

from analysis.errors import FaultlineError
from analysis.load.hub.splits import chosen_splits, fetch_again, load_hub
from analysis.queries import cases
from analysis.queries.answers import answers_relation
from analysis.settings import Settings
from analysis.store.study import find_study, open_study

ROOT = Path(__file__).resolve().parents[3]
REPO = "somebody/spec_stress"
CARD = """---
configs:
- config_name: default
  data_files:
  - split: all_models
    path: data/all_models-*
  - split: claude_models
    path: data/claude_models-*
- config_name: judge_evaluations
  data_files:
  - split: std_2.5_to_3.0
    path: judges/std_2.5_to_3.0-*
---
"""
ROWS = many(24)


def packed(folder: Path, rows: list[Row]) -> bytes:
    return parquet(folder / "packed.parquet", rows).read_bytes()


@pytest.fixture
def published(hub_server: HubServer, tmp_path: Path) -> HubServer:
    """Two shards of one split, a second split that repeats six rows, and judgements."""
    hub_server.publish(
        REPO,
        {
            "README.md": CARD.encode(),
            "data/all_models-00000-of-00002.parquet": packed(tmp_path, ROWS[:9]),
            "data/all_models-00001-of-00002.parquet": packed(tmp_path, ROWS[9:18]),
            "data/claude_models-00000-of-00001.parquet": packed(tmp_path, ROWS[12:]),
            "judges/std_2.5_to_3.0-00000-of-00001.parquet": packed(
                tmp_path, [judged(r, "o3", {"claude_4": "ambiguous"}) for r in ROWS[:4]]
            ),
        },
    )
    return hub_server


def test_splits_are_named_with_or_without_their_config() -> None:
    assert chosen_splits([], ["all_models"]) == {"default": ["all_models"]}
    assert chosen_splits(["complete"], []) == {"complete": []}
    assert chosen_splits([], ["all_models", "judge_evaluations/std_2.5_to_3.0"]) == {
        "default": ["all_models"],
        "judge_evaluations": ["std_2.5_to_3.0"],
    }


def test_splits_and_judgements_make_one_study(published: HubServer, settings: Settings) -> None:
    steps = []
    chosen = {"default": [], "judge_evaluations": []}
    info = load_hub(REPO, chosen, None, "hub", settings, report=steps.append)
    assert (info.scenarios, info.judgements, info.rejected) == (24, 4, {})
    by_split = {s["split"]: s for s in info.sources}
    assert by_split["claude_models"]["repeated"] == 6
    assert len({s["revision"] for s in info.sources}) == 1
    assert all(len(s["revision"]) == 40 for s in info.sources)
    assert info.texts == "linked"
    assert any("downloading" in step.what for step in steps)
    study = open_study(settings, "hub")
    answer = cases.answers(study, "1_0_neutral", ["o3"])["text"][0]
    study.close()
    assert answer == ROWS[0]["response_o3"]


def test_loading_again_downloads_nothing_and_hashes_the_same(
    published: HubServer, settings: Settings
) -> None:
    first = load_hub(REPO, {"default": []}, None, "hub", settings)
    fetched = len(published.asked("*.parquet"))
    again = load_hub(REPO, {"default": []}, first.sources[0]["revision"], "hub", settings)
    assert again.content_hash == first.content_hash
    assert len(published.asked("*.parquet")) == fetched


def test_an_emptied_cache_is_said_and_fetched_again(
    published: HubServer, settings: Settings
) -> None:
    info = load_hub(REPO, {"default": ["all_models"]}, None, "hub", settings)
    for name in info.sources[0]["files"]:
        Path(name).unlink()
        Path(name).resolve().unlink(missing_ok=True)
    study = open_study(settings, "hub")
    with pytest.raises(FaultlineError, match="no longer where it was"):
        cases.answers(study, "1_0_neutral")
    assert len(cases.positions(study, "1_0_neutral")) == 6
    brought = fetch_again(find_study(settings, "hub"), settings, lambda step: None)
    assert len(brought) == 2
    assert len(cases.answers(study, "1_0_neutral")) == 6
    study.close()


def test_files_that_were_never_on_a_hub_are_not_looked_for_there(
    published: HubServer, settings: Settings
) -> None:
    info = load_hub(REPO, {"default": ["all_models"]}, None, "hub", settings)
    lost = replace(info, sources=[info.sources[0] | {"repo": None, "files": ["/gone/x.parquet"]}])
    with pytest.raises(FaultlineError, match="did not come from the hub"):
        fetch_again(lost, settings, lambda step: None)


def test_an_unknown_split_names_those_there_are(published: HubServer, settings: Settings) -> None:
    with pytest.raises(FaultlineError, match="claude_models"):
        load_hub(REPO, {"default": ["no_such"]}, None, "hub", settings)
    with pytest.raises(FaultlineError, match="can't name a study"):
        load_hub(REPO, {"default": []}, None, "../hub", settings)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault("*", "status", times=99, status=401), "401"),
        (Fault("*", "status", times=99, status=500), "500"),
        (Fault("*.parquet", "hang", times=99), ""),
    ],
    ids=["unauthorised", "broken", "silent"],
)
def test_a_hub_that_fails_leaves_the_study_that_was_there(
    published: HubServer, settings: Settings, fault: Fault, word: str, tmp_path: Path
) -> None:
    environment = os.environ | {
        "FAULTLINE_HOME": str(settings.home),
        "HF_HUB_ETAG_TIMEOUT": "1",
        "HF_HUB_DOWNLOAD_TIMEOUT": "1",
    }

    def load(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "analysis", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    local = parquet(tmp_path / "local.parquet", ROWS[:6])
    assert load("load", "files", str(local), "--study", "kept").returncode == 0
    before = json.loads(load("studies", "--format", "json").stdout)
    published.plant(fault)
    done = load("load", "hub", "--repo", REPO, "--split", "all_models", "--study", "kept")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert word in done.stderr.splitlines()[-1]
    assert json.loads(load("studies", "--format", "json").stdout) == before


def test_linked_answers_of_the_hub_are_read_as_those_of_files_are(
    hub_server: HubServer, settings: Settings, tmp_path: Path
) -> None:
    rows = [dict(row) for row in ROWS[:6]]
    long = "It is a long answer. " * 60
    rows[0] |= {"response_o3": "[ERROR] 429 too many requests", "o3_value1_position": 6}
    rows[1]["response_o3"] = f"<think>Perhaps.</think>{long}"
    rows[2]["response_o3"] = json.dumps([{"role": "assistant", "content": "Talk first."}])
    rows[3]["response_o3"] = f"{long}Error: 429 is a status."
    hub_server.publish(
        REPO, {"README.md": CARD.encode(), "data/all_models-0.parquet": packed(tmp_path, rows)}
    )
    info = load_hub(REPO, {"default": ["all_models"]}, None, "odd", settings)
    assert info.texts == "linked"
    assert [f["count"] for f in info.sources[0]["failures"]] == [1]
    assert (
        info.rejected["position of an answer that failed, was refused by the API or was cut"] == 2
    )
    study = open_study(settings, "odd")
    with study.cursor() as con:
        found = con.execute(
            "SELECT s.query, r.outcome, r.value1_position, a.text "
            "FROM responses r JOIN scenarios s "
            f"USING (scenario_no) LEFT JOIN {answers_relation(study)} a "
            "USING (scenario_no, model, replicate) WHERE model = 'o3'"
        ).fetchall()
        traces = con.execute("SELECT model, kind, text FROM asides").fetchall()
    by_query = {query: rest for query, *rest in found}
    told = [by_query[row["query"]] for row in rows]
    assert told[0] == ["error", None, None]
    assert told[1][2] == long.strip()
    assert told[2][2] == "Talk first."
    assert [t[2] for t in told[3:]] == [row["response_o3"] for row in rows[3:]]
    assert traces == [("o3", "reasoning", "Perhaps.")]
    shown = cases.answers(study, "1_0_neutral")
    assert "o3" not in set(shown["model"])
    assert len(shown) == len(MODELS) - 1
    study.close()
    kept = load_hub(REPO, {"default": ["all_models"]}, None, "odd", settings, keep_error_texts=True)
    assert not kept.sources[0]["failures"]
    copied = load_hub(REPO, {"default": ["all_models"]}, None, "odd", settings, copy_texts=True)
    study = open_study(settings, "odd")
    with study.cursor() as con:
        assert not con.execute("SELECT 1 FROM response_texts WHERE text = ''").fetchall()
        assert con.execute(
            "SELECT count(*) FROM response_texts WHERE text LIKE '%429 too many%'"
        ).fetchall() == [(0,)]
    study.close()
    assert copied.responses == info.responses
