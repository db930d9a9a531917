"""A run as parquet: the public dataset's two layouts, and beside them tables of every grain.

`default.parquet` and `judge_evaluations.parquet` have the public columns in the public order, so
anyone's tools for that dataset read them; `outcome_{model}` and `latency_s_{model}` are added at
the end. `variants.parquet`, where a run has perturbed queries, has the columns of the first, with
the kind of variant and the parent's id. What these layouts have no room for (replicates, labels,
citations, failed calls) stands under `tables/`, one file a grain.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.settings import Settings
from pipeline.export_tables import TABLES, table_rows
from pipeline.flow import Flow
from pipeline.inputs import Inputs
from pipeline.journal import reading
from pipeline.plan import Plan, read_plan
from pipeline.providers.types import Outcome
from pipeline.records import Answer, Judgement, Placement, Scenario
from pipeline.run_state import EXPORT, PLAN, run_folder
from pipeline.stages.select import disagreement

BATCH = 500
EDGES = (0.0, 1.0, 1.5, 2.0, 2.5)
BINS = ("0.0_to_1.0", "1.0_to_1.5", "1.5_to_2.0", "2.0_to_2.5", "2.5_to_3.0")
SPECTRUM = pa.list_(pa.struct([("position", pa.int64()), ("response", pa.string())]))
Row = dict[str, Any]


def export_run(settings: Settings, run: str, out: Path | None = None) -> Path:
    """Write what a run has so far; returns the folder. A run may be exported half-way.

    Each file is written under another name and then renamed, so a reader never meets half a file.
    """
    folder = run_folder(settings, run)
    plan = read_plan(folder / PLAN)
    target = out or folder / EXPORT
    (target / "tables").mkdir(parents=True, exist_ok=True)
    with reading(folder) as connection:
        flow = Flow(plan, Inputs(plan, folder), connection)
        metadata = _metadata(plan, run)
        if "respond" in plan.stages or plan.snapshot is None:
            _write(target / "default.parquet", default_schema(plan), default_rows(flow), metadata)
        if any(scenario.variant for scenario in flow.scenarios):
            file = target / "variants.parquet"
            _write(file, variants_schema(plan), variant_rows(flow), metadata)
        if "judge" in plan.stages:
            file = target / "judge_evaluations.parquet"
            _write(file, judge_schema(plan), judge_rows(flow), metadata)
        for name, schema in TABLES.items():
            _write(target / "tables" / f"{name}.parquet", schema, table_rows(name, flow), metadata)
    return target


def _metadata(plan: Plan, run: str) -> dict[str, str]:
    return {
        "faultline.run": run,
        "faultline.simulated": "true" if plan.simulated else "false",
        "faultline.title": plan.title,
        "faultline.plan": plan.content_hash,
        "faultline.spec": f"{plan.spec.name} {plan.spec.version}".strip(),
        "faultline.labeller": plan.roles.labeller or "",
        "faultline.parent": plan.snapshot.study if plan.snapshot is not None else "",
    }


def _write(path: Path, schema: pa.Schema, rows: Iterator[Row], metadata: Mapping[str, str]) -> None:
    """Write rows in batches, synced to disk and renamed when whole."""
    kept = schema.with_metadata(metadata)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        with pq.ParquetWriter(file, kept, compression="zstd") as writer:
            batch: list[Row] = []
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH:
                    writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=kept))
                    batch = []
            if batch:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=kept))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


# ---- default -----------------------------------------------------------------------------------


def default_schema(plan: Plan) -> pa.Schema:
    """Columns of the public `default` config for this plan's models, with a few at the end."""
    models = list(plan.roles.targets)
    text = pa.string()
    names = ("query_generator", "value1", "value2", "nudge_direction", "query")
    fields = [("rank", pa.int64()), *((name, text) for name in names)]
    fields += [(f"response_{model}", text) for model in models]
    for model in models:
        fields += [(f"{model}_value{n}_position", pa.int64()) for n in (1, 2)]
    fields += [("chunk_index", pa.int64()), ("entry_idx", pa.int64())]
    fields += [("value1_spectrum", SPECTRUM), ("value2_spectrum", SPECTRUM)]
    fields += [(f"outcome_{model}", text) for model in models]
    fields += [(f"latency_s_{model}", pa.float64()) for model in models]
    return pa.schema(fields)


def variants_schema(plan: Plan) -> pa.Schema:
    """The same columns for perturbed queries, with what they are variants of at the end."""
    schema = default_schema(plan)
    for name in ("parent", "variant"):
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def default_rows(flow: Flow) -> Iterator[Row]:
    """One row a query as it was written, in the plan's order."""
    return _wide_rows(flow, [s for s in flow.scenarios if not s.variant])


