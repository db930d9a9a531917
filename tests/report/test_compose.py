"""The report: every section is there, what can't be computed says why, Markdown stays plain."""

import json
import shutil
from pathlib import Path

import duckdb
from make_rows import MODELS, judged, load, many, parquet, squared_d, wide

from analysis.queries import disagreement
from analysis.queries.filters import set_members
from analysis.report import report, to_markdown
from analysis.settings import Settings
from analysis.store.study import open_study, publish


def made(settings: Settings) -> dict:
    opened = open_study(settings, "planted")
    found = report(opened, settings)
    opened.close()
    return json.loads(json.dumps(found, allow_nan=False))


def test_disagreement_against_a_loop(settings: Settings, tmp_path: Path) -> None:
    rows = many(40, seed=8, gaps=0.3)
    load(settings, parquet(tmp_path / "a.parquet", rows))
    sets = made(settings)["disagreement"]["sets"]
    for name, members in (("all", MODELS), ("openai", ("gpt_4_1", "gpt_4_1_mini", "o3"))):
        squares = [s for r in rows if (s := squared_d(r, members)) is not None]
        assert sets[name]["models"] == len(members)
        assert sets[name]["scenarios"] == len(squares) == sum(sets[name]["bins"])
        assert sets[name]["high"] == sum(4 * s >= 9 for s in squares)
        mean = sum(float(s) ** 0.5 for s in squares) / len(squares)
        assert abs(sets[name]["mean"] - mean) <= 5e-5


def test_a_set_without_positions_says_so(settings: Settings, tmp_path: Path) -> None:
    rows = [wide(1, i, positions=dict.fromkeys(MODELS, (None, None))) for i in range(3)]
    load(settings, parquet(tmp_path / "a.parquet", rows))
    assert made(settings)["disagreement"]["undefined"].startswith("because ")
    rows = [
        wide(1, i, positions={"o3": (1, 2), "grok_4": (3, 3), "gpt_4o": (None, None)})
        for i in range(3)
    ]
    load(settings, parquet(tmp_path / "a.parquet", rows))
    sets = made(settings)["disagreement"]["sets"]
    assert sets["all"]["scenarios"] == 3
    assert sets["openai"]["undefined"].startswith("because ")


def test_a_provider_has_its_set_where_all_models_are_its_own(settings, tmp_path) -> None:
    """In a new file, and in one that was built before such a set was kept."""
    models = ("gpt_4_1", "gpt_4o", "o3")
    info = load(settings, parquet(tmp_path / "a.parquet", many(20, models=models)))
    sets = made(settings)["disagreement"]["sets"]
    assert sets["openai"] == sets["all"]
    built = info.path.with_suffix(".built")
    shutil.copy(info.path, built)
    with duckdb.connect(str(built)) as con:
        for table in ("disagreement", "model_sets"):
            con.execute(f"DELETE FROM {table} WHERE model_set = 'openai'")
    publish(settings, info, built)
    assert made(settings)["disagreement"]["sets"] == sets
    opened = open_study(settings, "planted")
    try:
        assert set_members(opened, "openai") == ("all", models)
        assert disagreement.summary(opened, "openai") == disagreement.summary(opened, "all")
    finally:
        opened.close()


def test_decisions_alone_leave_no_section_out(settings: Settings, tmp_path: Path) -> None:
    rows = [judged(wide(1, i), "o3", {"a": "compliant"}, max_pop_std_openai=None) for i in (1, 2)]
    load(settings, parquet(tmp_path / "a.parquet", rows))
    found = made(settings)
    assert found["study"]["judges"] == ["a"]
    assert "undefined" in found["disagreement"]


def test_markdown_runs_nothing_that_came_with_the_data(settings: Settings, tmp_path: Path) -> None:
    model = "<img src=x onerror=alert(1)> [a](javascript:b) | `c`"
    load(settings, parquet(tmp_path / "a.parquet", many(3, models=[model, "o3"])))
    text = to_markdown(made(settings))
    assert "<img" not in text.replace("\\<", "")
    assert "](javascript" not in text.replace("\\]", "")
    assert text.startswith("# planted\n")
