"""Recipes of clauses: the list with its parts, rivals, and one clause's cases and arguments."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import clause_frames as frames
from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.measure import near_clauses
from analysis.store.study import OpenStudy

CITED = (
    "A clause is cited where a judge's reasoning names its anchor or title or quotes four words or "
    "more that stand in it alone, or where the judge listed it (docs/citations.md)."
)
NEEDS = (
    "Needs work, 0 to 1: the mean of three shares of the answers that cite the clause, each by the "
    "lower end of its 95% interval (part_...): interpretive conflicts (two judges cite it and "
    "decide oppositely), activation conflicts (they decide oppositely over disjoint clauses), and "
    "decisions that find a violation. Quality gaps: scenarios where all judged answers pass and "
    "lie far apart, an answer to which cites the clause; they are no part of the rank."
)
_OWN = "Faultline's own measure"


def _under(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    return f"n = {len(frame):,} cited clauses of the spec {parameters['spec']}."


def _answers(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    answers = len(frame.drop_duplicates(["scenario", "model"]))
    return f"n = {answers:,} answers, spec {parameters['spec']}."


@recipe(
    "clauses.listed",
    title="Clauses that need work",
    definition=f"Every cited clause with its parts, the one that needs work most first. {NEEDS} "
    f"{CITED}",
    keys=("clause",),
    note=_under,
    source=_OWN,
)
def listed(study: OpenStudy, *, spec: str = "", labels: str = "") -> pd.DataFrame:
    """One row a cited clause; columns as `clause_frames.listed`."""
    return frames.listed(study, inputs.spec(study, spec), inputs.label_source(labels))


@recipe(
    "clauses.rivals",
    title="Clauses that claim the same case",
    definition="Pairs of clauses with the number of answers on which two judges decide oppositely, "
    f"each citing its own and none in common. {CITED}",
    keys=("clause", "other"),
    note=lambda study, frame, p: f"n = {len(frame):,} pairs of clauses, spec {p['spec']}.",
    source=_OWN,
)
def rivals(study: OpenStudy, *, spec: str = "") -> pd.DataFrame:
    """One row a pair: clause, title, other, other_title, answers; most answers first."""
    used = inputs.spec(study, spec)
    titles = {c.anchor: c.title for c in used.clauses}
    found = frames.rivals(frames.read(study, used))
    named = {"title": found["clause"].map(titles), "other_title": found["other"].map(titles)}
    return found.assign(**named)[["clause", "title", "other", "other_title", "answers"]]


@recipe(
    "clauses.rival_cases",
    title=lambda p: f"Answers that {p['clause']} and {p['other']} both claim",
    definition="Every answer on which two judges decide oppositely, one citing one clause and the "
    f"other the other, none in common. {CITED}",
    keys=("scenario", "model", "judge_a", "judge_b"),
    note=_answers,
    source=_OWN,
)
def rival_cases(
    study: OpenStudy, *, clause: str = "", other: str = "", spec: str = ""
) -> pd.DataFrame:
    """One row an answer and pair of judges; columns as `clause_frames.rival_cases`."""
    used = inputs.spec(study, spec)
    frames.checked(used, clause, other)
    return frames.rival_cases(frames.read(study, used), clause, other)


@recipe(
    "clauses.cases",
    title=lambda p: f"Answers that cite {p['clause']}",
    definition="Every answer on which a judge cites the clause, those in conflict over it first. "
    f"{CITED}",
    keys=("scenario", "model"),
    note=_answers,
    source=_OWN,
)
def cases(study: OpenStudy, *, clause: str = "", spec: str = "") -> pd.DataFrame:
    """One row an answer; columns as `clause_frames.cases`."""
    used = inputs.spec(study, spec)
    frames.checked(used, clause)
    return frames.cases(study, frames.read(study, used), clause)


@recipe(
    "clauses.arguments",
    title=lambda p: f"What judges say on answers that cite {p['clause']}",
    definition="Every judgement, with its reasoning, on the answers on which a judge cites the "
    f"clause. {CITED}",
    keys=("scenario", "model", "judge"),
    note=_answers,
    source=_OWN,
)
def arguments(study: OpenStudy, *, clause: str = "", spec: str = "") -> pd.DataFrame:
    """One row a judgement; columns as `clause_frames.arguments`."""
    used = inputs.spec(study, spec)
    frames.checked(used, clause)
    return frames.arguments(study, frames.read(study, used), clause)


@recipe(
    "clauses.nearest",
    title=lambda p: f"Clauses most like {p['clause']}",
    definition="Likeness, 0 to 1, of a clause's title and text to the spec's other clauses: half "
    "as queries are linked to clauses (docs/citations.md), half by their words alone. At most "
    f"{near_clauses.MOST}, from {near_clauses.FLOOR} up. A pointer for reading, never "
    "evidence.",
    keys=("clause",),
    note=lambda study, frame, p: f"n = {len(frame):,} clauses of the spec {p['spec']}.",
    source=_OWN,
)
def nearest(study: OpenStudy, *, clause: str = "", spec: str = "") -> pd.DataFrame:
    """One row a clause, the likeliest first: clause, title, likeness."""
    used = inputs.spec(study, spec)
    frames.checked(used, clause)
    titles = {c.anchor: c.title for c in used.clauses}
    found = near_clauses.nearest(used.clauses, clause)
    return found.assign(title=found["clause"].map(titles))[["clause", "title", "likeness"]]
