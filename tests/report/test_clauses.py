"""The section and command `clauses`: shape, and the planted clauses on top of the list."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from example_home import example_home
from make_rows import judged, load, many, parquet

from analysis.report import clauses as section
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import library
from analysis.store.study import open_study

ROOT = Path(__file__).resolve().parents[2]


def reported(settings: Settings):
    opened = open_study(settings, "planted")
    found = section.section(Context(opened, settings, library.current_taxonomy(settings)))
    opened.close()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Settings:
    return example_home(tmp_path_factory)


def test_planted_clauses_are_found_with_their_kind(home: Settings) -> None:
    """Both vague clauses fight over wording alone; each planted pair is the other's rival."""
    found = {e["clause"]: e for e in reported(home)}
    for vague in ("appropriate_tone", "reasonable_care"):
        assert found[vague]["interpretive"] > 0.3 * found[vague]["cited"]
        assert found[vague]["activation"] < 0.05 * found[vague]["cited"]
    pairs = [
        ("shield_from_harm", "respect_choice"),
        ("wider_view", "keep_to_task"),
        ("plain_truth", "kind_words"),
    ]
    for one, other in pairs:
        assert (found[one]["rival"], found[other]["rival"]) == (other, one)
        assert found[one]["activation"] > 5 * found[one]["interpretive"]
    assert any(e["near"] for e in found.values())
    top = [e["clause"] for e in reported(home)][:5]
    planted = {"appropriate_tone", "reasonable_care", *(c for pair in pairs for c in pair)}
    assert set(top) <= planted


def test_the_command_prints_the_same(home: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "clauses", "planted", "--top", "3", "--format", "json"],
        cwd=ROOT,
        env={**os.environ, "FAULTLINE_HOME": str(home.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found == reported(home)[:3]
    assert {
        "clause",
        "title",
        "authority",
        "cited",
        "near",
        "non_compliant",
        "kappa",
        "interpretive",
        "activation",
    } <= set(found[0])


def test_near_is_told_without_judges_and_never_counted_as_cited(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(6)
    for row in rows:
        row["query"] = f"Number {row['rank']}: write a story, a poem, fiction with a dark villain."
    load(settings, parquet(tmp_path / "a.parquet", rows))
    found = {e["clause"]: e for e in reported(settings)}
    fiction = found["room_for_fiction"]
    assert fiction["near"] == 6
    assert (fiction["cited"], fiction["needs_work"], fiction["kappa"]["n"]) == (0, None, 0)
    assert "judged" in fiction["non_compliant"]["undefined"]


def test_reasonings_without_a_clause_and_studies_without_judges_say_so(
    settings: Settings, tmp_path: Path
) -> None:
    rows = many(6)
    for row in rows:
        row |= {"value1": "blue", "value2": "green", "query": f"Bicycle {row['rank']}?"}
    load(settings, parquet(tmp_path / "a.parquet", rows))
    assert "judged" in str(reported(settings)["undefined"])
    said = [judged(r, "o3", {"one": "compliant", "two": "non-compliant"}) for r in rows]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    assert "names a clause" in str(reported(settings)["undefined"])


SPEC = ROOT.parent / "shared" / "data" / "model_spec" / "model_spec.2025-04-11.md"


@pytest.mark.real_data
@pytest.mark.skipif(not SPEC.exists(), reason=f"needs {SPEC.name} of the shared data")
def test_a_real_spec_with_simulated_judges(tmp_path: Path) -> None:
    """A stress test under the real spec: its clauses are cited by their own anchors."""
    from analysis.load.runs import load_run
    from analysis.load.specs import load_spec
    from pipeline.plan.make import Wish, make_plan
    from pipeline.providers.catalog import load as load_catalog
    from pipeline.run import control as runs

    home = Settings(home=tmp_path / "home")
    spec = load_spec(SPEC, None, home)
    catalog = load_catalog(home.home)
    models = ("aster_large", "cobble_one", "dunlin_2")
    wish = Wish(template="smoke", families=6, models=models, spec=SPEC, seed=5)
    run = runs.launch(make_plan(wish, home, catalog), home, catalog)
    runs.work(home, run)
    load_run(run, "planted", home)
    found = reported(home)
    assert len(found) >= 3
    assert {e["clause"] for e in found} <= {c.anchor for c in spec.clauses}
    assert sum(e["cited"] for e in found) > 20
