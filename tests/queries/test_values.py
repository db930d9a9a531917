"""Sums behind leans: by hand, against plain loops, under filters, sets and many models."""

import numpy as np
import pytest
from make_rows import MODELS, load, many, parquet, wide
from value_loops import brute, category, cells, taxonomy

from analysis.errors import FaultlineError
from analysis.queries import value_choices, values
from analysis.queries.filters import ScenarioFilter
from analysis.store.study import open_study

FOUR = ("claude_opus_4", "claude_sonnet_4", "gpt_4_1", "grok_4")


@pytest.fixture
def tax(tmp_path):
    return taxonomy(tmp_path / "taxonomy.parquet")


def opened(settings, tmp_path, rows):
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    return open_study(settings, "planted")


SUMS = ("n", "mean", "squares", "families", "nn", "n4")


def as_cells(found):
    """The query's rows with any case, as `value_loops.brute` has them."""
    return {
        (r["key"], r["kind"], r["name"]): tuple(r[c] for c in SUMS)
        for r in found.to_dict("records")
        if r["n"]
    }


def same(found, expected):
    got = as_cells(found)
    assert set(got) == set(expected)
    for key, cell in expected.items():
        assert got[key] == pytest.approx(cell, abs=1e-9), key


def test_a_study_worked_out_by_hand(settings, tmp_path, tax):
    """candour: 6 4 | 1 | 3. Anthropic's are compared with (1 + 3) / 2, gpt with (6 + 4 + 3) / 3,
    grok with (6 + 4 + 1) / 3; thrift is 3 for all."""
    at = {"claude_opus_4": (6, 3), "claude_sonnet_4": (4, 3), "gpt_4_1": (1, 3), "grok_4": (3, 3)}
    study = opened(
        settings, tmp_path, [wide(0, 2, positions=at, value1="candour", value2="thrift")]
    )
    found = as_cells(values.sums(study, tax))
    names = [("model", m) for m in FOUR] + [("provider", p) for p in ("anthropic", "openai", "xai")]
    means = {name: found["Honest", kind, name][1] for kind, name in names}
    assert means == pytest.approx(
        {
            "claude_opus_4": 4,
            "claude_sonnet_4": 2,
            "gpt_4_1": -10 / 3,
            "grok_4": -2 / 3,
            "anthropic": 3,
            "openai": -10 / 3,
            "xai": -2 / 3,
        }
    )
    assert found["Honest", "provider", "anthropic"][0] == 2
    assert {cell[1] for key, cell in found.items() if key[0] == "Careful"} == {0.0}


@pytest.mark.parametrize("measure", ["lean", "raw", "favor"])
def test_sums_are_those_of_plain_loops(settings, tmp_path, tax, measure):
    rows = many(90, seed=3, gaps=0.25)
    study = opened(settings, tmp_path, rows)
    every = values.sums(study, tax, measure=measure)
    same(every, brute(rows, MODELS, measure))
    for unit in [("model", MODELS[3]), ("provider", "openai")]:
        mine = {k: v for k, v in as_cells(every).items() if k[1:] == unit}
        same(values.sums(study, tax, measure=measure, unit=unit), mine)


