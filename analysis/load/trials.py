"""Trials of a repair: a clause's new wording with the cases to try it on becomes a plan, and a run
of that plan becomes rows to compare.

The cases are answers that the study has and that its judges read. Under both wordings they are
judged anew, so that nobody was chosen for what a judge said this time.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.runs import ask_pipeline, export_run
from analysis.measure.compare.power import Power, power
from analysis.measure.compare.trial import METRICS, Rows
from analysis.measure.conflicts import conflicts as kinds
from analysis.measure.near.clauses import nearest
from analysis.parse.files import decoded, read_bytes
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.spec import parse_spec
from analysis.parse.trials import Arm, Case, Group, NewText, Trial, as_json, of_json
from analysis.queries import clauses as queries
from analysis.queries import near
from analysis.queries.snapshot import snapshot
from analysis.settings import PLAN_FILE, Settings
from analysis.store import study_specs
from analysis.store import trials as kept
from analysis.store.build.places import staging_folder, workspace
from analysis.store.library import specs
from analysis.store.study import OpenStudy
from analysis.store.trials import Reading
from analysis.whole_files import write_text

MOST_NEIGHBOURS = 6
USUAL_SAMPLE = 100
"""Cases of the control, and of those held out, where nobody says how many."""
PLANNED_TESTS = 3 * len(METRICS)
"""Tests that a trial's power is told for: every metric of target, control and held-out cases."""


@dataclass(frozen=True)
class TrialWish:
    """What is to be tried: the clause, the new wording (or its file), the file of the old one
    (None: as the study has it), and how many cases beside those that cite the clause. `models` (by
    comma) answer held-out queries that the `writer` writes; with neither named, a simulated study
    takes its own models and any other takes held-out cases that it has."""

    clause: str
    new: Path | NewText
    old: Path | None = None
    control: int = USUAL_SAMPLE
    held_out: int = USUAL_SAMPLE
    judges: str = ""
    models: str = ""
    writer: str = ""
    budget: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Planned:
    """A trial that was planned, with what its target can show and what it would cost."""

    trial: Trial
    power: Power
    price: dict[str, Any]
    judges: tuple[str, ...]
    answering: int
    plan: Path


def plan_trial(study: OpenStudy, wish: TrialWish, out: Path | None, settings: Settings) -> Planned:
    """Write a trial's plan to `out`; its cases and texts go to the home's `trials`, and so does
    the plan where `out` is None.

    Raises FaultlineError where the old text is not known, a wording lacks the clause or changes
    nothing, or no judged answer cites it.
    """
    judged = study_specs.under(study)
    old, old_text = _old(judged, wish.old, settings)
    new = _new(wish.new, old, settings)
    _check(old, new, wish.clause)
    wish = replace(wish, models=wish.models or _own_models(judged))
    cases, neighbours, (rate, families) = _cases(judged, old, new, wish)
    target = sum(case.group is Group.TARGET for case in cases)
    strength = power(rate, target, families, PLANNED_TESTS)
    trial = Trial(
        study=study.info.id,
        content_hash=study.info.content_hash,
        clause=wish.clause,
        old=old.key,
        new=new,
        cases=cases,
        neighbours=neighbours,
        situations=_situations(cases, wish),
        power=_power_json(strength),
    )
    return _written(judged, trial, old, old_text, wish, out, strength, settings)


