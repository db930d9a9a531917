"""What families can be drawn from: groups with their members, and the pairs between them."""

import itertools
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.select.search import Arm, arm_of

Names = tuple[str, str]
TRIES = 50  # throws for a pair that is not taken, before all of an arm's are walked through


@dataclass(frozen=True)
class Pool:
    """Group -> its members (values of a category; a clause by itself).

    `inside`: a group may be set against itself. `again`: the same pair may be drawn once more.
    """

    members: Mapping[str, Sequence[str]]
    inside: bool = True
    again: bool = False

    @cached_property
    def groups(self) -> dict[str, str]:
        """Member -> its group."""
        return {name: group for group, names in self.members.items() for name in names}

    def arms(self) -> dict[Arm, int]:
        """Every arm with the pairs that it has."""
        found = {
            arm_of(a, b): len(self.members[a]) * len(self.members[b])
            for a, b in itertools.combinations(sorted(self.members), 2)
        }
        if self.inside:
            for group, names in self.members.items():
                found[group, group] = len(names) * (len(names) - 1) // 2
        return {arm: pairs for arm, pairs in found.items() if pairs}

    def room(self, taken: Collection[frozenset[str]], families: int) -> dict[Arm, int]:
        """How many more families each arm can take, `families` at most."""
        if self.again:
            return dict.fromkeys(self.arms(), families)
        used: dict[Arm, int] = {}
        for first, second in map(sorted, taken):
            arm = arm_of(self.groups[first], self.groups[second])
            used[arm] = used.get(arm, 0) + 1
        return {arm: min(n - used.get(arm, 0), families) for arm, n in self.arms().items()}

    def pair(self, arm: Arm, taken: Collection[frozenset[str]], chance: random.Random) -> Names:
        """Two members of an arm that are not taken together, each pair equally likely."""
        for _ in range(TRIES):
            first, second = self._thrown(arm, chance)
            if self.again or frozenset((first, second)) not in taken:
                return first, second
        left = [pair for pair in self._all(arm) if frozenset(pair) not in taken]
        first, second = chance.choice(left)
        return (first, second) if chance.random() < 0.5 else (second, first)

    def _thrown(self, arm: Arm, chance: random.Random) -> Names:
        if arm[0] == arm[1]:
            first, second = chance.sample(list(self.members[arm[0]]), 2)
            return first, second
        two = chance.choice(self.members[arm[0]]), chance.choice(self.members[arm[1]])
        return two if chance.random() < 0.5 else (two[1], two[0])

    def _all(self, arm: Arm) -> list[Names]:
        if arm[0] == arm[1]:
            return list(itertools.combinations(self.members[arm[0]], 2))
        return list(itertools.product(self.members[arm[0]], self.members[arm[1]]))