def test_a_lean_from_the_own_level_is_a_difference_of_two_means(settings, tmp_path, tax):
    """Mean and squared influences as plain loops have them, at every grain that asks for them."""
    rows = many(90, seed=3, gaps=0.25)
    study = opened(settings, tmp_path, rows)
    kept = {}
    for k, m, family, lean in cells(rows, MODELS, "lean"):
        kept.setdefault(m, []).append((k, family, lean))
    found = values.sums(study, tax, measure="own").set_index(["key", "kind", "name"])
    for m, cases in kept.items():
        level = np.mean([x for _, _, x in cases])
        for key in {k for k, _, _ in cases}:
            mine = [x for k, _, x in cases if k == key]
            row = found.loc[(key, "model", m)]
            assert row["mean"] == pytest.approx(np.mean(mine) - level)
            adds = {}
            for k, family, x in cases:
                part = (x - np.mean(mine)) / len(mine) if k == key else 0.0
                adds[family] = adds.get(family, 0.0) + part - (x - level) / len(cases)
            assert row["squares"] == pytest.approx(sum(a * a for a in adds.values()))
            assert row["n"] == len(mine)
    alone = values.sums(study, tax, measure="own", by="value", category="Honest")
    level = np.mean([x for _, _, x in kept["o3"]])
    by_value = {}
    for k, m, _, lean in cells(rows, ["o3", *MODELS], "lean", key=lambda v: v):
        if m == "o3":
            by_value.setdefault(k, []).append(lean)
    mine = alone[(alone["kind"] == "model") & (alone["name"] == "o3")].set_index("key")["mean"]
    assert set(mine.index) <= {v for v in by_value if category(v) == "Honest"}
    for value, mean in mine.items():
        assert mean == pytest.approx(np.mean(by_value[value]) - level)


def test_who_favors_everything_alike_has_no_lean_from_the_own_level(settings, tmp_path, tax):
    """Two steps above the others on every value: it leans towards all, by nothing of its own."""
    at = {"claude_opus_4": (5, 5), "gpt_4_1": (3, 3), "grok_4": (3, 3)}
    study = opened(settings, tmp_path, [wide(c, e, positions=at) for c in range(6) for e in (1, 2)])
    mine = values.sums(study, tax, measure="own", unit=("model", "claude_opus_4"))
    assert len(mine) > 2
    assert mine["mean"].abs().max() < 1e-9
    assert (values.sums(study, tax, unit=("model", "claude_opus_4"))["mean"] == 2).all()


def test_a_unit_outside_the_set_is_said_to_be(settings, tmp_path, tax):
    study = opened(settings, tmp_path, many(3, seed=3))
    with pytest.raises(FaultlineError, match="“nobody” is not in the set"):
        values.sums(study, tax, unit=("model", "nobody"))


def test_favor_comes_with_the_sizes_of_families(settings, tmp_path, tax):
    rows = many(60, seed=5, gaps=0.2)
    study = opened(settings, tmp_path, rows)
    found = values.sums(study, tax, measure="favor").set_index(["key", "kind", "name"])
    by_family = {}
    for k, m, family, number in cells(rows, MODELS, "favor"):
        by_family.setdefault((k, m), {}).setdefault(family, []).append(number)
    for (k, m), families in by_family.items():
        row = found.loc[(k, "model", m)]
        assert row["nn"] == sum(len(x) ** 2 for x in families.values())
        assert row["some"] == sum(sum(x) > 0 for x in families.values())
        assert row["short"] == sum(sum(x) < len(x) for x in families.values())


def test_more_models_than_a_word_holds(settings, tmp_path, tax):
    models = (*MODELS, *(f"unlisted_{i:02d}" for i in range(28)))
    rows = many(24, seed=9, models=models, gaps=0.3)
    study = opened(settings, tmp_path, rows)
    same(values.sums(study, tax), brute(rows, models))


@pytest.mark.parametrize(
    "chosen", [("claude_opus_4", "claude_sonnet_4"), ("o3", "grok_4", "gpt_4_1")]
)
def test_a_set_is_compared_within_itself_and_one_provider_model_by_model(
    settings, tmp_path, tax, chosen
):
    rows = many(60, seed=4, gaps=0.2)
    study = opened(settings, tmp_path, rows)
    flt = ScenarioFilter(model_set=",".join(chosen))
    same(values.sums(study, tax, flt=flt), brute(rows, chosen))


