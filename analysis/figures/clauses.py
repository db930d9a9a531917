"""Figures of clauses: the list with its parts, rivals, and one clause's cases and arguments."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import JUDGE, MODEL, SCENARIO, D
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import clauses as frames
from analysis.figures.frames import judged as judged_frames
from analysis.figures.phrases import name_of, sentences
from analysis.files.columns import Column, Format
from analysis.measure.clauses import KINDS, mean_d
from analysis.measure.near import clauses as likeness
from analysis.number_text import counted
from analysis.parse.specs.clause import Spec
from analysis.queries import near
from analysis.registry import registry
from analysis.show import clauses as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import LEAST_FAMILIES, SUBJECT_ALPHA

_KINDS = tuple(KINDS.values())
NO_AUTHORITY = "–"
"""How a clause without a stated authority is named."""

_CLAUSE = Column("clause", "Anchor", help="Of the clause in the spec.", shown=False)
_SCENARIO, _MODEL = replace(SCENARIO, width=130), replace(MODEL, width=150)
_CONFLICT = Column(
    "conflict",
    "Conflict over it",
    width=120,
    help="What the judges' decisions make of this clause; empty: none.",
)


def _share(name: str, heading: str, help: str, **how: Any) -> tuple[Column, ...]:
    """A number whose interval stands in files and on slides."""
    low, high = f"{name}_low", f"{name}_high"
    return (
        Column(name, heading, help=help, interval=(low, high), **how),
        Column(low, "95% from", help=f"Lower end of the interval of “{heading}”.", shown=False),
        Column(high, "95% to", help=f"Upper end of the interval of “{heading}”.", shown=False),
        Column(
            f"{name}_undefined",
            "Why there is no number",
            help="Empty where there is one.",
            shown=False,
        ),
    )


def _part(name: str) -> Column:
    return Column(
        f"part_{name}",
        f"Part of needs work: {name}",
        shown=False,
        help="The share, 0 to 1, drawn towards that of all clauses as far as its families are few.",
    )


_LISTED = (
    Column("title", "Clause", width=210, pinned=True),
    Column("needs_work", "Needs work", "0 to 1", bar=(0, 0.5), width=95),
    Column("kind", "Kind", width=125, help="What is wrong, by the largest of the three parts."),
    Column(
        "cited", "Cited", format=Format.COUNT, width=60, help="Answers on which a judge cites it."
    ),
    *_share(
        "violated", "Violated", glossary.find("violated").definition, format=Format.SHARE, width=75
    ),
    *_share(
        "kappa",
        "Kappa",
        "Fleiss' kappa of the judges, binary, on the answers that cite it.",
        format=Format.NUMBER,
        width=65,
    ),
    Column(
        "prevalence",
        "Flagged",
        format=Format.SHARE,
        width=70,
        help="Mean share of decisions that flag an answer, on the answers that cite it.",
    ),
    Column("interpretive", "Interpretive", format=Format.COUNT, width=90),
    Column("activation", "Activation", format=Format.COUNT, width=85),
    Column("rival", "Most often against", width=180),
    Column(
        "quality_gaps",
        "Quality gaps",
        format=Format.COUNT,
        width=90,
        help="Quality gaps with an answer that cites the clause; no part of the rank.",
    ),
    Column("mean_d", "Mean D", format=Format.D, width=70),
    _CLAUSE,
    Column("authority", "Authority", shown=False),
    Column("section", "Section", help="Anchor of its section.", shown=False),
    *(_part(p) for p in KINDS),
    Column(
        "doubt",
        "Doubt",
        shown=False,
        help="Answers on which one judge is unsure and another decides.",
    ),
    Column(
        "queries",
        "Queries",
        format=Format.COUNT,
        width=70,
        help="Queries with an answer that cites it.",
    ),
    Column(
        "families",
        "Families",
        format=Format.COUNT,
        width=70,
        help=f"Families of those queries; below {LEAST_FAMILIES} the state is “few cases”.",
    ),
    Column(
        "state", "State", width=85, help=f"Few cases: fewer than {LEAST_FAMILIES} families cite it."
    ),
    Column(
        "q",
        "q",
        format=Format.NUMBER,
        width=60,
        help="That no part of needs work lies above "
        "that of the other clauses: Benjamini-Hochberg over all clauses and parts.",
    ),
    Column(
        "agreed_failures",
        "Agreed failures",
        format=Format.COUNT,
        width=110,
        help="Scenarios of low D that fail all the same, with an answer that cites the clause.",
    ),
)
_NEAR = Column(
    "near",
    "Near, not cited",
    format=Format.COUNT,
    width=110,
    help=glossary.find("near_clauses").definition,
)
_PAIRS = (
    Column("title", "One clause", width=200),
    Column("other_title", "Against", width=200),
    Column("answers", "Answers", format=Format.COUNT, width=80),
    replace(_CLAUSE, heading="Anchor of one", shown=False),
    replace(_CLAUSE, name="other", heading="Anchor of the other", shown=False),
)
_RIVAL_CASES = (
    _SCENARIO,
    _MODEL,
    D,
    replace(JUDGE, name="judge_a", heading="One judge"),
    Column("decision_a", "Its decision"),
    Column("clause_a", "Clause it cites", help="Its anchor."),
    replace(JUDGE, name="judge_b", heading="Another judge"),
    Column("decision_b", "Its decision"),
    Column("clause_b", "Clause it cites", help="Its anchor."),
)
_CASES = (
    _SCENARIO,
    _MODEL,
    _CONFLICT,
    D,
    Column("decisions", "Decisions", width=460, help="Of all judges."),
    Column("family", "Family", shown=False),
)
_ARGUMENTS = (
    _SCENARIO,
    _MODEL,
    _CONFLICT,
    D,
    JUDGE,
    Column("decision", "Decision"),
    Column("cites", "Cites it", help="Whether this judge cites the clause."),
    Column("how", "How it cites", help="By anchor, title or quote."),
    Column("words", "Words", help="The words by which it cites the clause."),
    Column("reasoning", "Reasoning", help="All that the judge wrote."),
)
_NEAREST = (
    Column("title", "Clause"),
    Column(
        "likeness",
        "Likeness",
        "0 to 1",
        Format.NUMBER,
        help="Of the two clauses' texts, half as queries are linked to clauses, half by their "
        "words alone. A pointer for reading, never evidence.",
    ),
    _CLAUSE,
)


def _spec_name(p: Parameters) -> str:
    return name_of(str(p["spec"]))


def _titles(spec: Spec) -> dict[str, str]:
    return {c.anchor: c.title for c in spec.clauses}


def _named(study: OpenStudy, p: Parameters, *names: str) -> list[str]:
    """The titles of the clauses that some parameters name, in quotation marks."""
    titles = _titles(inputs.spec(study, p["spec"]))
    return [f"“{titles.get(p[n], p[n])}”" for n in names]


def _evidence(study: OpenStudy, key: str, models: str = judged_frames.OWN) -> frames.Evidence:
    return frames.with_d_over(study, study.read(frames.read_by, key), models)


def _listed_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    parts = [
        f"authority {p['authority']}" * bool(p["authority"]),
        f"section “{p['section']}”" * bool(p["section"]),
        str(p["kind"]),
    ]
    chosen = ", ".join(part for part in parts if part)
    return f"Clauses that need work ({chosen})" if chosen else "Clauses that need work"


def _listed_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    whole = len(inputs.spec(study, p["spec"]).clauses)
    cited = len(study.read(frames.measured, p["spec"], inputs.label_source(p["labels"])))
    n = f"n = {counted(cited, 'cited clause')}"
    if p["authority"] or p["section"] or p["kind"]:
        n = f"n = {len(frame):,} of the {counted(cited, 'cited clause')}"
    found = frames.counted(_evidence(study, p["spec"]))
    return sentences(
        f"{n}; {_spec_name(p)} has {whole:,}. The one that most needs work comes first, "
        f"those with few cases last; {_standing(frame)}.",
        f"Cited on {found.used:,} of {found.judged:,} judged answers.",
        judged_frames.left_out(found),
        judged_frames.over(study, p["models"]),
        "Never compare kappas without the share flagged beside them.",
    )


def _standing(frame: pd.DataFrame) -> str:
    """How many stand out from the others by more than chance allows."""
    count = int((frame["q"] <= SUBJECT_ALPHA).sum())
    return f"{counted(count, 'stands', 'stand')} out (q ≤ {SUBJECT_ALPHA:.2g})"


def _listed_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """The list with rivals under their titles, and how many queries are near each clause."""
    spec = inputs.spec(study, p["spec"])
    titles = _titles(spec)
    rivals = [titles.get(str(r), r) if isinstance(r, str) else "" for r in frame["rival"]]
    rows = frame.assign(rival=rivals)
    if not near.is_linked(study, spec):
        return Rows(rows, _LISTED)
    linked = study.read(frames.near_counts, p["spec"])
    at = [c.name for c in _LISTED].index("cited") + 1
    columns = (*_LISTED[:at], _NEAR, *_LISTED[at:])
    return Rows(rows.assign(near=[linked.get(str(c), 0) for c in rows["clause"]]), columns)


@figure(
    "clauses.listed",
    title=_listed_title,
    note=_listed_note,
    definition=("needs_work", "interpretive", "activation", "violated", "cited"),
    keys=("clause",),
    columns=_LISTED,
    table=_listed_read,
)
def listed(
    study: OpenStudy,
    *,
    spec: str = "",
    labels: str = "",
    authority: str = "",
    section: str = "",
    kind: str = "",
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a cited clause; columns as `clause_frames.listed`. `section` is a section's title,
    `authority` “–” for clauses that state none."""
    _known("kind of clause", kind, _KINDS)
    used = inputs.spec(study, spec)
    table = study.read(frames.measured, spec, inputs.label_source(labels))
    found = frames.listed(table, used)
    evidence = _evidence(study, spec, models)
    found["mean_d"] = found["clause"].map(mean_d(evidence.known, evidence.answers))
    titles = _titles(used)
    for wanted, words in (
        (authority, found["authority"].fillna(NO_AUTHORITY)),
        (section, found["section"].map(titles)),
        (kind, found["kind"]),
    ):
        found = found[words.loc[found.index] == wanted] if wanted else found
    return found.reset_index(drop=True)


