"""The plan of a run: every setting, prompt, model, price and seed, and nothing left to a default.

A plan is a JSON file that a person may edit. It is checked whole when read; a launched run keeps
its own copy, which never changes.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, create_model, model_validator

from analysis.errors import FaultlineError
from analysis.parse.files import check_regular
from analysis.registry import Price
from pipeline.plan.rules import (
    check_batch,
    check_embedders,
    check_prompts,
    check_roles,
    check_search,
    check_stages,
    names_in,
    sentence_of,
)
from pipeline.prompting import Target
from pipeline.providers.types import Options
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.stage_spec import Part, PartType, SelectPart, StageSpec
from pipeline.stages import BY_NAME, SELECTING, STAGES, grade, pairs, trial

Name = str
MOST_BYTES = 50_000_000
"""Of a plan's file; prompts and prices of all stages take some hundred kilobytes."""


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


if TYPE_CHECKING:
    Roles = Part
else:
    Roles = create_model(
        "Roles",
        __base__=Part,
        __doc__="Which models do what, by id. The same model may have several roles.",
        **{
            stage.role.name: (tuple[Name, ...], ()) if stage.role.many else (Name | None, None)
            for stage in STAGES
            if stage.role is not None
        },
    )


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


class _Head(Part):
    """What stands before the settings of the stages."""

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


# One field a stage, of the type that its spec names: `Plan.settings` reads it with that type.
if TYPE_CHECKING:

    class _Fields(_Head):
        prompts: dict[str, PromptEntry]
else:
    _Fields = create_model(
        "_Fields",
        __base__=_Head,
        **{stage.name: (stage.settings, stage.settings()) for stage in STAGES},
        prompts=(dict[str, PromptEntry], ...),
    )


class Plan(_Fields):
    """Everything a run needs; two equal plans on simulated models give the same content."""

    @model_validator(mode="after")
    def fits_together(self) -> "Plan":
        with_criteria = self.settings(grade.SPEC).read() is not None
        with_trial = self.settings(trial.SPEC).read() is not None
        check_stages(
            self.stages,
            self.snapshot is not None,
            with_criteria=with_criteria,
            with_trial=with_trial,
        )
        check_search(self.settings(pairs.SPEC), self.stages)
        check_roles(self.stages, self.roles.model_dump(), set(self.models))
        check_embedders(
            {stage: self.selection(stage).embedder for stage in SELECTING},
            {name: entry.simulated for name, entry in self.models.items()},
        )
        simulated = {name for name, entry in self.models.items() if entry.simulated}
        check_batch(self.batch, {s: self.models_of(s) for s in self.stages}, simulated)
        check_prompts({name: entry.text for name, entry in self.prompts.items()}, self.stages)
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

    def settings(self, stage: StageSpec[PartType]) -> PartType:
        """A stage's own part of the plan."""
        part: PartType = getattr(self, stage.name)
        return part

    def with_settings(self, stage: StageSpec[PartType], part: PartType) -> "Plan":
        """The plan with another part for a stage."""
        return self.model_copy(update={stage.name: part})

    def selection(self, stage: str) -> SelectPart:
        """The settings of one of the stages that select."""
        part: SelectPart = getattr(self, stage)
        return part

    def models_of(self, stage: str) -> tuple[Name, ...]:
        """Ids of the models that one stage calls."""
        known = BY_NAME.get(stage)
        if known is None:
            return ()
        if known.role is not None:
            return names_in(getattr(self.roles, known.role.name))
        if known.selection is not None:
            embedder = self.selection(stage).embedder
            return () if embedder in LOCAL_EMBEDDERS else (embedder,)
        return ()

    @property
    def embedders(self) -> set[Name]:
        """Ids of the models that give vectors to a selection of this plan."""
        return {n for s in SELECTING if s in self.stages for n in self.models_of(s)}

    def batched(self, stage: str, name: Name) -> bool:
        """Whether a model's calls of a stage go out as batches."""
        return name in self.batch.get(stage, ())

    def target(self, name: Name, max_tokens: int) -> Target:
        entry = self.models[name]
        options = entry.options.options()
        return Target(name, entry.provider, entry.name, max_tokens, options)

    @property
    def spec_name(self) -> str:
        """The spec's name and version."""
        return f"{self.spec.name} {self.spec.version}".strip()

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
    check_regular(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FaultlineError(
                f"{path} has more than {MOST_BYTES / 1e6:,.0f} MB, more than any plan needs; check "
                "that it is the right file."
            )
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
