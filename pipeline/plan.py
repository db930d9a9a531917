"""The plan of a run: every setting, prompt, model, price and seed, and nothing left to a default.

A plan is a JSON file that a person may edit. It is checked whole when read; a launched run keeps
its own copy, which never changes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import FaultlineError
from pipeline.asking import Target
from pipeline.plan_rules import (
    LABELLED,
    LOCAL_EMBEDDERS,
    check_batch,
    check_embedders,
    check_prompts,
    check_roles,
    check_stages,
    sentence_of,
)
from pipeline.providers.types import Options, Price

Name = str


class Part(BaseModel):
    """Every part of a plan refuses fields it does not know: a typo must not be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PriceEntry(Part):
    """US dollars per million tokens; null is unknown, and an unknown price is refused."""

    input: float | None = Field(default=None, ge=0)
    output: float | None = Field(default=None, ge=0)
    cached: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    batch_share: float = Field(default=1.0, ge=0, le=1)
    long_over: int | None = Field(default=None, ge=0)
    long_input: float = Field(default=1.0, ge=0)
    long_output: float = Field(default=1.0, ge=0)
    dated: str = ""

    def price(self) -> Price:
        return Price(**self.model_dump())


class OptionsEntry(Part):
    """Sampling and thinking; only what the model takes may be set."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    effort: str | None = None
    thinking_tokens: int | None = None

    def options(self) -> Options:
        return Options(**self.model_dump())


class ModelEntry(Part):
    """One model: `name` as its provider spells it; `provider` is `sim` or an endpoint's name."""

    provider: str
    name: str
    simulated: bool = False
    price: PriceEntry = PriceEntry()
    options: OptionsEntry = OptionsEntry()
    most_at_once: int | None = Field(default=None, ge=1, le=2_000)


class Roles(Part):
    """Which models do what, by id. The same model may have several roles."""

    generators: tuple[Name, ...] = ()
    perturber: Name | None = None
    targets: tuple[Name, ...] = ()
    rubric_writer: Name | None = None
    scorer: Name | None = None
    labeller: Name | None = None
    judges: tuple[Name, ...] = ()


class Source(Part):
    """A file a run reads, by content: `path` is where it was, or `embedded`."""

    path: str
    name: str
    version: str = ""
    sha256: str


class Snapshot(Part):
    """The folder of tables that takes the place of the stages before."""

    path: str
    fingerprint: str
    study: str = ""
    title: str = ""
    simulated: bool = False


class PairsPart(Part):
    families: int = Field(default=10, ge=1, le=1_000_000)
    mode: Literal["uniform", "category", "list", "clauses"] = "uniform"
    categories: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    clauses: tuple[str, str] | None = None


class GeneratePart(Part):
    every_generator: bool = False
    nudges: tuple[Literal["neutral", "value1", "value2"], ...] = ("neutral", "value1", "value2")
    max_tokens: int = Field(default=1_500, ge=1)


class PerturbPart(Part):
    kinds: tuple[Literal["wording", "ambiguity", "adversarial", "tone", "language"], ...] = ()
    max_tokens: int = Field(default=800, ge=1)


class SelectPart(Part):
    """`embedder`: tfidf, minilm, or a model of the plan behind an OpenAI-compatible endpoint.

    `stop` is a distance between unit vectors (times D for hard cases); null: the embedder's own,
    measured on the plan's queries where none is known.
    """

    embedder: str = "tfidf"
    stop: float | None = Field(default=None, ge=0)
    keep: int | None = Field(default=None, ge=1)


class RespondPart(Part):
    replicates: int = Field(default=1, ge=1, le=100)
    max_tokens: int = Field(default=1_500, ge=1)


class RubricPart(Part):
    max_tokens: int = Field(default=3_000, ge=1)


class ScorePart(Part):
    together: bool = True
    max_tokens: int = Field(default=4_000, ge=1)


class LabelPart(Part):
    what: tuple[Literal["topics", "response_type"], ...] = LABELLED
    max_tokens: int = Field(default=300, ge=1)


class JudgePart(Part):
    """`min_disagreement`: only answers to queries whose D is at least this; null: all."""

    min_disagreement: float | None = Field(default=None, ge=0, le=3)
    max_tokens: int = Field(default=1_500, ge=1)


class PromptEntry(Part):
    """The text that is used. `digest` follows from it, so an edited prompt has another one."""

    text: str
    digest: str = ""

    @model_validator(mode="before")
    @classmethod
    def digested(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("text"), str):
            return {**data, "digest": digest(data["text"])}
        return data