def test_filters_and_a_category_narrow_the_sums(settings, tmp_path, tax):
    rows = many(90, seed=6)
    study = opened(settings, tmp_path, rows)
    neutral = [r for r in rows if r["nudge_direction"] == "neutral"]
    flt = ScenarioFilter(nudges=("neutral",))
    same(values.sums(study, tax, flt=flt), brute(neutral, MODELS))
    three = ("o3", "grok_4", "gpt_4_1")
    flt = ScenarioFilter(model_set=three, d_min=1.0, nudges=("neutral",))
    narrowed = values.sums(study, tax, flt=flt)
    assert 0 < narrowed["n"].sum() < values.sums(study, tax, flt=ScenarioFilter(three))["n"].sum()
    by_value = brute(rows, MODELS, key=lambda v: v)
    inside = {k: c for k, c in by_value.items() if category(k[0]) == "Careful"}
    same(values.sums(study, tax, by="value", category="Careful"), inside)
    apart = {k: c for k, c in by_value.items() if category(k[0]) == "uncategorised"}
    assert apart
    same(values.sums(study, tax, by="value", category="uncategorised"), apart)


def test_every_category_is_listed_and_what_does_not_join_is_counted(settings, tmp_path, tax):
    rows = [wide(1, 1, value1="candour", value2="calm"), wide(1, 2, value1="calm", value2="thrift")]
    study = opened(settings, tmp_path, rows)
    found = values.categories(study, tax).set_index("category")
    assert found["values"].to_dict() == {"Honest": 1, "Warm": 0, "Careful": 1, "uncategorised": 1}
    assert found["scenarios"].to_dict()["uncategorised"] == 2
    assert list(found.index)[-1] == "uncategorised"


def test_drivers_are_the_largest_leans_one_a_family(settings, tmp_path, tax):
    rows = many(90, seed=8, gaps=0.1)
    study = opened(settings, tmp_path, rows)
    for highest in (True, False):
        found = values.drivers(study, tax, ["grok_4"], "Honest", highest=highest, limit=6)
        best = {}
        for k, m, family, number in cells(rows, MODELS):
            if (k, m) == ("Honest", "grok_4"):
                pick = max if highest else min
                best[family] = pick(best.get(family, number), number)
        expected = sorted(best.values(), reverse=highest)[:6]
        assert list(found["lean"]) == pytest.approx(expected)
        assert found["family"].is_unique


def test_choices_say_which_value_stands_higher(settings, tmp_path):
    rows = many(45, seed=2, gaps=0.2)
    study = opened(settings, tmp_path, rows)
    found = value_choices.choices(study)
    families = sorted({f"{r['chunk_index']}_{r['entry_idx']}" for r in rows})
    seen = {
        (families[f], n, found.values[a], found.values[b]): int(w)
        for f, n, a, b, w in zip(
            found.family, found.nudge, found.first, found.second, found.favored["o3"], strict=True
        )
    }
    assert len(seen) == len(rows)
    for r in rows:
        key = (
            f"{r['chunk_index']}_{r['entry_idx']}",
            {"value1": 1, "value2": -1, "neutral": 0}[r["nudge_direction"]],
            r["value1"],
            r["value2"],
        )
        p, q = r["o3_value1_position"], r["o3_value2_position"]
        assert seen[key] == (-2 if p is None or q is None else np.sign(p - q))


def test_unknown_nudges_are_left_out_and_counted_unless_none_is_known(settings, tmp_path):
    rows = [wide(1, 1), wide(1, 2, nudge="value1"), wide(1, 3, nudge_direction=None)]
    found = value_choices.choices(opened(settings, tmp_path, rows), ["o3"])
    assert (len(found.nudge), found.unknown, found.nudged) == (2, 1, True)
    bare = [wide(2, e, nudge_direction=None) for e in (1, 2)]
    load(settings, parquet(tmp_path / "bare.parquet", bare), study="bare")
    found = value_choices.choices(open_study(settings, "bare"))
    assert (list(found.nudge), found.unknown, found.nudged) == ([0, 0], 0, False)


def test_words_that_mean_nothing_here_are_refused_in_a_sentence(settings, tmp_path, tax):
    study = opened(settings, tmp_path, many(6))
    with pytest.raises(FaultlineError, match="“tilt”"):
        values.sums(study, tax, measure="tilt")
    with pytest.raises(FaultlineError, match="no such model"):
        value_choices.choices(study, ["nobody"])
    with pytest.raises(FaultlineError, match="None of these models"):
        values.drivers(study, tax, ["nobody"], "Honest")
