"""A run as parquet: the public dataset's two layouts, and beside them tables of every grain.

`default.parquet` and `judge_evaluations.parquet` have the public columns in the public order, so
anyone's tools for that dataset read them; `outcome_{model}` and `latency_s_{model}` are added at
the end. `variants.parquet`, where a run has perturbed queries, has the columns of the first, with
the kind of variant and the parent's id. `queries.parquet` and `variant_queries.parquet` hold the
queries without values, where a run has such. What these layouts have no room for (replicates,
labels, citations, failed calls) stands under `tables/`, one file a grain.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.measure.disagreement_formula import bin_of
from analysis.parse.making import NOTE, RUN, Making
from analysis.parse.specs.carried import SPECS, CarriedSpec, packed
from analysis.settings import Settings
from analysis.vocabulary import BIN_SPLITS, Outcome
from analysis.whole_files import replacing
from pipeline.export.making import judged, making
from pipeline.export.tables import DRAWN, is_drawn, tables
from pipeline.journal.journal import reading
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan, read_plan
from pipeline.records import Answer, Judgement, Placement, Scenario
from pipeline.run.flow import Flow
from pipeline.run.other_models import kept_out
from pipeline.run.state import EXPORT, PLAN, run_folder
from pipeline.select.disagreement import disagreement, moments
from pipeline.stage_spec import Row
from pipeline.stages import judge, label, respond, score

BATCH = 500
_OF_VALUES = re.compile(r"value[12](_spectrum)?|.+_value[12]_position")
SPECTRUM = pa.list_(pa.struct([("position", pa.int64()), ("response", pa.string())]))


def export_run(settings: Settings, run: str, out: Path | None = None) -> Path:
    """Write what a run has so far; returns the folder. A run may be exported half-way.

    Each file is written under another name and then renamed, so a reader never meets half a file.
    """
    folder = run_folder(settings, run)
    plan = read_plan(folder / PLAN)
    target = out or folder / EXPORT
    (target / "tables").mkdir(parents=True, exist_ok=True)
    with reading(folder) as connection:
        left = kept_out(plan, connection)
        flow = Flow(plan, Inputs(plan, folder), connection, left, still=True)
        made = making(plan, run, connection, flow.inputs.snapshot, left)
        metadata = _metadata(plan, run, made)
        judging = metadata | _spec(flow)
        for name, schema, rows in _wide_files(flow):
            _write(target / f"{name}.parquet", schema, rows, metadata)
        if judge.SPEC.name in plan.stages:
            file = target / "judge_evaluations.parquet"
            of_judged = {**judging, NOTE: judged(made, plan).note()}
            _write(file, judge_schema(plan), judge_rows(flow), of_judged)
        for name, schema, rows in tables(flow):
            notes = judging if "spec" in schema.names else metadata
            _write(target / "tables" / f"{name}.parquet", schema, rows, notes)
    return target


def _metadata(plan: Plan, run: str, made: Making) -> dict[str, str]:
    simulated = plan.simulated or any(past.stand_ins for past in made.runs)
    return {
        RUN: run,
        "faultline.simulated": "true" if simulated else "false",
        NOTE: made.note(),
        "faultline.title": plan.title,
        "faultline.plan": plan.content_hash,
        "faultline.spec": plan.spec_name,
        "faultline.labeller": next(iter(plan.models_of(label.SPEC.name)), ""),
        "faultline.parent": plan.snapshot.study if plan.snapshot is not None else "",
    }


def _spec(flow: Flow) -> dict[str, str]:
    """The spec that the run's judges get, to travel with what they say."""
    if judge.SPEC.name not in flow.plan.stages:
        return {}
    made = flow.inputs.spec
    named = replace(made, name=flow.plan.spec.name, version=flow.plan.spec.version)
    return {SPECS: packed([CarriedSpec(named, flow.inputs.spec_text)])}


def _write(path: Path, schema: pa.Schema, rows: Iterator[Row], metadata: Mapping[str, str]) -> None:
    """Write rows in batches, synced to disk and renamed when whole."""
    kept = schema.with_metadata(metadata)
    with replacing(path) as aside, pq.ParquetWriter(aside, kept, compression="zstd") as writer:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=kept))
                batch = []
        if batch:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=kept))


# ---- default -----------------------------------------------------------------------------------


def _wide_files(flow: Flow) -> Iterator[tuple[str, pa.Schema, Iterator[Row]]]:
    """Name, schema and rows of every file of queries with their answers. None where a run reads
    answers and neither makes nor places any. Queries without values stand in files of their own,
    whose columns say nothing of values: a reader takes an empty value for a mistake."""
    models = _models(flow)
    if not models and flow.plan.snapshot is not None:
        return
    drawn = is_drawn(flow)
    plain, bare = (with_draw(s(models), drawn) for s in (default_schema, queries_schema))
    yield "default", plain, default_rows(flow)
    kinds = {(bool(s.variant), bool(s.value1)) for s in flow.scenarios}
    if (False, False) in kinds:
        yield "queries", bare, default_rows(flow, valued=False)
    if (True, True) in kinds and models:
        yield "variants", variants_schema(plain), variant_rows(flow)
    if (True, False) in kinds and models:
        yield "variant_queries", variants_schema(bare), variant_rows(flow, valued=False)


def _models(flow: Flow) -> tuple[str, ...]:
    """The models that answer in this run, or whose stored answers it places."""
    answering = respond.SPEC.name in flow.plan.stages  # those of a trial answer for it alone
    named = tuple(flow.plan.models_of(respond.SPEC.name)) if answering else ()
    if named or flow.inputs.snapshot is None or score.SPEC.name not in flow.plan.stages:
        return named
    return tuple(flow.inputs.snapshot.models)


