"""Who plays which role in a new plan: whom a person named, and a stated choice for the rest.

A model that weighs answers (writes their rubrics, places, labels or judges them) should not weigh
its own: where somebody else can be found at the same endpoints, the default is somebody else, and
`remarks` says what stays doubtful.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.registry import registry
from analysis.vocabulary import NOISE_LEAST, NOISE_LEAST_FLOOR
from pipeline.plan.plan import ModelEntry, Plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.providers.catalog import Catalog
from pipeline.simulator.personas import cast as simulated
from pipeline.stage_spec import Role
from pipeline.stages import (
    BY_NAME,
    STAGES,
    criteria,
    noise_scoring,
    pairs,
    repair,
    respond,
    rubric,
    score,
)

ModelFinder = Callable[[str], tuple[str, ModelEntry]]
ROLES: Mapping[str, Role] = {stage.role.name: stage.role for stage in STAGES if stage.role}
STAGES_OF: Mapping[str, tuple[str, ...]] = {
    name: tuple(s.name for s in STAGES if s.role and s.role.name == name) for name in ROLES
}
"""Role -> its stages: the one that it is there for, and what the noise sample repeats of it."""
SINGLE = tuple(name for name, role in ROLES.items() if not role.many)
"""Roles that one model plays, in the order of the stages."""


@dataclass(frozen=True)
class Named:
    """Whom a person named, as they spelled it; an empty tuple leaves it to the defaults.

    `roles`: role -> the one model that plays it, for roles of `SINGLE`.
    """

    models: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)


def simulated_models() -> tuple[str, ...]:
    """Ids of the simulated models that answer queries."""
    return tuple(m.id for m in registry().models if m.simulated)


def simulated_judges() -> tuple[str, ...]:
    """Ids of the simulated models that judge."""
    return tuple(j.id for j in registry().judges if j.simulated)


def simulated_writers() -> tuple[str, ...]:
    """Ids of the simulated models that write queries and rubrics, place and label answers."""
    return simulated().generators


def played_in(role: str, stages: Sequence[str]) -> bool:
    """Whether a plan of these stages has the role."""
    return not {*STAGES_OF[role]}.isdisjoint(stages)


def casting(
    named: Named,
    stages: Sequence[str],
    find: ModelFinder,
    catalog: Catalog,
    snapshot: Path | None = None,
) -> tuple[dict[str, object], dict[str, ModelEntry]]:
    """(role -> its model or models, id -> entry of each). Raises FaultlineError for an unknown one.

    `find` gives a model's id and entry by any spelling. Simulated models are the default. Over a
    snapshot, the study's own rubric writer, scorer and labeller go on, where they can be asked.
    """
    if unknown := sorted(set(named.roles) - set(SINGLE)):
        raise FaultlineError(f"There is no role {unknown[0]!r}: it is one of {', '.join(SINGLE)}.")
    for role in named.roles:
        if not played_in(role, stages):
            raise FaultlineError(
                f"{ROLES[role].flag} names a model, but the plan has no stage "
                f"{STAGES_OF[role][0]}: add the stage, or leave the flag out."
            )
    entries: dict[str, ModelEntry] = {}

    def known(spelled: Iterable[str]) -> list[str]:
        found = [find(name) for name in spelled]
        entries.update(found)
        return [name for name, _ in found]

    roles: dict[str, object] = {}
    usual = _usual(named, find, catalog, snapshot)
    for many in (True, False):
        for name, spec in ROLES.items():
            if spec.many == many:
                plays = usual(name) if played_in(name, stages) else ()
                found = known(plays if many else plays[:1])
                roles[name] = found if many else next(iter(found), None)
    return roles, entries


def _usual(
    named: Named, find: ModelFinder, catalog: Catalog, snapshot: Path | None
) -> Callable[[str], Sequence[str]]:
    """Who plays a role: those named for it, else the stated choice."""
    answering = named.models or simulated_models()
    own = {find(name)[0] for name in answering}
    writers, judges = named.writers, named.judges
    real = [n for n in (*answering, *judges, *writers) if not find(n)[1].simulated]
    before = _study_cast(snapshot, find) if snapshot else {}

    def others(spelled: Sequence[str]) -> list[str]:
        return [name for name in spelled if find(name)[0] not in own]

    def weighing() -> Sequence[str]:
        """Who weighs answers: somebody named who gives none, or a model like those named."""
        if not real:
            return writers or simulated_writers()
        return (
            others(writers)
            or others([j for j in judges if not find(j)[1].simulated])
            or _neighbours(real[0], own, find, catalog)
            or writers
            or real
        )

    def besides() -> Sequence[str]:
        """Who else could score: the simulator's writers, or those who weigh, then all others."""
        first, entry = find(plays("scorer")[0])
        if entry.simulated:
            able: Sequence[str] = simulated_writers()
        else:
            able = [*weighing(), *(_neighbours(real[0], own, find, catalog) if real else ()), *real]
        return [name for name in able if find(name)[0] != first]

    def plays(role: str) -> Sequence[str]:
        if role in named.roles:
            return (named.roles[role],)
        usual = ROLES[role]
        if usual.cast == "models":
            return answering
        if usual.cast == "judges":
            return judges or (weighing()[:1] if real else simulated_judges())
        if usual.cast == "others":
            return besides()
        if usual.many:
            return writers or real[:1] or simulated_writers()
        if role in before:
            return (before[role],)
        return weighing() if usual.weighs_answers else writers or real or simulated_writers()

    return plays


