"""The section `robustness`: its shape, and the planted pull of the nudge found again."""

import json

import pytest
from example_home import example_home
from make_rows import load, many, parquet, wide

from analysis.report import robustness as section
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import library
from analysis.store.study import open_study
from pipeline.simulator.personas import cast


def reported(settings: Settings) -> dict[str, dict[str, object]]:
    opened = open_study(settings, "planted")
    found = section.section(Context(opened, settings, library.current_taxonomy(settings)))
    opened.close()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def test_shape_and_gaps(settings: Settings, tmp_path) -> None:
    rows = many(60, seed=5)
    for row in rows:  # one model that answered a single wording
        if row["nudge_direction"] != "neutral":
            row["o3_value1_position"] = row["o3_value2_position"] = None
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    found = reported(settings)
    assert set(found["grok_4"]) == {"shift", "flip_rate", "chance", "families"}
    assert set(found["grok_4"]["shift"]) == {"value", "low", "high", "n"}
    assert "undefined" in found["o3"]["shift"]
    assert found["o3"]["families"] == 0


def test_a_study_of_single_wordings_says_why(settings: Settings, tmp_path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", [wide(1, e) for e in range(1, 5)]))
    assert "two wordings" in str(reported(settings)["undefined"])


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> dict[str, dict[str, object]]:
    return reported(example_home(tmp_path_factory))


def test_models_shift_in_the_order_in_which_they_follow_a_nudge(planted) -> None:
    """Rank correlation with the planted share of the nudge that each model follows: 0.97."""
    from scipy.stats import spearmanr

    follows = {m: p.follows for m, p in cast().models.items()}
    shift = [planted[m]["shift"]["value"] for m in follows]
    assert spearmanr(list(follows.values()), shift).statistic > 0.95
    assert max(planted, key=lambda m: planted[m]["shift"]["value"]) == "bracken_mini"
    assert min(planted, key=lambda m: planted[m]["shift"]["value"]) == "aster_think"
    assert max(planted, key=lambda m: planted[m]["flip_rate"]["value"]) == "bracken_mini"
