"""Stage grade: how far an answer satisfies the criterion that its query tests."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from analysis.parse import verdicts
from analysis.parse.criteria import Criteria, of_json
from analysis.vocabulary import GRADES, RUBRIC_GRADES, Grade, Outcome
from pipeline.asks.criteria import COLUMNS, row
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    ModelCall,
    Prompt,
    Reading,
    Target,
    UnparsableError,
    block,
    model_call,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Probed
from pipeline.stage_spec import (
    ANSWER_KEY,
    QUERY,
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

SCHEMA = JsonSchema.of("faultline_grade", obj(reason=TEXT, grade=one_of(list(GRADES))))


class GradePart(Part):
    """`criteria`: those whose queries are answered, as their file has them
    (`analysis.parse.criteria`); empty for none."""

    criteria: dict[str, Any] = Field(default_factory=dict)
    max_tokens: int = Field(default=600, ge=1)

    @field_validator("criteria")
    @classmethod
    def fits(cls, data: dict[str, Any]) -> dict[str, Any]:
        if data:
            of_json(data, "grade.criteria")
        return data

    def read(self) -> Criteria | None:
        """The criteria, checked; None without any."""
        made = of_json(self.criteria, "grade.criteria") if self.criteria else None
        return made if made and made.criteria else None


def _spelled(value: object) -> object:
    return (verdicts.one_of(value, GRADES) or value) if isinstance(value, str) else value


class Graded(Reading):
    reason: str | None = ""
    grade: Annotated[Grade, BeforeValidator(_spelled)]


def rubric_text(about: Probed) -> str:
    """The criterion as its grader reads it."""
    lines = [f"- {grade}: {about.criterion.rubric[grade]}" for grade in RUBRIC_GRADES]
    return "\n".join((about.criterion.title, *lines))


def call(about: Probed, answer: Answer, target: Target, prompt: Prompt) -> ModelCall:
    """The call about one answer."""
    right = about.test.right_answer
    values = {
        "criterion": block("criterion", rubric_text(about)),
        "query": block("query", about.scenario.query),
        "answer": block("answer", answer.text),
        "right_answer": f"What a right answer says:\n{block('right', right)}" if right else "",
    }
    subject = f"{answer.scenario}|{answer.label}"
    return model_call(target, prompt, values, stage=SPEC.name, subject=subject, schema=SCHEMA)


def graded(text: str, answer: Answer) -> Graded:
    """The grade of one reply. Raises UnparsableError, also for one copied from the answer."""
    found = read(text, Graded)
    if text.strip() and text.strip() in answer.text:
        raise UnparsableError("the reply repeats a grade that stands in the graded answer")
    return found


def calls(context: StageContext) -> Iterator[Work]:
    """One call an answer to a query that tests a criterion."""
    target = context.targets(SPEC, context.settings(SPEC).max_tokens)[0]
    prompt, probed = context.prompts["grade"], context.probed
    for scenario, answer in context.answered():
        about = probed.get(scenario.scenario)
        if about is None:
            continue

        def told(text: str, answer: Answer = answer) -> Graded:
            return graded(text, answer)

        yield Work(call(about, answer, target, prompt), answer, told)


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    tested = sum(scenario.scenario in context.probed for scenario in context.scenarios)
    return answers(tested / max(1, len(context.scenarios)))


def estimate(part: GradePart, n: Counts, models: int) -> Estimate:
    given = (QUERY[0] + n.answer[0] + 100, QUERY[1] + n.answer[1] + 600)
    told = n.longest
    most = told.query + told.answer + told.criterion + 5 * BLOCK_TOKENS
    written, room = (20, 120), part.max_tokens
    return Estimate(n.answers, given, written, n.kept_share, most=most, room=room)


def criteria_rows(context: StageContext) -> Iterator[Row]:
    """Query x the criterion that it tests."""
    for name, about in context.probed.items():
        yield {"scenario": name, **row(about.spec, about.criterion, about.test)}


def grade_rows(context: StageContext) -> Iterator[Row]:
    """Answer x grader; no grade where its reply could not be read."""
    for work, ended in context.ended(calls(context)):
        answer, told = work.about, ended.record
        yield {
            "scenario": answer.scenario,
            "model": answer.model,
            "replicate": answer.replicate,
            "grader": work.call.model,
            "grade": told.grade.value if told else None,
            "reason": (told.reason or None) if told else ended.why or None,
            "grade_outcome": Outcome(ended.outcome).value,
            "answer_sha256": answer.digest,
        }


SPEC = StageSpec(
    name="grade",
    settings=GradePart,
    needs=("respond",),
    fed_by=("respond",),
    role=Role(
        "grader", "Who grades by criteria", "grades the answers", "--grader", weighs_answers=True
    ),
    prompts={
        "grade": (frozenset({"criterion", "query", "answer"}), frozenset({"right_answer"})),
    },
    schemas=(SCHEMA,),
    calls=calls,
    expected=expected,
    estimate=estimate,
    tables={
        "criteria": Table((("scenario", str), *COLUMNS), criteria_rows),
        "grades": Table(
            (
                *ANSWER_KEY,
                ("grader", str),
                ("grade", str),
                ("reason", str),
                ("grade_outcome", str),
                ("answer_sha256", str),
            ),
            grade_rows,
        ),
    },
    optional=True,
)
