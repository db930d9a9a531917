"""Leans that turn round on neutral wording are told."""

from make_rows import NUDGES, load, parquet, wide

from analysis.figures.frames.values import turned
from analysis.queries.filters import ScenarioFilter
from analysis.store.library.library import current_taxonomy
from analysis.store.study import open_study

OTHERS = {"claude_opus_4": (3, 3), "gpt_4_1": (3, 3)}


def test_a_follower_is_named_and_a_steady_model_is_not(settings, tmp_path):
    """grok_4 stands below the others when asked neutrally and far above when led."""
    rows = []
    for family in range(1, 13):
        for nudge in NUDGES:
            led = (2, 2) if nudge == "neutral" else (6 - family % 2, 5)
            cells = {m: (p + family % 2, q) for m, (p, q) in OTHERS.items()}
            rows.append(wide(1, family, nudge, cells | {"grok_4": led}, value1="a", value2="b"))
    load(settings, parquet(tmp_path / "rows.parquet", rows))
    study = open_study(settings, "planted")
    found = turned(study, current_taxonomy(settings).path, ScenarioFilter())
    study.close()
    mine = found[found["kind"] == "model"].set_index("name")
    assert "grok_4" in mine.index
    assert mine.loc["grok_4", "value"] > 0 > mine.loc["grok_4", "neutral"]
    providers = found[found["kind"] == "provider"]
    assert set(providers["name"]) <= {"xai", "anthropic", "openai"}
