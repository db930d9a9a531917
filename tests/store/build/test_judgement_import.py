"""Judgements: joined to their scenarios, or scenarios of their own; decisions as they were said."""

from pathlib import Path

import pytest
from make_rows import MODELS, judged, load, many, parquet, wide

from analysis.queries import cases, disagreement, studies
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import page
from analysis.settings import Settings
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
    assert list(disagreement.bins(study, "openai")["scenarios"]) == [1, 0, 0, 0, 1]


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


def test_the_same_row_in_two_splits_is_met_before_not_rejected(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(3)
    row = judged(rows[0], "o3", {"claude_4": "compliant"})
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "one.parquet", [row, row]),
        parquet(tmp_path / "two.parquet", [row | {"more": 1}, judged(rows[1], "o3", {"a": "x"})]),
    )
    assert (info.judgements, info.rejected) == (2, {})
    assert [(s["kept"], s["repeated"]) for s in info.sources] == [(3, 0), (1, 1), (1, 1)]


def test_judges_of_different_files_judge_the_same_answer(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(3)
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "one.parquet", [judged(rows[0], "o3", {"claude_4": "compliant"})]),
        parquet(tmp_path / "two.parquet", [judged(rows[0], "o3", {"gpt41": "ambiguous"})]),
    )
    assert (info.judgements, info.judges, info.rejected) == (2, ["claude_4", "gpt41"], {})


def test_another_answer_judged_under_the_same_name_is_rejected(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(3)
    other = judged(rows[0], "o3", {"gpt41": "ambiguous"}, response="Something else entirely.")
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "one.parquet", [judged(rows[0], "o3", {"claude_4": "compliant"})]),
        parquet(tmp_path / "two.parquet", [other]),
    )
    assert info.judges == ["claude_4"]
    assert info.rejected == {"same answer judged twice with other content": 1}


def test_one_answer_joined_by_two_roads_is_one(settings: Settings, tmp_path: Path) -> None:
    """One file knows the family, the other only the words; spellings of the model differ too."""
    rows = many(3)
    known = judged(rows[0], "gpt_4_1_mini", {"claude_4": "compliant"})
    loose = judged(rows[0], "gpt_4_1_mini", {"gpt41": "compliant"})
    loose |= {"model": "GPT-4.1 mini", "chunk_idx": None, "entry_idx": None}
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "one.parquet", [known]),
        parquet(tmp_path / "two.parquet", [loose]),
    )
    assert (info.scenarios, info.responses, info.judgements) == (3, 18, 2)


def test_unjoined_rows_are_scenarios_of_their_own_and_counted_once(
    settings: Settings, tmp_path: Path
) -> None:
    rows, elsewhere = many(3), wide(9, 9, "value2")
    info = load(
        settings,
        parquet(tmp_path / "wide.parquet", rows),
        parquet(tmp_path / "one.parquet", [judged(elsewhere, m, DECISIONS) for m in MODELS]),
    )
    assert info.scenarios == 4
    assert [(s["rows"], s["kept"]) for s in info.sources] == [(3, 3), (6, 6)]
    study = open_study(settings, "planted")
    found = cases.one(study, "9_9_value2")
    assert found is not None
    assert (found.nudge, found.family) == ("value2", "9_9")
    assert page(study, ScenarioFilter(scenarios=("9_9_value2",)))["disagreement"].isna().all()
    assert len(cases.answers(study, "9_9_value2")) == len(MODELS)
    study.close()


def test_a_scenario_has_one_id_alone_and_beside_others(settings: Settings, tmp_path: Path) -> None:
    """Without numbers the family is the pair of values: its id must not depend on company."""
    loose = [
        judged(wide(1, i), "o3", DECISIONS, chunk_idx=None, entry_idx=None, value1="a", value2="b")
        for i in (1, 2)
    ]
    ids = []
    for rows in (loose[:1], loose):
        load(settings, parquet(tmp_path / "judged.parquet", rows), study="planted")
        study = open_study(settings, "planted")
        ids.append(set(page(study, ScenarioFilter())["scenario"]))
        study.close()
    assert ids[0] < ids[1]
    assert len(ids[1]) == 2


def test_a_nudge_of_judged_rows_is_one_of_three_or_unknown(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [
        judged(wide(1, i), "o3", DECISIONS, nudge=nudge)
        for i, nudge in enumerate([" Value1 ", "sideways", None, "neutral"])
    ]
    load(settings, parquet(tmp_path / "judged.parquet", rows))
    study = open_study(settings, "planted")
    found = page(study, ScenarioFilter(), sort="scenario", descending=False)["nudge"]
    assert [n if isinstance(n, str) else None for n in found] == ["value1", None, None, "neutral"]
    study.close()


def test_a_stated_disagreement_is_its_set_s_in_every_list(
    settings: Settings, tmp_path: Path
) -> None:
    from analysis.report import report

    stated = 1.4999999999999998  # what numpy makes of 0, 3, 0, 3: exactly 1.5
    rows = [judged(wide(5, 1), m, DECISIONS, max_pop_std_openai=stated) for m in ("o3", "gpt_4o")]
    load(settings, parquet(tmp_path / "judged.parquet", rows))
    study = open_study(settings, "planted")
    assert studies.sets(study)["model_set"].tolist() == ["openai"]
    assert disagreement.leave_one_out(study, "openai").empty
    assert len(page(study, ScenarioFilter(model_set="openai", d_min=1.5))) == 1
    assert len(page(study, ScenarioFilter(model_set="openai", d_max=1.4))) == 0
    found = report(study, settings)["disagreement"]["sets"]["openai"]
    assert (found["models"], found["scenarios"], found["high"]) == (2, 1, 1)
    assert found["bins"] == [0, 0, 1, 0, 0]
    study.close()


def test_an_answer_that_only_the_judges_file_has_is_answered(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [wide(1, 1, response_o3=None), wide(1, 2)]
    row = judged(wide(1, 1), "o3", DECISIONS)
    load(settings, parquet(tmp_path / "w.parquet", rows), parquet(tmp_path / "j.parquet", [row]))
    study = open_study(settings, "planted")
    assert cases.answers(study, "1_1_neutral", ["o3"])["text"].tolist() == [row["response"]]
    positions = cases.positions(study, "1_1_neutral").set_index("model")
    assert positions.loc["o3", "outcome"] == "answered"
    study.close()
