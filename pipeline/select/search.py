"""Where to look next: Thompson sampling over what families are about. Pure: records in, arms out.

A family sets two groups against each other (two categories of values, or two clauses); the pair of
groups is its *arm*, and what it showed is the share of its queries with high D. Each draw throws
what an arm may be worth from what is known of it, a Beta distribution, and takes the arm that came
out best: an arm that split the models is drawn often, one that nobody knows now and then, one that
stayed quiet hardly ever. Arms are many and families few, so an arm begins at what its two groups
are worth, and a group at what the uniform share shows of all. Either group of a family can be why
it is high (a noisy or); which one, is told by what both show elsewhere.

Source: Thompson 1933, Biometrika 25:285; Russo et al. 2018, arXiv:1707.02038.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

LEAST_ROUNDS, ROUNDS, MOST_ROUNDS = 2, 8, 50
LEAST_SHARE, UNIFORM_SHARE, MOST_SHARE = 0.1, 0.3, 0.9  # of the families, drawn without the search


Arm = tuple[str, str]
"""Two groups in alphabetical order; the same one twice where it is set against itself."""

GROUP_WORTH = 1.0
"""Families that the rate of all pairs counts for, in what is known of a group."""
ARM_WORTH = 12.0
"""Families that its two groups count for, in what is known of an arm."""
PASSES = 8  # over the families, until what they owe to each group has settled
EDGE = 1e-4  # the least that a rate is taken for


@dataclass(frozen=True)
class Shown:
    """One family that was scored: its arm, the share (0..1) of its queries with high D, and whether
    it is of the uniform share."""

    arm: Arm
    high: float
    uniform: bool = False


@dataclass(frozen=True)
class Known:
    """What families have shown. `rate`: that of high D where pairs are drawn uniformly, or 1/2
    where none are; by group and by arm the sum of high shares that it answers for, and its
    families."""

    rate: float
    groups: Mapping[str, tuple[float, int]]
    arms: Mapping[Arm, tuple[float, int]]

    @property
    def of_group(self) -> float:
        """The rate of a group of which nothing is known: two of them make `rate`."""
        return 1 - math.sqrt(1 - self.rate)


def arm_of(first: str, second: str) -> Arm:
    """The arm of two groups, whichever stands first."""
    return (first, second) if first <= second else (second, first)


def known(shown: Sequence[Shown]) -> Known:
    """What these families have shown."""
    uniform = [one.high for one in shown if one.uniform]
    arms: dict[Arm, tuple[float, int]] = {}
    for one in shown:
        arms[one.arm] = _more(arms.get(one.arm, (0.0, 0)), one.high)
    first = Known((sum(uniform) + 1) / (len(uniform) + 2), {}, arms)
    return replace(first, groups=_credited(first))


def _credited(found: Known) -> dict[str, tuple[float, int]]:
    """Group -> the high shares that it answers for, and its families. What an arm shows is split
    between its groups by their rates so far, over and over."""
    members: dict[str, list[Arm]] = defaultdict(list)
    for arm in found.arms:
        for group in sorted(set(arm)):
            members[group].append(arm)
    families = {g: sum(found.arms[arm][1] for arm in arms) for g, arms in members.items()}
    rates = dict.fromkeys(members, found.of_group)
    credit: dict[str, float] = {}
    for _ in range(PASSES):
        credit = {
            group: sum(found.arms[arm][0] * _part(group, arm, rates) for arm in arms)
            for group, arms in members.items()
        }
        begun = GROUP_WORTH * found.of_group
        rates = {g: (begun + credit[g]) / (GROUP_WORTH + families[g]) for g in members}
    return {group: (credit[group], families[group]) for group in members}


def _part(group: str, arm: Arm, rates: Mapping[str, float]) -> float:
    """How likely a group is why a family of this arm is high; both may be."""
    first, second = rates[arm[0]], rates[arm[1]]
    return 1.0 if arm[0] == arm[1] else rates[group] / (first + second - first * second)


def draw(found: Known, room: Mapping[Arm, int], count: int, chance: random.Random) -> list[Arm]:
    """`count` arms, one a family; fewer where there is no more room.

    `room`: how many families each arm can still take. The same arguments and state of `chance` give
    the same arms.
    """
    left = {arm: places for arm, places in sorted(room.items()) if places > 0}
    drawn: list[Arm] = []
    while left and len(drawn) < count:
        arm = _best(found, left, chance)
        drawn.append(arm)
        left[arm] -= 1
        if not left[arm]:
            del left[arm]
    return drawn


def _best(found: Known, arms: Iterable[Arm], chance: random.Random) -> Arm:
    """The arm that one throw for each group, and for each arm around those, finds best."""
    listed = list(arms)
    groups = {
        group: _thrown(found.of_group, GROUP_WORTH, found.groups.get(group, (0.0, 0)), chance)
        for group in sorted({group for arm in listed for group in arm})
    }

    def worth(arm: Arm) -> float:
        begins = 1 - (1 - groups[arm[0]]) * (1 - groups[arm[1]])
        return _thrown(begins, ARM_WORTH, found.arms.get(arm, (0.0, 0)), chance)

    return max(listed, key=worth)


def _thrown(begins: float, worth: float, seen: tuple[float, int], chance: random.Random) -> float:
    """A rate from the Beta distribution of what was seen, which began at a rate worth so many."""
    high, families = seen
    rate = chance.betavariate(worth * begins + high, worth * (1 - begins) + families - high)
    return min(max(rate, EDGE), 1 - EDGE)


def _more(sums: tuple[float, int], high: float) -> tuple[float, int]:
    return sums[0] + high, sums[1] + 1


def sizes(families: int, uniform_share: float, rounds: int) -> list[int]:
    """Families of each round: the uniform share first, whole and rounded up, then the rest in equal
    parts, the larger ones first. Rounds that would be empty are left out."""
    uniform = min(families, math.ceil(round(families * uniform_share, 6)))
    rest, later = families - uniform, rounds - 1
    parts: Sequence[int] = [rest // later + (i < rest % later) for i in range(later)]
    return [uniform, *(part for part in parts if part)]