def variant_rows(flow: Flow) -> Iterator[Row]:
    """One row a perturbed query, in the plan's order."""
    variants = [s for s in flow.scenarios if s.variant]
    for scenario, row in zip(variants, _wide_rows(flow, variants), strict=True):
        yield {**row, "parent": scenario.parent, "variant": scenario.variant}


def _wide_rows(flow: Flow, scenarios: Sequence[Scenario]) -> Iterator[Row]:
    ranks = _ranks(flow)
    for scenario, answers in flow.answers(scenarios):
        row = _facts(scenario, ranks.get(scenario.scenario))
        row |= _spectrums(flow, scenario.family)
        for answer in answers:
            if answer.replicate == 0:
                row |= _answer_cells(answer)
        for placed in flow.placements.get(scenario.scenario, ()):
            if placed.replicate == 0:
                row[f"{placed.model}_value1_position"] = placed.value1
                row[f"{placed.model}_value2_position"] = placed.value2
        yield row


def _facts(scenario: Scenario, rank: int | None) -> Row:
    return {
        "rank": scenario.rank if rank is None else rank,
        "query_generator": scenario.generator,
        "value1": scenario.value1,
        "value2": scenario.value2,
        "nudge_direction": scenario.nudge,
        "query": scenario.query,
        "chunk_index": scenario.chunk_index,
        "entry_idx": scenario.entry_idx,
    }


def _spectrums(flow: Flow, family: str) -> Row:
    made = flow.rubrics.get(family)
    if made is None:
        return {}
    sides = {"value1_spectrum": made.value1, "value2_spectrum": made.value2}
    return {
        name: [{"position": i, "response": text} for i, text in enumerate(strategies)]
        for name, strategies in sides.items()
    }


def _answer_cells(answer: Answer) -> Row:
    read = answer.outcome is Outcome.ANSWERED
    return {
        f"response_{answer.model}": answer.text if read else None,
        f"outcome_{answer.model}": answer.outcome.value,
        f"latency_s_{answer.model}": answer.latency_s,
    }


def _ranks(flow: Flow) -> dict[str, int]:
    """Rank 1.. by falling disagreement; a query without a D has none."""
    spreads = {name: disagreement(placed) for name, placed in flow.placements.items()}
    known = [(-d, name) for name, d in spreads.items() if d is not None]
    return {name: i for i, (_, name) in enumerate(sorted(known), start=1)}


# ---- judge_evaluations -------------------------------------------------------------------------


def judge_schema(plan: Plan) -> pa.Schema:
    """Columns of the public `judge_evaluations` config for this plan's judges."""
    text = pa.string()
    fields = [(name, text) for name in ("prompt", "response", "model", "bin_name", "std_range")]
    fields += [("max_pop_std_openai", pa.float64())]
    fields += [("chunk_idx", pa.int64()), ("entry_idx", pa.int64())]
    fields += [(name, text) for name in ("query_key", "value1", "value2")]
    for judge in plan.roles.judges:
        fields += [(f"{judge}_reasoning", text), (f"{judge}_decision", text)]
    return pa.schema(fields)


def judge_rows(flow: Flow) -> Iterator[Row]:
    """One row an answer with at least one readable judgement.

    `max_pop_std_openai` stays null: the D it names is over OpenAI's models. `bin_name` and
    `std_range` tell the disagreement over all models of the run.
    """
    made = judgements(flow)
    for scenario, answer in flow.answered([s for s in flow.judged if not s.variant]):
        found = made.get((scenario.scenario, answer.model, answer.replicate))
        if not found or answer.replicate:
            continue
        row = _judged_facts(scenario, answer, flow.placements.get(scenario.scenario, []))
        for judgement in found:
            row[f"{judgement.judge}_reasoning"] = judgement.reasoning
            row[f"{judgement.judge}_decision"] = judgement.decision
        yield row


def judgements(flow: Flow) -> dict[tuple[str, str, int], list[Judgement]]:
    """(scenario, model, replicate) -> its readable judgements, in the plan's order of judges."""
    found: dict[tuple[str, str, int], list[Judgement]] = {}
    for judge in flow.plan.roles.judges:
        for _, made in flow.read(flow.judge_work(judge)):
            found.setdefault((made.scenario, made.model, made.replicate), []).append(made)
    return found


def _judged_facts(scenario: Scenario, answer: Answer, placed: list[Placement]) -> Row:
    spread = disagreement(placed)
    place = None if spread is None else sum(spread >= edge for edge in EDGES) - 1
    name = None if place is None else f"std_{BINS[place]}"
    return {
        "prompt": scenario.query,
        "response": answer.text,
        "model": answer.model,
        "bin_name": name,
        "std_range": None if place is None else BINS[place].replace("_to_", "-"),
        "chunk_idx": scenario.chunk_index,
        "entry_idx": scenario.entry_idx,
        "query_key": scenario.scenario,
        "value1": scenario.value1,
        "value2": scenario.value2,
    }
