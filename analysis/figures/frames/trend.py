"""A series of studies over time: one number after another, and what changed between them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

from analysis.figures import inputs
from analysis.figures.frames.compare import compared
from analysis.figures.role_words import DONE_BY
from analysis.measure.compare.metric_differences import Comparison
from analysis.parse.making import RunMaking
from analysis.registry import registry
from analysis.store.making import of_study
from analysis.store.study import OpenStudy, StudyInfo, find_study, list_studies


@dataclass(frozen=True)
class Step:
    """A study after the one before it: the comparison of the two, and what changed, in words."""

    before: StudyInfo
    after: StudyInfo
    found: Comparison
    changed: tuple[str, ...]


def steps(study: OpenStudy, series: Sequence[str], taxonomy: str = "") -> list[Step]:
    """Each study of a series (keys id@hash, in their order) after the one before it. Costly, so
    pages and figures ask for it through a cache. Raises FaultlineError for a study that is gone or
    has another content."""
    return [_step(study, *pair, taxonomy) for pair in pairwise(series)]


def _step(study: OpenStudy, before: str, after: str, taxonomy: str) -> Step:
    with (
        closing(inputs.other_study(study, before)) as a,
        closing(inputs.other_study(study, after)) as b,
    ):
        return Step(a.info, b.info, compared(a, b, taxonomy), tuple(changes(a.info, b.info)))


def same_plan(study: OpenStudy) -> list[str]:
    """The keys of this study and of those whose run had a plan of the same title, the earliest run
    first; this study alone where no run is stated."""
    title = _title(study.info)
    found = [i for i in list_studies(study.settings) if title and _title(i) == title]
    known = {i.id: i for i in [*found, study.info]}
    return [inputs.study_key(i) for i in in_time([*known.values()])]


def in_time(infos: Sequence[StudyInfo]) -> list[StudyInfo]:
    """Studies by when their latest run was launched (a run's id tells), else by when they were
    built."""
    return sorted(infos, key=lambda i: (run.run if (run := _run(i)) else "", i.built_at, i.serial))


def settled(study: OpenStudy, series: Sequence[str]) -> list[str]:
    """The keys of a series with the content that each study has today, where none is named."""
    if not series:
        return same_plan(study)
    return [k if "@" in k else inputs.study_key(find_study(study.settings, k)) for k in series]


def changes(before: StudyInfo, after: StudyInfo) -> list[str]:
    """What changed from one study to the next, as their runs state it: names of models that
    answered, the spec, the judges, prompts, who placed and labelled."""
    judges = _listed("judges", before.judges, after.judges, "judge")
    models = _listed("models", before.models, after.models, "model")
    one, other = _run(before), _run(after)
    if one is None or other is None:
        return [*models, *judges]
    said = [*_snapshots(one, other), *models, *judges]
    if one.spec != other.spec:
        said.append(f"spec: {one.spec or 'none'} → {other.spec or 'none'}")
    prompts = [n for n, d in other.prompts.items() if one.prompts.get(n, d) != d]
    said += [f"prompt: {name}" for name in prompts]
    for role, word in DONE_BY.items():
        ends = [", ".join(r.roles.get(role, ())) for r in (one, other)]
        said += [f"{word}: {ends[0]} → {ends[1]}"] if all(ends) and ends[0] != ends[1] else []
    return said


def _snapshots(one: RunMaking, other: RunMaking) -> list[str]:
    """Models of both runs under whose id other names answered."""
    found = []
    for model, names in other.served.items():
        ends = [" and ".join(sorted(r)) for r in (one.served.get(model, {}), names)]
        if all(ends) and ends[0] != ends[1]:
            found.append(f"{registry().model(model).label}: {ends[0]} → {ends[1]}")
    return found


def _listed(what: str, before: Sequence[str], after: Sequence[str], kind: str) -> list[str]:
    book = registry()
    label = book.judge if kind == "judge" else book.model
    came = [f"+ {label(x).label}" for x in after if x not in before]
    went = [f"− {label(x).label}" for x in before if x not in after]
    return [f"{what}: {', '.join([*came, *went])}"] if came or went else []


def _run(info: StudyInfo) -> RunMaking | None:
    runs = of_study(info).runs
    return runs[-1] if runs else None


def _title(info: StudyInfo) -> str:
    run = _run(info)
    return run.title if run else ""
