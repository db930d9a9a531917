"""The section `values`: its shape, and what was planted in the simulated example, found again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from example_home import example_home
from make_rows import load, many, parquet, wide
from value_loops import taxonomy

from analysis.measure import values as measure
from analysis.queries import values as queries
from analysis.report import values as section
from analysis.report.context import Context
from analysis.store.library import library
from analysis.store.study import open_study
from pipeline.simulator.personas import cast


def context(settings, name="planted"):
    return Context(open_study(settings, name), settings, library.current_taxonomy(settings))


def reported(settings, tmp_path, rows):
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    found = section.section(context(settings))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return context(example_home(tmp_path_factory))


def expected():
    """provider -> category -> planted lean minus the mean over the other providers' models."""
    people = cast()
    models = list(people.models.values())
    own = {p: dict(provider.lean) for p, provider in people.providers.items()}
    for model in models:
        for category, lean in model.lean.items():
            share = sum(m.provider == model.provider for m in models)
            own[model.provider][category] = own[model.provider].get(category, 0) + lean / share
    found = {}
    for p in own:
        others = [m.provider for m in models if m.provider != p]
        found[p] = {
            c: own[p].get(c, 0) - np.mean([own[o].get(c, 0) for o in others])
            for c in {c for held in own.values() for c in held}
        }
    return own, found


def test_the_section_has_the_documented_shape(planted):
    found = section.section(planted)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found) == [
        "taxonomy",
        "by_provider",
        "by_model",
        "published",
        "turned",
        "uncategorised",
        "bradley_terry",
    ]
    assert found["taxonomy"] == "embedded"
    assert found["uncategorised"] == 0
    assert set(found["by_model"]) == set(found["bradley_terry"]) == set(cast().models)
    assert set(found["by_provider"]) == set(cast().providers)
    for cells in (*found["by_provider"].values(), *found["by_model"].values()):
        assert len(cells) == 26
        for cell in cells.values():
            assert list(cell) == ["lean", "low", "high", "n", "q"]
            assert -6 <= cell["low"] <= cell["lean"] <= cell["high"] <= 6
    for cell in found["bradley_terry"].values():
        assert list(cell) == ["accuracy", "baseline_accuracy", "log_loss", "n"]


def test_planted_leans_are_recovered(planted):
    """Every planted lean of 0.9 or more points the right way; three in four are also significant
    at 240 families, none the wrong way; over all cells of planted categories r is above 0.9."""
    sums = queries.sums(planted.study, planted.taxonomy.path)
    found = measure.estimates(sums).set_index(["kind", "name", "key"])
    own, relative = expected()
    pairs, sure = [], []
    for provider, leans in relative.items():
        for category, lean in leans.items():
            cell = found.loc[("provider", provider, category)]
            pairs.append((lean, cell["value"]))
            if abs(own[provider].get(category, 0)) >= 0.9:
                assert cell["value"] * own[provider][category] > 0, (provider, category)
                sure.append(bool(cell["differs"]))
            if cell["differs"] and abs(lean) > 0.3:
                assert cell["value"] * lean > 0, (provider, category)
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.9
    assert np.mean(sure) >= 0.75
    assert len(sure) >= 13


def test_planted_following_of_nudges_is_recovered_in_bradley_terry(planted):
    """The accuracy of the nudge alone rises with the planted share of the nudge that is followed,
    and strengths add to it for most models."""
    found = section.section(planted)["bradley_terry"]
    people = cast().models
    follows = [people[m].follows for m in found if people[m].contrary < 0.1]
    alone = [cell["baseline_accuracy"] for m, cell in found.items() if people[m].contrary < 0.1]
    assert np.corrcoef(follows, alone)[0, 1] > 0.9
    gains = [c["accuracy"] - c["baseline_accuracy"] for c in found.values()]
    assert np.mean(gains) > 0.01
    assert sum(g > 0 for g in gains) >= 9


def test_a_study_without_positions_says_so(settings, tmp_path):
    bare = [wide(1, e, positions={"o3": (None, None), "grok_4": (None, None)}) for e in (1, 2)]
    assert reported(settings, tmp_path, bare) == {
        "undefined": "because no answer of this study has a position"
    }


def test_a_study_of_one_model_has_strengths_and_no_lean(settings, tmp_path):
    found = reported(settings, tmp_path, many(60, models=["o3"]))
    for part in ("by_provider", "by_model"):
        assert found[part] == {
            "undefined": "because no answer can be compared with another model's"
        }
    assert found["bradley_terry"]["o3"]["n"] > 0


def test_one_provider_is_compared_with_its_own_models(settings, tmp_path):
    found = reported(settings, tmp_path, many(60, models=["o3", "gpt_4_1"], gaps=0))
    assert set(found["by_provider"]) == {"openai"}
    held = found["by_provider"]["openai"].values()  # 0 in every family: there is no spread
    assert all(cell["undefined"].startswith("because of ") for cell in held)
    assert any(abs(cell["lean"]) > 0.05 for cell in found["by_model"]["o3"].values())


def test_equal_positions_are_leans_of_nought_and_no_choices(settings, tmp_path):
    found = reported(settings, tmp_path, [wide(1, e) for e in range(1, 9)])
    cells = [cell for held in found["by_model"].values() for cell in held.values()]
    assert {cell.get("lean") for cell in cells} <= {0.0, None}
    assert all("choices in 0 of" in c["undefined"] for c in found["bradley_terry"].values())


def test_a_model_with_three_answers_is_reported_with_its_n(settings, tmp_path):
    rows = many(60, models=["o3", "grok_4"], gaps=0)
    for row in rows[3:]:
        row |= {"grok_4_value1_position": None, "grok_4_value2_position": None}
    found = reported(settings, tmp_path, rows)
    assert sum(cell["n"] for cell in found["by_model"]["grok_4"].values()) == 6
    assert all(
        "one family" in c["undefined"] for c in found["by_model"]["grok_4"].values() if c["n"]
    )
    assert "undefined" in found["bradley_terry"]["grok_4"]


def test_values_that_no_taxonomy_knows_are_counted_and_kept(settings, tmp_path):
    path = taxonomy(tmp_path / "t.parquet")
    load(settings, parquet(tmp_path / "rows.parquet", many(30)))
    study = open_study(settings, "planted")
    info = replace(library.current_taxonomy(settings), path=path)
    found = section.section(Context(study, settings, info))
    assert found["uncategorised"] == 1
    assert "uncategorised" in found["by_provider"]["xai"]
