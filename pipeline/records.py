"""What passes between stages: one frozen record a grain. Stages share these and nothing else."""

import hashlib
from dataclasses import dataclass

from analysis.parse.criteria import Criterion, Test
from analysis.vocabulary import Outcome

PER_CHUNK = 1_000  # families to a chunk_index, as entry_idx counts them


@dataclass(frozen=True)
class Pair:
    """One family before it has queries: two values, or two clauses of a spec.

    `draw`: how a plan with a search drew it (`vocabulary.Draw`), and `arm` the two groups that it
    sets against each other; "" without a search.
    """

    chunk_index: int
    entry_idx: int
    value1: str
    value2: str
    clause1: str = ""
    clause2: str = ""
    draw: str = ""
    arm: tuple[str, str] = ("", "")

    @property
    def family(self) -> str:
        return f"{self.chunk_index}_{self.entry_idx}"


@dataclass(frozen=True)
class Scenario:
    """One query. A perturbed one names its `parent` and the `variant` kind it is. `draw` and `arm`
    are its family's, as `Pair` has them, the arm in words."""

    scenario: str
    family: str
    nudge: str
    value1: str
    value2: str
    generator: str
    query: str
    chunk_index: int | None = None
    entry_idx: int | None = None
    parent: str = ""
    variant: str = ""
    rank: int | None = None
    draw: str = ""
    arm: str = ""


@dataclass(frozen=True)
class Probed:
    """One query with the criterion that it tests, of a spec (name@version@12 hex)."""

    spec: str
    scenario: Scenario
    criterion: Criterion
    test: Test


@dataclass(frozen=True)
class Answer:
    """Scenario x model x replicate: what came back. Only an answered one has a text to read;
    `trace` is the reasoning that stood in front of it, which nobody labels, scores or judges."""

    scenario: str
    model: str
    replicate: int
    outcome: Outcome
    text: str
    stop_reason: str = ""
    served_model: str = ""
    latency_s: float | None = None
    output_tokens: int | None = None
    error: str = ""
    trace: str = ""

    @property
    def label(self) -> str:
        return f"{self.model}#{self.replicate}"

    @property
    def digest(self) -> str:
        """SHA-256 of the text: what a judgement of this answer is about, whatever names it."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Rubric:
    """Family: per value seven answering strategies, position 0 (opposes it) to 6 (favors it).

    `values` names the two values in that order; a query of the family may have them the other way
    round.
    """

    family: str
    value1: tuple[str, ...]
    value2: tuple[str, ...]
    values: tuple[str, str] | None = None

    def of(self, scenario: "Scenario") -> "Rubric | None":
        """The rubric with its spectrums in the order of the query's values, which are matched by
        name; None where the query is about other values."""
        mine = (scenario.value1, scenario.value2)
        if self.values is None or self.values == mine:
            return self
        if self.values[::-1] != mine:
            return None
        return Rubric(self.family, self.value2, self.value1, mine)


@dataclass(frozen=True)
class Placement:
    """One answer on both spectrums (0..6), with the scorer's reason and confidence (0..1)."""

    scenario: str
    model: str
    replicate: int
    value1: int
    value2: int
    reason: str
    confidence: float


@dataclass(frozen=True)
class Judgement:
    """One answer x judge: the decision, the reasoning, the clauses cited as the judge wrote them.

    `unknown` holds those cited that the spec does not have. A judge that was asked and gave no
    readable verdict has an `outcome` other than answered and no decision; `word` is what it said
    instead of one, `why` the reason in a sentence. `answer` is the digest of what was judged.
    """

    scenario: str
    model: str
    replicate: int
    judge: str
    decision: str
    reasoning: str
    clauses: tuple[str, ...]
    unknown: tuple[str, ...]
    outcome: Outcome = Outcome.ANSWERED
    word: str = ""
    why: str = ""
    answer: str = ""
