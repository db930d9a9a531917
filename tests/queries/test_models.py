"""Distances between models: by hand, against loops, and their intervals against a regression."""

import numpy as np
import pandas as pd
import pytest
from make_rows import MODELS, load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.measure.estimates.evidence import correction_of
from analysis.measure.models import nearest
from analysis.queries import models
from analysis.store.study import open_study


def opened(settings, tmp_path, rows):
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    return open_study(settings, "planted")


def apart(rows, one, other):
    """(family, distance) for every value that both have a position on."""
    for row in rows:
        for v in (1, 2):
            p, q = (row.get(f"{m}_value{v}_position") for m in (one, other))
            if p is not None and q is not None:
                yield (row["chunk_index"], row["entry_idx"]), abs(p - q)


def test_two_scenarios_by_hand(settings, tmp_path):
    rows = [
        wide(1, 1, positions={"o3": (6, 2), "grok_4": (1, 2), "gpt_4_1": (6, None)}),
        wide(1, 2, positions={"o3": (0, 4), "grok_4": (3, None), "gpt_4_1": (1, 4)}),
    ]
    found = nearest(models.distances(opened(settings, tmp_path, rows), "o3"))
    assert list(found["model"]) == ["gpt_4_1", "grok_4"]
    assert list(found["value"]) == pytest.approx([1 / 3, (5 + 0 + 3) / 3])
    assert list(found["n"]) == [3, 3]
    assert list(found["families"]) == [2, 2]


def test_distances_are_those_of_plain_loops(settings, tmp_path):
    rows = many(90, seed=11, gaps=0.2)
    found = nearest(models.distances(opened(settings, tmp_path, rows), "grok_4"))
    found = found.set_index("model")
    assert set(found.index) == set(MODELS) - {"grok_4"}
    for model, row in found.iterrows():
        cases = pd.DataFrame(list(apart(rows, "grok_4", model)), columns=["family", "d"])
        assert row["n"] == len(cases)
        assert row["value"] == pytest.approx(cases["d"].mean())
        residuals = (cases["d"] - cases["d"].mean()).groupby(cases["family"]).sum() / len(cases)
        half = float(correction_of(cases["family"].value_counts()).half_width((residuals**2).sum()))
        assert row["high"] - row["value"] == pytest.approx(half)
    assert list(found["value"]) == sorted(found["value"])


def test_one_model_has_no_neighbour_and_a_stranger_is_refused(settings, tmp_path):
    study = opened(settings, tmp_path, many(6, models=["o3"]))
    assert nearest(models.distances(study, "o3")).empty
    with pytest.raises(FaultlineError, match="no model “grok_4”"):
        models.distances(study, "grok_4")


def test_models_without_a_query_in_common_stand_last_without_a_value(settings, tmp_path):
    at = {"o3": (1, 2), "grok_4": (None, None), "gpt_4_1": (2, 2)}
    study = opened(settings, tmp_path, [wide(1, e, positions=at) for e in (1, 2)])
    found = nearest(models.distances(study, "o3"))
    assert list(found["model"]) == ["gpt_4_1", "grok_4"]
    assert np.isnan(found["value"].iloc[1])
    assert found["n"].iloc[1] == 0