def default_schema(models: Sequence[str]) -> pa.Schema:
    """Columns of the public `default` config for these models, with a few at the end."""
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
    fields += [(f"trace_{model}", text) for model in models]
    return pa.schema(fields)


def queries_schema(models: Sequence[str]) -> pa.Schema:
    """The same columns without those of values."""
    return pa.schema([f for f in default_schema(models) if not _OF_VALUES.fullmatch(f.name)])


def with_draw(schema: pa.Schema, drawn: bool) -> pa.Schema:
    """A schema of queries with how they were drawn at the end, where they say so."""
    for name, _ in DRAWN if drawn else ():
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def variants_schema(schema: pa.Schema) -> pa.Schema:
    """A schema of queries for perturbed ones, with what they are variants of at the end."""
    for name in ("parent", "variant"):
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def default_rows(flow: Flow, *, valued: bool = True) -> Iterator[Row]:
    """One row a query as it was written, in the plan's order; those with values, or the others."""
    mine = [s for s in flow.scenarios if not s.variant and bool(s.value1) is valued]
    return (row for _, row in _wide_rows(flow, mine))


def variant_rows(flow: Flow, *, valued: bool = True) -> Iterator[Row]:
    """One row a perturbed query, in the plan's order; those with values, or the others."""
    mine = [s for s in flow.scenarios if s.variant and bool(s.value1) is valued]
    for scenario, row in _wide_rows(flow, mine):
        yield {**row, "parent": scenario.parent, "variant": scenario.variant}


def _wide_rows(flow: Flow, scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, Row]]:
    ranks = _ranks(flow)
    for scenario, answers in flow.answers(scenarios):
        row = _facts(scenario, ranks.get(scenario.scenario))
        row |= _spectrums(flow, scenario)
        for answer in answers:
            if answer.replicate == 0 and flow.counts(answer):
                row |= _answer_cells(answer)
        for placed in flow.placements.get(scenario.scenario, ()):
            if placed.replicate == 0 and flow.counts(placed):
                row[f"{placed.model}_value1_position"] = placed.value1
                row[f"{placed.model}_value2_position"] = placed.value2
        yield scenario, row


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
        "draw": scenario.draw or None,
        "arm": scenario.arm or None,
    }


def _spectrums(flow: Flow, scenario: Scenario) -> Row:
    whole = flow.rubrics.get(scenario.family)
    made = whole and whole.of(scenario)
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
        f"trace_{answer.model}": answer.trace or None,
    }


def _ranks(flow: Flow) -> dict[str, int]:
    """Rank 1.. by falling disagreement; a query without a D has none."""
    spreads = {
        name: disagreement([one for one in placed if flow.counts(one)])
        for name, placed in flow.placements.items()
    }
    known = [(-d, name) for name, d in spreads.items() if d is not None]
    return {name: i for i, (_, name) in enumerate(sorted(known), start=1)}


# ---- judge_evaluations -------------------------------------------------------------------------


def judge_schema(plan: Plan) -> pa.Schema:
    """Columns of the public `judge_evaluations` config for this plan's judges, with how each
    judge's call ended at the end."""
    text, judges = pa.string(), plan.models_of(judge.SPEC.name)
    fields = [(name, text) for name in ("prompt", "response", "model", "bin_name", "std_range")]
    fields += [("max_pop_std_openai", pa.float64())]
    fields += [("chunk_idx", pa.int64()), ("entry_idx", pa.int64())]
    fields += [(name, text) for name in ("query_key", "value1", "value2")]
    for name in judges:
        fields += [(f"{name}_reasoning", text), (f"{name}_decision", text)]
    fields += [(f"outcome_{name}", text) for name in judges]
    return pa.schema(fields)


def judge_rows(flow: Flow) -> Iterator[Row]:
    """One row an answer that at least one judge was asked about. An unreadable decision stands as
    the judge's own word, so that whoever reads the file counts it as none of the three.

    `max_pop_std_openai` stays null: the D it names is over OpenAI's models. `bin_name` and
    `std_range` tell the disagreement over all models of the run.
    """
    made = judgements(flow)
    for scenario, answer in flow.answered([s for s in judge.judged(flow) if not s.variant]):
        found = made.get((scenario.scenario, answer.model, answer.replicate))
        if not found or answer.replicate or not flow.counts(answer):
            continue
        placed = [p for p in flow.placements.get(scenario.scenario, ()) if flow.counts(p)]
        row = _judged_facts(scenario, answer, placed)
        for judgement in found:
            row[f"{judgement.judge}_reasoning"] = judgement.reasoning or None
            row[f"{judgement.judge}_decision"] = judgement.decision or judgement.word or None
            row[f"outcome_{judgement.judge}"] = judgement.outcome.value
        yield row


def judgements(flow: Flow) -> dict[tuple[str, str, int], list[Judgement]]:
    """(scenario, model, replicate) -> its judgements, in the plan's order of judges."""
    found: dict[tuple[str, str, int], list[Judgement]] = {}
    for made in judge.judgements(flow):
        found.setdefault((made.scenario, made.model, made.replicate), []).append(made)
    return found


def _judged_facts(scenario: Scenario, answer: Answer, placed: list[Placement]) -> Row:
    place = bin_of(moments(placed))
    name = None if place is None else f"std_{BIN_SPLITS[place]}"
    return {
        "prompt": scenario.query,
        "response": answer.text,
        "model": answer.model,
        "bin_name": name,
        "std_range": None if place is None else BIN_SPLITS[place].replace("_to_", "-"),
        "chunk_idx": scenario.chunk_index,
        "entry_idx": scenario.entry_idx,
        "query_key": scenario.scenario,
        "value1": scenario.value1,
        "value2": scenario.value2,
    }
