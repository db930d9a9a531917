"""The list of the stages, in their order. All that is to be known of one stands in its file.

A stage never imports another one, nor this list. To add one: its file, its prompt under
`prompts/`, and its line in `STAGES`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from analysis.vocabulary import Repeat
from pipeline.stage_spec import Gaps, StageSpec
from pipeline.stages import (
    criteria,
    dedupe,
    generate,
    grade,
    hard,
    judge,
    label,
    noise_answer,
    noise_rubric,
    noise_scorer,
    noise_scoring,
    noise_wording,
    pairs,
    perturb,
    repair,
    respond,
    rubric,
    score,
    trial,
    trial_answer,
    trial_query,
)

STAGES: tuple[StageSpec[Any], ...] = (
    criteria.SPEC,
    repair.SPEC,
    pairs.SPEC,
    generate.SPEC,
    perturb.SPEC,
    dedupe.SPEC,
    respond.SPEC,
    rubric.SPEC,
    score.SPEC,
    hard.SPEC,
    label.SPEC,
    judge.SPEC,
    grade.SPEC,
    trial_query.SPEC,
    trial_answer.SPEC,
    trial.SPEC,
    noise_wording.SPEC,
    noise_rubric.SPEC,
    noise_answer.SPEC,
    noise_scoring.SPEC,
    noise_scorer.SPEC,
)
NOISE: Mapping[Repeat, StageSpec[Any]] = {
    Repeat.WORDING: noise_wording.SPEC,
    Repeat.RUBRIC: noise_rubric.SPEC,
    Repeat.ANSWER: noise_answer.SPEC,
    Repeat.SCORING: noise_scoring.SPEC,
    Repeat.SCORER: noise_scorer.SPEC,
}
"""The noise sample: the stage that each repeat asks for; a plan repeats what it has a stage for."""
BY_NAME = {stage.name: stage for stage in STAGES}
NAMES = tuple(BY_NAME)
CALLING = tuple(stage.name for stage in STAGES if stage.calls is not None)
SELECTING = tuple(stage.name for stage in STAGES if stage.selection is not None)
PROMPTS: dict[str, Gaps] = {name: gaps for stage in STAGES for name, gaps in stage.prompts.items()}
FOLDER = Path(__file__).parent / "prompts"


@cache
def shipped_prompts() -> dict[str, str]:
    """Name -> text, for every prompt that a stage uses."""
    return {name: (FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in PROMPTS}


def needed_by(name: str) -> frozenset[str]:
    """All stages that a stage needs, also by way of others."""
    found = frozenset(BY_NAME[name].needs)
    return found.union(*(needed_by(need) for need in found))
