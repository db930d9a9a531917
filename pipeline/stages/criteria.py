"""Stage criteria: a model drafts what would satisfy a clause, in grades, and queries to test it."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from analysis.errors import FaultlineError
from analysis.parse import criteria
from analysis.parse.specs.clause import Clause, rules
from analysis.vocabulary import PROBES, RUBRIC_GRADES
from pipeline.asks.criteria import COLUMNS, row
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    Reading,
    Text,
    UnparsableError,
    block,
    listed,
    model_call,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.stage_spec import (
    Counts,
    Estimate,
    Part,
    Role,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)

SCHEMA = JsonSchema.of(
    "faultline_criterion",
    obj(
        rubric=obj(**dict.fromkeys(RUBRIC_GRADES, TEXT)),
        queries=listed(obj(kind=one_of(list(PROBES)), query=TEXT, right_answer=TEXT)),
    ),
)


class CriteriaPart(Part):
    """`clauses`: anchors to draft criteria for; none: every clause that says what to do. `each`:
    queries of each kind."""

    clauses: tuple[str, ...] = ()
    each: int = Field(default=4, ge=1, le=20)
    max_tokens: int = Field(default=6_000, ge=1)


class DraftedQuery(Reading):
    kind: str
    query: Text
    right_answer: str | None = ""


class Drafted(Reading):
    rubric: dict[str, str]
    queries: tuple[DraftedQuery, ...]


def chosen(part: CriteriaPart, clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses to draft criteria for. Raises FaultlineError for one that the spec has not."""
    if not part.clauses:
        return list(rules(clauses))
    known = {clause.anchor: clause for clause in clauses}
    for anchor in part.clauses:
        if anchor not in known:
            raise FaultlineError(f"The spec has no clause {anchor!r}: name one by its anchor.")
    return [known[anchor] for anchor in dict.fromkeys(part.clauses)]


def calls(context: StageContext) -> Iterator[Work]:
    """One call a clause."""
    part = context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    for clause in chosen(part, context.clauses):
        values = {
            "clause": block("clause", f"{clause.title}\n\n{clause.text}".strip()),
            "each": str(part.each),
        }
        one = model_call(
            target,
            context.prompts["criteria"],
            values,
            stage=SPEC.name,
            subject=clause.anchor,
            schema=SCHEMA,
        )

        def drafted(text: str, clause: Clause = clause, by: str = target.id) -> criteria.Criterion:
            return criterion(clause, text, by)

        yield Work(one, clause, drafted)


def criterion(clause: Clause, text: str, author: str) -> criteria.Criterion:
    """The criterion of one reply. Raises UnparsableError where it can't be measured."""
    told = read(text, Drafted)
    data = {
        "clause": clause.anchor,
        "title": clause.title,
        "author": author,
        "rubric": told.rubric,
        "queries": _different(told.queries),
    }
    try:
        return criteria.criterion(data, "the draft")
    except FaultlineError as error:
        raise UnparsableError(str(error)) from None


def _different(queries: Sequence[DraftedQuery]) -> list[dict[str, object]]:
    """A query that a model wrote twice is one."""
    found = {one.query: one.model_dump() for one in queries}
    return list(found.values())


def expected(context: StageContext) -> int:
    return len(chosen(context.settings(SPEC), context.clauses))


def estimate(part: CriteriaPart, n: Counts, models: int) -> Estimate:
    queries = part.each * len(PROBES)
    written = (200 + 50 * queries, 500 + 200 * queries)
    most = n.longest.criterion + 2 * BLOCK_TOKENS
    return Estimate(n.drafts, (30, 800), written, most=most, room=part.max_tokens)


def rows(context: StageContext) -> Iterator[Row]:
    """Drafted criterion x query."""
    for _, one in context.read(calls(context)):
        yield from (row(context.spec_key, one, test) for test in one.tests)


SPEC = StageSpec(
    name="criteria",
    settings=CriteriaPart,
    role=Role("drafter", "Who drafts criteria", "drafts the criteria", "--drafter"),
    prompts={"criteria": (frozenset({"clause", "each"}), frozenset())},
    schemas=(SCHEMA,),
    calls=calls,
    expected=lambda context, answers: expected(context),
    estimate=estimate,
    tables={"drafts": Table(COLUMNS, rows)},
    optional=True,
)
