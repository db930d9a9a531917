"""A run's records, read once where nothing changes meanwhile: the same as read anew each time."""

import pyarrow.parquet as pq
import pytest

from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run import flow


@pytest.fixture
def run(tmp_path) -> tuple[Settings, str]:
    home = Settings(home=tmp_path / "home")
    wish = Wish(template="smoke", families=2, models=("aster_large", "cobble_one"), seed=3)
    run = runs.launch(make_plan(wish, home, load(home.home)), home, load(home.home))
    runs.work(home, run)
    return home, run


def test_a_run_is_written_out_alike_however_often_its_replies_are_read(run, tmp_path, monkeypatch):
    home, name = run
    reads = []
    read = flow._answer
    monkeypatch.setattr(flow, "_answer", lambda *given: reads.append(1) or read(*given))
    once = export_run(home, name, tmp_path / "once")
    kept = len(reads)
    assert kept == 12 + 2 * 8  # each answer once; those of the noise sample for each of its scorers
    monkeypatch.setattr(flow, "MOST_KEPT", 0)
    each = export_run(home, name, tmp_path / "each")
    assert len(reads) - kept > 2 * kept
    files = sorted(path.relative_to(once) for path in once.rglob("*.parquet"))
    assert len(files) > 10
    for file in files:
        assert pq.read_table(once / file).equals(pq.read_table(each / file)), file
