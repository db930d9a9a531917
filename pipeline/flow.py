"""What flows from stage to stage: the records each stage works on, made from what is stored.

Nothing is kept but replies: every record is read again from the raw reply that it came in, so a
better parser, a resumed run and an export all see the same. A stage's work is a stream of
`Work`: a call to make, and how to read what comes back.
"""

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from analysis.errors import FaultlineError
from pipeline.asking import Ask, Prompt, Target, UnparsableError
from pipeline.inputs import Inputs
from pipeline.journal import CHUNK, Stored, ended_keys, read_document, settled_of
from pipeline.plan import Plan
from pipeline.providers.types import Outcome
from pipeline.records import Answer, Judgement, Pair, Placement, Rubric, Scenario
from pipeline.stages import generate, judge, label, pairs, perturb, respond, rubric, score, select


@dataclass(frozen=True)
class Work:
    """One call of a stage; `read` turns a reply's text into records, or raises UnparsableError."""

    ask: Ask
    about: Any
    read: Callable[[str], Any]


class Flow:
    """The records of one run as far as it got. Make a new one when a stage is complete."""

    def __init__(self, plan: Plan, inputs: Inputs, connection: sqlite3.Connection) -> None:
        self.plan, self.inputs, self.connection = plan, inputs, connection
        self.prompts = {name: Prompt.parse(entry.text) for name, entry in plan.prompts.items()}

    # ---- keys and stored replies ----------------------------------------------------------

    def key(self, ask: Ask) -> str:
        provider = self.plan.models[ask.model].provider
        return ask.request.key(self.plan.endpoints.get(provider, ""))

    def pending(self, works: Iterable[Work]) -> Iterator[tuple[Work, str]]:
        """Each call that has not ended, with its key, in order."""
        for chunk in _chunks((work, self.key(work.ask)) for work in works):
            ended = ended_keys(self.connection, [key for _, key in chunk])
            yield from ((work, key) for work, key in chunk if key not in ended)

    def stored(self, works: Iterable[Work]) -> Iterator[tuple[Work, Stored | None]]:
        """Each call with what is stored of it, in order, None where it has not ended."""
        for chunk in _chunks((work, self.key(work.ask)) for work in works):
            found = dict(settled_of(self.connection, [key for _, key in chunk]))
            yield from ((work, found.get(key)) for work, key in chunk)

    def read(self, works: Iterable[Work]) -> Iterator[tuple[Work, Any]]:
        """The records of every reply that was answered and can be read."""
        for work, stored in self.stored(works):
            if stored is not None and stored.outcome is Outcome.ANSWERED:
                try:
                    yield work, work.read(stored.text)
                except UnparsableError:
                    continue

    # ---- queries --------------------------------------------------------------------------

    @cached_property
    def pairs(self) -> list[tuple[Pair, Target]]:
        """Every family with the generator that writes it."""
        part, tokens = self.plan.generate, self.plan.generate.max_tokens
        writers = [self.plan.target(name, tokens) for name in self.plan.roles.generators]
        return generate.shared(self._drawn(), writers, part.every_generator)

    def _drawn(self) -> list[Pair]:
        part, seed = self.plan.pairs, self.plan.seed
        if part.mode == "list":
            return pairs.listed(part.pairs)
        if part.mode == "clauses":
            return pairs.by_clauses(*self._clauses(), part.families)
        values = self.inputs.taxonomy.values
        if part.mode == "category":
            return pairs.by_category(values, part.categories, part.families, seed)
        return pairs.uniform(values, part.families, seed)

    def _clauses(self) -> tuple[Any, Any]:
        known = {clause.anchor: clause for clause in self.inputs.spec.clauses}
        for anchor in self.plan.pairs.clauses or ():
            if anchor not in known:
                raise FaultlineError(f"The spec has no clause {anchor!r}: name one by its anchor.")
        first, second = self.plan.pairs.clauses or ("", "")
        return known[first], known[second]

    def generate_work(self) -> Iterator[Work]:
        nudges = self.plan.generate.nudges
        for (pair, writer), ask in zip(
            self.pairs, generate.asks(self.pairs, self.prompts["generate"]), strict=True
        ):

            def read(text: str, pair: Pair = pair, writer: str = writer.id) -> list[Scenario]:
                return generate.scenarios(pair, writer, text, nudges)

            yield Work(ask, pair, read)

    @cached_property
    def originals(self) -> list[Scenario]:
        """The queries as written, or those of the snapshot."""
        if self.inputs.snapshot is not None:
            return self.inputs.snapshot.scenarios
        return [s for _, written in self.read(self.generate_work()) for s in written]

    def perturb_work(self) -> Iterator[Work]:
        kinds = self.plan.perturb.kinds
        target = self._target(self.plan.roles.perturber, self.plan.perturb.max_tokens)
        asks = perturb.asks(self.originals, kinds, target, self.prompts["perturb"])
        about = ((scenario, kind) for scenario in self.originals for kind in kinds)
        for (scenario, kind), ask in zip(about, asks, strict=True):

            def read(text: str, parent: Scenario = scenario, kind: str = kind) -> Scenario:
                return perturb.variant(parent, kind, text)

            yield Work(ask, scenario, read)

    @cached_property
    def candidates(self) -> list[Scenario]:
        """Queries and their variants, before any is left out."""
        if "perturb" not in self.plan.stages:
            return self.originals
        return self.originals + [variant for _, variant in self.read(self.perturb_work())]

    @cached_property
    def scenarios(self) -> list[Scenario]:
        """The queries that are answered: all, or what dedupe kept, in their own order."""
        return self._kept_of("dedupe", self.candidates)

    def _kept_of(self, stage: str, scenarios: list[Scenario]) -> list[Scenario]:
        if stage not in self.plan.stages:
            return scenarios
        document = read_document(self.connection, stage)
        if document is None:
            return scenarios
        kept = set(document["scenarios"])
        return [s for s in scenarios if s.scenario in kept or s.parent in kept]

    # ---- answers --------------------------------------------------------------------------

    def respond_work(
        self, model: str, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[Work]:
        part = self.plan.respond
        target = self.plan.target(model, part.max_tokens)
        queries = self.scenarios if scenarios is None else scenarios
        asks = respond.asks(queries, target, part.replicates, self.prompts["respond"])
        about = ((query, i) for query in queries for i in range(part.replicates))
        for (query, replicate), ask in zip(about, asks, strict=True):
            yield Work(ask, (query, replicate), str)

    def answers(
        self, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[tuple[Scenario, list[Answer]]]:
        """Scenario with the answers that this run made, or that its snapshot has."""
        queries = self.scenarios if scenarios is None else scenarios
        if "respond" not in self.plan.stages:
            yield from self._snapshot_answers(queries)
            return
        for start in range(0, len(queries), CHUNK // 4):
            part = queries[start : start + CHUNK // 4]
            found: dict[str, list[Answer]] = {query.scenario: [] for query in part}
            for model in self.plan.roles.targets:
                for work, stored in self.stored(self.respond_work(model, part)):
                    if stored is not None:
                        query, replicate = work.about
                        found[query.scenario].append(_answer(query, model, replicate, stored))
            yield from ((query, found[query.scenario]) for query in part)

    def _snapshot_answers(
        self, queries: Sequence[Scenario]
    ) -> Iterator[tuple[Scenario, list[Answer]]]:
        if self.inputs.snapshot is not None:
            yield from self.inputs.snapshot.answers(queries)

    def answered(
        self, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[tuple[Scenario, Answer]]:
        """The answers that can be read: refusals by the API, truncations and errors left out."""
        for scenario, answers in self.answers(scenarios):
            for answer in answers:
                if answer.outcome is Outcome.ANSWERED:
                    yield scenario, answer

    # ---- positions ------------------------------------------------------------------------

    @cached_property
    def families(self) -> list[list[Scenario]]:
        """The unperturbed queries of each family that is answered."""
        found: dict[str, list[Scenario]] = defaultdict(list)
        for scenario in self.scenarios:
            if not scenario.variant:
                found[scenario.family].append(scenario)
        return list(found.values())

    def rubric_work(self) -> Iterator[Work]:
        target = self._target(self.plan.roles.rubric_writer, self.plan.rubric.max_tokens)
        asks = rubric.asks(self.families, target, self.prompts["rubric"])
        for family, ask in zip(self.families, asks, strict=True):

            def read(text: str, name: str = family[0].family) -> Rubric:
                return rubric.rubric(name, text)

            yield Work(ask, family, read)

    @cached_property
    def rubrics(self) -> Mapping[str, Rubric]:
        """Family -> rubric: this run's, or else the snapshot's."""
        if "rubric" in self.plan.stages:
            return {made.family: made for _, made in self.read(self.rubric_work())}
        return self.inputs.snapshot.rubrics if self.inputs.snapshot is not None else {}

    def score_work(self) -> Iterator[Work]:
        seed, together = self.plan.seed, self.plan.score.together
        target = self._target(self.plan.roles.scorer, self.plan.score.max_tokens)
        for scenario, answers in self.answers():
            made = self.rubrics.get(scenario.family)
            if made is None:
                continue
            for group in score.groups(answers, together):
                (ask,) = score.asks([(scenario, made, group)], target, self.prompts["score"], seed)

                def read(
                    text: str, name: str = scenario.scenario, group: list[Answer] = group
                ) -> list[Placement]:
                    return score.placements(name, group, seed, text)

                yield Work(ask, scenario, read)

    @cached_property
    def placements(self) -> Mapping[str, list[Placement]]:
        """Scenario -> where its answers stand: this run's placements with the snapshot's."""
        found: dict[str, list[Placement]] = defaultdict(list)
        if self.inputs.snapshot is not None:
            found.update({k: list(v) for k, v in self.inputs.snapshot.placements.items()})
        if "score" in self.plan.stages:
            for work, placed in self.read(self.score_work()):
                found[work.about.scenario].extend(placed)
        return found

    @cached_property
    def hard(self) -> list[Scenario]:
        """The queries that are labelled and judged: all, or what the hard selection kept."""
        return self._kept_of("hard", self.scenarios)

    # ---- labels and judgements ------------------------------------------------------------

    def label_work(self) -> Iterator[Work]:
        target = self._target(self.plan.roles.labeller, self.plan.label.max_tokens)
        if "topics" in self.plan.label.what:
            asks = label.topic_asks(self.hard, target, self.prompts["topics"])
            for scenario, ask in zip(self.hard, asks, strict=True):
                yield Work(ask, scenario, label.topics)
        if "response_type" in self.plan.label.what:
            for scenario, answer in self.answered(self.hard):
                (ask,) = label.type_asks(
                    [(scenario, answer)], target, self.prompts["response_type"]
                )
                yield Work(ask, answer, label.response_type)

    @cached_property
    def judged(self) -> list[Scenario]:
        """The queries whose answers are judged: those with enough disagreement, if that counts."""
        least = self.plan.judge.min_disagreement
        if least is None:
            return self.hard
        placed = self.placements
        return [s for s in self.hard if select.at_least(placed.get(s.scenario, ()), least)]

    def judge_work(self, name: str) -> Iterator[Work]:
        target = self.plan.target(name, self.plan.judge.max_tokens)
        standard = self.inputs.standard
        for scenario, answer in self.answered(self.judged):
            (ask,) = judge.asks([(scenario, answer)], target, self.prompts["judge"], standard)

            def read(text: str, answer: Answer = answer) -> Judgement:
                return judge.judgement(answer, name, text, standard)

            yield Work(ask, answer, read)

    # ---- by name --------------------------------------------------------------------------

    def work(self, stage: str, model: str) -> Iterator[Work]:
        """The calls of one stage to one model."""
        if stage == "respond":
            return self.respond_work(model)
        if stage == "judge":
            return self.judge_work(model)
        streams: dict[str, Callable[[], Iterator[Work]]] = {
            "generate": self.generate_work,
            "perturb": self.perturb_work,
            "rubric": self.rubric_work,
            "score": self.score_work,
            "label": self.label_work,
        }
        return (work for work in streams[stage]() if work.ask.model == model)

    def _target(self, name: str | None, max_tokens: int) -> Target:
        if name is None:
            raise FaultlineError("The plan names no model for one of its stages: plan again.")
        return self.plan.target(name, max_tokens)


def check_pairs(plan: Plan, inputs: Inputs) -> None:
    """Raises FaultlineError where the taxonomy or the spec has not the pairs that a plan wants."""
    if "pairs" in plan.stages:
        with contextlib.closing(sqlite3.connect(":memory:")) as nothing:
            _ = Flow(plan, inputs, nothing).pairs


def _chunks(keyed: Iterator[tuple[Work, str]]) -> Iterator[list[tuple[Work, str]]]:
    while chunk := list(islice(keyed, CHUNK)):
        yield chunk


def _answer(query: Scenario, model: str, replicate: int, stored: Stored) -> Answer:
    return Answer(
        scenario=query.scenario,
        model=model,
        replicate=replicate,
        outcome=stored.outcome,
        text=stored.text,
        stop_reason=stored.stop_reason,
        served_model=stored.served_model,
        latency_s=stored.latency_s,
        output_tokens=stored.output_tokens,
        error=stored.error,
    )