class Plan(Part):
    """Everything a run needs; two equal plans on simulated models give the same content."""

    format: Literal[1] = 1
    title: str = Field(default="", max_length=200)
    template: str = ""
    seed: int = Field(default=0, ge=0, lt=2**63)
    budget_usd: float = Field(default=0.0, ge=0)
    time_limit_s: float = Field(default=600.0, ge=1, le=3_600)
    stages: tuple[str, ...]
    taxonomy: Source
    spec: Source
    snapshot: Snapshot | None = None
    models: dict[Name, ModelEntry]
    roles: Roles
    endpoints: dict[str, str] = Field(default_factory=dict)
    # Stage -> those of its models whose calls go out as batches: cheaper, and hours later.
    batch: dict[str, tuple[Name, ...]] = Field(default_factory=dict)
    pairs: PairsPart = PairsPart()
    generate: GeneratePart = GeneratePart()
    perturb: PerturbPart = PerturbPart()
    dedupe: SelectPart = SelectPart()
    respond: RespondPart = RespondPart()
    rubric: RubricPart = RubricPart()
    score: ScorePart = ScorePart()
    hard: SelectPart = SelectPart()
    label: LabelPart = LabelPart()
    judge: JudgePart = JudgePart()
    prompts: dict[str, PromptEntry]

    @model_validator(mode="after")
    def fits_together(self) -> "Plan":
        check_stages(self.stages, self.snapshot is not None)
        check_roles(self.stages, self.roles.model_dump(), set(self.models))
        check_embedders(
            {s: p.embedder for s, p in (("dedupe", self.dedupe), ("hard", self.hard))},
            {name: entry.simulated for name, entry in self.models.items()},
        )
        simulated = {name for name, entry in self.models.items() if entry.simulated}
        check_batch(self.batch, {s: self.models_of(s) for s in self.stages}, simulated)
        check_prompts({name: entry.text for name, entry in self.prompts.items()})
        return self

    @property
    def simulated(self) -> bool:
        """True when no real model has a hand in it, the snapshot's included."""
        parent = self.snapshot is None or self.snapshot.simulated
        return parent and all(self.models[name].simulated for name in self.used_models())

    def used_models(self) -> list[Name]:
        """Ids of the models that a stage of this plan calls, in order of first use."""
        found = [name for stage in self.stages for name in self.models_of(stage)]
        return list(dict.fromkeys(found))

    def models_of(self, stage: str) -> tuple[Name, ...]:
        """Ids of the models that one stage calls."""
        roles = self.roles
        named: dict[str, tuple[Name | None, ...]] = {
            "generate": roles.generators,
            "perturb": (roles.perturber,),
            "respond": roles.targets,
            "rubric": (roles.rubric_writer,),
            "score": (roles.scorer,),
            "label": (roles.labeller,),
            "judge": roles.judges,
            "dedupe": (self._called(self.dedupe.embedder),),
            "hard": (self._called(self.hard.embedder),),
        }
        return tuple(name for name in named.get(stage, ()) if name is not None)

    @property
    def embedders(self) -> set[Name]:
        """Ids of the models that give vectors to a selection of this plan."""
        return {n for s in ("dedupe", "hard") if s in self.stages for n in self.models_of(s)}

    def _called(self, embedder: str) -> Name | None:
        return None if embedder in LOCAL_EMBEDDERS else embedder

    def batched(self, stage: str, name: Name) -> bool:
        """Whether a model's calls of a stage go out as batches."""
        return name in self.batch.get(stage, ())

    def target(self, name: Name, max_tokens: int) -> Target:
        entry = self.models[name]
        options = entry.options.options()
        return Target(name, entry.provider, entry.name, max_tokens, options)

    def dumps(self) -> str:
        """The plan as text: the same plan gives the same bytes."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"

    @property
    def content_hash(self) -> str:
        return digest(self.dumps())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def parse_plan(data: Any, where: str) -> Plan:
    """A plan from decoded JSON. Raises FaultlineError naming the field that does not fit."""
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise FaultlineError(sentence_of(error, where)) from None


def read_plan(path: Path) -> Plan:
    """A plan from a file. Raises FaultlineError with one sentence for whatever is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError:
        raise FaultlineError(f"There is no plan {path}: check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FaultlineError(f"{path} can't be read ({type(error).__name__}).") from None
    except (ValueError, RecursionError) as error:
        raise FaultlineError(f"{path} is not valid JSON: {error}.") from None
    return parse_plan(data, path.name)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number a plan may hold")
