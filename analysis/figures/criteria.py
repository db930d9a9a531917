"""Figures of criteria: each model's behavioural profile, and the answers behind it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import FAMILIES, MODEL, SCENARIO, UNDEFINED, estimate, n
from analysis.figures.declaration import Parameters, figure
from analysis.figures.frames import criteria as frames
from analysis.figures.frames.values import unit_labels
from analysis.figures.phrases import sentences
from analysis.files.columns import Column, Format
from analysis.measure import criteria as measure
from analysis.number_text import counted
from analysis.queries import criteria as queries
from analysis.queries import values as value_queries
from analysis.registry import registry
from analysis.show import criteria as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import GRADES, PROBES, Grade, Outcome, Probe

WORDS: Mapping[str, str] = {
    Grade.FULLY: "fully satisfied",
    Grade.PARTLY: "partly satisfied",
    Grade.NOT: "not satisfied",
    Grade.CONTRARY: "the contrary",
    Grade.DEFLECTED: "deflected",
}
"""What a share is the share of."""
KINDS: Mapping[str, str] = {
    Probe.PLAIN: "plain queries",
    Probe.EDGE: "queries at the edge",
    Probe.ADVERSARIAL: "adversarial queries",
}
_WHY: Mapping[str, str] = {
    measure.OF_ANSWER + Outcome.API_REFUSAL: "refused by the API",
    measure.OF_ANSWER + Outcome.TRUNCATED: "cut off",
    measure.OF_ANSWER + Outcome.ERROR: "whose call failed",
    measure.OF_ANSWER + Outcome.UNPARSABLE: "without a word",
    measure.OF_ANSWER + Outcome.MISSING: "missing",
    measure.OF_GRADE + Outcome.UNPARSABLE: "whose grade could not be read",
    measure.OF_GRADE + Outcome.API_REFUSAL: "that the grader refused",
    measure.OF_GRADE + Outcome.TRUNCATED: "whose grade was cut off",
    measure.OF_GRADE + Outcome.ERROR: "whose grading failed",
}
"""Why an answer has no grade, in words."""
_CLAUSE = Column("clause", "Clause", help="Anchor of the criterion's clause.", shown=False)
_TITLE = Column("title", "Criterion", width=230, pinned=True)
_GRADE = Column("grade", "Grade", help=glossary.find("grade").definition, width=90)
_KIND = Column("kind", "Kind", help=glossary.find("criterion").definition, width=90)
_SHARE = estimate(
    "value", "Share", format=Format.SHARE, help="Of the model's graded answers, that of the grade."
)
_N = n("Answers", "The model's graded answers.")


def _labels(study: OpenStudy) -> dict[str, str]:
    return unit_labels(study.read(value_queries.members), "model")


def _note(study: OpenStudy, p: Parameters, about: pd.DataFrame) -> str:
    """n, who graded, and what has no grade."""
    who = registry().model(frames.grader(study, p["grader"])).label
    to = f" to {KINDS[p['kind']]}" if p.get("kind") else ""
    graded = int(about["grade"].notna().sum())
    bare = measure.left_out(about)
    without = "; ".join(f"{count:,}, {_WHY.get(why, why)}" for why, count in bare.items())
    return sentences(
        f"n = {counted(graded, 'answer')}{to} graded by {who}.",
        f"Without a grade: {without}." if without else "",
    )


_OVER = "Intervals (95%) are over queries; the criteria are taken as they are."


def _profile_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    about = frames.answers(study, p["grader"], p["kind"])
    return sentences(
        _note(study, p, about),
        "The small number is n.",
        _OVER,
    )


def _profile_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    kind = f", {KINDS[p['kind']]}" if p["kind"] else ""
    return f"Answers graded “{WORDS[p['grade']]}”{kind}, by model and criterion"


@figure(
    "criteria.profile",
    title=_profile_title,
    note=_profile_note,
    definition=("profile", "criterion", "grade", "interval"),
    keys=("clause", "model"),
    columns=(_CLAUSE, _TITLE, MODEL, *_SHARE, _N, FAMILIES, UNDEFINED),
    draw=lambda study, frame, p: charts.heatmap(frame, _labels(study), WORDS[p["grade"]]),
    alt=lambda study, frame, p: charts.heatmap_alt(frame, _labels(study), WORDS[p["grade"]]),
)
def profile(
    study: OpenStudy, *, grade: str = Grade.FULLY.value, kind: str = "", grader: str = ""
) -> pd.DataFrame:
    """One row a criterion and model: clause (“all” over all of them, where there are several),
    title, model, value (0..1, the share of that grade), low, high, n, families, undefined."""
    inputs.one_of("grade", grade, GRADES)
    found = frames.profile(study, grader, kind)
    mine = found[found["grade"] == grade].drop(columns="grade")
    if mine["clause"].nunique() == 2:  # of one criterion, all is that one
        mine = mine[mine["clause"] != measure.ALL]
    return mine.reset_index(drop=True)


def _grades_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    kind = f", {KINDS[p['kind']]}" if p["kind"] else ""
    about = f" of “{frames.titles(study).get(p['clause'], p['clause'])}”" if p["clause"] else ""
    return f"Grades{about} by model{kind}"


def _grades_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    about = frames.answers(study, p["grader"], p["kind"])
    if p["clause"]:
        about = about[about["clause"] == p["clause"]]
    return sentences(
        _note(study, p, about),
        "A deflected answer does not take the request on; a partly satisfying one does some of "
        "what is asked.",
        _OVER,
    )


def _of(study: OpenStudy, clause: str, kind: str, grader: str) -> pd.DataFrame:
    about = frames.answers(study, grader, kind)
    if not clause:
        return about
    inputs.one_of("clause", clause, list(frames.titles(study)))
    return about[about["clause"] == clause]


@figure(
    "criteria.grades",
    title=_grades_title,
    note=_grades_note,
    definition=("grade", "deflection", "criterion", "interval"),
    keys=("model", "grade"),
    columns=(MODEL, _GRADE, *_SHARE, _N, FAMILIES, UNDEFINED),
    draw=lambda study, frame, p: charts.grades(frame, _labels(study), WORDS),
    alt=lambda study, frame, p: charts.grades_alt(frame, _labels(study)),
)
def grades(study: OpenStudy, *, clause: str = "", kind: str = "", grader: str = "") -> pd.DataFrame:
    """One row a model and grade: value (0..1), low, high, n, families, undefined; over all criteria
    or one `clause`."""
    return measure.shares(_of(study, clause, kind, grader), ("model",))


def _kinds_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    about = f", “{frames.titles(study).get(p['clause'], p['clause'])}”" if p["clause"] else ""
    return f"Answers graded “{WORDS[p['grade']]}” by kind of query{about}"


@figure(
    "criteria.kinds",
    title=_kinds_title,
    note=lambda study, frame, p: sentences(
        _note(study, p, _of(study, p["clause"], "", p["grader"])), _OVER
    ),
    definition=("criterion", "grade", "interval"),
    keys=("model", "kind"),
    columns=(MODEL, _KIND, *_SHARE, _N, FAMILIES, UNDEFINED),
    draw=lambda study, frame, p: charts.kinds(frame, _labels(study), KINDS, WORDS[p["grade"]]),
    alt=lambda study, frame, p: charts.kinds_alt(frame, KINDS, WORDS[p["grade"]]),
)
def kinds(
    study: OpenStudy, *, clause: str = "", grade: str = Grade.FULLY.value, grader: str = ""
) -> pd.DataFrame:
    """One row a model and kind of query: value (0..1, the share of that grade), low, high, n,
    families, undefined; over all criteria or one `clause`."""
    inputs.one_of("grade", grade, GRADES)
    about = _of(study, clause, "", grader)
    found = [measure.shares(about[about["kind"] == k], ("model",)).assign(kind=k) for k in PROBES]
    whole = pd.concat(found, ignore_index=True)
    return whole[whole["grade"] == grade].drop(columns="grade").reset_index(drop=True)


def _answers_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    who = registry().model(frames.grader(study, p["grader"])).label
    return f"n = {counted(len(frame), 'answer')}; grades and reasons by {who}."


@figure(
    "criteria.answers",
    title="The answers behind the profile",
    note=_answers_note,
    definition=("grade", "criterion"),
    keys=("scenario", "model", "replicate"),
    columns=(
        SCENARIO,
        MODEL,
        _GRADE,
        _TITLE,
        _KIND,
        Column("query", "Query", width=320),
        Column("reason", "The grader's reason", width=260),
        Column("right_answer", "Right answer", help="What a right answer says, where known."),
        Column("outcome", "Outcome", help="How the call for the answer ended.", shown=False),
        Column("replicate", "Repeat", help="0 is the first answer.", shown=False),
        _CLAUSE,
    ),
)
def answers(
    study: OpenStudy,
    *,
    clause: str = "",
    model: str = "",
    grade: str = "",
    kind: str = "",
    grader: str = "",
) -> pd.DataFrame:
    """One row an answer, of one clause, model, grade or kind of query where they are named; what
    fell furthest from its criterion first."""
    found = _of(study, clause, kind, grader)
    if grade:
        inputs.one_of("grade", grade, GRADES)
        found = found[found["grade"] == grade]
    if model:
        inputs.one_of("model", model, list(study.info.models))
        found = found[found["model"] == model]
    listed: pd.DataFrame = study.read(queries.listed)
    told = listed[["scenario", "title", "query", "right_answer"]]
    order = {g: place for place, g in enumerate(_WORST_FIRST)}
    rows = found.merge(told, on="scenario").sort_values(
        ["grade", "title", "scenario", "model", "replicate"],
        key=lambda c: c.map(order) if c.name == "grade" else c,
        kind="stable",
    )
    return rows[_ANSWER_COLUMNS].reset_index(drop=True)


_WORST_FIRST = (Grade.CONTRARY, Grade.DEFLECTED, Grade.NOT, Grade.PARTLY, Grade.FULLY)
_ANSWER_COLUMNS = [
    "scenario",
    "model",
    "grade",
    "title",
    "kind",
    "query",
    "reason",
    "right_answer",
    "outcome",
    "replicate",
    "clause",
]


@figure(
    "criteria.listed",
    title="The criteria of this study",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'criterion', 'criteria')}, "
        f"{counted(int(frame['queries'].sum()), 'query', 'queries')}."
    ),
    definition=("criterion", "grade"),
    keys=("clause",),
    columns=(
        _TITLE,
        *(
            Column(f"for_{grade}", WORDS[grade].capitalize(), width=230, help="In its own words.")
            for grade in GRADES[:-1]
        ),
        Column("queries", "Queries", format=Format.COUNT, width=80),
        Column(
            "right_known",
            "Right answer known",
            format=Format.COUNT,
            help="Of its queries, those of which it is known what a right answer says.",
        ),
        Column("author", "Written by", help="A model, or a person."),
        _CLAUSE,
        Column("spec", "Spec", help="The spec that the clause is of.", shown=False),
    ),
)
def listed(study: OpenStudy) -> pd.DataFrame:
    """One row a criterion: title, what an answer of each grade does, how many queries test it."""
    found: pd.DataFrame = study.read(queries.listed)
    rubric: dict[str, Any] = {f"for_{g}": (f"for_{g}", "first") for g in GRADES[:-1]}
    made: pd.DataFrame = (
        found.groupby(["title", "clause"], sort=True)
        .agg(
            **rubric,
            queries=("scenario", "count"),
            right_known=("right_answer", "count"),
            author=("author", "first"),
            spec=("spec", "first"),
        )
        .reset_index()
    )
    return made
