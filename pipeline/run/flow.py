"""What flows from stage to stage: the records each stage works on, made from what is stored.

Nothing is kept but replies: every record is read again from the raw reply that it came in, so a
better parser, a resumed run and an export all see the same. A stage's work is a stream of
`Work`: a call to make, and how to read what comes back.
"""

import random
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from analysis.errors import FaultlineError
from analysis.parse.answers import of_reply
from analysis.parse.specs.clause import Clause
from analysis.vocabulary import Draw, Outcome, Repeat
from pipeline.asks.criteria import probed
from pipeline.journal.journal import CHUNK, Stored, ended_keys, read_document, settled_of
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan
from pipeline.prompting import ModelCall, Prompt, Standard, Target, UnparsableError
from pipeline.records import Answer, Pair, Placement, Probed, Rubric, Scenario
from pipeline.run.left_out import LATE, left_out
from pipeline.run.other_models import KeptOut
from pipeline.run.searched import searched
from pipeline.stage_spec import Again, Ended, PartType, StageSpec, Work
from pipeline.stages import (
    BY_NAME,
    dedupe,
    generate,
    grade,
    hard,
    noise_answer,
    noise_rubric,
    noise_scorer,
    noise_scoring,
    noise_wording,
    pairs,
    perturb,
    respond,
    rubric,
    score,
    trial_answer,
    trial_query,
)

Record = TypeVar("Record")
MOST_KEPT = 150_000
"""Calls of a run whose records are kept in memory while it is written out."""


