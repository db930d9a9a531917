"""What makes the parts of a plan fit together; each rule refuses with one sentence."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from analysis.errors import FaultlineError
from pipeline.asking import check_prompt
from pipeline.stages import generate, judge, label, perturb, respond, rubric, score

STAGES = (
    "pairs",
    "generate",
    "perturb",
    "dedupe",
    "respond",
    "rubric",
    "score",
    "hard",
    "label",
    "judge",
)
CALLING = ("generate", "perturb", "respond", "rubric", "score", "label", "judge")
LABELLED: tuple[Literal["topics", "response_type"], ...] = ("topics", "response_type")
# What must be among the stages before, where no snapshot stands in for it.
NEEDS = {
    "generate": ("pairs",),
    "perturb": ("generate",),
    "dedupe": ("generate",),
    "respond": ("generate",),
    "rubric": ("generate",),
    "score": ("respond", "rubric"),
    "hard": ("score",),
    "label": ("respond",),
    "judge": ("respond",),
}
ROLES = {
    "generate": "generators",
    "perturb": "perturber",
    "respond": "targets",
    "rubric": "rubric_writer",
    "score": "scorer",
    "label": "labeller",
    "judge": "judges",
}
PROMPTS = {
    "generate": (generate.GAPS, generate.MAY),
    "perturb": (perturb.GAPS, perturb.MAY),
    "respond": (respond.GAPS, respond.MAY),
    "rubric": (rubric.GAPS, rubric.MAY),
    "score": (score.GAPS, score.MAY),
    "topics": (label.TOPIC_GAPS, label.TOPIC_MAY),
    "response_type": (label.TYPE_GAPS, label.TYPE_MAY),
    "judge": (judge.GAPS, judge.MAY),
}
MOST_GENERATORS = 3
LOCAL_EMBEDDERS = ("tfidf", "minilm")


def check_stages(stages: Sequence[str], from_snapshot: bool) -> None:
    """Known stages, each once, in order, and with what they need before them."""
    if not stages:
        raise FaultlineError("The plan has no stages: name at least one.")
    for stage in stages:
        if stage not in STAGES:
            raise FaultlineError(f"There is no stage {stage!r}: it is one of {', '.join(STAGES)}.")
    if list(stages) != sorted(set(stages), key=STAGES.index):
        raise FaultlineError(
            f"The stages must stand once each and in this order: {', '.join(STAGES)}."
        )
    if from_snapshot and {"pairs", "generate"} & set(stages):
        raise FaultlineError(
            "A plan over a snapshot takes its queries from there: leave out pairs and generate."
        )
    for stage in stages:
        missing = [need for need in NEEDS.get(stage, ()) if need not in stages]
        if missing and not from_snapshot:
            raise FaultlineError(
                f"The stage {stage} needs {missing[0]} before it: add that stage, or plan over "
                "a snapshot with --from."
            )


def check_roles(stages: Sequence[str], roles: Mapping[str, Any], models: set[str]) -> None:
    """Every stage has its models, and every model that is named is described."""
    for stage in stages:
        role = ROLES.get(stage)
        if role is not None and not roles[role]:
            raise FaultlineError(f"The stage {stage} has no model: name {role} in the plan.")
    named = [(role, name) for role, given in roles.items() for name in _names(given)]
    for role, name in named:
        if name not in models:
            raise FaultlineError(
                f"The plan names {name!r} as {role}, but its models have no entry for it."
            )
    for role in ("generators", "targets", "judges"):
        if len(set(roles[role])) != len(roles[role]):
            raise FaultlineError(f"The plan names a model twice among its {role}: once is enough.")
    if len(roles["generators"]) > MOST_GENERATORS:
        raise FaultlineError(f"A plan has 1 to {MOST_GENERATORS} generators.")


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


def _names(given: Any) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)


def check_prompts(prompts: Mapping[str, str]) -> None:
    """Exactly the prompts that stages know, each with its gaps."""
    for name in PROMPTS:
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
