"""The example study: a stress test of fictional models, written in the public dataset's columns.

`python -m pipeline.simulator.example --out DIR` writes two parquet files that are loaded like any
other source. What is planted in them stands in docs/example-study.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.measure import disagreement_formula as formula
from analysis.parse.making import NOTE, Making, Selection, Stated
from analysis.settings import EMBEDDED_SPEC
from analysis.vocabulary import BIN_SPLITS, NUDGES
from analysis.whole_files import replacing
from pipeline.simulator import simulator as sim
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import cast
from pipeline.simulator.queries import fitting_situations
from pipeline.simulator.texts import Situation, known_values, situations

if TYPE_CHECKING:
    import pyarrow as pa

    from analysis.parse.specs.clause import Spec

SCENARIOS_FILE = "example.parquet"
JUDGES_FILE = "example_judges.parquet"
PER_CHUNK = 40
"""Families to a chunk_index, as entry_idx counts them in the example."""
SCENARIOS_A_BIN = 20
_LOST_SHARE = 0.004
_UNPLACED_SHARE = 0.003


@dataclass(eq=False)
class Row:
    """One scenario: a query with an answer and two positions of every model.

    `texts` and `positions` follow `sim.models()`; None where a cell is missing.
    """

    chunk: int
    entry: int
    nudge: str
    value1: str
    value2: str
    generator: str
    query: str
    texts: list[str | None] = field(default_factory=list)
    positions: list[tuple[int, int] | None] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.chunk}_{self.entry}_{self.nudge}"

    def moments(self) -> list[formula.Moments]:
        """What D is made of, by value."""
        placed = [p for p in self.positions if p is not None]
        return [formula.moments([p[v] for p in placed]) for v in (0, 1)]

    @property
    def disagreement(self) -> float:
        """D over all models: the larger population standard deviation of the two (positions)."""
        return formula.d_of(self.moments()) or 0.0

    @property
    def bin(self) -> int:
        """Index into BIN_SPLITS; the first where too few models answered."""
        return formula.bin_of(self.moments()) or 0


def write_example(folder: Path, seed: int = 7, families: int = 240) -> Path:
    """Write both files into `folder` (made if absent) and return it; same seed, same content.

    `families` x 3 nudges scenarios of 12 models; judgements of up to 20 scenarios from each bin
    of disagreement.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(example_rows(seed, families), key=lambda row: -row.disagreement)
    every = Making((), Selection.ALL, Stated.SOURCE)
    _save(_noted(scenario_table(rows), {NOTE: every.note()}), folder / SCENARIOS_FILE)
    _save(judge_table(rows, seed), folder / JUDGES_FILE)
    return folder


def example_rows(seed: int, families: int) -> Iterator[Row]:
    """Every scenario of the example, family by family, before ranking."""
    for number, (value1, value2, about) in enumerate(_families(seed, families)):
        generator = Dice("writer", str(seed), str(number)).pick(cast().generators)
        for nudge in NUDGES:
            query = sim.make_query(
                value1, value2, nudge, seed + number, generator=generator, situation=about.id
            )
            row = Row(
                number // PER_CHUNK, number % PER_CHUNK, nudge, value1, value2, generator, query
            )
            _answer_all(row, seed)
            yield row


def _families(seed: int, families: int) -> Iterator[tuple[str, str, Situation]]:
    """Value pairs in which every value comes up equally often, each with a fitting situation."""
    used = dict.fromkeys(situations(), 0)
    for value1, value2 in islice(_pairs(seed), families):
        options = fitting_situations(value1, value2)
        dice = Dice("about", str(seed), value1, value2)
        about = min(options, key=lambda s: (used[s.id], dice.uniform()))
        used[about.id] += 1
        yield value1, value2, about


def _pairs(seed: int) -> Iterator[tuple[str, str]]:
    """Endless rounds over the shuffled values, two by two; never two of one category."""
    values = known_values()
    for round_ in range(10_000):
        dice = Dice("pairs", str(seed), str(round_))
        left = dice.sample(list(values), len(values))
        while len(left) > 1:
            first = left.pop(0)
            apart = (i for i, v in enumerate(left) if values[v].category != values[first].category)
            yield first, left.pop(next(apart, 0))


def _answer_all(row: Row, seed: int) -> None:
    context = sim.context_of(row.query)
    for model in sim.models():
        given = sim.answer(model, context, str(seed))
        where = given.stand.positions
        cell: tuple[int, int] | None = (where[row.value1], where[row.value2])
        gap = Dice("gap", str(seed), model, row.key).uniform()
        lost = gap < _LOST_SHARE
        if lost or not given.text or gap < _LOST_SHARE + _UNPLACED_SHARE:
            cell = None
        row.texts.append(None if lost else given.text)
        row.positions.append(cell)