class Flow:
    """The records of one run as far as it got: the `StageContext` of its stages.

    Make a new one when a stage is complete. `left`: replies that do not count, for who publishes
    them; the run itself goes on with what came. `still`: what is stored is read as it stands now,
    so that each answer and verdict is read once, as far as all of them fit into memory.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Inputs,
        connection: sqlite3.Connection,
        left: KeptOut = KeptOut(),  # noqa: B008
        *,
        still: bool = False,
    ) -> None:
        self.plan, self.inputs, self.connection = plan, inputs, connection
        self.left = left
        self._still = still and _is_small(connection)
        self._answers: dict[str, list[Answer]] = {}
        self._once: dict[str, Sequence[Any]] = {}
        self.prompts = {name: Prompt.parse(entry.text) for name, entry in plan.prompts.items()}

    # ---- the plan, as stages read it -------------------------------------------------------

    @property
    def seed(self) -> int:
        return self.plan.seed

    @cached_property
    def late(self) -> frozenset[str]:
        """Models that the run once went on without."""
        return frozenset(left_out(self.connection, LATE))

    @property
    def spec_name(self) -> str:
        return self.plan.spec_name

    @property
    def spec_key(self) -> str:
        named = self.plan.spec
        return replace(self.inputs.spec, name=named.name, version=named.version).key

    @property
    def clauses(self) -> Sequence[Clause]:
        return self.inputs.spec.clauses

    @property
    def standard(self) -> Standard:
        return self.inputs.standard

    def settings(self, stage: StageSpec[PartType]) -> PartType:
        return self.plan.settings(stage)

    def part(self, stage: str) -> Any:
        return self.plan.settings(BY_NAME[stage])

    def targets(self, stage: StageSpec[Any], max_tokens: int) -> list[Target]:
        found = [self.plan.target(name, max_tokens) for name in self.plan.models_of(stage.name)]
        if not found:
            raise FaultlineError(f"The plan names no model for the stage {stage.name}: plan again.")
        return found

    # ---- keys and stored replies ----------------------------------------------------------

    def key(self, call: ModelCall) -> str:
        provider = self.plan.models[call.model].provider
        return call.request.key(self.plan.endpoints.get(provider, ""))

    def pending(self, works: Iterable[Work]) -> Iterator[tuple[Work, str]]:
        """Each call that has not ended, with its key, in order."""
        for chunk in _chunks((work, self.key(work.call)) for work in works):
            ended = ended_keys(self.connection, [key for _, key in chunk])
            yield from ((work, key) for work, key in chunk if key not in ended)

    def stored(
        self, works: Iterable[Work], *, thoughts: bool = False
    ) -> Iterator[tuple[Work, Stored | None]]:
        """Each call with what is stored of it, in order, None where it has not ended; `thoughts`:
        also the bodies that may hold reasoning beside the answer."""
        for chunk in _chunks((work, self.key(work.call)) for work in works):
            keys = [key for _, key in chunk]
            found = dict(settled_of(self.connection, keys, thoughts=thoughts))
            yield from ((work, found.get(key)) for work, key in chunk)

    def ended(self, works: Iterable[Work]) -> Iterator[tuple[Work, Ended]]:
        """How every call ended that has, without what does not count."""
        for work, stored in self.stored(works):
            call = work.call
            if stored is not None and not self.left.call(
                call.request.stage, call.model, call.subject
            ):
                yield work, _ended(work, stored)

    def read(self, works: Iterable[Work]) -> Iterator[tuple[Work, Any]]:
        """The records of every reply that was answered and can be read."""
        for work, ended in self.ended(works):
            if ended.outcome is Outcome.ANSWERED:
                yield work, ended.record

    # ---- queries --------------------------------------------------------------------------

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs that families are written for, as drawn; of a search, those so far."""
        first = pairs.drawn(self.plan.settings(pairs.SPEC), self.plan.seed, self.inputs)
        return [*first, *searched(self.connection)]

    @cached_property
    def probed(self) -> Mapping[str, Probed]:
        """Scenario -> the criterion that it tests; empty without criteria."""
        made = self.plan.settings(grade.SPEC).read()
        return {} if made is None else probed(made)

    @cached_property
    def originals(self) -> list[Scenario]:
        """The queries as written, or those of the snapshot."""
        if self.inputs.snapshot is not None:
            return self.inputs.snapshot.scenarios
        if self.probed:
            return [one.scenario for one in self.probed.values()]
        if not self._planned(generate.SPEC):
            return []
        return [s for _, written in self.read(generate.calls(self)) for s in written]

    @cached_property
    def candidates(self) -> list[Scenario]:
        """Queries and their variants, before any is left out."""
        if not self._planned(perturb.SPEC):
            return self.originals
        return self.originals + [variant for _, variant in self.read(perturb.calls(self))]

    @cached_property
    def scenarios(self) -> list[Scenario]:
        """The queries that are answered: all, or what dedupe kept, in their own order."""
        return self._kept_of(dedupe.SPEC, self.candidates)

    def _planned(self, stage: StageSpec[Any]) -> bool:
        return stage.name in self.plan.stages

    def _kept_of(self, stage: StageSpec[Any], scenarios: list[Scenario]) -> list[Scenario]:
        if not self._planned(stage):
            return scenarios
        document = read_document(self.connection, stage.name)
        if document is None:
            return scenarios
        kept = set(document["scenarios"])
        return [s for s in scenarios if s.scenario in kept or s.parent in kept]

    # ---- answers --------------------------------------------------------------------------

    def answers(
        self, scenarios: Sequence[Scenario] | None = None
    ) -> Iterator[tuple[Scenario, list[Answer]]]:
        """Scenario with the answers that this run made, or that its snapshot has."""
        queries = self.scenarios if scenarios is None else scenarios
        if not self._planned(respond.SPEC):
            yield from self._snapshot_answers(queries)
            return
        targets = self.targets(respond.SPEC, self.plan.settings(respond.SPEC).max_tokens)
        for start in range(0, len(queries), CHUNK // 4):
            part = queries[start : start + CHUNK // 4]
            found = self._answers_to(part, targets)
            yield from ((query, found[query.scenario]) for query in part)

    def _answers_to(
        self, queries: Sequence[Scenario], targets: Sequence[Target]
    ) -> Mapping[str, list[Answer]]:
        """Scenario -> its answers so far, in the order of the plan's models."""
        asked = [query for query in queries if query.scenario not in self._answers]
        found: dict[str, list[Answer]] = {query.scenario: [] for query in asked}
        for target in targets:
            works = respond.calls_to(self, target, asked)
            for work, stored in self.stored(works, thoughts=True):
                if stored is not None:
                    found[work.about[0].scenario].append(_answer(work, target.id, stored))
        if self._still:
            self._answers.update(found)
            return self._answers
        return found

    def once(self, name: str, make: Callable[[], Iterator[Record]]) -> Iterable[Record]:
        """The records that `make` reads, kept under a name where nothing changes meanwhile."""
        if not self._still:
            return make()
        if name not in self._once:
            self._once[name] = list(make())
        return self._once[name]

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

    def counts(self, one: Answer | Placement) -> bool:
        """Whether an answer, or where it stands, is in a study's numbers."""
        return not self.left.answer(one.scenario, one.model, one.replicate)

    # ---- positions ------------------------------------------------------------------------

    @cached_property
    def families(self) -> list[list[Scenario]]:
        """The unperturbed queries of each family that is answered."""
        found: dict[str, list[Scenario]] = defaultdict(list)
        for scenario in self.scenarios:
            if not scenario.variant:
                found[scenario.family].append(scenario)
        return list(found.values())

    @cached_property
    def rubrics(self) -> Mapping[str, Rubric]:
        """Family -> rubric: this run's, or else the snapshot's."""
        if self._planned(rubric.SPEC):
            return {made.family: made for _, made in self.read(rubric.calls(self))}
        return self.inputs.snapshot.rubrics if self.inputs.snapshot is not None else {}

    @cached_property
    def placements(self) -> Mapping[str, list[Placement]]:
        """Scenario -> where its answers stand: this run's placements with the snapshot's."""
        found: dict[str, list[Placement]] = defaultdict(list)
        if self.inputs.snapshot is not None:
            found.update({k: list(v) for k, v in self.inputs.snapshot.placements.items()})
        if self._planned(score.SPEC):
            for work, placed in self.read(score.calls(self)):
                found[work.about[0].scenario].extend(placed)
        return found

    @cached_property
    def scored(self) -> Mapping[tuple[str, str, int], str]:
        """(scenario, model, replicate) -> the outcome of the call that was to place the answer."""
        if not self._planned(score.SPEC):
            return {}
        return {
            (answer.scenario, answer.model, answer.replicate): ended.outcome.value
            for work, ended in self.ended(score.calls(self))
            for answer in work.about[1]
        }

    @cached_property
    def hard(self) -> list[Scenario]:
        """The queries that are labelled and judged: all, or what the hard selection kept."""
        return self._kept_of(hard.SPEC, self.scenarios)

    # ---- the noise sample -----------------------------------------------------------------

    @cached_property
    def repeated(self) -> list[Scenario]:
        """The queries of the noise sample: one of each family drawn, by the plan's seed; of a
        search, from its uniform share."""
        most = self.plan.settings(noise_scoring.SPEC).families
        chance = random.Random(f"noise:{self.seed}")
        families = [family for family in self.families if family[0].draw != Draw.SEARCH]
        drawn = chance.sample(range(len(families)), min(most, len(families)))
        return [chance.choice(families[place]) for place in sorted(drawn)]

    @cached_property
    def reworded(self) -> Mapping[str, Scenario]:
        """Scenario of the noise sample -> the same query in other words."""
        if not self._planned(noise_wording.SPEC):
            return {}
        return {work.about.scenario: made for work, made in self.read(noise_wording.calls(self))}

    def again(self) -> Iterator[Again]:
        """What of the noise sample is to be placed once more, as far as its answers are there."""
        second = self._second_rubrics()
        answers = self._second_answers()
        for query, first in self.answers(self.repeated):
            whole = self.rubrics.get(query.family)
            rubric = whole and whole.of(query)
            if rubric is None:
                continue
            ones = [answer for answer in first if not answer.replicate]
            yield Again(Repeat.SCORING, query, query, rubric, ones)
            other = second.get(query.family)
            if other and (turned := other.of(query)):
                yield Again(Repeat.RUBRIC, query, query, turned, ones)
            if found := answers.get((Repeat.ANSWER, query.scenario)):
                yield Again(Repeat.ANSWER, query, query, rubric, found)
            if found := answers.get((Repeat.WORDING, query.scenario)):
                yield Again(Repeat.WORDING, query, self.reworded[query.scenario], rubric, found)

    def repeats(self) -> Iterator[tuple[Repeat, str, str, Placement]]:
        """(what was repeated, scenario of the noise sample, who placed it, where it stands)."""
        for stage in (noise_scoring.SPEC, noise_scorer.SPEC):
            if not self._planned(stage) or stage.calls is None:
                continue
            for work, placed in self.read(stage.calls(self)):
                repeat, scenario = work.about
                mine = filter(self.counts, placed)
                yield from ((repeat, scenario, work.call.model, one) for one in mine)

    def _second_rubrics(self) -> Mapping[str, Rubric]:
        if not self._planned(noise_rubric.SPEC):
            return {}
        return {made.family: made for _, made in self.read(noise_rubric.calls(self))}

    def _second_answers(self) -> Mapping[tuple[Repeat, str], list[Answer]]:
        """(what was repeated, scenario of the noise sample) -> the answers that it brought."""
        found: dict[tuple[Repeat, str], list[Answer]] = defaultdict(list)
        if not self._planned(noise_answer.SPEC):
            return found
        for work, stored in self.stored(noise_answer.calls(self)):
            if stored is not None:
                repeat, scenario, replicate = work.about
                answer = _answer(
                    Work(work.call, (scenario, replicate), work.read), work.call.model, stored
                )
                found[repeat, scenario.scenario].append(answer)
        return found

    # ---- trials -----------------------------------------------------------------------------

    @cached_property
    def trial_queries(self) -> list[Scenario]:
        """The queries that were written for a trial."""
        if not self._planned(trial_query.SPEC):
            return []
        return [made for _, made in self.read(trial_query.calls(self))]

    def trial_answers(self) -> Iterator[tuple[Scenario, Answer]]:
        """The answers to them that can be read."""
        if not self._planned(trial_answer.SPEC):
            return
        for work, stored in self.stored(trial_answer.calls(self), thoughts=True):
            if stored is not None:
                answer = _answer(work, work.call.model, stored)
                if answer.outcome is Outcome.ANSWERED:
                    yield work.about[0], answer

    # ---- by name --------------------------------------------------------------------------

    def work(self, stage: str, model: str) -> Iterator[Work]:
        """The calls of one stage to one model."""
        known = BY_NAME[stage]
        if known.calls is None:
            return iter(())
        if known.calls_to is None:
            return (work for work in known.calls(self) if work.call.model == model)
        part = self.plan.settings(known)
        return known.calls_to(self, self.plan.target(model, part.max_tokens))


def _is_small(connection: sqlite3.Connection) -> bool:
    """Whether all that a run stored fits into memory as records, some kilobytes each."""
    row = connection.execute("SELECT total(done) AS calls FROM tally").fetchone()
    return bool(row["calls"] <= MOST_KEPT)


def _chunks(keyed: Iterator[tuple[Work, str]]) -> Iterator[list[tuple[Work, str]]]:
    while chunk := list(islice(keyed, CHUNK)):
        yield chunk


def _ended(work: Work, stored: Stored) -> Ended:
    """What a stored reply says: read again, so that a better reader finds more in it."""
    if stored.outcome is not Outcome.ANSWERED:
        return Ended(stored.outcome, why=stored.error or stored.stop_reason)
    try:
        return Ended(Outcome.ANSWERED, work.read(stored.text))
    except UnparsableError as error:
        return Ended(Outcome.UNPARSABLE, why=str(error), word=error.word)
    except Exception as error:  # whatever its reader meets in a reply is why it can't be read
        return Ended(Outcome.UNPARSABLE, why=type(error).__name__)


def _answer(work: Work, model: str, stored: Stored) -> Answer:
    query, replicate = work.about
    outcome, read = _ended(work, stored).outcome, of_reply(stored.text, stored.raw)
    if outcome is Outcome.ANSWERED and read.outcome is Outcome.TRUNCATED:
        outcome = Outcome.TRUNCATED  # a trace that never ends, and no answer behind it
    return Answer(
        scenario=query.scenario,
        model=model,
        replicate=replicate,
        outcome=outcome,
        text=read.text,
        trace=read.trace,
        stop_reason=stored.stop_reason,
        served_model=stored.served_model,
        latency_s=stored.latency_s,
        output_tokens=stored.output_tokens,
        error=stored.error,
    )
