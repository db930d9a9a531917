"""How a study was made, as one record: the section `made` of the report, the card on pages and the
facts of files all read it."""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.parse.making import ROLES, Making, Role, RunMaking
from analysis.queries import making as queries
from analysis.registry import registry
from analysis.store.making import of_study
from analysis.store.study import OpenStudy, StudyInfo

WHOLE, PART = "whole", "part"


def made(study: OpenStudy) -> dict[str, Any]:
    """The record of an open study: what its sources state, and which models its rows name.

    `run` and `plan` (SHA-256) are those of the latest run, None without one; `runs` lists all.
    `loaded` is "part" where a run went on after it was loaded. `roles` role -> ids, empty where
    nobody said; `served_other` model -> calls that another model answered than the one asked for;
    `kept_out` model -> those of them whose replies are in no number; `said_same` model -> names
    that somebody said are the same model;
    `served` model -> {name that answered: calls}; `prompts` name -> SHA-256; `selection` is one of
    the words of `Selection`, and `selection_stated` who says so.
    """
    return of_info(
        study.info, generators=queries.generators(study), labellers=queries.labellers(study)
    )


def of_info(
    info: StudyInfo, *, generators: Sequence[str] = (), labellers: Sequence[str] = ()
) -> dict[str, Any]:
    """The same from what a study's pointer tells, with the models that its rows name, where
    given."""
    making = of_study(info)
    last = making.runs[-1] if making.runs else None
    seen: dict[str, Sequence[str]] = {
        Role.GENERATE: generators,
        Role.RESPOND: info.models,
        Role.LABEL: labellers,
        Role.JUDGE: info.judges,
    }
    return {
        "run": last.run if last else None,
        "plan": last.plan if last else None,
        "loaded": WHOLE if all(run.whole for run in making.runs) else PART,
        "roles": {role: _named(making.runs, role, seen.get(role, ())) for role in ROLES},
        "served_other": _sums(run.served_other for run in making.runs),
        "kept_out": _sums(run.kept_out for run in making.runs),
        "said_same": {m: list(names) for run in making.runs for m, names in run.said_same.items()},
        "selection": making.selection.value,
        "selection_stated": making.stated.value,
        "simulated": info.simulated,
        "stand_ins": sorted({name for run in making.runs for name in run.stand_ins}),
        "served": _served(making),
        "prompts": {name: digest for run in making.runs for name, digest in run.prompts.items()},
        "runs": [_run(run) for run in making.runs],
    }


def _named(runs: Iterable[RunMaking], role: str, seen: Sequence[str]) -> list[str]:
    """Ids of those who had a role: those that runs name, then those that only the rows do."""
    book = registry()
    planned = [book.resolve(name) for run in runs for name in run.roles.get(role, ())]
    return list(dict.fromkeys([*planned, *seen]))


def _sums(counts: Iterable[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for name, n in one.items():
            found[name] = found.get(name, 0) + n
    return found


def _served(making: Making) -> dict[str, dict[str, int]]:
    """Model -> {name that answered: calls}, where that is not the very name that was asked for."""
    found: dict[str, dict[str, int]] = {}
    for run in making.runs:
        for model, names in run.served.items():
            other = {name: n for name, n in names.items() if name != run.asked.get(model, model)}
            if other:
                found[model] = _sums([found.get(model, {}), other])
    return found


def _order(stage: str) -> tuple[int, str]:
    """Stages in the order of a run; those that have no role of their own (variants) come first."""
    return (ROLES.index(stage) if stage in ROLES else 0, stage)


def _run(run: RunMaking) -> dict[str, Any]:
    return {
        "run": run.run,
        "plan": run.plan,
        "title": run.title,
        "loaded": WHOLE if run.whole else PART,
        "spec": run.spec,
        "stages": {
            name: {"done": s.done, "failed": s.failed, "unparsable": s.unparsable, "total": s.total}
            for name, s in sorted(run.stages.items(), key=lambda item: _order(item[0]))
        },
        "endpoints": dict(run.endpoints),
        "stand_ins": list(run.stand_ins),
    }
