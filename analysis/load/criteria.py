"""Criteria from elsewhere: the drafts of a run, and files that people exchange."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.runs import export_run
from analysis.parse.criteria import Criteria, Criterion, criterion, dumps, read_file
from analysis.parse.specs.clause import Spec
from analysis.settings import Settings
from analysis.store.annotations import criteria as store
from analysis.store.build.places import staging_folder, workspace
from analysis.vocabulary import RUBRIC_GRADES
from analysis.whole_files import write_text

DRAFTED = "drafted in run {run}"


@dataclass(frozen=True)
class Taken:
    """What came of taking criteria over: how many are new or changed, of how many, for which spec;
    `unknown` are clauses that the spec does not have."""

    spec: str
    changed: int
    read: int
    unknown: tuple[str, ...] = ()


def drafts(run: str, settings: Settings) -> Criteria:
    """The criteria that a run drafted. Raises FaultlineError for a run that drafted none yet."""
    with workspace(staging_folder(settings)) as folder:
        table = export_run(run, folder / "run", settings) / "tables" / "drafts.parquet"
        frame = pd.read_parquet(table) if table.exists() else pd.DataFrame()
    if frame.empty:
        raise FaultlineError(
            f"The run {run} has drafted no criterion that can be read. Take them over when it "
            "has, or plan one with --draft CLAUSE."
        )
    found = [
        _drafted(str(clause), rows, run) for clause, rows in frame.groupby("clause", sort=False)
    ]
    return Criteria(str(frame["spec"].iloc[0]), tuple(found))


def _drafted(clause: str, rows: pd.DataFrame, run: str) -> Criterion:
    first: dict[Any, Any] = rows.iloc[0].to_dict()
    queries = [
        {"kind": kind, "query": query, "right_answer": right if isinstance(right, str) else ""}
        for kind, query, right in rows[["kind", "query", "right_answer"]].itertuples(index=False)
    ]
    data = {
        "clause": clause,
        "title": first["title"],
        "author": first["author"] or "",
        "rubric": {grade: first[f"for_{grade}"] for grade in RUBRIC_GRADES},
        "queries": queries,
    }
    return criterion(data, f"The draft of run {run}")


def take(run: str, settings: Settings) -> Taken:
    """Keep what a run drafted, under the model that wrote it."""
    made = drafts(run, settings)
    changed = 0
    for author in dict.fromkeys(one.author for one in made.criteria):
        mine = [one for one in made.criteria if one.author == author]
        changed += store.keep(settings, made.spec, mine, author or run, DRAFTED.format(run=run))
    return Taken(made.spec, changed, len(made.criteria))


def import_file(path: Path, spec: Spec, author: str, settings: Settings) -> Taken:
    """Keep the criteria of a file for a spec: those of clauses that it has. Raises FaultlineError
    for a file that does not fit, or that shares no clause with the spec."""
    return keep(read_file(path), path.name, spec, author, settings)


def keep(made: Criteria, name: str, spec: Spec, author: str, settings: Settings) -> Taken:
    """Keep the criteria of the file `name`, as `import_file`."""
    known = {clause.anchor for clause in spec.clauses}
    mine = [one for one in made.criteria if one.clause in known]
    unknown = tuple(one.clause for one in made.criteria if one.clause not in known)
    if made.criteria and not mine:
        raise FaultlineError(
            f"The spec {spec.name} {spec.version} has none of the clauses of {name} "
            f"({', '.join(unknown[:3])}): choose the spec that they are of."
        )
    named = [one if one.author else replace(one, author=author.strip()) for one in mine]
    changed = store.keep(settings, spec.key, named, author, f"from {name}")
    return Taken(spec.key, changed, len(mine), unknown)


def export_file(
    path: Path, spec: Spec, settings: Settings, clauses: tuple[str, ...] = ()
) -> Criteria:
    """Write a spec's criteria (or those of some clauses) as a file, in reading order; gives them.

    Raises FaultlineError where there is none, or the file can't be written.
    """
    made = of_spec(spec, settings, clauses)
    try:
        write_text(path, dumps(made), make_folder=False)
    except OSError as error:
        raise FaultlineError(
            f"The criteria can't be written to {path}: {error.strerror}."
        ) from None
    return made


def of_spec(spec: Spec, settings: Settings, clauses: tuple[str, ...] = ()) -> Criteria:
    """A spec's criteria, or those of some clauses, in reading order. Raises FaultlineError where
    there is none, or one of those clauses has none."""
    kept = {v.clause: v.criterion for v in store.current(settings, spec.key)}
    if missing := [clause for clause in clauses if clause not in kept]:
        raise FaultlineError(
            f"The clause “{missing[0]}” of {spec.name} {spec.version} has no criterion: draft one "
            "(python -m pipeline plan --draft CLAUSE), or write one on the page Criteria."
        )
    places = {clause.anchor: place for place, clause in enumerate(spec.clauses)}
    wanted = sorted(clauses or kept, key=lambda clause: places.get(clause, len(places)))
    found = tuple(one for clause in wanted if (one := kept[clause]) is not None)
    if not found:
        raise FaultlineError(
            f"The spec {spec.name} {spec.version} has no criteria yet: draft some (python -m "
            "pipeline plan --draft CLAUSE), or write them on the page Criteria."
        )
    return Criteria(spec.key, found)