def _old(judged: OpenStudy, path: Path | None, settings: Settings) -> tuple[Spec, str]:
    """The spec that the study was judged under, with its text."""
    spec = study_specs.spec_of(judged)
    if path is not None:
        text = decoded(read_bytes(path, settings.max_spec_bytes, "spec"), path)
        given = parse_spec(text, path.name)
        if spec.clauses and given.content_hash != spec.content_hash:
            raise FaultlineError(
                f"{path.name} is not the text that “{judged.info.id}” was judged under "
                f"({spec.key}): its clauses say something else. Name the file of that version."
            )
        return (replace(spec, clauses=given.clauses), text)
    held = study_specs.carried(judged).get(spec.key)
    if held is not None and held.text:
        return spec, held.text
    for info in specs.list_specs(settings):
        if info.content_hash == spec.content_hash:
            file = specs.spec_file(settings, info)
            return spec, decoded(read_bytes(file, settings.max_spec_bytes, "spec"), file)
    raise FaultlineError(
        f"The text of {spec.name} {spec.version}, under which “{judged.info.id}” was judged, is "
        "not here: name its file with --old."
    )


def _new(given: Path | NewText, old: Spec, settings: Settings) -> NewText:
    if isinstance(given, NewText):
        name, text = f"{given.name}@{given.version}", given.text
        spec = parse_spec(text, f"{given.name}.md", given.version)
    else:
        name, text = given.name, decoded(read_bytes(given, settings.max_spec_bytes, "spec"), given)
        spec = parse_spec(text, given.name)
    if spec.content_hash == old.content_hash:
        raise FaultlineError(
            f"{name} says the same as {old.key}: there is nothing to try. Change the clause."
        )
    return NewText(spec.name, spec.version, text)


def _check(old: Spec, new: NewText, clause: str) -> None:
    for name, clauses in (
        (f"{old.name} {old.version}", old.clauses),
        ("the new text", new.clauses),
    ):
        if clause not in {c.anchor for c in clauses}:
            raise FaultlineError(
                f"There is no clause “{clause}” in {name}: name one that both wordings have, and "
                "keep its anchor when you edit it."
            )


