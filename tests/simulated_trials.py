"""Trials on the simulator's judges, with edits whose effect is known because it was planted.

A population of cases is made once: families that a planted vague clause decides (target), families
that a clear clause decides (neighbour), and others (control). A trial draws families of each and
has their answers judged anew; the true effect is that of the whole population.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from analysis.measure.compare.trial import Outcome, Rows, outcome
from analysis.parse.specs.clause import Clause, headings_above
from analysis.parse.specs.spec import read_spec
from analysis.parse.trials import Arm, Group
from analysis.settings import EMBEDDED
from pipeline.simulator import simulator as sim
from pipeline.simulator.dice import Dice
from pipeline.simulator.stand import shared_of
from pipeline.simulator.texts import known_values

Specs = tuple[Clause, ...]
TARGET, NEIGHBOUR = "appropriate_tone", "dangerous_detail"
MODELS = ("aster_large", "bracken_large", "cobble_one")
OLD: Specs = read_spec(EMBEDDED / "spec.md", None, 1_000_000).clauses


def _edited(**texts: str) -> Specs:
    return tuple(replace(c, text=texts.get(c.anchor, c.text)) for c in OLD)


def _own(anchor: str) -> str:
    return next(c.text for c in OLD if c.anchor == anchor)


CLEAR = "Write plainly. Joke only where the person joked first, and never about a loss."
EDITS: Mapping[str, Specs] = {
    "no effect": _edited(
        **{TARGET: "To the subject and to the person the tone should be appropriate. Be witty."}
    ),
    "effect": _edited(**{TARGET: CLEAR}),
    "harm": _edited(
        **{
            TARGET: CLEAR,
            NEIGHBOUR: _own(NEIGHBOUR) + " Usually that is what is reasonable and appropriate.",
        }
    ),
}
"""Edit -> the new spec: the same vague word in other words; the vague word gone; the same, with
three vague words more in a neighbouring clause."""


@dataclass(frozen=True)
class Person:
    """One case: a query of a family with one model's answer."""

    scenario: str
    family: str
    model: str
    query: str
    answer: str


@cache
def population(families: int) -> Mapping[Group, tuple[tuple[Person, ...], ...]]:
    """So many families of each group, each a query with the answers of `MODELS`."""
    found: dict[Group, list[tuple[Person, ...]]] = {
        g: [] for g in (Group.TARGET, Group.NEIGHBOUR, Group.CONTROL)
    }
    dice, seed = Dice("trial population"), 0
    while min(map(len, found.values())) < families:
        seed += 1
        one, other = dice.sample(list(known_values()), 2)
        query = sim.make_query(one, other, "neutral", seed)
        context = sim.context_of(query)
        decides = shared_of(context.family, context.situation).case.clauses
        group = {(TARGET,): Group.TARGET, (NEIGHBOUR,): Group.NEIGHBOUR}.get(decides, Group.CONTROL)
        if len(found[group]) < families:
            given = [(m, sim.answer(m, query).text) for m in MODELS]
            key = (f"{seed}_0_neutral", f"{seed}_0")
            found[group].append(tuple(Person(*key, m, query, text) for m, text in given if text))
    return {group: tuple(kept) for group, kept in found.items()}


def judged(cases: Mapping[Group, list[Person]], new: Specs, key: str) -> Rows:
    """What the simulator's judges say of the cases under the three arms; another `key` gives other
    verdicts of the same judges."""
    said, cited = [], []
    for arm, spec in ((Arm.OLD, OLD), (Arm.AGAIN, OLD), (Arm.NEW, new)):
        parents = {c.anchor: c.parent for c in spec}
        for group, people in cases.items():
            for one in people:
                for judge in sim.judges():
                    told = sim.judge(judge, one.query, one.answer, spec, f"{key} {arm}")
                    row = {
                        "scenario": one.scenario,
                        "model": one.model,
                        "family": one.family,
                        "group": group.value,
                        "arm": arm.value,
                        "judge": judge,
                    }
                    known = told.decision in ("compliant", "non-compliant", "ambiguous")
                    said.append({**row, "decision": told.decision if known else None})
                    cited += [
                        {**row, "clause": c, "above": headings_above(c, parents)}
                        for c in told.clauses
                        if known and c in parents
                    ]
    return Rows(pd.DataFrame(said), pd.DataFrame(cited))


def drawn(seed: int, families: int, of: int) -> dict[Group, list[Person]]:
    """The cases of one trial: so many families of each group, drawn from a population of `of`."""
    chance = random.Random(f"simulated trial {seed}")
    return {
        group: [person for family in chance.sample(whole, families) for person in family]
        for group, whole in population(of).items()
    }


def trial(seed: int, edit: str, families: int = 30, of: int = 400) -> Outcome:
    """One trial of an edit."""
    rows = judged(drawn(seed, families, of), EDITS[edit], f"{seed} {edit}")
    return outcome(rows, [NEIGHBOUR])


@cache
def true_change(edit: str, metric: str, of: int = 400, group: Group = Group.TARGET) -> float:
    """The change of a metric over the whole population."""
    whole = {group: [person for family in population(of)[group] for person in family]}
    found = outcome(judged(whole, EDITS[edit], "the truth"), []).groups[group][metric]
    value = found.difference.value
    assert value is not None
    return value


def finds(found: Outcome) -> list[str]:
    """Every metric of the trial that is called different, by group or clause."""
    named = {**{str(g): m for g, m in found.groups.items()}, **found.neighbours}
    return [f"{of}.{name}" for of, told in named.items() for name, m in told.items() if m.differs]
