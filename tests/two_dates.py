"""Simulated studies of the same queries at two dates: only what the models say on the day differs.

Nothing drifts between dates unless it is planted: `drift` changes a model's persona for that day.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.simulator import simulator as sim
from pipeline.simulator.example import Row, example_rows, judge_table, scenario_table
from pipeline.simulator.personas import cast

Drift = Mapping[str, Mapping[str, float]]


@dataclass
class Day:
    """The queries as all models answered them, and each answer: `given[row][model]`."""

    rows: list[Row]
    given: list[list[sim.SimulatedAnswer]]


def day(name: str, families: int, seed: int = 7, drift: Drift | None = None) -> Day:
    """The queries of `seed`, three a family, as all models answer them on the day of that name."""
    rows, answers = list(example_rows(seed, families)), []
    with _drifted(drift or {}):
        for row in rows:
            context = sim.context_of(row.query)
            given = [sim.answer(model, context, name) for model in sim.models()]
            row.texts = [g.text or None for g in given]
            where = [(g.stand.positions[row.value1], g.stand.positions[row.value2]) for g in given]
            row.positions = [p if g.text else None for p, g in zip(where, given, strict=True)]
            answers.append(given)
    return Day(rows, answers)


def write_day(folder: Path, told: Day, judged: int = 20) -> Path:
    """The day as files that are loaded like any other source, the first queries judged."""
    folder.mkdir(parents=True, exist_ok=True)
    table = scenario_table(told.rows)
    for i, model in enumerate(sim.models()):
        seconds = pa.array([given[i].latency_s for given in told.given], pa.float64())
        table = table.append_column(f"latency_s_{model}", seconds)
    pq.write_table(table, folder / "rows.parquet")
    pq.write_table(judge_table(told.rows[:judged], 7), folder / "judged.parquet")
    return folder


@contextmanager
def _drifted(drift: Drift) -> Iterator[None]:
    """The cast with some of its models' persona changed, such as {"cobble_one": {"refuses": 2}}."""
    people = cast().models
    before = {model: people[model] for model in drift}
    changed = {m: replace(before[m], **changes) for m, changes in drift.items()}  # type: ignore[arg-type]
    people.update(changed)
    try:
        yield
    finally:
        people.update(before)
