"""A study's map: drawn in a process of its own, kept by content, handed to other queries."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.load.map import draw_map, vector_table
from analysis.queries import map as queries
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import count
from analysis.settings import Settings
from analysis.store import selections
from analysis.store.build.sources import Step
from analysis.store.library.library import current_taxonomy
from analysis.store.study import open_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("map") / "home")


@pytest.mark.timeout(600)  # the first map compiles UMAP
def test_a_map_holds_every_query_with_what_it_is_coloured_by(home: Settings) -> None:
    info = load(home, parquet(home.home.parent / "rows.parquet", many(60, seed=3)))
    steps: list[Step] = []
    draw_map(info, home, report=steps.append)
    assert any("plane" in s.what for s in steps)
    study = open_study(home, info.id)
    assert queries.drawn(study)
    frame = queries.points(study, current_taxonomy(home).path)
    assert len(frame) == 60
    assert np.isfinite(frame[["x", "y"]].to_numpy(float)).all()
    assert 0 <= frame["kept"].iloc[0] <= 1
    assert frame["d"].is_monotonic_increasing
    assert set(frame["nudge"]) == {"neutral", "value1", "value2"}
    numbers, vectors = queries.vectors(study)
    assert len(numbers) == 60
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=0.01)
    named = queries.named(study, [3, 1])
    assert named.index.tolist() == [3, 1]
    study.close()


def test_few_queries_are_refused_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    info = load(settings, parquet(tmp_path / "rows.parquet", many(6)))
    with pytest.raises(FaultlineError, match="at least 20"):
        draw_map(info, settings)
    study = open_study(settings, info.id)
    made = vector_table(queries.queries(study))  # neighbours need no map
    assert len(queries.unit_vectors(made)[0]) == 6
    study.close()


def test_a_selection_is_kept_under_a_key_and_filters(settings: Settings, tmp_path: Path) -> None:
    info = load(settings, parquet(tmp_path / "rows.parquet", many(9)))
    study = open_study(settings, info.id)
    with study.cursor() as con:
        ids = [r[0] for r in con.execute("SELECT scenario FROM scenarios").fetchall()]
    key = selections.keep(settings, ids[:4])
    assert key == selections.keep(settings, reversed(ids[:4]))
    assert selections.find(settings, key) == sorted(ids[:4])
    assert count(study, ScenarioFilter(picked=key)) == 4
    for wrong in ("0" * 12, "../../etc/passwd", ""):
        with pytest.raises(FaultlineError, match="not on this machine"):
            selections.find(settings, wrong)
    study.close()


def test_no_page_pays_for_umap() -> None:
    """Importing every page's parts loads neither umap nor its compiler."""
    names = " ".join(
        f"import pages.ui.{p.stem};"
        for p in sorted((ROOT / "pages" / "ui").glob("*.py"))
        if p.stem != "__init__"
    )
    heavy = "{'umap', 'numba', 'datasets', 'anthropic'}"
    code = f"import sys; {names} print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
