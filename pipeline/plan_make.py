"""New plans from templates: what a person named, and a stated choice for the rest."""

import contextlib
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.calibrate import RATIO
from pipeline.inputs import Inputs, spec_source, taxonomy_source
from pipeline.plan import ModelEntry, Plan, PriceEntry, Snapshot, parse_plan
from pipeline.plan_rules import CALLING, LOCAL_EMBEDDERS, STAGES
from pipeline.prompt_files import shipped
from pipeline.providers.catalog import Catalog
from pipeline.snapshot import SnapshotReader, fingerprint

SIM = "sim"
PERSONAS = Path(__file__).parent / "providers" / "personas.toml"
ALL = tuple(stage for stage in STAGES if stage not in ("perturb", "dedupe", "hard"))


@dataclass(frozen=True)
class Template:
    """A kind of plan: its stages, its size, how pairs are drawn. `what` is for people."""

    what: str
    stages: tuple[str, ...]
    families: int = 10
    mode: str = "uniform"


TEMPLATES = {
    "smoke": Template("10 families through every stage", ALL),
    "clause-pair": Template(
        "principle against principle: two clauses of the spec", ALL, 10, "clauses"
    ),
    "re-judge": Template("judge the answers of a study again", ("judge",)),
    "full": Template(
        "1,000 families, near duplicates out, hard cases judged",
        tuple(s for s in STAGES if s != "perturb"),
        1_000,
    ),
}


@dataclass(frozen=True)
class Wish:
    """What a person asked for; None leaves it to the template."""

    template: str | None = None
    families: int | None = None
    models: tuple[str, ...] | None = None
    judges: tuple[str, ...] | None = None
    generators: tuple[str, ...] | None = None
    spec: Path | None = None
    spec_version: str | None = None
    taxonomy: Path | None = None
    snapshot: Path | None = None
    stages: tuple[str, ...] | None = None
    variants: tuple[str, ...] = ()
    replicates: int = 1
    clauses: tuple[str, str] | None = None
    batch: tuple[str, ...] = ()
    embedder: str | None = None
    distance: float | None = None
    budget_usd: float | None = None
    seed: int = 0
    title: str = ""


@cache
def _personas() -> dict[str, tuple[str, ...]]:
    parsed = tomllib.loads(PERSONAS.read_text(encoding="utf-8"))
    ids = {kind: tuple(p["id"] for p in parsed[kind]) for kind in ("models", "judges")}
    return {**ids, "writers": tuple(parsed["shared"]["generators"])}


def simulated_models() -> tuple[str, ...]:
    """Ids of the simulated models that answer queries."""
    return _personas()["models"]


def simulated_judges() -> tuple[str, ...]:
    return _personas()["judges"]


def simulated_writers() -> tuple[str, ...]:
    """Ids of the simulated models that write queries and rubrics, place and label answers."""
    return _personas()["writers"]


def model_entry(spelled: str, catalog: Catalog) -> tuple[str, ModelEntry]:
    """(id, entry) of a simulated or catalogued model. Raises FaultlineError for an unknown one."""
    if spelled in (*simulated_models(), *simulated_judges(), *simulated_writers()):
        free = PriceEntry(input=0.0, output=0.0)
        return spelled, ModelEntry(provider=SIM, name=spelled, simulated=True, price=free)
    model = catalog.find(spelled)
    price = PriceEntry(**asdict(model.price))
    return model.id, ModelEntry(provider=model.endpoint, name=model.name, price=price)


def _embedder(spelled: str | None, catalog: Catalog) -> tuple[str, dict[str, ModelEntry]]:
    """What the plan calls an embedder, and its entry among the models if it is asked for."""
    if spelled is None or spelled in LOCAL_EMBEDDERS:
        return spelled or "tfidf", {}
    name, entry = model_entry(spelled, catalog)
    if not entry.simulated:
        catalog.check_embedder(entry.provider, entry.name)
    return name, {name: entry}


def make_plan(wish: Wish, settings: Settings, catalog: Catalog) -> Plan:
    """A whole plan. Raises FaultlineError with one sentence for a wish that can't be met."""
    name = wish.template or ("re-judge" if wish.snapshot and not wish.stages else "smoke")
    if name not in TEMPLATES:
        raise FaultlineError(f"There is no template {name!r}: it is one of {', '.join(TEMPLATES)}.")
    template = TEMPLATES[name]
    stages = _with_variants(wish, _stages(wish, template))
    roles, models = _cast(wish, stages, catalog)
    embedder, called = _embedder(wish.embedder, catalog)
    models.update(called)
    spec = spec_source(wish.spec, settings, wish.spec_version)
    plan = {
        "title": wish.title or f"{name}, seed {wish.seed}",
        "template": name,
        "seed": wish.seed,
        "budget_usd": 0.0 if wish.budget_usd is None else wish.budget_usd,
        "stages": stages,
        "taxonomy": taxonomy_source(wish.taxonomy).model_dump(),
        "spec": spec.model_dump(),
        "snapshot": None if wish.snapshot is None else _snapshot(wish.snapshot).model_dump(),
        "models": {key: entry.model_dump() for key, entry in models.items()},
        "roles": roles,
        "endpoints": endpoints(models, catalog),
        "pairs": {
            "families": template.families if wish.families is None else wish.families,
            "mode": "clauses" if wish.clauses else template.mode,
            "clauses": wish.clauses,
        },
        "dedupe": {"embedder": embedder, "stop": wish.distance},
        "hard": {
            "embedder": embedder,
            "stop": None if wish.distance is None else RATIO * wish.distance,
        },
        "perturb": {"kinds": wish.variants},
        "respond": {"replicates": wish.replicates},
        "prompts": {key: {"text": text} for key, text in shipped().items()},
    }
    made = parse_plan(plan, "the plan")
    made = with_batches(made, wish.batch, catalog)
    return _with_clauses(made) if made.pairs.mode == "clauses" else made


