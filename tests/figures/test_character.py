"""A model's character: the numbers of the figures of refusals and wordings, with its ranks."""

import pytest

from analysis.figures import catalog


@pytest.fixture(scope="module")
def found(planted):
    def compute(name, **parameters):
        return catalog.compute(planted, catalog.bind(planted, name, **parameters))

    return compute


def test_it_says_what_the_figures_of_all_models_say(planted, found):
    flips, shifts = (found(f"robustness.{name}").set_index("model") for name in ("flip", "shift"))
    rates = found("refusals.by_topic")
    rates = rates[rates["topic"] == "all"].set_index("name")
    ranked = found("refusals.by_model").set_index("model")
    for model in planted.info.models:
        mine = found("models.character", model=model).set_index("measure")
        for measure, all_models in (("refusals", rates), ("shift", shifts), ("flip", flips)):
            row = mine.loc[measure]
            for name in ("value", "low", "high", "n"):
                assert row[name] == pytest.approx(all_models.loc[model, name])
            above = all_models["value"] > row["value"] + 1e-9
            assert row["rank"] == above.sum() + 1
            assert row["models"] == len(all_models)
            others = ranked if measure == "refusals" else all_models
            for name in ("chance_low", "chance_high", "rank_low", "rank_high"):
                assert row[name] == pytest.approx(others.loc[model, name], nan_ok=True)
            assert row["rank_low"] <= row["rank"] <= row["rank_high"]


def test_a_model_that_nobody_knows_has_none(found):
    assert found("models.character", model="nobody").empty