def _cases(
    judged: OpenStudy, old: Spec, new: NewText, wish: TrialWish
) -> tuple[tuple[Case, ...], tuple[str, ...], tuple[float, int]]:
    """The cases, the neighbouring clauses, and of the target the share with an interpretive
    conflict and its families."""
    texts = set(queries.contents(judged)["response"])
    said = queries.judgements(judged)
    said = said[said["response"].isin(texts)]
    cited = queries.citations(judged, old)
    cited = cited[cited["known"] & cited["response"].isin(texts)]
    target = set(cited.loc[cited["clause"] == wish.clause, "response"])
    if not target:
        raise FaultlineError(
            f"No judged answer of “{judged.info.id}” cites the clause “{wish.clause}”: there is "
            "nothing to try its wording on. Judge answers near it first (the page Clauses does)."
        )
    found = kinds.conflicts(said, cited)
    neighbours = _neighbours(old, new, wish.clause, found, cited)
    chance = random.Random(f"trial cases:{wish.seed}")
    rest = sorted(set(said["response"]) - target)
    held = _near(judged, old, wish, rest)
    rest = [r for r in rest if r not in held]
    beside = sorted(set(cited.loc[cited["clause"].isin(neighbours), "response"]) & set(rest))
    beside = sorted(chance.sample(beside, min(wish.control, len(beside) // 2)))
    rest = [r for r in rest if r not in set(beside)]
    control = sorted(chance.sample(rest, min(wish.control, len(rest))))
    groups = {
        Group.TARGET: sorted(target),
        Group.CONTROL: control,
        Group.HELD_OUT: sorted(held),
        Group.NEIGHBOUR: beside,
    }
    cases = tuple(_case(r, group) for group, names in groups.items() for r in names)
    split = set(found.loc[found["kind"] == kinds.Conflict.INTERPRETIVE.value, "response"])
    families = said.loc[said["response"].isin(target), "family"].nunique()
    return cases, neighbours, (len(target & split) / len(target), int(families))


def _case(response: str, group: Group) -> Case:
    scenario, _, model = response.rpartition("|")
    return Case(scenario, model, group)


def _near(judged: OpenStudy, old: Spec, wish: TrialWish, rest: Sequence[str]) -> set[str]:
    """Answers to the queries nearest to the clause that no judge cited it on."""
    of_query: dict[str, list[str]] = {}
    for response in rest:
        of_query.setdefault(response.rpartition("|")[0], []).append(response)
    held: list[str] = []
    if wish.models or not wish.held_out:  # they are written, not looked for
        return set()
    for scenario in near.scenarios(judged, old, wish.clause):
        held += of_query.get(scenario, [])
    return set(held[: wish.held_out])


def _own_models(judged: OpenStudy) -> str:
    """The models of a simulated study, which can be asked again; "" for any other."""
    if not judged.info.simulated:
        return ""
    return ",".join(sorted(set(queries.judgements(judged)["model"])))


def _situations(cases: Sequence[Case], wish: TrialWish) -> tuple[str, ...]:
    """Queries of the target to write others for: so many that their answers are as many as wished,
    by lot."""
    if not wish.models or not wish.held_out:
        return ()
    known = sorted({case.scenario for case in cases if case.group is Group.TARGET})
    wanted = -(-wish.held_out // len(wish.models.split(",")))
    chance = random.Random(f"trial situations:{wish.seed}")
    return tuple(sorted(chance.sample(known, min(wanted, len(known)))))


def _neighbours(
    old: Spec, new: NewText, clause: str, found: pd.DataFrame, cited: pd.DataFrame
) -> tuple[str, ...]:
    """Clauses that an edit of one may harm: those that the new text changes, too, those that
    contend with it, those bound to it by a reference, and those most like it."""
    before = {c.anchor: c for c in old.clauses}
    after = {c.anchor: c for c in new.clauses}
    changed = [a for a, c in after.items() if a in before and (c.text, c.title) != _said(before[a])]
    pairs = kinds.clause_pairs(found, cited)
    rivals = [str(other) for other in pairs.loc[pairs["clause"] == clause, "other"]]
    bound = [*after[clause].references, *(a for a, c in after.items() if clause in c.references)]
    alike = [str(a) for a in nearest(old.clauses, clause)["clause"]]
    listed = dict.fromkeys(
        a for a in (*changed, *rivals, *bound, *alike) if a != clause and a in before
    )
    return tuple(listed)[: max(MOST_NEIGHBOURS, len(changed))]


def _said(clause: Any) -> tuple[str, str]:
    return clause.text, clause.title


def _power_json(found: Power) -> dict[str, Any]:
    return {
        "metric": METRICS[0],
        "rate": found.rate,
        "cases": found.cases,
        "families": found.families,
        "needed": {f"{size:g}": n for size, n in found.needed.items()},
        "smallest": found.smallest,
    }


def _written(
    judged: OpenStudy,
    trial: Trial,
    old: Spec,
    old_text: str,
    wish: TrialWish,
    out: Path | None,
    strength: Power,
    settings: Settings,
) -> Planned:
    """The plan, made by the pipeline from the trial's files, with its price."""
    folder = _folder(trial, settings)
    out = out or folder / "plan.json"
    spec, file = folder / f"{old.name or 'spec'}.md", folder / "trial.json"
    write_text(spec, old_text)
    write_text(file, json.dumps(as_json(trial), ensure_ascii=False))
    tables = folder / "snapshot"
    if not tables.is_dir():
        names = list(dict.fromkeys(case.scenario for case in trial.cases))
        snapshot(judged, tables, settings, names)
    judges = wish.judges or ",".join(dict.fromkeys(queries.judgements(judged)["judge"]))
    command = ["plan", "--trial", str(file), "--from", str(tables), "--spec", str(spec)]
    command += ["--judges", judges, "--seed", str(wish.seed), "--out", str(out)]
    command += ["--title", f"Trial of {trial.clause}"]
    command += ["--models", wish.models] if trial.situations else []
    command += ["--rewriter", wish.writer] if trial.situations and wish.writer else []
    command += [] if wish.budget is None else ["--budget", str(wish.budget)]
    ask_pipeline(command, settings)
    priced = json.loads(ask_pipeline(["price", str(out), "--format", "json"], settings))
    price = {key: priced[key] for key in ("calls", "usd_low", "usd_high", "hours")}
    plan = json.loads(out.read_text(encoding="utf-8"))
    plan["trial"]["trial"]["price"] = price
    plan["spec"] |= {"name": old.name, "version": old.version}
    write_text(out, json.dumps(plan, indent=2, ensure_ascii=False) + "\n", make_folder=False)
    answering = len(wish.models.split(",")) if trial.situations else 0
    named = tuple(judges.split(","))
    return Planned(replace(trial, price=price), strength, price, named, answering, out)


def _folder(trial: Trial, settings: Settings) -> Path:
    """A folder of its own for each trial, by content."""
    digest = hashlib.sha256(json.dumps(as_json(trial), sort_keys=True).encode()).hexdigest()
    folder = settings.home / "trials" / f"{trial.clause}-{digest[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(study: str, run: str, settings: Settings) -> Reading:
    """Read what a trial's run gave as far as it got, and keep it for figures.

    Raises FaultlineError for a run that tries nothing, or a clause of another study, or that has
    no judgement under each wording yet.
    """
    trial = tried_by(settings, run)
    if trial is None:
        raise FaultlineError(
            f"The run {run} is no trial: plan one with `python -m analysis trial plan`, and run it."
        )
    if trial.study != study:
        raise FaultlineError(
            f"The run {run} tries a clause of “{trial.study}”, not of “{study}”: name that study."
        )
    with workspace(staging_folder(settings)) as folder:
        tables = export_run(run, folder / "run", settings) / "tables"
        said, cited = (
            pd.read_parquet(tables / f"trial_{name}.parquet")
            for name in ("judgements", "citations")
        )
    decided = said[said["decision"].notna()]
    if decided["arm"].nunique() < len(Arm):
        raise FaultlineError(
            f"The run {run} has no judgement under each wording yet: go on with it "
            f"(python -m pipeline run {run}), then ask again."
        )
    return kept.keep(settings, run, trial, Rows(said, cited))


def tried_by(settings: Settings, run: str) -> Trial | None:
    """What a run tries; None for a run that tries nothing, or whose plan can't be read."""
    plan = settings.runs / run / PLAN_FILE
    try:
        seen = plan.stat()
    except (OSError, ValueError):
        return None
    return _trial_of(plan, seen.st_mtime_ns, seen.st_size)


def runs_of(settings: Settings, study: str, text: str) -> dict[str, Trial]:
    """Run -> its trial, of every run that tries that text (a whole spec) on that study, the first
    first."""
    wanted = NewText("", "", text).digest
    return {
        run: trial
        for run, trial in _trials(settings)
        if trial.study == study and trial.new.digest == wanted
    }


def attempts(trial: Trial, settings: Settings) -> int:
    """How many wordings of the clause were launched on this study, at least one."""
    others = (other for _, other in _trials(settings) if _about(other) == _about(trial))
    return len({trial.new.digest, *(other.new.digest for other in others)})


def _trials(settings: Settings) -> Iterator[tuple[str, Trial]]:
    """Every run that tries a clause with what it tries, the first first."""
    for plan in sorted(settings.runs.glob("*/plan.json")):
        if trial := tried_by(settings, plan.parent.name):
            yield plan.parent.name, trial


def _about(trial: Trial) -> tuple[str, str, str]:
    return trial.study, trial.clause, trial.old


@lru_cache(maxsize=200)
def _trial_of(plan: Path, changed: int, size: int) -> Trial | None:
    """What a run's plan tries. Time and size of the file tell a plan that was written anew."""
    try:
        data = json.loads(plan.read_text(encoding="utf-8"))
        tried = data["trial"]["trial"]
        return of_json(tried, plan.name) if tried else None
    except (OSError, ValueError, KeyError, TypeError, FaultlineError):
        return None