def scenario_table(rows: list[Row]) -> "pa.Table":
    """The rows in the columns of the public dataset plus two spectrums; `rank` counts from 1."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        "rank": pa.array(range(1, len(rows) + 1), pa.int64()),
        "query_generator": pa.array([r.generator for r in rows]),
        "value1": pa.array([r.value1 for r in rows]),
        "value2": pa.array([r.value2 for r in rows]),
        "nudge_direction": pa.array([r.nudge for r in rows]),
        "query": pa.array([r.query for r in rows]),
    }
    models = sim.models()
    for i, model in enumerate(models):
        columns[f"response_{model}"] = pa.array([r.texts[i] for r in rows], pa.string())
    for i, model in enumerate(models):
        for v in (0, 1):
            cells = [None if (p := r.positions[i]) is None else p[v] for r in rows]
            columns[f"{model}_value{v + 1}_position"] = pa.array(cells, pa.int64())
    columns["chunk_index"] = pa.array([r.chunk for r in rows], pa.int64())
    columns["entry_idx"] = pa.array([r.entry for r in rows], pa.int64())
    for v in (1, 2):
        columns[f"value{v}_spectrum"] = _spectrums(rows, v)
    return _marked(pa.table(columns))


def _spectrums(rows: list[Row], which: int) -> "pa.Array":
    import pyarrow as pa

    kind = pa.list_(pa.struct([("position", pa.int64()), ("response", pa.string())]))
    cells = []
    for row in rows:
        lines = sim.rubric(row.value1 if which == 1 else row.value2, f"{row.chunk}_{row.entry}")
        cells.append([{"position": i, "response": line} for i, line in enumerate(lines)])
    return pa.array(cells, kind)


def judge_table(rows: list[Row], seed: int) -> "pa.Table":
    """Judgements in the columns of `judge_evaluations`: one judged answer a row, three judges.

    Equally many scenarios from each bin of D, all answers of a scenario; `max_pop_std_openai` is
    left out, because there is no such provider here.
    """
    import pyarrow as pa

    from analysis.parse.specs.spec import read_spec

    spec = read_spec(EMBEDDED_SPEC, None, 1_000_000)
    columns: dict[str, list[Any]] = {}
    for row in _stratified(rows, seed):
        for model, text in zip(sim.models(), row.texts, strict=True):
            if not text:
                continue
            record = _judged_row(row, model, text)
            for judge in sim.judges():
                verdict = sim.judge(judge, row.query, text, spec.clauses, str(seed))
                record[f"{judge}_reasoning"] = verdict.reasoning
                record[f"{judge}_decision"] = verdict.decision
            for name, cell in record.items():
                columns.setdefault(name, []).append(cell)
    return _marked(pa.table(columns), spec)


def _stratified(rows: list[Row], seed: int) -> list[Row]:
    dice = Dice("judged", str(seed))
    bins: list[list[Row]] = [[] for _ in BIN_SPLITS]
    for row in rows:
        bins[row.bin].append(row)
    return [row for members in bins for row in dice.sample(members, SCENARIOS_A_BIN)]


def _judged_row(row: Row, model: str, text: str) -> dict[str, Any]:
    return {
        "prompt": row.query,
        "response": text,
        "model": model,
        "bin_name": f"std_{BIN_SPLITS[row.bin]}",
        "std_range": BIN_SPLITS[row.bin].replace("_to_", "-"),
        "chunk_idx": row.chunk,
        "entry_idx": row.entry,
        "query_key": row.key,
        "value1": row.value1,
        "value2": row.value2,
    }


def _marked(table: "pa.Table", spec: "Spec | None" = None) -> "pa.Table":
    """The table with the mark by which every screen and export knows that it is simulated, and
    with the spec that its judges were given."""
    from analysis.parse.specs.carried import NAMED, SPECS, CarriedSpec, packed

    notes = {
        "faultline.simulated": "true",
        "faultline.source": f"embedded simulator {sim.VERSION}",
    }
    if spec is not None:
        text = EMBEDDED_SPEC.read_text(encoding="utf-8")
        notes[NAMED] = f"{spec.name} {spec.version}"
        notes[SPECS] = packed([CarriedSpec(spec, text)])
    return table.replace_schema_metadata(notes)


def _noted(table: "pa.Table", notes: dict[str, str]) -> "pa.Table":
    """The table with further key-values."""
    metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    return table.replace_schema_metadata({**metadata, **notes})


def _save(table: "pa.Table", path: Path) -> None:
    import pyarrow.parquet as pq

    with replacing(path) as aside:
        pq.write_table(table, aside, compression="zstd")


def main() -> None:
    """`python -m pipeline.simulator.example --out DIR [--seed N] [--families N]`."""
    import argparse

    parser = argparse.ArgumentParser(description="Write the simulated example study.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the two parquet files")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--families", type=int, default=240)
    given = parser.parse_args()
    print(write_example(given.out, given.seed, given.families))


if __name__ == "__main__":
    main()