def endpoints(models: dict[str, ModelEntry], catalog: Catalog) -> dict[str, str]:
    """Endpoint name -> base URL, for those that the models need: part of every call's key."""
    names = sorted({entry.provider for entry in models.values()} - {SIM})
    for name in names:
        if name not in catalog.endpoints:
            known = ", ".join(sorted((*catalog.endpoints, SIM)))
            raise FaultlineError(f"There is no provider {name!r}: the known ones are {known}.")
    return {name: catalog.endpoints[name].base_url for name in names}


def _stages(wish: Wish, template: Template) -> list[str]:
    if wish.stages is not None:
        return list(wish.stages)
    if wish.snapshot is None:
        if template.stages == ("judge",):
            raise FaultlineError("Judging again needs a study's snapshot: name it with --from DIR.")
        return list(template.stages)
    return [stage for stage in template.stages if stage not in ("pairs", "generate", "dedupe")]


def _with_variants(wish: Wish, stages: list[str]) -> list[str]:
    """The stages with perturb among them, behind generate, where variants are wished for."""
    if not wish.variants or "perturb" in stages:
        return stages
    at = stages.index("generate") + 1 if "generate" in stages else 0
    return [*stages[:at], "perturb", *stages[at:]]


def _cast(
    wish: Wish, stages: Sequence[str], catalog: Catalog
) -> tuple[dict[str, object], dict[str, ModelEntry]]:
    """Who plays which role. Simulated models are the default; among real ones the first named
    does the writing, placing and labelling unless generators are named."""
    targets = list(wish.models or simulated_models())
    judges = list(wish.judges or simulated_judges())
    real = [
        s for s in (wish.models or wish.judges or ()) if not model_entry(s, catalog)[1].simulated
    ]
    writers = list(wish.generators or real[:1] or simulated_writers())
    if real and wish.judges is None and "judge" in stages:
        judges = writers[:1]
    models: dict[str, ModelEntry] = {}

    def ids(spelled: Sequence[str]) -> list[str]:
        found = [model_entry(name, catalog) for name in spelled]
        models.update(found)
        return [name for name, _ in found]

    wanted = {stage for stage in stages if stage in CALLING}
    roles: dict[str, object] = {
        "generators": ids(writers if "generate" in wanted else []),
        "targets": ids(targets if "respond" in wanted else []),
        "judges": ids(judges if "judge" in wanted else []),
    }
    single = {
        "perturb": "perturber",
        "rubric": "rubric_writer",
        "score": "scorer",
        "label": "labeller",
    }
    for stage, role in single.items():
        roles[role] = ids(writers[:1])[0] if stage in wanted else None
    return roles, models


def _snapshot(folder: Path) -> Snapshot:
    reader = SnapshotReader(folder)
    study = reader.study
    return Snapshot(
        path=str(folder.resolve()),
        fingerprint=fingerprint(folder),
        study=study["id"] or "",
        title=study["title"] or "",
        simulated=bool(study["simulated"]),
    )


def batchable(plan: Plan, stage: str, catalog: Catalog) -> tuple[str, ...]:
    """Ids of the models of a stage whose provider takes batches."""
    able = []
    for name in plan.models_of(stage):
        entry = plan.models[name]
        with contextlib.suppress(FaultlineError):
            if not entry.simulated:
                catalog.check_batch(entry.provider, entry.name)
                able.append(name)
    return tuple(able)


def with_batches(plan: Plan, stages: Sequence[str], catalog: Catalog) -> Plan:
    """The plan with these stages sent as batches, to those of their models that take them.

    Raises FaultlineError for a stage with no such model.
    """
    batch = {stage: batchable(plan, stage, catalog) for stage in stages}
    for stage, names in batch.items():
        if stage in plan.stages and not names:
            called = ", ".join(plan.models_of(stage)) or "no model"
            raise FaultlineError(
                f"No model of the stage {stage} takes batches (it calls {called}): name one of a "
                "provider with a batch API, or leave the stage out of the batches."
            )
    if not batch:
        return plan
    return parse_plan({**plan.model_dump(mode="json"), "batch": batch}, "the plan")


def _with_clauses(plan: Plan) -> Plan:
    """The plan with its two clauses: those named, or the first two that say who they bind."""
    if plan.pairs.clauses is None:
        spec = Inputs(plan).spec
        found = [c.anchor for c in spec.clauses if c.authority] or [c.anchor for c in spec.clauses]
        if len(found) < 2:
            raise FaultlineError(f"The spec {spec.name} has fewer than two clauses to set apart.")
        pairs = plan.pairs.model_copy(update={"clauses": (found[0], found[1])})
        plan = plan.model_copy(update={"pairs": pairs})
    return parse_plan(plan.model_dump(mode="json"), "the plan")