def _rivals_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    cut = len(charts.chosen(frame, len(frame) * 2)) - charts.MOST
    more = f" {counted(cut, 'clause')} with fewer not drawn." if cut > 0 else ""
    return (
        f"n = {counted(len(frame), 'pair')} of clauses of {_spec_name(p)}; numbers are "
        f"answers.{more} Two clauses that claim the same answers need a rank between them."
    )


def _both(frame: pd.DataFrame) -> Mapping[str, str]:
    """Anchor -> title of all clauses of the pairs."""
    one = dict(zip(frame["clause"], frame["title"], strict=True))
    return one | dict(zip(frame["other"], frame["other_title"], strict=True))


def _draw_rivals(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.rivals(frame, _both(frame))


@figure(
    "clauses.rivals",
    title="Clauses that claim the same answers",
    note=_rivals_note,
    definition=("activation", "cited"),
    keys=("clause", "other"),
    columns=_PAIRS,
    draw=_draw_rivals,
    alt=lambda study, frame, p: charts.rivals_alt(frame, _both(frame)),
)
def rivals(study: OpenStudy, *, spec: str = "") -> pd.DataFrame:
    """One row a pair: clause, title, other, other_title, answers; most answers first."""
    titles = _titles(inputs.spec(study, spec))
    found = frames.rivals(_evidence(study, spec))
    named = {"title": found["clause"].map(titles), "other_title": found["other"].map(titles)}
    return found.assign(**named)[["clause", "title", "other", "other_title", "answers"]]


@figure(
    "clauses.rival_list",
    title="Pairs of clauses by shared answers",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'pair')} of clauses of {_spec_name(p)}, most answers "
        "first. Answers: two judges decide oppositely on them, each citing its own of the two."
    ),
    definition=("activation", "cited"),
    keys=("clause", "other"),
    columns=_PAIRS,
)
def rival_list(study: OpenStudy, *, spec: str = "") -> pd.DataFrame:
    """The numbers of `clauses.rivals` as a list."""
    return rivals(study, spec=spec)


