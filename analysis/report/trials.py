"""What a trial says: its numbers as scripts read them, and one sentence that they allow."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from analysis.measure.compare.comparison import Metric
from analysis.measure.compare.power import more_needed
from analysis.measure.compare.trial import Outcome, direction
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.parse.trials import Group, Trial
from analysis.vocabulary import with_minus

SIZE = 0.1
"""The change that the number of needed cases is told for."""
WORDS = {
    "interpretive": "interpretive conflicts",
    "activation": "activation conflicts",
    "agreement": "agreement of judges",
    "non_compliance": "answers flagged by most judges",
    "non_compliant": "flags",
}
_REPAIRS = ("interpretive", "activation", "agreement")


def to_json(trial: Trial, run: str, found: Outcome) -> dict[str, Any]:
    """The verdict as scripts read it."""
    groups = {
        group.value: {name: cell(m) for name, m in found.groups.get(group, {}).items()}
        for group in (Group.TARGET, Group.CONTROL, Group.HELD_OUT)
    }
    return {
        "study": trial.study,
        "run": run,
        "clause": trial.clause,
        **groups,
        "neighbours": [
            {"clause": clause, **{name: cell(m) for name, m in told.items()}}
            for clause, told in found.neighbours.items()
        ],
        "noise": {
            **{name: cell(m) for name, m in found.noise.items()},
            "changed_decisions": _known(found.changed_minds),
        },
        "attempts": found.attempts,
        "sentence": sentence(trial, found),
    }


def cell(metric: Metric) -> dict[str, Any]:
    """One metric: old, new, the difference with its interval, q and n."""
    told = metric.difference
    found = {
        "old": metric.a.value,
        "new": metric.b.value,
        "difference": told.value,
        "low": told.low if isinstance(told, Estimate) else None,
        "high": told.high if isinstance(told, Estimate) else None,
        "q": _known(metric.q),
        "n": metric.n,
    }
    return found | ({"undefined": told.reason} if isinstance(told, Undefined) else {})


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def sentence(trial: Trial, found: Outcome) -> str:
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
    for clause, told in found.neighbours.items():
        if worse := [_moved(n, m) for n, m in told.items() if direction(n, m) == "worse"]:
            yield f"Harm to the neighbouring clause {clause}: {'; '.join(worse)}."


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
