"""Outliers from histograms, against the rule written as loops over every pair of models."""

from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from make_rows import load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.measure.outliers import OutlierRule, by_model, directed
from analysis.queries import outliers
from analysis.settings import Settings
from analysis.store.study import OpenStudy, open_study
from pipeline.simulator.example import write_example

TWELVE = tuple(f"model_{c}" for c in "abcdefghijkl")
ROWS = many(60, seed=9, models=TWELVE, gaps=0.2)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("outliers")
    home = Settings(home=folder / "home")
    load(home, parquet(folder / "rows.parquet", ROWS))
    opened = open_study(home, "planted")
    yield opened
    opened.close()


def by_loops(rule: OutlierRule) -> dict[tuple[str, str], tuple[int, int, float]]:
    """(scenario, model) -> (differs_from, of, others' median) on the value that counts."""
    expected = {}
    for row in ROWS:
        scenario = f"{row['chunk_index']}_{row['entry_idx']}_{row['nudge_direction']}"
        for model in TWELVE:
            best = None
            for value in (1, 2):
                own = row[f"{model}_value{value}_position"]
                others = [
                    p
                    for m in TWELVE
                    if m != model and (p := row[f"{m}_value{value}_position"]) is not None
                ]
                if own is None or len(others) < 6:
                    continue
                far = sum(abs(p - own) >= rule.distance for p in others)
                needed = Fraction(rule.others, rule.of) * len(others)
                if far >= needed and (best is None or far > best[0]):
                    best = (far, len(others), median(others))
            if best:
                expected[scenario, model] = best
    return expected


@limits(max_examples=25)
@given(distance=st.integers(1, 6), others=st.integers(1, 11))
def test_histograms_find_what_loops_find(study: OpenStudy, distance: int, others: int) -> None:
    rule = OutlierRule(distance, others)
    frame = outliers.found(study, rule)
    found = {
        (r["scenario"], r["model"]): (r["differs_from"], r["of"], r["others_median"])
        for r in frame.to_dict("records")
    }
    assert found == by_loops(rule)
    one = outliers.found(study, rule, model="model_c")
    assert len(one) == sum(model == "model_c" for _, model in found)


def test_five_others_are_too_few(settings: Settings, tmp_path: Path) -> None:
    apart = dict.fromkeys(TWELVE[:5], (0, 3)) | {TWELVE[5]: (6, 3)}
    load(settings, parquet(tmp_path / "few.parquet", [wide(1, 1, "neutral", apart)]))
    few = open_study(settings, "planted")
    assert outliers.defined(few) == 0
    assert outliers.found(few, OutlierRule()).empty
    few.close()


def test_a_hundred_and_thirty_models_do_not_run_over(settings: Settings, tmp_path: Path) -> None:
    """More answers at one position than a packed count of eight bits holds."""
    cells = {f"model_{i:03d}": (0, 3) for i in range(129)} | {"model_odd": (6, 3)}
    load(settings, parquet(tmp_path / "many.parquet", [wide(1, 1, "neutral", cells)]))
    crowd = open_study(settings, "planted")
    found = outliers.found(crowd, OutlierRule())
    assert outliers.defined(crowd) == 130
    crowd.close()
    row = found.iloc[0]
    assert (len(found), row["model"], row["differs_from"], row["of"]) == (1, "model_odd", 129, 129)
    assert row["others_median"] == 0


def test_no_outlier_where_all_agree(settings: Settings, tmp_path: Path) -> None:
    rows = [wide(1, 1, "neutral", dict.fromkeys(TWELVE, (3, 3)))]
    load(settings, parquet(tmp_path / "same.parquet", rows))
    same = open_study(settings, "planted")
    table = by_model(directed(outliers.found(same, OutlierRule())), list(TWELVE))
    assert list(table["total"]) == [0] * 12
    assert outliers.defined(same) == 12
    same.close()


def test_numbers_that_make_no_rule_are_refused() -> None:
    for distance, others in ((0, 9), (7, 9), (4, 0), (4, 12)):
        with pytest.raises(FaultlineError, match="no rule"):
            OutlierRule(distance, others)


def test_the_planted_outliers_stand_out(settings: Settings, tmp_path: Path) -> None:
    """The example plants one frequent outlier model and a second one well behind it."""
    from analysis.load.files.files import load_files

    write_example(tmp_path / "example")
    load_files([tmp_path / "example"], "example", settings)
    example = open_study(settings, "example")
    table = by_model(directed(outliers.found(example, OutlierRule())), example.info.models)
    example.close()
    ranked = table.sort_values("total", ascending=False).reset_index(drop=True)
    assert list(ranked["model"])[:2] == ["cobble_one", "eider_max"]
    assert ranked["total"][0] > 2 * ranked["total"][1] > 2 * ranked["total"][2]
