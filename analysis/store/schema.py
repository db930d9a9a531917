"""One typed record per table of a study; its docstring names the grain, the DDL follows from it.

A study is one DuckDB file that never changes once it is named. Integers that name a scenario
inside one study (`scenario_no`) are handed out in the order of disagreement over all models,
largest first, so that the default page of the scenario table is a range of row numbers. They
mean nothing outside the file; `scenario` (the public id) does.
"""

import types
import typing
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated

SCHEMA_VERSION = 2


VERDICTS = ("judgements", "citations")
"""Tables of what judges said, whose rows are of a set of judgements."""
JUDGES_SQL = "SELECT judge FROM judges ORDER BY sort"


@dataclass(frozen=True)
class Sql:
    """The DuckDB type of a column, where the Python type does not settle it."""

    type: str


Tiny = Annotated[int, Sql("UTINYINT")]
Small = Annotated[int, Sql("USMALLINT")]
Json = Annotated[str, Sql("JSON")]


@dataclass(frozen=True)
class Study:
    """One row: what this file is and where it came from. `rejected` maps reason to count."""

    id: str
    title: str
    simulated: bool
    content_hash: str
    scenarios: int
    families: int
    responses: int
    judgements: int
    texts: str  # "copied" or "linked"
    sources: Json  # list of SourceRecord as JSON
    rejected: Json  # {reason: rows}
    notices: Json  # sentences about what was found odd but kept
    parent: str | None
    built_at: datetime
    program_version: str
    schema_version: int


@dataclass(frozen=True)
class Scenario:
    """One query: a value pair, a nudge and the words. `scenario_no` 1.. by falling D (all). `draw`
    (`vocabulary.Draw`) and `arm`: how a run with a search drew its family; null from any other."""

    scenario_no: int
    scenario: str
    family: str
    nudge: str | None
    value1: str
    value2: str
    generator: str | None
    rank: int | None
    query: str
    query_key: str  # 16 hex of the content (query and both values): names it across studies
    split: str | None  # the source's own split or file, first met
    draw: str | None
    arm: str | None


@dataclass(frozen=True)
class Response:
    """Scenario x model x replicate: two positions (0..6) and what came back."""

    scenario_no: int
    model: str
    replicate: Tiny
    value1_position: Tiny | None
    value2_position: Tiny | None
    outcome: str
    chars: int | None  # length of the answer in characters, where it was read
    latency_s: float | None


@dataclass(frozen=True)
class ResponseText:
    """Scenario x model x replicate: the answer itself, where texts were copied; empty where the
    words in the source's own file are no answer."""

    scenario_no: int
    model: str
    replicate: Tiny
    text: str


@dataclass(frozen=True)
class Repeated:
    """Scenario of a noise sample x what was repeated (`vocabulary.Repeat`) x model: where the
    repeated answer stands. The first one is the response of replicate 0."""

    scenario_no: int
    repeat: str
    model: str
    value1_position: Tiny | None
    value2_position: Tiny | None


@dataclass(frozen=True)
class Aside:
    """Response x kind: what came with an answer and is no part of it, `reasoning` or `tool calls`.
    Never labelled, scored or judged."""

    scenario_no: int
    model: str
    replicate: Tiny
    kind: str
    text: str


@dataclass(frozen=True)
class TextLink:
    """One scenario's row in a parquet file that stayed where it was.

    `source_no` counts the entries of `study.sources`, `file_no` that entry's files, both from
    0; `row_no` is the row inside the file, from 0.
    """

    scenario_no: int
    source_no: Small
    file_no: Small
    row_no: int


@dataclass(frozen=True)
class Rubric:
    """Scenario x value (1 or 2) x position (0..6): the answering strategy in words."""

    scenario_no: int
    value_no: Tiny
    position: Tiny
    strategy: str


@dataclass(frozen=True)
class Disagreement:
    """Scenario x model set: D and the exact integers behind it.

    For a value with n positions, sum S1 and sum of squares S2, `spread` = n S2 - S1^2, so the
    population variance is spread / n^2 and `D >= t` can be asked in integers. `d` and `bin`
    (0..4) are null where fewer than two positions are there; `models` counts the models with a
    position on either value. `given` marks a D that the source states instead of positions.
    """

    scenario_no: int
    model_set: str
    models: Tiny
    n1: Tiny
    spread1: int
    n2: Tiny
    spread2: int
    d: float | None
    bin: Tiny | None
    given: bool


@dataclass(frozen=True)
class Topic:
    """Scenario x topic x label source (`rules 1`, a model, `human`)."""

    scenario_no: int
    topic: str
    source: str


@dataclass(frozen=True)
class ResponseType:
    """Scenario x model x replicate x label source: one of the seven types, or `unsure`."""

    scenario_no: int
    model: str
    replicate: Tiny
    source: str
    response_type: str


