"""A new stage is its own file, its prompt, and two lines in the list; everything else follows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.plan.make import TRIAL
from pipeline.stages import BY_NAME, NAMES, NOISE, PROMPTS, STAGES, needed_by, shipped_prompts

ROOT = Path(__file__).resolve().parents[3]
SUMMARY = '''
"""Stage summary: every answer in one sentence."""

from collections.abc import Iterator

from pydantic import Field

from pipeline.prompting import model_call, block
from pipeline.stage_spec import (
    ANSWER, ANSWER_KEY, Counts, Estimate, Part, Role, Row, StageContext, StageSpec, Table, Work,
)


class SummaryPart(Part):
    words: int = 20
    max_tokens: int = Field(default=100, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    part = context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    for scenario, answer in context.answered():
        values = {"answer": block("answer", answer.text), "words": str(part.words)}
        subject = f"{scenario.scenario}|{answer.label}"
        prompt = context.prompts["summary"]
        call = model_call(target, prompt, values, stage=SPEC.name, subject=subject)
        yield Work(call, answer, str.strip)


def estimate(part: SummaryPart, n: Counts, models: int) -> Estimate:
    most = n.longest.answer
    return Estimate(n.answers, ANSWER, (10, 40), n.kept_share, most=most, room=part.max_tokens)


def rows(context: StageContext) -> Iterator[Row]:
    for work, text in context.read(calls(context)):
        answer = work.about
        yield {"scenario": answer.scenario, "model": answer.model, "replicate": answer.replicate,
               "summary": text}


SPEC = StageSpec(
    name="summary",
    settings=SummaryPart,
    needs=("respond",),
    fed_by=("respond",),
    role=Role("summarizer", "Who sums up", "sums answers up", "--summarizer"),
    prompts={"summary": (frozenset({"answer"}), frozenset({"words"}))},
    calls=calls,
    expected=lambda context, answers: answers(1.0),
    estimate=estimate,
    tables={"summaries": Table((*ANSWER_KEY, ("summary", str)), rows)},
    optional=True,
)
'''


def test_the_list_holds_every_stage_file_once_and_names_only_its_own():
    files = {path.stem for path in (ROOT / "pipeline" / "stages").glob("[a-z]*.py")}
    assert set(NAMES) == files
    assert len(NAMES) == len(files)
    for stage in STAGES:
        named = {*stage.needs, *stage.follows, *stage.fed_by}
        assert named <= set(NAMES), stage.name
        assert all(NAMES.index(name) < NAMES.index(stage.name) for name in named), stage.name
        assert set(stage.fed_by) <= set(stage.needs), stage.name
        ways = (stage.calls, stage.selection, stage.makes)
        assert sum(way is not None for way in ways) == 1, stage.name
        parts = (stage.role, stage.expected, stage.estimate, stage.prompts or None)
        assert all((part is not None) == (stage.calls is not None) for part in parts), stage.name


def test_roles_tables_and_prompts_belong_to_one_stage_each():
    """But for the noise sample's and a trial's, which ask the same of the same models as others."""
    again = [*NOISE.values(), *(BY_NAME[name] for name in TRIAL)]
    own = [stage for stage in STAGES if stage not in again]
    roles = [stage.role.name for stage in own if stage.role is not None]
    tables = [name for stage in STAGES for name in stage.tables]
    prompts = [name for stage in own for name in stage.prompts]
    for stage in again:
        assert stage.role.name in {*roles, "second_scorer"}
        assert {*stage.prompts} <= {*prompts}
    for names in (roles, tables, prompts):
        assert len(names) == len(set(names))
    assert set(shipped_prompts()) == set(PROMPTS) == set(prompts)
    folder = ROOT / "pipeline" / "stages" / "prompts"
    assert {path.stem for path in folder.iterdir()} == set(prompts)


def test_a_stage_needs_what_its_needs_need():
    assert needed_by("score") == {"respond", "rubric", "generate", "pairs"}
    assert needed_by("pairs") == frozenset()
    assert BY_NAME["judge"].after(BY_NAME["judge"].settings()) == {"generate", "hard"}


@pytest.fixture
def tree(tmp_path):
    """A copy of the program with one more stage: two files of its own, two lines in the list."""
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline")
    (tmp_path / "analysis").symlink_to(ROOT / "analysis")
    stages = tmp_path / "pipeline" / "stages"
    (stages / "summary.py").write_text(SUMMARY.lstrip())
    (stages / "prompts" / "summary.md").write_text("Say in {{words}} words:\n{{answer}}\n")
    listed = (stages / "__init__.py").read_text()
    assert "    trial_query,\n)" in listed
    listed = listed.replace("    trial_query,\n)", "    trial_query,\n    summary,\n)")
    listed = listed.replace(
        "    noise_scorer.SPEC,\n)", "    noise_scorer.SPEC,\n    summary.SPEC,\n)"
    )
    (stages / "__init__.py").write_text(listed)
    return tmp_path


def test_a_new_stage_is_planned_priced_run_watched_and_exported(tree):
    def cli(*words):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, words)],
            cwd=tree,
            env={**os.environ, "FAULTLINE_HOME": str(tree / "home")},
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
        )
        assert done.returncode == 0, done.stderr
        return done

    made = tree / "plan.json"
    cli("plan", "--families", 2, "--stages", "pairs,generate,respond,summary", "--out", made)
    plan = json.loads(made.read_text())
    assert plan["summary"] == {"words": 20, "max_tokens": 100}
    assert plan["roles"]["summarizer"] in plan["models"]
    priced = json.loads(cli("price", made, "--format", "json").stdout)
    assert priced["stages"]["summary"]["calls"] == priced["stages"]["respond"]["calls"] == 72
    run = cli("run", made).stdout.split()[-1]
    seen = json.loads(cli("status", run, "--format", "json").stdout)
    part = seen["stages"]["summary"]
    assert seen["state"] == "done"
    assert part["done"] == part["total"] > 60
    folder = Path(cli("export", run).stdout.strip())
    table = pq.read_table(folder / "tables" / "summaries.parquet")
    assert table.column_names == ["scenario", "model", "replicate", "summary"]
    assert table.num_rows > 60
    assert all(table["summary"].to_pylist())
