"""New plans from templates: what a person named, and a stated choice for the rest."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.criteria import Criteria, in_file
from analysis.parse.trials import Trial, as_json
from analysis.settings import Settings
from analysis.vocabulary import NOISE_FAMILIES
from pipeline.plan.cast import (
    Named,
    casting,
    simulated_judges,
    simulated_models,
    simulated_writers,
)
from pipeline.plan.inputs import Inputs, spec_source, taxonomy_source
from pipeline.plan.plan import ModelEntry, Plan, PriceEntry, Snapshot, parse_plan
from pipeline.plan.snapshot import SnapshotReader, fingerprint
from pipeline.providers.catalog import Catalog
from pipeline.select.calibrate import RATIO
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.stages import (
    BY_NAME,
    NAMES,
    NOISE,
    SELECTING,
    STAGES,
    criteria,
    dedupe,
    generate,
    grade,
    judge,
    noise_scorer,
    noise_scoring,
    pairs,
    perturb,
    repair,
    respond,
    shipped_prompts,
    trial,
    trial_answer,
    trial_query,
)
from pipeline.stages.pairs import SearchPart

SIM = "sim"
TRIAL = (trial_query.SPEC.name, trial_answer.SPEC.name, trial.SPEC.name)
NEVER_ALL = (
    perturb.SPEC.name,
    criteria.SPEC.name,
    repair.SPEC.name,
    grade.SPEC.name,
    *TRIAL,
)
ALL = tuple(stage.name for stage in STAGES if not stage.optional)


@dataclass(frozen=True)
class Template:
    """A kind of plan: its stages, its size, how pairs are drawn ("none": it draws none). `what` is
    for people."""

    what: str
    stages: tuple[str, ...]
    families: int = 10
    mode: str = "uniform"


TEMPLATES = {
    "smoke": Template("10 families through every stage", ALL),
    "clause-pair": Template(
        "principle against principle: two clauses of the spec", ALL, 10, "clauses"
    ),
    "re-judge": Template("judge the answers of a study again", (judge.SPEC.name,)),
    "full": Template(
        "1,000 families, near duplicates out, hard cases judged",
        tuple(name for name in NAMES if name not in NEVER_ALL),
        1_000,
    ),
    "draft-criteria": Template(
        "draft criteria for clauses, with queries that test them",
        (criteria.SPEC.name,),
        mode="none",
    ),
    "repair": Template(
        "propose other wordings of a clause, from the judges' arguments over it",
        (repair.SPEC.name,),
        mode="none",
    ),
    "criteria": Template(
        "models answer the queries of criteria and are graded by them",
        (respond.SPEC.name, grade.SPEC.name),
        mode="none",
    ),
    "trial": Template("two wordings of a clause tried on a study's answers", TRIAL, mode="none"),
}


@dataclass(frozen=True)
class Wish:
    """What a person asked for; None leaves it to the template.

    `writers` write the queries; `roles`: role -> the one model that plays it
    (`pipeline.plan.cast.SINGLE`), others follow the defaults told there. `pairs`: values to set
    against each other, a family each; `categories`: of the taxonomy, to draw pairs from.
    `search`: draw pairs in rounds where models were found to disagree.
    `min_disagreement`: judge only answers to queries whose D is at least this, 0 to 3. `noise`:
    families of the noise sample, 0 for none. `criteria`: those whose queries are asked;
    `drafted`: clauses to draft criteria for, with `each` queries of each kind. `trial`: a clause's
    new wording with the cases to try it on. `repair`: a clause to repair (its anchor), with
    `arguments` that judges gave over it.
    """

    template: str | None = None
    families: int | None = None
    models: tuple[str, ...] | None = None
    judges: tuple[str, ...] | None = None
    writers: tuple[str, ...] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    spec: Path | None = None
    spec_version: str | None = None
    taxonomy: Path | None = None
    snapshot: Path | None = None
    stages: tuple[str, ...] | None = None
    variants: tuple[str, ...] = ()
    replicates: int = 1
    noise: int | None = None
    clauses: tuple[str, str] | None = None
    criteria: Criteria | None = None
    drafted: tuple[str, ...] = ()
    each: int | None = None
    trial: Trial | None = None
    repair: str = ""
    arguments: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    search: SearchPart | None = None
    min_disagreement: float | None = None
    answer_tokens: int | None = None
    batch: tuple[str, ...] = ()
    embedder: str | None = None
    distance: float | None = None
    budget_usd: float | None = None
    seed: int = 0
    title: str = ""


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
    name = wish.template or _usual_template(wish)
    if name not in TEMPLATES:
        raise FaultlineError(f"There is no template {name!r}: it is one of {', '.join(TEMPLATES)}.")
    template = TEMPLATES[name]
    stages = _with_variants(wish, _stages(wish, template))
    stages = _with_noise(wish, stages)
    stages = _with_search(wish, stages)
    _check_used(wish, stages)
    named = Named(wish.models or (), wish.judges or (), wish.writers or (), wish.roles)
    roles, models = casting(
        named, stages, lambda spelled: model_entry(spelled, catalog), catalog, wish.snapshot
    )
    stages = _with_second_scorer(stages, roles)
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
        pairs.SPEC.name: _pairs(wish, template),
        criteria.SPEC.name: {
            "clauses": wish.drafted,
            **({} if wish.each is None else {"each": wish.each}),
        },
        repair.SPEC.name: {"clause": wish.repair, "arguments": wish.arguments},
        **{stage: _selection(stage, embedder, wish.distance) for stage in SELECTING},
        perturb.SPEC.name: {"kinds": wish.variants},
        respond.SPEC.name: {
            "replicates": wish.replicates,
            **({} if wish.answer_tokens is None else {"max_tokens": wish.answer_tokens}),
        },
        grade.SPEC.name: {"criteria": {} if wish.criteria is None else in_file(wish.criteria)},
        trial_query.SPEC.name: {"situations": () if wish.trial is None else wish.trial.situations},
        trial.SPEC.name: {"trial": {} if wish.trial is None else as_json(wish.trial)},
        judge.SPEC.name: {"min_disagreement": wish.min_disagreement},
        noise_scoring.SPEC.name: {"families": wish.noise or NOISE_FAMILIES},
        "prompts": {key: {"text": text} for key, text in shipped_prompts().items()},
    }
    made = parse_plan(plan, "the plan")
    made = with_batches(made, wish.batch, catalog)
    if made.settings(pairs.SPEC).mode == "clauses":
        made = _with_clauses(made)
    if criteria.SPEC.name in made.stages:
        criteria.chosen(made.settings(criteria.SPEC), Inputs(made).spec.clauses)
    if repair.SPEC.name in made.stages:
        repair.chosen(made.settings(repair.SPEC), Inputs(made).spec.clauses)
    if pairs.SPEC.name in made.stages:  # what can't be drawn is said now, not by the runner
        pairs.drawn(made.settings(pairs.SPEC), made.seed, Inputs(made))
    return made


def _usual_template(wish: Wish) -> str:
    if wish.trial is not None:
        return "trial"
    if wish.repair:
        return "repair"
    if wish.criteria is not None:
        return "criteria"
    if wish.drafted:
        return "draft-criteria"
    return "re-judge" if wish.snapshot and not wish.stages else "smoke"


def _check_used(wish: Wish, stages: Sequence[str]) -> None:
    """What was asked for must reach a stage of the plan: nothing is dropped in silence."""
    asked = {
        pairs.SPEC.name: {
            "own pairs": bool(wish.pairs),
            "categories": bool(wish.categories),
            "a search": wish.search is not None,
            "two clauses": wish.clauses is not None,
        },
        respond.SPEC.name: {
            "several answers each": wish.replicates != 1,
            "tokens of an answer": wish.answer_tokens is not None,
        },
        noise_scoring.SPEC.name: {"a noise sample": bool(wish.noise)},
        criteria.SPEC.name: {
            "clauses to draft criteria for": bool(wish.drafted),
            "queries of each kind": wish.each is not None,
        },
        repair.SPEC.name: {"a clause to repair": bool(wish.repair)},
        judge.SPEC.name: {"a least D for judging": wish.min_disagreement is not None},
    }
    for stage, wishes in asked.items():
        for words, there in wishes.items():
            if there and stage not in stages:
                raise FaultlineError(
                    f"The plan has no stage {stage}, so {words} would do nothing: add the stage, "
                    "or leave that out."
                )


def _pairs(wish: Wish, template: Template) -> dict[str, object]:
    """Which values (or clauses) are set against each other: one way, the one that was asked for."""
    ways = {
        "list": bool(wish.pairs),
        "category": bool(wish.categories),
        "clauses": wish.clauses is not None,
    }
    asked = [way for way, there in ways.items() if there]
    if len(asked) > 1:
        raise FaultlineError(
            "Pairs come from one place: own pairs, categories or two clauses. Name one of them."
        )
    if wish.pairs and wish.families not in (None, len(wish.pairs)):
        raise FaultlineError(
            f"{wish.families} families were asked for and {len(wish.pairs)} own pairs given: each "
            "pair is one family, so leave the number out."
        )
    families = template.families if wish.families is None else wish.families
    usual = "uniform" if template.mode == "none" else template.mode
    if wish.search is not None and usual == "clauses":
        usual = "any_clauses"
    return {
        "families": len(wish.pairs) or families,
        "mode": asked[0] if asked else usual,
        "search": None if wish.search is None else wish.search.model_dump(),
        "clauses": wish.clauses,
        "pairs": wish.pairs,
        "categories": wish.categories,
    }


def _selection(stage: str, embedder: str, distance: float | None) -> dict[str, object]:
    selection = BY_NAME[stage].selection
    weighted = selection is not None and selection.weights is not None
    stop = RATIO * distance if weighted and distance is not None else distance
    return {"embedder": embedder, "stop": stop}


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
        if template.mode != "none" and not any(
            BY_NAME[stage].makes_queries for stage in template.stages
        ):
            raise FaultlineError("Judging again needs a study's snapshot: name it with --from DIR.")
        return list(template.stages)
    own = {stage.name for stage in STAGES if stage.makes_queries} | {dedupe.SPEC.name}
    if wish.trial is not None and not wish.trial.situations:  # its cases are all of the study
        own |= {trial_query.SPEC.name, trial_answer.SPEC.name}
    return [stage for stage in template.stages if stage not in own]


def _with_variants(wish: Wish, stages: list[str]) -> list[str]:
    """The stages with perturb among them, behind generate, where variants are wished for."""
    name, written = perturb.SPEC.name, generate.SPEC.name
    if not wish.variants or name in stages:
        return stages
    at = stages.index(written) + 1 if written in stages else 0
    return [*stages[:at], name, *stages[at:]]


def _with_noise(wish: Wish, stages: list[str]) -> list[str]:
    """The stages without those of the noise sample where none is wished for."""
    if wish.noise != 0:
        return stages
    of_noise = {stage.name for stage in NOISE.values()}
    return [stage for stage in stages if stage not in of_noise]


def _with_search(wish: Wish, stages: list[str]) -> list[str]:
    """The stages of a template without dedupe where a search is wished for, which draws in rounds
    (`pipeline.plan.cast.remarks` says so)."""
    if wish.search is None or wish.stages is not None:
        return stages
    return [stage for stage in stages if stage != dedupe.SPEC.name]


def _with_second_scorer(stages: list[str], roles: dict[str, object]) -> list[str]:
    """The stages without that of the second scorer where the plan has nobody else for it: what a
    scorer's own reading makes of D is not known then."""
    name, role = noise_scorer.SPEC.name, noise_scorer.SPEC.role
    if role is None or roles[role.name] is not None:
        return stages
    return [stage for stage in stages if stage != name]


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
    if plan.settings(pairs.SPEC).clauses is None:
        spec = Inputs(plan).spec
        found = [c.anchor for c in spec.clauses if c.authority] or [c.anchor for c in spec.clauses]
        if len(found) < 2:
            raise FaultlineError(f"The spec {spec.name} has fewer than two clauses to set apart.")
        part = plan.settings(pairs.SPEC)
        part = part.model_copy(update={"clauses": (found[0], found[1])})
        plan = plan.with_settings(pairs.SPEC, part)
    return parse_plan(plan.model_dump(mode="json"), "the plan")
