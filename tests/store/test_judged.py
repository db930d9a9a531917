"""Judgements: joined to their scenarios, or scenarios of their own; decisions as they were said."""

from pathlib import Path

import pytest
from make_rows import judged, load, many, parquet, wide

from analysis.settings import Settings
from analysis.store.queries import cases, overview
from analysis.store.queries.filters import ScenarioFilter
from analysis.store.queries.scenarios import page
from analysis.store.study import open_study

DECISIONS = {"claude_4": "compliant", "gpt41": "Non_Compliant"}


def test_judgements_join_by_family_and_query(settings: Settings, tmp_path: Path) -> None:
    rows = many(6)
    wide_file = parquet(tmp_path / "wide.parquet", rows)
    judge_file = parquet(tmp_path / "judged.parquet", [judged(rows[0], "o3", DECISIONS)])
    info = load(settings, wide_file, judge_file)
    assert (info.scenarios, info.judgements) == (6, 2)
    assert info.judges == ["claude_4", "gpt41"]
    study = open_study(settings, "planted")
    found = cases.judgements(study, "1_0_neutral").set_index("judge")
    assert found.loc["claude_4", "decision"] == "compliant"
    assert found.loc["gpt41", "decision"] == "non-compliant"
    assert found.loc["gpt41", "raw_decision"] == "Non_Compliant"


def test_a_query_under_another_key_joins_by_its_words(settings: Settings, tmp_path: Path) -> None:
    rows = many(3)
    elsewhere = judged(rows[1], "o3", DECISIONS, chunk_idx=77, entry_idx=1)
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "judged.parquet", [elsewhere]),
    )
    assert info.scenarios == 3
    study = open_study(settings, "planted")
    assert len(cases.judgements(study, "1_0_value1")) == 2


def test_judged_queries_alone_have_a_stated_disagreement(
    settings: Settings, tmp_path: Path
) -> None:
    one, other = wide(5, 1), wide(5, 2, "value1")
    info = load(
        settings,
        parquet(
            tmp_path / "judged.parquet",
            [
                judged(one, "gpt-4.1-mini", DECISIONS, max_pop_std_openai=2.5),
                judged(one, "o3", DECISIONS, max_pop_std_openai=2.5),
                judged(other, "o3", DECISIONS, max_pop_std_openai=0.4),
            ],
        ),
    )
    assert info.scenarios == 2
    assert info.models == ["gpt_4_1_mini", "o3"]
    study = open_study(settings, "planted")
    frame = page(study, ScenarioFilter(model_set="openai")).set_index("scenario")
    assert frame.loc["5_1_neutral", "disagreement"] == pytest.approx(2.5)
    assert list(page(study, ScenarioFilter(model_set="openai", d_min=2.5))["scenario"]) == [
        "5_1_neutral"
    ]
    assert list(overview.bins(study, "openai")["scenarios"]) == [1, 0, 0, 0, 1]


def test_words_that_are_no_decision_are_kept_and_counted(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(3)
    odd = judged(rows[0], "o3", {"claude_4": "It depends", "gpt41": None})
    odd["gpt41_reasoning"] = None
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "judged.parquet", [odd]),
    )
    assert info.judgements == 1
    assert any("It depends" in notice for notice in info.notices)
    found = cases.judgements(open_study(settings, "planted"), "1_0_neutral")
    assert found["decision"].isna().all()


def test_the_same_answer_judged_twice_counts_once(settings: Settings, tmp_path: Path) -> None:
    rows = many(3)
    first = judged(rows[0], "o3", {"claude_4": "compliant"})
    second = judged(rows[0], "o3", {"claude_4": "ambiguous"})
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "judged.parquet", [first, second]),
    )
    assert info.judgements == 1
    assert sum(info.rejected.values()) == 1