def _neighbours(name: str, own: set[str], find: ModelFinder, catalog: Catalog) -> list[str]:
    """Models at the same endpoint that give no answers, the nearest in price first: the key is
    there, and nobody is made to pay for a model of another class than they chose."""
    entry = find(name)[1]
    cost = entry.price.output or 0.0
    found = [
        m
        for m in catalog.models.values()
        if m.endpoint == entry.provider and m.id not in own and m.price.known and not m.can.embed
    ]
    return [m.id for m in sorted(found, key=lambda m: (abs((m.price.output or 0) - cost), m.id))]


def _study_cast(snapshot: Path, find: ModelFinder) -> dict[str, str]:
    """Role -> who played it in the study, for those who weigh answers and can be asked again."""
    found = {}
    for role in SINGLE:
        for name in _played(snapshot, STAGES_OF[role][0]) if ROLES[role].weighs_answers else ():
            try:
                find(name)
            except FaultlineError:
                continue
            found[role] = name
            break
    return found


def _played(snapshot: Path, stage: str) -> list[str]:
    """Who played a stage in the study that a snapshot was written from, where its runs say."""
    runs = SnapshotReader(snapshot).making.runs
    return list(dict.fromkeys(name for run in runs for name in run.roles.get(stage, ())))


def remarks(plan: Plan) -> list[str]:
    """What a person should know about a plan's cast before paying, each as a sentence."""
    return [
        *_no_study(plan),
        *_search(plan),
        *_own_work(plan),
        *_other_scale(plan),
        *_few_repeats(plan),
    ]


def _search(plan: Plan) -> list[str]:
    """What a search leaves of the families for rates, and of the stages."""
    part = plan.settings(pairs.SPEC)
    if part.search is None or pairs.SPEC.name not in plan.stages:
        return []
    sizes = pairs.round_sizes(part)
    return [
        f"{sizes[0]:,} of {part.families:,} families are drawn uniformly, and rates are estimated "
        f"from these alone; {part.families - sizes[0]:,} are drawn by search, in "
        f"{len(sizes) - 1} round(s). Near duplicates stay in."
    ]


def _no_study(plan: Plan) -> list[str]:
    """Where all that a plan brings is queries, which no study is made of; drafts of criteria
    and of clauses are kept where those are."""
    if plan.snapshot is not None or {respond.SPEC.name, criteria.SPEC.name, repair.SPEC.name} & {
        *plan.stages
    }:
        return []
    return [
        "Nobody is asked for answers, so this run can't be loaded into a study: its queries can "
        f"be exported, and that is all. Add the stage {respond.SPEC.name} to have them answered."
    ]


def _own_work(plan: Plan) -> list[str]:
    answering = set(plan.models_of(respond.SPEC.name)) if respond.SPEC.name in plan.stages else ()
    found = []
    for stage in plan.stages:
        role = BY_NAME[stage].role
        if role is None or not role.weighs_answers:
            continue
        found += [
            f"{name} {role.does}, its own among them: choose another model for that "
            f"({role.flag}), or read its numbers with this in mind."
            for name in plan.models_of(stage)
            if name in answering
        ]
    return list(dict.fromkeys(found))  # the noise sample asks the same models again


def _other_scale(plan: Plan) -> list[str]:
    """Where new answers to a study's queries can't be placed as its own answers were."""
    if plan.snapshot is None or respond.SPEC.name not in plan.stages:
        return []
    found = []
    if rubric.SPEC.name in plan.stages:
        found.append(
            "The rubrics are written anew, so the new answers stand on other scales than the "
            "study's: leave the stage rubric out to use the study's own."
        )
    if score.SPEC.name in plan.stages:
        before = _played(Path(plan.snapshot.path), score.SPEC.name)
        now = plan.models_of(score.SPEC.name)
        if not before:
            found.append(
                "The study does not say who placed its answers, so whether the new ones are "
                "placed by the same model is not known."
            )
        elif not set(now) <= set(before):
            found.append(
                f"{', '.join(before)} placed the study's answers, {', '.join(now)} would place "
                "the new ones: part of a difference may be the scorer's."
            )
    return found


def _few_repeats(plan: Plan) -> list[str]:
    """Where a noise sample is asked for and can't say what it is for."""
    if plan.snapshot is not None or noise_scoring.SPEC.name not in plan.stages:
        return []
    part = plan.settings(pairs.SPEC)
    families = len(part.pairs) if part.mode == "list" else part.families
    if part.search is not None:
        families = pairs.round_sizes(part)[0]  # the sample is taken from the uniform share
    repeated = min(plan.settings(noise_scoring.SPEC).families, families)
    if repeated >= NOISE_LEAST_FLOOR:
        return []
    return [
        f"The noise sample repeats {repeated} families at most, and the noise floor of D takes "
        f"{NOISE_LEAST_FLOOR} (its components {NOISE_LEAST}): plan more families, or set "
        "the repeats to 0 (--noise 0 on the command line)."
    ]
