"""Stage repair: a model proposes other wordings of a clause that judges read in opposite ways."""

from collections.abc import Callable, Iterator, Sequence

from pydantic import Field

from analysis.errors import FaultlineError
from analysis.parse.specs.clause import Clause
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    Reading,
    Text,
    UnparsableError,
    block,
    listed,
    model_call,
    most_tokens,
    obj,
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

SCHEMA = JsonSchema.of("faultline_repair", obj(proposals=listed(obj(text=TEXT, why=TEXT))))


class RepairPart(Part):
    """`clause`: the anchor of the clause, "" for none; `arguments`: what judges said over it, the
    opposite verdicts beside each other; `count`: how many wordings are proposed."""

    clause: str = ""
    arguments: tuple[str, ...] = ()
    count: int = Field(default=3, ge=1, le=5)
    max_tokens: int = Field(default=8_000, ge=1)


class Proposal(Reading):
    text: Text
    why: Text


class Proposed(Reading):
    proposals: tuple[Proposal, ...]


def chosen(part: RepairPart, clauses: Sequence[Clause]) -> Clause:
    """The clause to repair. Raises FaultlineError where the spec has none of that anchor."""
    found = next((c for c in clauses if c.anchor == part.clause), None)
    if found is None:
        raise FaultlineError(
            f"The spec has no clause {part.clause!r} to repair: name one by its anchor."
        )
    return found


def calls(context: StageContext) -> Iterator[Work]:
    """One call, about the clause."""
    part = context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    clause = chosen(part, context.clauses)
    values = {
        "clause": block("clause", f"{clause.title}\n\n{clause.text}".strip()),
        "arguments": block("arguments", "\n\n".join(part.arguments)),
        "count": str(part.count),
    }
    prompt = context.prompts["repair"]
    one = model_call(target, prompt, values, stage=SPEC.name, subject=clause.anchor, schema=SCHEMA)
    yield Work(one, (clause, target.id), lambda text: proposals(text, part.count))


def proposals(text: str, most: int) -> tuple[Proposal, ...]:
    """The proposals of a reply, the same wording once. Raises UnparsableError for none."""
    told = read(text, Proposed).proposals
    found = tuple({one.text: one for one in told}.values())[:most]
    if not found:
        raise UnparsableError("the reply proposes no wording")
    return found


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    return 1


def estimate(part: RepairPart, n: Counts, models: int) -> Estimate:
    arguments = most_tokens(sum(len(a.encode("utf-8", "replace")) for a in part.arguments))
    most = n.longest.criterion + arguments + 2 * BLOCK_TOKENS
    given = (200, 800 + round(arguments))
    return Estimate(1, given, (150, 800 * part.count), most=most, room=part.max_tokens)


def rows(context: StageContext) -> Iterator[Row]:
    """Proposal, in the order of the reply."""
    for work, found in context.read(calls(context)):
        clause, model = work.about
        for one in found:
            yield {"clause": clause.anchor, "model": model, "text": one.text, "why": one.why}


SPEC = StageSpec(
    name="repair",
    settings=RepairPart,
    role=Role("repairer", "Who proposes repairs", "proposes repairs", "--repairer"),
    prompts={"repair": (frozenset({"clause", "arguments", "count"}), frozenset())},
    schemas=(SCHEMA,),
    calls=calls,
    expected=expected,
    estimate=estimate,
    tables={
        "proposals": Table((("clause", str), ("model", str), ("text", str), ("why", str)), rows)
    },
    optional=True,
)