def _claimed(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return "Answers that both {} and {} claim".format(*_named(study, p, "clause", "other"))


def _answers(frame: pd.DataFrame) -> str:
    return counted(len(frame.drop_duplicates(["scenario", "model"])), "answer", "answers")


def _rival_cases_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """What each of the two judges says, and by which clause, in a cell."""
    titles = _titles(inputs.spec(study, p["spec"]))
    words = {
        f"says_{side}": [
            f"{registry().judge(str(j)).label}: {d}, by {titles.get(c, c)}"
            for j, d, c in zip(
                frame[f"judge_{side}"],
                frame[f"decision_{side}"],
                frame[f"clause_{side}"],
                strict=True,
            )
        ]
        for side in ("a", "b")
    }
    columns = (
        replace(_SCENARIO, width=120),
        replace(_MODEL, width=140),
        D,
        Column("says_a", "One judge", width=330),
        Column("says_b", "Another", width=330),
    )
    return Rows(frame.assign(**words), columns)


@figure(
    "clauses.rival_cases",
    title=_claimed,
    note=lambda study, frame, p: (
        f"n = {_answers(frame)}, one row for every two judges who decide oppositely, one citing "
        f"one clause and the other the other; spec {_spec_name(p)}. Highest D first. "
        f"{judged_frames.over(study, p['models'])}"
    ),
    definition=("activation", "cited"),
    keys=("scenario", "model", "judge_a", "judge_b"),
    columns=_RIVAL_CASES,
    table=_rival_cases_read,
)
def rival_cases(
    study: OpenStudy,
    *,
    clause: str = "",
    other: str = "",
    spec: str = "",
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row an answer and pair of judges; columns as `clause_frames.rival_cases`."""
    frames.checked(inputs.spec(study, spec), clause, other)
    return frames.rival_cases(_evidence(study, spec, models), clause, other)


@figure(
    "clauses.cases",
    title=lambda study, frame, p: f"Answers that cite {_named(study, p, 'clause')[0]}",
    note=lambda study, frame, p: (
        f"n = {_answers(frame)}, those in conflict over the clause first; spec {_spec_name(p)}. "
        f"{judged_frames.over(study, p['models'])}"
    ),
    definition=("cited", "interpretive", "activation"),
    keys=("scenario", "model"),
    columns=_CASES,
)
def cases(
    study: OpenStudy, *, clause: str = "", spec: str = "", models: str = judged_frames.OWN
) -> pd.DataFrame:
    """One row an answer; columns as `clause_frames.cases`."""
    frames.checked(inputs.spec(study, spec), clause)
    return frames.cases(study, _evidence(study, spec, models), clause)


@figure(
    "clauses.arguments",
    title=lambda study, frame, p: (
        f"What judges say on answers that cite {_named(study, p, 'clause')[0]}"
    ),
    note=lambda study, frame, p: (
        f"n = {_answers(frame)} that a judge cites the clause on, with every judge's reasoning; "
        f"spec {_spec_name(p)}. {judged_frames.over(study, p['models'])}"
    ),
    definition=("cited", "judge"),
    keys=("scenario", "model", "judge"),
    columns=_ARGUMENTS,
)
def arguments(
    study: OpenStudy, *, clause: str = "", spec: str = "", models: str = judged_frames.OWN
) -> pd.DataFrame:
    """One row a judgement; columns as `clause_frames.arguments`."""
    frames.checked(inputs.spec(study, spec), clause)
    return frames.arguments(study, _evidence(study, spec, models), clause)


@figure(
    "clauses.nearest",
    title=lambda study, frame, p: f"Clauses most similar to {_named(study, p, 'clause')[0]}",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'clause')} of {_spec_name(p)}: at most "
        f"{likeness.MOST}, none below a likeness of {likeness.FLOOR}."
    ),
    definition="similar_clauses",
    keys=("clause",),
    columns=_NEAREST,
)
def nearest(study: OpenStudy, *, clause: str = "", spec: str = "") -> pd.DataFrame:
    """One row a clause, the likeliest first: clause, title, likeness."""
    used = inputs.spec(study, spec)
    frames.checked(used, clause)
    found = likeness.nearest(used.clauses, clause)
    return found.assign(title=found["clause"].map(_titles(used)))[["clause", "title", "likeness"]]


def _known(what: str, word: str, words: tuple[str, ...]) -> None:
    if word and word not in words:
        raise FaultlineError(f"There is no {what} “{word}”. Use one of {', '.join(words)}.")
