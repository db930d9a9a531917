"""A small dataset repository for the tests of the hub, and how they plan, fetch and complain."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load.hub import hub
from analysis.settings import Settings

REPO = "somebody/tensions"
BIG = "data/all_models-00000-of-00002.parquet"
SMALL = "data/all_models-00001-of-00002.parquet"
JUDGED = "judges/std_0.0_to_1.0-00000-of-00001.parquet"
CARD = """---
license: mit
configs:
- config_name: default
  default: true
  data_files:
  - split: all_models
    path: data/all_models-*
  - split: empty_one
    path: data/nothing-*
- config_name: judge_evaluations
  data_files:
  - split: std_0.0_to_1.0
    path: judges/std_0.0_to_1.0-*
  - split: std_1.0_to_1.5
    path:
    - judges/std_1.0_to_1.5-*
- config_name: notes
  data_files: notes/*.csv
---
# Tensions
"""
SHORT_TIMEOUTS = hub.Timeouts(answer=2, silence=1.0, attempts=2, first_pause=0.02, longest_wait=2)


def parquet(rows: int, start: int = 0) -> bytes:
    """Small, incompressible enough, several row groups."""
    queries = [hashlib.sha256(str(start + i).encode()).hexdigest() for i in range(rows)]
    table = pa.table({"query": queries, "rank": list(range(rows))})
    target = io.BytesIO()
    pq.write_table(table, target, row_group_size=max(1, rows // 4), compression="none")
    return target.getvalue()


FILES = {
    "README.md": CARD.encode(),
    ".gitattributes": b"*.parquet filter=lfs\n",
    BIG: parquet(4_000),
    SMALL: parquet(300, start=9_000),
    JUDGED: parquet(200, start=20_000),
    "judges/std_1.0_to_1.5-00000-of-00001.parquet": parquet(100, start=30_000),
    "notes/first.csv": b"a,b\n1,2\n",
}
ALL = {"default": ["all_models"], "judge_evaluations": []}


def planned(settings: Settings, chosen: dict[str, list[str]] | None = None) -> hub.HubPlan:
    return hub.plan(REPO, chosen or {"default": ["all_models"]}, None, settings, SHORT_TIMEOUTS)


def fetched(settings: Settings, chosen: dict[str, list[str]] | None = None) -> list[hub.LocalShard]:
    return hub.fetch(planned(settings, chosen), settings, timeouts=SHORT_TIMEOUTS)


def complaint(call: Callable[..., object], *args: object, **named: object) -> str:
    """The one sentence that a person would read."""
    with pytest.raises(FaultlineError) as caught:
        call(*args, **named)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def part_of(settings: Settings, path: str = BIG) -> Path:
    """Where the partial download of one of the large files lies, or would lie."""
    name = f"{hashlib.sha256(FILES[path]).hexdigest()}.incomplete"
    return settings.hub_cache / "datasets--somebody--tensions" / "blobs" / name
