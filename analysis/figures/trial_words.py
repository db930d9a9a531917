"""Words of trials: what a plan can show and costs, and what a verdict's intervals allow."""

import math
from collections.abc import Iterator, Mapping

from analysis.load.trials import Planned
from analysis.measure.compare.metric_differences import Metric
from analysis.measure.compare.power import Power, more_needed
from analysis.measure.compare.trial import Outcome, direction
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.number_text import in_dollars
from analysis.parse.trials import Group
from analysis.vocabulary import LEAST_FAMILIES, with_minus

SIZE = 0.1
"""The change that the number of needed cases is told for."""
WORDS = {
    "interpretive": "interpretive conflicts",
    "activation": "activation conflicts",
    "agreement": "agreement of judges",
    "non_compliance": "answers flagged by most judges",
    "non_compliant": "flags",
}
OF_TRIAL = {name: words[0].upper() + words[1:] for name, words in WORDS.items()}
"""A metric as a row of a table."""
OF_GROUP = {
    Group.TARGET.value: "Target",
    Group.CONTROL.value: "Control",
    Group.HELD_OUT.value: "Held out",
    Group.NEIGHBOUR.value: "Neighbours",
    "noise": "Old text again",
}
"""A group of cases as people read it; the last is all of them under the old text twice."""
_REPAIRS = ("interpretive", "activation", "agreement")


NAMES = {
    Group.TARGET: "cite the clause",
    Group.CONTROL: "control, drawn from those that don't",
    Group.HELD_OUT: "held out: near the clause, cited by nobody",
    Group.NEIGHBOUR: "cite a neighbouring clause",
}
WRITTEN = "written anew by a writer who sees neither wording"


def cases_in_words(made: Planned) -> Iterator[tuple[int, str]]:
    """How many cases a plan has of each group, and why they are in it."""
    for group, words in NAMES.items():
        if group is not Group.HELD_OUT or not made.trial.situations:
            yield len(made.trial.of(group)), words
    if written := len(made.trial.situations):
        words = f"held out: {WRITTEN} for {written} queries of the target"
        yield written * made.answering, words


def power_in_words(found: Power) -> str:
    """How many cases see a change, and what those of the clause can show."""
    needed = ", ".join(f"{100 * size:.0f} points: {n:,}" for size, n in found.needed.items())
    return (
        f"{found.rate:.0%} of the cases that cite the clause have an interpretive conflict "
        f"({found.families:,} families). Cases that see a change in four trials of five: {needed}. "
        f"{_able(found)}"
    )


def _able(found: Power) -> str:
    if found.families < LEAST_FAMILIES:
        return (
            f"These {found.cases:,} are of {found.families} families, and an interval needs at "
            f"least {LEAST_FAMILIES}: whatever comes out, nothing can be shown."
        )
    if found.smallest is None:
        return f"These {found.cases:,} are too few to see any change."
    return f"These {found.cases:,} see one of {100 * found.smallest:.0f} points."


def price_in_words(made: Planned) -> str:
    """What the run takes at most."""
    low, high = made.price["usd_low"], made.price["usd_high"]
    return (
        f"{made.price['calls']:,} calls of {len(made.judges)} judges under the old text, "
        f"the old text again and the new one, {in_dollars(low)} to {in_dollars(high)}"
    )


def sentence(found: Outcome) -> str:
    """What may be said of the repair, no more than the intervals allow."""
    target = found.groups.get(Group.TARGET, {})
    parts = [_effect(target, found), *_held_out(found), *_elsewhere(found), *_noise(found)]
    if found.attempts > 1:
        parts.append(
            f"This is one of {found.attempts} wordings tried, and each q is multiplied by that."
        )
    return " ".join(part for part in parts if part)


def _effect(target: Mapping[str, Metric], found: Outcome) -> str:
    shown = [_moved(n, m) for n, m in target.items() if n in _REPAIRS and m.differs]
    if shown:
        cases = max(m.n for m in target.values())
        return f"Of {cases:,} cases that cite the clause: {'; '.join(shown)}."
    known = {n: m for n, m in target.items() if isinstance(m.difference, Estimate)}
    if not known:
        open_ones = (m.difference for m in target.values())
        reason = next((d.reason for d in open_ones if isinstance(d, Undefined)), "no case")
        return f"No effect could be shown: {reason}."
    name = next(n for n in _REPAIRS if n in known)
    told = known[name].difference
    assert isinstance(told, Estimate)
    needed = more_needed(told, SIZE, found.tests)
    return (
        f"No effect could be shown: over {told.n:,} cases that cite the clause {WORDS[name]} "
        f"changed by {_signed(told.value)} points, and anything from {_between(told)} fits; to see "
        f"a change of {100 * SIZE:.0f} points about {needed:,} cases would be needed."
    )


def _moved(name: str, metric: Metric) -> str:
    told = metric.difference
    ends = f" ({_between(told)})" if isinstance(told, Estimate) else ""
    old, new = metric.a.value or 0.0, metric.b.value or 0.0
    verb = "rose" if new > old else "fell"
    return f"{WORDS[name]} {verb} from {old:.0%} to {new:.0%}{ends}"


def _between(told: Estimate) -> str:
    return f"{_signed(told.low)} to {_signed(told.high)} points"


def _signed(value: float) -> str:
    return with_minus(f"{100 * value:+.0f}")


def _held_out(found: Outcome) -> Iterator[str]:
    held = found.groups.get(Group.HELD_OUT, {})
    target = found.groups.get(Group.TARGET, {})
    if not held or not any(m.differs for n, m in target.items() if n in _REPAIRS):
        return
    same = [n for n in _REPAIRS if n in held and held[n].differs and target[n].differs]
    if same:
        yield f"Held-out cases show it, too: {'; '.join(_moved(n, held[n]) for n in same)}."
    else:
        yield "On the held-out cases nothing could be shown."


def _elsewhere(found: Outcome) -> Iterator[str]:
    control = found.groups.get(Group.CONTROL, {})
    if moved := [_moved(n, m) for n, m in control.items() if m.differs]:
        yield (
            f"The control cases changed, too ({'; '.join(moved)}): not all of it is the clause's."
        )
    harmed = set()
    for clause, told in found.neighbours.items():
        if worse := [_moved(n, m) for n, m in told.items() if direction(n, m) == "worse"]:
            harmed.add(clause)
            yield f"Harm to the neighbouring clause {clause}: {'; '.join(worse)}."
    calm = {c: max(kinds.values()) for c, kinds in found.harm.items() if c not in harmed}
    if calm:
        least_known = max(calm, key=lambda clause: calm[clause])
        most = math.ceil(100 * max(0.0, calm[least_known]))
        yield (
            f"No harm shown to {len(calm):,} neighbouring clause{'s' * (len(calm) > 1)}: what fits "
            f"is a rise of conflicts by at most {most} points ({least_known}, 95%)."
        )


def _noise(found: Outcome) -> Iterator[str]:
    if moved := [_moved(n, m) for n, m in found.noise.items() if m.differs]:
        yield (
            f"Under the same old text the second time {'; '.join(moved)}: the judges themselves "
            "changed, so trust no difference."
        )
    elif not math.isnan(found.changed_minds):
        yield (
            f"Asked twice under the old text, judges changed {found.changed_minds:.0%} of their "
            "decisions."
        )
