"""What a stage is. Each stage is one `StageSpec` in a file of its own, listed in
`pipeline.stages`.

Plan, price, runner, status and export read a stage's facts from its spec, and name no stage
themselves. Stages know each other only by name: what one makes reaches the others as records
(`StageContext`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from analysis.parse.specs.clause import Clause
from analysis.vocabulary import Outcome, Repeat
from pipeline.prompting import ModelCall, Prompt, Standard, Target
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Pair, Placement, Probed, Rubric, Scenario

Row = dict[str, Any]
ANSWER_KEY: tuple[tuple[str, type], ...] = (("scenario", str), ("model", str), ("replicate", int))
Gaps = tuple[frozenset[str], frozenset[str]]
"""The gaps that a prompt must have, and those that it may have."""

Range = tuple[float, float]
# Tokens of one piece of text, low and high; an answer's high end is the plan's limit.
QUERY = (60, 250)
ANSWER = (200, 1_200)
REASONING = (60, 400)
FEWEST_KEPT = 0.1  # share of the queries that a selection is taken to leave at least


class Part(BaseModel):
    """Every part of a plan refuses fields it does not know: a typo must not be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


PartType = TypeVar("PartType", bound=Part)
Record = TypeVar("Record")


@dataclass(frozen=True)
class Work:
    """One call of a stage; `read` turns a reply's text into records, or raises UnparsableError."""

    call: ModelCall
    about: Any
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Again:
    """One query of the noise sample, `about` it, as it is to be placed again: `query` differs from
    it where it was reworded. `repeat` is the one thing that was done anew."""

    repeat: Repeat
    about: Scenario
    query: Scenario
    rubric: Rubric
    answers: Sequence[Answer]


@dataclass(frozen=True)
class Ended:
    """How one call ended: with a `record` where its reply could be read, else with the outcome that
    took its place, why, and the word that could not be read ("" where there is none)."""

    outcome: Outcome
    record: Any = None
    why: str = ""
    word: str = ""


