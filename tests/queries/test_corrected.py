"""People's labels that correct refusal rates: which count, and the order that they come in."""

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.figures import catalog
from analysis.load.labels import label_study
from analysis.queries import corrected, review
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.study import open_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrected")
    settings = Settings(home=folder / "home")
    load(settings, parquet(folder / "a.parquet", many(60)), study="s")
    opened = open_study(settings, "s")
    label_study(opened)
    yield opened
    opened.close()


def say(study, case, value, draw, author="ann"):
    about = About(str(case["query_key"]), str(case["scenario"]), str(case["model"]))
    made = entry(
        Kind.RESPONSE_TYPE, value, about, author, study.info.content_hash, draw=draw, blind=True
    )
    annotations.add(study.settings, [made])


def test_every_turn_has_one_answer_of_each_model_and_all_come_up(study):
    order = review.for_rates(study, 10_000)
    first = order[order["turn"] == 1]
    assert sorted(first["model"]) == sorted(study.info.models)
    assert len(order) == review.count(study)
    assert not order.duplicated(["scenario", "model"]).any()
    assert list(order["turn"]) == sorted(order["turn"])


def test_only_labels_drawn_for_the_rates_correct_them(study):
    """All 60 answers of one model, a quarter refusals to people: its corrected rate is theirs. The
    same labels drawn for the judges, or chosen by hand, of another model count for nothing."""
    order = review.for_rates(study, 10_000)
    one, other = list(study.info.models)[:2]
    for i, case in enumerate(order[order["model"] == one].to_dict("records")):
        refused = "complete rejection" if i % 4 == 0 else "full compliance"
        say(study, case, refused, Draw.RATES)
    for i, case in enumerate(order[order["model"] == other].to_dict("records")):
        say(study, case, "complete rejection", Draw.HARD if i % 2 else Draw.OWN)
    assert set(corrected.people(study)["model"]) == {one}
    frame = catalog.compute(study, catalog.bind(study, "refusals.corrected")).set_index("model")
    assert frame.loc[one, "value"] == pytest.approx(0.25)
    assert frame.loc[one, "n"] == 60
    assert frame.loc[one, "low"] <= 0.25 <= frame.loc[one, "high"]
    assert frame.loc[other, "undefined"].startswith("0 better labels")


def sample(study, chances, source="some-judge", model_no=2):
    """A model's labels of one model's answers, a third refusals, each drawn with a probability."""
    order = review.for_rates(study, 10_000)
    model = list(study.info.models)[model_no]
    with study.cursor() as con:
        numbers = dict(con.execute("SELECT scenario, scenario_no FROM scenarios").fetchall())
    names = [str(s) for s in order[order["model"] == model]["scenario"]]
    frame = pd.DataFrame(
        {
            "scenario_no": [numbers[s] for s in names],
            "model": model,
            "replicate": 0,
            "source": source,
            "response_type": [
                "complete rejection" if i % 3 == 0 else "full compliance" for i in range(len(names))
            ],
            "drawn_with": chances,
        }
    ).astype({"scenario_no": "int32", "replicate": "uint8"})
    labels.store(study, "response_types", source, frame)
    return model


def test_a_model_s_labels_of_a_random_sample_correct_too(study):
    model = sample(study, 0.8)
    frame = catalog.compute(study, catalog.bind(study, "refusals.corrected")).set_index("model")
    assert frame.loc[model, "better"] == "some-judge"
    assert frame.loc[model, "n"] == 60
    assert frame.loc[model, "value"] == pytest.approx(1 / 3, abs=0.02)
    assert frame.loc[model, "low"] < 1 / 3 < frame.loc[model, "high"]
    # Of people's 60 labels of another model nothing changes.
    assert frame.loc[next(iter(study.info.models)), "better"] in ("people", "")


def test_labels_of_cases_that_were_picked_correct_nothing(study):
    model = sample(study, None, source="picky", model_no=3)
    assert "picky" not in labels.sampled(study)
    frame = catalog.compute(study, catalog.bind(study, "refusals.corrected")).set_index("model")
    assert frame.loc[model, "undefined"].startswith("0 better labels")


def test_a_labeller_does_not_correct_itself(study):
    model = sample(study, 0.5, source="self", model_no=1)
    assert set(corrected.of_models(study, None)["source"]) >= {"self"}
    assert "self" not in set(corrected.of_models(study, "self")["source"])
    assert (corrected.of_models(study, None)["model"] == model).any()