@dataclass(frozen=True)
class Judgement:
    """Response x judge x spec version (`specs.spec`; null where the source names none) x run that
    asked the judge (null for files of nobody's run).

    `decision` is null where none of the three was given, and `outcome` says why: an unreadable word
    or reply, no decision (missing), or a call that ended otherwise. `raw_decision` keeps what the
    source said."""

    scenario_no: int
    model: str
    replicate: Tiny
    judge: str
    spec: str | None
    run: str | None
    decision: str | None
    raw_decision: str | None
    reasoning: str | None
    outcome: str


@dataclass(frozen=True)
class Citation:
    """Judgement x clause, as the judge itself listed them (structured citations only)."""

    scenario_no: int
    model: str
    replicate: Tiny
    judge: str
    spec: str | None
    run: str | None
    clause: str
    known: bool


@dataclass(frozen=True)
class LostReply:
    """Call of a run that gave nothing to go on with: what was asked of whom, about which query or
    answer, and how it ended. Answers and verdicts say so themselves (`responses`, `judgements`);
    here are placements, labels, rubrics and queries."""

    stage: str
    asked: str
    subject: str
    scenario: str | None
    model: str | None
    replicate: Tiny | None
    outcome: str
    why: str | None
    run: str | None


@dataclass(frozen=True)
class CriterionQuery:
    """One query x the criterion of a clause that it tests, with what an answer of each grade does.

    `spec` is `name@version@` and 12 hex; `kind` is plain, edge or adversarial.
    """

    scenario_no: int
    spec: str
    clause: str
    title: str
    for_fully: str
    for_partly: str
    for_not: str
    for_contrary: str
    kind: str
    right_answer: str | None
    author: str | None


@dataclass(frozen=True)
class AnswerGrade:
    """Response x grader: how far it satisfies the criterion of its query. Without a grade,
    `outcome` says how the grader's call ended and `reason` why."""

    scenario_no: int
    model: str
    replicate: Tiny
    grader: str
    grade: str | None
    reason: str | None
    outcome: str


@dataclass(frozen=True)
class SpecVersion:
    """One spec version that judgements here were made under.

    `spec` is `name@version@` and the first 12 of `digest` (SHA-256 over the clauses); without
    the digest where the source gave a name only. `text` is the file as judges got it.
    """

    spec: str
    name: str
    version: str
    digest: str | None
    source: str | None
    text: str | None


@dataclass(frozen=True)
class SpecClause:
    """Spec version x clause, `place` 1.. in reading order."""

    spec: str
    clause: str
    title: str
    authority: str | None
    parent: str | None
    text: str
    place: int
    level: int
    section: str
    refers_to: Json  # anchors of other clauses, as a JSON list


@dataclass(frozen=True)
class Model:
    """One model that has at least one response here, with its place in the registry."""

    model: str
    label: str
    provider: str
    size: str | None
    simulated: bool
    sort: Small


@dataclass(frozen=True)
class Judge:
    """One judge that has at least one judgement here."""

    judge: str
    label: str
    provider: str
    note: str | None
    simulated: bool
    sort: Small


@dataclass(frozen=True)
class ModelSet:
    """Model set x model: which models a precomputed disagreement is over."""

    model_set: str
    label: str
    model: str
    sort: Small


TABLES: dict[str, type] = {
    "study": Study,
    "scenarios": Scenario,
    "responses": Response,
    "repeats": Repeated,
    "response_texts": ResponseText,
    "asides": Aside,
    "text_links": TextLink,
    "rubrics": Rubric,
    "disagreement": Disagreement,
    "topics": Topic,
    "response_types": ResponseType,
    "judgements": Judgement,
    "citations": Citation,
    "criteria": CriterionQuery,
    "grades": AnswerGrade,
    "lost_replies": LostReply,
    "specs": SpecVersion,
    "clauses": SpecClause,
    "models": Model,
    "judges": Judge,
    "model_sets": ModelSet,
}

_SQL = {int: "INTEGER", float: "DOUBLE", str: "VARCHAR", bool: "BOOLEAN", datetime: "TIMESTAMP"}


def _column(hint: object) -> tuple[str, bool]:
    """The SQL type of a field's hint and whether it may be null."""
    nullable = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        parts = [a for a in typing.get_args(hint) if a is not type(None)]
        hint, nullable = parts[0], True
    if typing.get_origin(hint) is Annotated:
        marks = [m for m in typing.get_args(hint)[1:] if isinstance(m, Sql)]
        return marks[0].type, nullable
    return _SQL[typing.cast(type, hint)], nullable


def columns(table: str) -> dict[str, tuple[str, bool]]:
    """Column name -> (SQL type, may be null), in order."""
    hints = typing.get_type_hints(TABLES[table], include_extras=True)
    return {f.name: _column(hints[f.name]) for f in fields(TABLES[table])}


def ddl(table: str) -> str:
    """`CREATE TABLE` of one table. No keys: DuckDB would index them, and builds check instead."""
    parts = [
        f"{name} {kind}" + ("" if nullable else " NOT NULL")
        for name, (kind, nullable) in columns(table).items()
    ]
    return f"CREATE TABLE {table} ({', '.join(parts)})"