class StageContext(Protocol):
    """What a stage works on: its settings, and the records that are there so far."""

    @property
    def seed(self) -> int: ...
    @property
    def prompts(self) -> Mapping[str, Prompt]: ...
    @property
    def standard(self) -> Standard: ...
    @property
    def spec_name(self) -> str:
        """The spec's name and version."""

    @property
    def spec_key(self) -> str:
        """The spec as studies and criteria name it: name@version@12 hex of its content."""

    @property
    def clauses(self) -> Sequence[Clause]:
        """The spec's clauses, in reading order."""

    @property
    def probed(self) -> Mapping[str, Probed]:
        """Scenario -> the criterion that it tests, for plans with criteria."""

    @property
    def pairs(self) -> Sequence[Pair]:
        """The pairs that families are written for, as drawn."""

    @property
    def originals(self) -> Sequence[Scenario]:
        """The queries as written, or those of the snapshot."""

    @property
    def candidates(self) -> Sequence[Scenario]:
        """Queries and their variants, before any is left out."""

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """The queries that are answered."""

    @property
    def families(self) -> Sequence[Sequence[Scenario]]:
        """The unperturbed queries of each family that is answered."""

    @property
    def rubrics(self) -> Mapping[str, Rubric]:
        """Family -> rubric."""

    @property
    def placements(self) -> Mapping[str, Sequence[Placement]]:
        """Scenario -> where its answers stand."""

    @property
    def scored(self) -> Mapping[tuple[str, str, int], str]:
        """(scenario, model, replicate) -> the outcome of the call that was to place the answer."""

    @property
    def hard(self) -> Sequence[Scenario]:
        """The queries that are labelled and judged."""

    @property
    def late(self) -> frozenset[str]:
        """Models that the run once went on without: their answers are placed apart, so that
        coming back to them pays for nothing twice."""

    @property
    def trial_queries(self) -> Sequence[Scenario]:
        """The queries that were written for a trial."""

    def trial_answers(self) -> Iterator[tuple[Scenario, Answer]]:
        """The answers to them that can be read."""

    @property
    def repeated(self) -> Sequence[Scenario]:
        """The queries of the noise sample, one a family."""

    @property
    def reworded(self) -> Mapping[str, Scenario]:
        """Scenario of the noise sample -> the same query in other words."""

    def again(self) -> Iterator["Again"]:
        """What of the noise sample is to be placed once more."""

    def repeats(self) -> Iterator[tuple[Repeat, str, str, Placement]]:
        """(what was repeated, scenario of the noise sample, who placed it, where it stands)."""

    def part(self, stage: str) -> Any:
        """Another stage's part of the plan, by its name."""

    def settings(self, stage: "StageSpec[PartType]") -> PartType:
        """A stage's part of the plan."""

    def targets(self, stage: "StageSpec[Any]", max_tokens: int) -> list[Target]:
        """The models of a stage. Raises FaultlineError when there is none."""

    def answers(
        self, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[tuple[Scenario, list[Answer]]]:
        """Scenario with its answers; all that are answered, or those given."""

    def answered(
        self, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[tuple[Scenario, Answer]]:
        """The answers that can be read."""

    def ended(self, works: Iterable[Work]) -> Iterator[tuple[Work, Ended]]:
        """How every call ended that has."""

    def once(self, name: str, make: Callable[[], Iterator[Record]]) -> Iterable[Record]:
        """The records that `make` reads, kept under a name where nothing changes meanwhile."""

    def read(self, works: Iterable[Work]) -> Iterator[tuple[Work, Any]]:
        """The records of every reply that was answered and can be read."""


@dataclass(frozen=True)
class Role:
    """The field of the plan's roles that names a stage's models, one or `many` (`most` of them).

    `cast`: whom a new plan puts there, the models that are tested, the judges, the writers, or
    whoever could do the same besides.
    `does` completes "this model …"; `title` heads its choice on the page, `flag` names it on the
    command line. `weighs_answers`: what it says decides how an answer counts.
    """

    name: str
    title: str
    does: str
    flag: str
    weighs_answers: bool = False
    many: bool = False
    cast: Literal["models", "judges", "writers", "others"] = "writers"
    most: int | None = None


@dataclass(frozen=True)
class Longest:
    """The most tokens that one text of a kind can have for who reads it; `pair`: two values or
    clauses with what is said about them; `criterion`: one, or the clause it is drafted from. The
    rooms are what may be written of a kind."""

    pair: float
    query: float
    rubric: float
    answer: float
    criterion: float
    answer_room: int
    rubric_room: int
    placing_room: int


@dataclass(frozen=True)
class Counts:
    """How many of each grain a plan makes, the most there can be.

    `hard_answers`: the answers to the `hard` queries, which are labelled and judged;
    `most_answers`: those of one query. `answer` is
    how many tokens one answer has, low and high; `kept_share` the share of the queries that at
    least survives the plan's selections. `repeated`: the queries of the noise sample, each done
    again in the ways of `repeats`, by `answering` models whose answers are placed `together` or one
    by one. `drafts`: clauses to draft criteria for. `held_out`:
    queries written for a trial, each answered by every model that answers.
    """

    families: int
    scenarios: int
    variants: int
    kept: int
    answers: int
    hard: int
    hard_answers: int
    most_answers: int
    answer: Range
    longest: Longest
    kept_share: float = 1.0
    repeated: int = 0
    repeats: frozenset[Repeat] = frozenset()
    answering: int = 0
    together: bool = True
    drafts: int = 0
    held_out: int = 0

    @property
    def answers_per_query(self) -> float:
        return self.answers / self.kept if self.kept else 0.0


@dataclass(frozen=True)
class Estimate:
    """What one stage asks of one model: at most `calls`, at least `share` of them.

    `given` and `written` are tokens of one call as they are likely, low and high: the texts that
    fill the prompt's gaps, and the reply. `most` and `room`: what they can come to.
    """

    calls: int
    given: Range
    written: Range
    share: float = 1.0
    most: float = field(kw_only=True)
    room: int = field(kw_only=True)


class SelectPart(Part):
    """`embedder`: tfidf, minilm, or a model of the plan behind an OpenAI-compatible endpoint.

    `stop` is a distance between unit vectors (times D for hard cases); null: the embedder's own,
    measured on the plan's queries where none is known. `keep`: at most so many queries.
    """

    embedder: str = "tfidf"
    stop: float | None = Field(default=None, ge=0)
    keep: int | None = Field(default=None, ge=1)


@dataclass(frozen=True)
class Selection:
    """A stage that calls nobody for texts and keeps some queries, by their distance.

    `texts`: how many queries it looks at, for the price. With `weights`, scenario -> weight, it
    keeps by weighted distance, and never what has none.
    """

    candidates: Callable[[StageContext], Sequence[Scenario]]
    texts: Callable[[Counts], int]
    weights: Callable[[StageContext], Mapping[str, float]] | None = None


@dataclass(frozen=True)
class Table:
    """One table of a run's export: its columns with their types, and its rows."""

    columns: tuple[tuple[str, type], ...]
    rows: Callable[[StageContext], Iterator[Row]]


@dataclass(frozen=True, kw_only=True)
class StageSpec(Generic[PartType]):
    """Everything that the program knows about one stage.

    `needs`: stages that must be in the plan too, where no snapshot stands in for them.
    `follows`: stages that must be complete first if the plan has them, besides those needed.
    `fed_by`: stages needed that may still add to its work: it begins without them, ends after them.
    `waits`: further stages to follow, by the settings.

    A stage makes calls (`calls`, with `role`, `prompts`, `expected` and `estimate`), selects
    (`selection`), or makes something itself (`makes`, which returns how many).
    """

    name: str
    settings: type[PartType]
    needs: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    fed_by: tuple[str, ...] = ()
    waits: Callable[[PartType], tuple[str, ...]] = lambda settings: ()
    role: Role | None = None
    prompts: Mapping[str, Gaps] = field(default_factory=dict)
    schemas: tuple[JsonSchema, ...] = ()
    # Every call, in the order of its records; `calls_to` the same for one model, where that is
    # less work than passing over the others.
    calls: Callable[[StageContext], Iterator[Work]] | None = None
    calls_to: Callable[[StageContext, Target], Iterator[Work]] | None = None
    # Calls in all; `answers(share)` is about how many answers can be read of a share of queries.
    expected: Callable[[StageContext, Callable[[float], int]], int] | None = None
    # Of one model, of so many that share the stage.
    estimate: Callable[[PartType, Counts, int], Estimate] | None = None
    selection: Selection | None = None
    makes: Callable[[StageContext], int] | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    optional: bool = False  # not in a plan unless asked for
    makes_queries: bool = False  # a snapshot takes its place
    refusal_is_finding: bool = False  # a refusal or a cut-off reply is a result, not a loss
    sends_spec: bool = False  # each call begins with the spec, which the first puts into the cache

    def after(self, settings: PartType) -> frozenset[str]:
        """Stages that must be complete before this one begins, if the plan has them."""
        return frozenset((*self.needs, *self.follows, *self.waits(settings))) - {*self.fed_by}
