"""Parquet of the public dataset's shape and any size, generated and seeded.

One row per scenario, the columns of the `default` config in their order. Texts are cut from
one long seeded stream of made-up words, so that sizes and entropy are believable while the
meaning is nil. Used by the benchmarks only.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MODELS = (
    "claude_3_5_sonnet",
    "claude_3_7_sonnet",
    "claude_opus_3",
    "claude_opus_4",
    "claude_sonnet_4",
    "gemini_2_5_pro",
    "gpt_4_1",
    "gpt_4_1_mini",
    "gpt_4o",
    "grok_4",
    "o3",
    "o4_mini",
)
NUDGES = np.array(["neutral", "value1", "value2"])
STREAM = 8_000_000


def _stream(rng: np.random.Generator) -> str:
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    lengths = rng.integers(2, 10, 20_000)
    words = ["".join(rng.choice(letters, n)) for n in lengths]
    return " ".join(words[i] for i in rng.zipf(1.3, STREAM // 6) % len(words))[:STREAM]


def _cut(stream: str, rng: np.random.Generator, n: int, mean: int) -> pa.Array:
    starts = rng.integers(0, len(stream) - 4 * mean, n)
    sizes = rng.integers(mean // 2, mean + mean // 2 + 1, n)
    return pa.array([stream[a : a + b] for a, b in zip(starts, sizes, strict=True)])


def positions(rng: np.random.Generator, n: int, models: int) -> np.ndarray:
    """n x models x 2 integers 0..6: a mean per scenario and value, then noise per model."""
    centre = rng.uniform(1, 5, (n, 1, 2))
    spread = rng.gamma(2.0, 0.6, (n, 1, 1))
    drawn = centre + spread * rng.standard_normal((n, models, 2))
    return np.clip(np.rint(drawn), 0, 6).astype(np.int64)


def _table(start: int, n: int, stream: str, rng: np.random.Generator, chars: int) -> pa.Table:
    rows = np.arange(start, start + n)
    family = rows // 3
    values = np.array([f"value {i:04d}" for i in range(3_307)])
    pair = np.random.default_rng(11).integers(0, len(values), (1 + int(family[-1]), 2))[family]
    columns: dict[str, object] = {
        "rank": rows + 1,
        "query_generator": np.where(family % 2 == 0, "o3", "claude"),
        "value1": values[pair[:, 0]],
        "value2": values[pair[:, 1]],
        "nudge_direction": NUDGES[rows % 3],
        "query": _cut(stream, rng, n, 550),
    }
    for model in MODELS:
        columns[f"response_{model}"] = _cut(stream, rng, n, chars)
    drawn = positions(rng, n, len(MODELS))
    for index, model in enumerate(MODELS):
        columns[f"{model}_value1_position"] = drawn[:, index, 0]
        columns[f"{model}_value2_position"] = drawn[:, index, 1]
    columns["chunk_index"] = family // 1_500
    columns["entry_idx"] = family % 1_500
    return pa.table(columns)


def batches(scenarios: int, chars: int, seed: int, size: int = 20_000) -> Iterator[pa.Table]:
    rng = np.random.default_rng(seed)
    stream = _stream(rng)
    for start in range(0, scenarios, size):
        yield _table(start, min(size, scenarios - start), stream, rng, chars)


def generate(
    folder: Path, scenarios: int, chars: int, shards: int = 4, seed: int = 1
) -> list[Path]:
    """Write `shards` parquet files with `scenarios` rows in all; answers of about `chars`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"train-{i:05d}-of-{shards:05d}.parquet" for i in range(shards)]
    writers: dict[Path, pq.ParquetWriter] = {}
    per_shard = -(-scenarios // shards)
    done = 0
    for table in batches(scenarios, chars, seed, size=min(20_000, per_shard)):
        path = paths[min(done // per_shard, shards - 1)]
        if path not in writers:
            writers[path] = pq.ParquetWriter(path, table.schema)
        writers[path].write_table(table)
        done += len(table)
    for writer in writers.values():
        writer.close()
    return [p for p in paths if p.exists()]
