"""Loading in a process of its own: the same study, bounded memory, plain words, and a way out."""

import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.load import subprocess_load
from analysis.load.subprocess_load import load_files_in_child
from analysis.settings import Settings
from analysis.store.build.build import BuildCancelledError
from analysis.store.build.sources import Step
from analysis.store.study import list_studies
from analysis.subprocesses import talk

ROWS = many(20, seed=3)


def left(settings: Settings) -> list[Path]:
    return [p for p in settings.home.rglob("*") if p.is_file()]


def test_the_study_is_the_one_that_a_load_here_gives(settings: Settings, tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", ROWS)
    steps: list[Step] = []
    info = load_files_in_child([path], "planted", settings, copy_texts=True, report=steps.append)
    here = load(Settings(home=tmp_path / "other"), path, copy_texts=True)
    assert info.content_hash == here.content_hash
    assert [s.id for s in list_studies(settings)] == ["planted"]
    assert "reading" in " ".join(s.what for s in steps)


def test_a_mistake_comes_back_as_its_sentence(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "fake.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(FaultlineError, match="is not a parquet file"):
        load_files_in_child([path], "planted", settings)


def test_a_file_that_unpacks_to_far_more_than_the_limit_ends_its_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some kilobytes that hold 1.8 GB of one column."""
    columns: dict[str, pa.Array] = {
        name: pa.array([f"{name} {i}" for i in range(60)]) for name in ("value1", "value2")
    }
    cells = pa.array([0] * 60, pa.int32())
    columns["query"] = pa.array([f"query {i}" for i in range(60)])
    columns["response_model_a"] = pa.DictionaryArray.from_arrays(cells, ["x" * 30_000_000])
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 200_000
    monkeypatch.setattr(subprocess_load, "BESIDE_MB", 700)
    settings = Settings(home=tmp_path / "home", memory_limit_mb=300)
    with pytest.raises(FaultlineError) as caught:
        load_files_in_child([path], "planted", settings, copy_texts=True)
    assert "memory" in str(caught.value)
    assert left(settings) == []


def test_a_load_that_is_stopped_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", many(3_000, seed=5))
    stop = threading.Event()
    with pytest.raises(BuildCancelledError, match="was cancelled"):
        load_files_in_child(
            [path], "planted", settings, report=lambda step: stop.set(), cancelled=stop.is_set
        )
    assert left(settings) == []


def test_a_child_that_is_killed_is_told_of(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path / "rows.parquet", many(3_000, seed=5))
    children = []
    start = talk.Child

    def kept(*asked):
        children.append(start(*asked))
        return children[0]

    monkeypatch.setattr(talk, "Child", kept)

    def kill(step: Step) -> None:
        children[0].kill()
        time.sleep(0.01)

    with pytest.raises(FaultlineError, match="ended early"):
        load_files_in_child([path], "planted", settings, report=kill)
    assert list_studies(settings) == []
