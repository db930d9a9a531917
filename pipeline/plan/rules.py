"""What makes the parts of a plan fit together; each rule refuses with one sentence."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from analysis.errors import FaultlineError
from pipeline.prompting import check_prompt
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.stages import (
    BY_NAME,
    CALLING,
    NAMES,
    PROMPTS,
    STAGES,
    dedupe,
    grade,
    pairs,
    score,
    trial,
    trial_answer,
    trial_query,
)


def check_stages(
    stages: Sequence[str],
    from_snapshot: bool,
    *,
    with_criteria: bool = False,
    with_trial: bool = False,
) -> None:
    """Known stages, each once, in order, and with what they need before them."""
    if not stages:
        raise FaultlineError("The plan has no stages: name at least one.")
    for stage in stages:
        if stage not in BY_NAME:
            raise FaultlineError(f"There is no stage {stage!r}: it is one of {', '.join(NAMES)}.")
    if list(stages) != sorted(set(stages), key=NAMES.index):
        raise FaultlineError(
            f"The stages must stand once each and in this order: {', '.join(NAMES)}."
        )
    replaced = [stage.name for stage in STAGES if stage.makes_queries]
    if from_snapshot and set(replaced) & set(stages):
        raise FaultlineError(
            "A plan over a snapshot takes its queries from there: leave out "
            f"{' and '.join(replaced)}."
        )
    if with_criteria and set(replaced) & set(stages):
        raise FaultlineError(
            "A plan with criteria asks their queries: leave out "
            f"{' and '.join(name for name in replaced if name in stages)}."
        )
    if grade.SPEC.name in stages and not with_criteria:
        raise FaultlineError(
            "Grading needs criteria: name their file with --criteria (python -m analysis criteria "
            "export SPEC --to FILE writes one)."
        )
    of_trial = {stage.SPEC.name for stage in (trial, trial_query, trial_answer)} & set(stages)
    if (trial.SPEC.name in stages) != with_trial or (of_trial and not with_trial):
        raise FaultlineError(
            "The stage trial and what it tries go together: plan a trial with `python -m analysis "
            "trial plan`."
        )
    stood_for = replaced if with_criteria else ()
    for stage in stages:
        needs = [need for need in BY_NAME[stage].needs if need not in stood_for]
        missing = [need for need in needs if need not in stages]
        if missing and not from_snapshot:
            raise FaultlineError(
                f"The stage {stage} needs {missing[0]} before it: add that stage, or plan over "
                "a snapshot with --from."
            )


def check_search(part: pairs.PairsPart, stages: Sequence[str]) -> None:
    """A search has something to choose between, learns from scores, and leaves nothing out."""
    if part.search is None:
        return
    if part.mode in ("list", "clauses") or (
        part.mode == "category" and len(set(part.categories)) < 2
    ):
        chosen = {
            "list": "own pairs are asked as they are",
            "clauses": "two clauses are one pair",
            "category": "one category has nothing beside it",
        }[part.mode]
        raise FaultlineError(
            f"A search chooses which pairs to draw, and {chosen}: leave the search out, or let the "
            "plan draw from several categories or from all clauses."
        )
    if missing := [s.name for s in (pairs.SPEC, score.SPEC) if s.name not in stages]:
        raise FaultlineError(
            f"A search draws pairs by what the answers' scores show: add the stage {missing[0]}, "
            "or leave the search out."
        )
    if dedupe.SPEC.name in stages:
        raise FaultlineError(
            "Near duplicates are left out once, before answers, and a search draws in rounds: "
            f"leave out the stage {dedupe.SPEC.name}, or the search."
        )
    if len(pairs.round_sizes(part)) < 2:
        raise FaultlineError(
            f"{part.families} families leave none to search with beside the uniform share: ask for "
            "more families, or for a smaller share."
        )


def check_roles(stages: Sequence[str], roles: Mapping[str, Any], models: set[str]) -> None:
    """Every stage has its models, and every model that is named is described."""
    for stage in stages:
        role = BY_NAME[stage].role
        if role is not None and not roles[role.name]:
            raise FaultlineError(f"The stage {stage} has no model: name {role.name} in the plan.")
    for field, given in roles.items():
        for name in names_in(given):
            if name not in models:
                raise FaultlineError(
                    f"The plan names {name!r} as {field}, but its models have no entry for it."
                )
    for role in (stage.role for stage in STAGES if stage.role is not None and stage.role.many):
        names = roles[role.name]
        if len(set(names)) != len(names):
            raise FaultlineError(
                f"The plan names a model twice among its {role.name}: once is enough."
            )
        if role.most is not None and len(names) > role.most:
            raise FaultlineError(f"A plan has 1 to {role.most} {role.name}.")


def check_batch(
    batch: Mapping[str, Sequence[str]],
    models_of: Mapping[str, Sequence[str]],
    simulated: Collection[str],
) -> None:
    """Every batched stage is one that calls models, and every model one that it calls."""
    for stage, names in batch.items():
        if stage not in CALLING or stage not in models_of:
            calling = ", ".join(s for s in models_of if s in CALLING)
            raise FaultlineError(
                f"The plan sends {stage!r} as a batch, which is no stage of it that calls models: "
                f"those are {calling}."
            )
        for name in names:
            if name not in models_of[stage]:
                raise FaultlineError(
                    f"The plan sends {stage} to {name!r} as a batch, but {stage} does not call "
                    "it: name one of the stage's models, or take it out of batch."
                )
            if name in simulated:
                raise FaultlineError(
                    f"{name} is simulated and has no batch API: take it out of batch.{stage}."
                )


def check_embedders(embedders: Mapping[str, str], models: Mapping[str, bool]) -> None:
    """Each is on this machine, or a model of the plan that is not simulated."""
    for stage, name in embedders.items():
        if name in LOCAL_EMBEDDERS:
            continue
        if name not in models:
            raise FaultlineError(
                f"There is no embedder {name!r} for {stage}: it is {' or '.join(LOCAL_EMBEDDERS)}, "
                "or a model that the plan's models have an entry for."
            )
        if models[name]:
            raise FaultlineError(
                f"{name} is simulated and gives no vectors: choose another embedder for {stage}."
            )


def names_in(given: Any) -> tuple[str, ...]:
    """The models that one role names: none, one, or many."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def check_prompts(prompts: Mapping[str, str], stages: Sequence[str]) -> None:
    """Prompts that stages know, each with its gaps, and all that the plan's own `stages` ask with.
    A plan from before a stage came lacks its prompt and does not need it."""
    for name in (name for stage in stages for name in BY_NAME[stage].prompts):
        if name not in prompts:
            raise FaultlineError(f"The plan lacks the prompt {name!r}: plan again to get it back.")
    for name, text in prompts.items():
        if name not in PROMPTS:
            raise FaultlineError(f"There is no prompt {name!r}: it is one of {', '.join(PROMPTS)}.")
        check_prompt(name, text, *PROMPTS[name])


def sentence_of(error: ValidationError, where: str) -> str:
    """The first thing that is wrong with a plan, as one sentence."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the whole"
    if first["type"] == "extra_forbidden":
        return f"{where} has an unknown field {field!r}: correct its spelling or take it out."
    if first["type"] == "missing":
        return f"{where} lacks the field {field!r}: plan again, or add it."
    return f"{where}: {field} is wrong: {first['msg'][0].lower()}{first['msg'][1:]}."
