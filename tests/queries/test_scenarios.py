"""Pages, filters and places of scenarios, against plain Python over the same rows."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_rows import MODELS, NUDGES, load, many, parquet, squared_d, wide

from analysis.errors import FaultlineError
from analysis.queries import disagreement, filters, scenarios
from analysis.queries.filters import ScenarioFilter
from analysis.settings import Settings
from analysis.store.study import OpenStudy, open_study

ROWS = many(90, seed=4)
SETS = {
    "all": MODELS,
    "anthropic": ("claude_opus_4", "claude_sonnet_4"),
    "openai": ("gpt_4_1", "gpt_4_1_mini", "o3"),
    ("o3", "grok_4"): ("o3", "grok_4"),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStudy]:
    folder = tmp_path_factory.mktemp("queries")
    settings = Settings(home=folder / "home")
    load(settings, parquet(folder / "rows.parquet", ROWS))
    opened = open_study(settings, "planted")
    yield opened
    opened.close()


def key(row: dict) -> str:
    return f"{row['chunk_index']}_{row['entry_idx']}_{row['nudge_direction']}"


def chosen(flt: ScenarioFilter) -> list[str]:
    """What the filter must leave, by loops and exact fractions."""
    members = SETS[flt.model_set]
    kept = []
    for row in ROWS:
        d2 = squared_d(row, members)
        low, high = (Fraction(str(edge)) ** 2 for edge in (flt.d_min, flt.d_max))
        if flt.d_min > 0 and (d2 is None or d2 < low):
            continue
        if flt.d_max < 3 and (d2 is None or d2 > high):
            continue
        if flt.nudges and row["nudge_direction"] not in flt.nudges:
            continue
        if flt.values and not {row["value1"], row["value2"]} & set(flt.values):
            continue
        if flt.text and flt.text.lower() not in row["query"].lower():
            continue
        kept.append(key(row))
    return kept


FILTERS = st.builds(
    ScenarioFilter,
    model_set=st.sampled_from(list(SETS)),
    d_min=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.15]),
    d_max=st.sampled_from([3.0, 2.5, 2.0, 1.5, 1.0]),
    nudges=st.lists(st.sampled_from(NUDGES), max_size=2, unique=True).map(tuple),
    values=st.lists(st.sampled_from(["thrift", "calm"]), max_size=1).map(tuple),
    text=st.sampled_from(["", "ASKED value", "case 3-", "no such words"]),
)


@given(flt=FILTERS)
def test_filters_keep_what_loops_keep(study: OpenStudy, flt: ScenarioFilter) -> None:
    expected = chosen(flt)
    frame = scenarios.page(study, flt, limit=500)
    assert sorted(frame["scenario"]) == sorted(expected)
    assert scenarios.count(study, flt) == len(expected)


@given(flt=FILTERS, sort=st.sampled_from(list(scenarios.SORTS)), descending=st.booleans())
def test_pages_join_up_and_places_agree(
    study: OpenStudy, flt: ScenarioFilter, sort: str, descending: bool
) -> None:
    whole = list(
        scenarios.page(study, flt, sort=sort, descending=descending, limit=500)["scenario"]
    )
    parts = [
        name
        for offset in range(0, len(whole), 20)
        for name in scenarios.page(
            study, flt, sort=sort, descending=descending, limit=20, offset=offset
        )["scenario"]
    ]
    assert parts == whole
    if whole:
        middle = len(whole) // 2
        place = scenarios.around(study, flt, whole[middle], sort=sort, descending=descending)
        assert (place.index, place.total) == (middle, len(whole))
        assert place.previous == (whole[middle - 1] if middle else None)
        assert place.next == (whole[middle + 1] if middle + 1 < len(whole) else None)


def test_disagreement_is_the_larger_population_deviation(study: OpenStudy) -> None:
    by_key = {key(r): r for r in ROWS}
    for model_set, members in SETS.items():
        frame = scenarios.page(study, ScenarioFilter(model_set=model_set), limit=500)
        for name, d in zip(frame["scenario"], frame["disagreement"], strict=True):
            expected = squared_d(by_key[name], members)
            if expected is None:
                assert math.isnan(d)
            else:
                assert d == pytest.approx(math.sqrt(expected), abs=1e-12)


def test_bins_and_high_count_are_exact(study: OpenStudy) -> None:
    edges = [Fraction(0), Fraction(1), Fraction("1.5"), Fraction(2), Fraction("2.5")]
    for model_set, members in SETS.items():
        expected = [0] * 5
        for row in ROWS:
            d2 = squared_d(row, members)
            if d2 is not None:
                expected[max(i for i, e in enumerate(edges) if d2 >= e * e)] += 1
        assert list(disagreement.bins(study, model_set)["scenarios"]) == expected
        assert disagreement.summary(study, model_set)["high"] == sum(expected[2:])


def test_a_tie_at_one_and_a_half_is_high(settings: Settings, tmp_path: Path) -> None:
    """Two models three apart: D is exactly 1.5, which floating point may put below."""
    tied = wide(1, 1, "neutral", {"o3": (0, 3), "grok_4": (3, 3)})
    below = wide(1, 2, "neutral", {"o3": (0, 3), "grok_4": (2, 3)})
    load(settings, parquet(tmp_path / "tie.parquet", [tied, below]))
    study = open_study(settings, "planted")
    frame = scenarios.page(study, ScenarioFilter(d_min=1.5))
    assert list(frame["scenario"]) == ["1_1_neutral"]
    at_most = scenarios.page(study, ScenarioFilter(d_max=1.5))
    assert sorted(at_most["scenario"]) == ["1_1_neutral", "1_2_neutral"]


def test_leaving_a_model_out_equals_never_having_had_it(study: OpenStudy) -> None:
    frame = disagreement.leave_one_out(study, "all").set_index("model")
    for model in MODELS:
        others = [m for m in MODELS if m != model]
        there = [
            r
            for r in ROWS
            if r[f"{model}_value1_position"] is not None
            or r[f"{model}_value2_position"] is not None
        ]
        high = sum(1 for r in there if (squared_d(r, others) or 0) >= Fraction("2.25"))
        assert frame.loc[model, "scenarios"] == len(there)
        assert frame.loc[model, "high_without"] == high


def test_fewer_than_two_positions_give_no_disagreement(settings: Settings, tmp_path: Path) -> None:
    rows = [
        wide(1, 1, "neutral", {"o3": (4, None), "grok_4": (None, None)}),
        wide(1, 2, "neutral", {"o3": (4, None), "grok_4": (4, None)}),
    ]
    load(settings, parquet(tmp_path / "few.parquet", rows))
    study = open_study(settings, "planted")
    frame = scenarios.page(study, ScenarioFilter()).set_index("scenario")
    assert math.isnan(frame.loc["1_1_neutral", "disagreement"])
    assert frame.loc["1_1_neutral", "models"] == 1
    assert frame.loc["1_2_neutral", "disagreement"] == 0.0
    assert disagreement.summary(study)["scenarios"] == 1


def test_unknown_models_and_sorts_are_named(study: OpenStudy) -> None:
    with pytest.raises(FaultlineError, match="gpt_9"):
        scenarios.page(study, ScenarioFilter(model_set=("gpt_9", "o3")))
    with pytest.raises(FaultlineError, match="sorted by"):
        scenarios.page(study, ScenarioFilter(), sort="1; DROP TABLE scenarios")


def test_categories_need_a_taxonomy_and_follow_it(study: OpenStudy, tmp_path: Path) -> None:
    import pandas as pd

    with pytest.raises(FaultlineError, match="taxonomy"):
        scenarios.count(study, ScenarioFilter(categories=("Warmth",)))
    taxonomy = tmp_path / "t.parquet"
    pd.DataFrame({"value": ["kindness"], "category": ["Warmth"], "grp": ["Social"]}).to_parquet(
        taxonomy
    )
    expected = [key(r) for r in ROWS if "kindness" in (r["value1"], r["value2"])]
    frame = scenarios.page(
        study, ScenarioFilter(categories=("Warmth",)), limit=500, taxonomy=taxonomy
    )
    assert sorted(frame["scenario"]) == sorted(expected)
    facets = filters.facets(study, taxonomy)["categories"].set_index("name")["scenarios"]
    assert facets["Warmth"] == len(expected)
    assert facets["uncategorised"] == 2 * len(ROWS) - len(expected)


def test_histogram_counts_every_scenario_once(study: OpenStudy) -> None:
    frame = disagreement.histogram(study)
    assert frame["scenarios"].sum() == disagreement.summary(study)["scenarios"]
    assert list(frame["low"])[:2] == [0.0, 0.1]


def test_a_place_among_scenarios_chosen_by_name(study: OpenStudy) -> None:
    names = [key(r) for r in ROWS[:5]]
    flt = ScenarioFilter(scenarios=tuple(names))
    whole = list(scenarios.page(study, flt)["scenario"])
    assert [scenarios.around(study, flt, n).index for n in whole] == list(range(5))
    assert scenarios.around(study, flt, key(ROWS[9])).index is None


def test_text_is_found_whatever_its_case_in_any_alphabet(
    settings: Settings, tmp_path: Path
) -> None:
    words = ["İSTANBUL", "Straße", "ΣΊΣΥΦΟΣ", "ǅ"]
    rows = [wide(1, i, query=f"About {w}?") for i, w in enumerate(words)]
    load(settings, parquet(tmp_path / "a.parquet", rows))
    opened = open_study(settings, "planted")
    for i, word in enumerate(words):
        found = scenarios.page(opened, ScenarioFilter(text=word))["scenario"]
        assert list(found) == [f"1_{i}_neutral"]
    opened.close()
