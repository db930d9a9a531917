"""What of a spec a study tests, clause by clause, as figures, report and pages read it."""

import pandas as pd

from analysis.figures.frames import clauses as clause_frames
from analysis.figures.frames import people as people_frames
from analysis.measure import spec_coverage as measure
from analysis.parse.specs.clause import Clause, Spec, rules
from analysis.queries import human_labels
from analysis.queries import spec_coverage as queries
from analysis.store import study_specs
from analysis.store.study import OpenStudy


def covered(study: OpenStudy, key: str, people: str = "") -> pd.DataFrame:
    """One row a clause of the spec under that key, in reading order: clause, title, authority,
    section, parent, level, path, rule, and the columns of `measure.spec_coverage.coverage`.

    `path` are the titles above it, with › between them; `rule` says whether it tells what to do
    (a heading over other clauses does not). `people` names the labels that count (revision@hash;
    "" for those of this moment). Raises FaultlineError where those labels are not here.
    """
    spec = study_specs.spec_of(study, key)
    evidence = clause_frames.read(study, spec)
    until = human_labels.revision_of(people) if people else None
    if people:
        study.read(people_frames.labels, people)  # a sentence where these are not here
    return measure.coverage(
        clauses(spec),
        evidence.judgements,
        evidence.known,
        queries.labelled(study, until),
        queries.near_moments(study, spec),
    )


def clauses(spec: Spec) -> pd.DataFrame:
    """The clauses of a spec with their place in it, in reading order."""
    by_anchor = {c.anchor: c for c in spec.clauses}
    telling = {c.anchor for c in rules(spec.clauses)}
    rows = [
        {
            "clause": c.anchor,
            "title": c.title,
            "authority": c.authority,
            "section": c.section,
            "parent": c.parent,
            "level": c.level,
            "path": _path(c, by_anchor),
            "rule": c.anchor in telling,
        }
        for c in spec.clauses
    ]
    columns = ["clause", "title", "authority", "section", "parent", "level", "path", "rule"]
    return pd.DataFrame(rows, columns=columns)


def _path(clause: Clause, by_anchor: dict[str, Clause]) -> str:
    above: list[str] = []
    seen, at = {clause.anchor}, clause.parent
    while at is not None and at not in seen:
        seen.add(at)
        above.insert(0, by_anchor[at].title)
        at = by_anchor[at].parent
    return " › ".join(above)
