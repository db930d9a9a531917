"""Stage pairs: which two values (or clauses) each family sets against each other. No calls."""

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from pydantic import Field

from analysis.errors import FaultlineError
from analysis.parse.specs.clause import Clause, Spec
from analysis.parse.taxonomy import Taxonomy, Value
from analysis.vocabulary import Draw
from pipeline.records import PER_CHUNK, Pair
from pipeline.select import search
from pipeline.select.pool import Pool
from pipeline.select.search import (
    LEAST_ROUNDS,
    LEAST_SHARE,
    MOST_ROUNDS,
    MOST_SHARE,
    ROUNDS,
    UNIFORM_SHARE,
    Shown,
    arm_of,
)
from pipeline.stage_spec import Part, StageSpec

Thrower = Callable[[random.Random], tuple[str, str]]


class SearchPart(Part):
    """`uniform_share` of the families is drawn as without a search, in the first of the rounds."""

    rounds: int = Field(default=ROUNDS, ge=LEAST_ROUNDS, le=MOST_ROUNDS)
    uniform_share: float = Field(default=UNIFORM_SHARE, ge=LEAST_SHARE, le=MOST_SHARE)


class PairsPart(Part):
    """`mode`: any two values; values of `categories`; own `pairs`; the two `clauses`, or any two
    clauses of the spec."""

    families: int = Field(default=10, ge=1, le=1_000_000)
    mode: Literal["uniform", "category", "list", "clauses", "any_clauses"] = "uniform"
    categories: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    clauses: tuple[str, str] | None = None
    search: SearchPart | None = None


class Sources(Protocol):
    """Where values and clauses come from."""

    @property
    def taxonomy(self) -> Taxonomy: ...
    @property
    def spec(self) -> Spec: ...


def drawn(part: PairsPart, seed: int, sources: Sources) -> list[Pair]:
    """The pairs that a plan wants; with a search its uniform share, which is drawn as without one.

    Raises FaultlineError where the taxonomy or the spec has not what they are to be made of.
    """
    if part.search is None:
        return _all_drawn(part, seed, sources)
    pool = pool_of(part, sources)
    first = _all_drawn(part, seed, sources)[: round_sizes(part)[0]]
    return [_told(pair, Draw.UNIFORM, pool) for pair in first]


def _all_drawn(part: PairsPart, seed: int, sources: Sources) -> list[Pair]:
    if part.mode == "list":
        return listed(part.pairs)
    if part.mode == "clauses":
        return by_clauses(*_clauses(part, sources.spec), part.families)
    if part.mode == "any_clauses":
        return any_clauses(sources.spec.clauses, part.families, seed)
    if part.mode == "category":
        return by_category(sources.taxonomy.values, part.categories, part.families, seed)
    return uniform(sources.taxonomy.values, part.families, seed)


def _clauses(part: PairsPart, spec: Spec) -> tuple[Clause, Clause]:
    known = {clause.anchor: clause for clause in spec.clauses}
    for anchor in part.clauses or ():
        if anchor not in known:
            raise FaultlineError(f"The spec has no clause {anchor!r}: name one by its anchor.")
    first, second = part.clauses or ("", "")
    return known[first], known[second]


def uniform(values: Sequence[Value], families: int, seed: int) -> list[Pair]:
    """Families x distinct unordered pairs, every pair of values equally likely.

    Raises FaultlineError when the taxonomy has fewer pairs than families.
    """
    names = [value.value for value in values]
    _check_room(len(names), families)
    return _distinct(lambda rng: _two(rng, names), families, seed, lambda: _crossed([names]))


def by_category(
    values: Sequence[Value], categories: Sequence[str], families: int, seed: int
) -> list[Pair]:
    """The same over the named categories: first two categories, equally likely, then a value of
    each. One category alone pairs its own values. Raises FaultlineError for an unknown name."""
    members: dict[str, list[str]] = defaultdict(list)
    for value in values:
        members[value.category].append(value.value)
    if unknown := sorted(set(categories) - set(members)):
        raise FaultlineError(f"The taxonomy has no category {unknown[0]!r}: see its list.")
    chosen = sorted(set(categories))
    if len(chosen) == 1:
        return uniform([v for v in values if v.category == chosen[0]], families, seed)

    def draw(rng: random.Random) -> tuple[str, str]:
        first, second = _two(rng, chosen)
        return rng.choice(members[first]), rng.choice(members[second])

    room = _cross_room([len(members[category]) for category in chosen])
    _check_pairs(room, families)
    return _distinct(draw, families, seed, lambda: _crossed([members[name] for name in chosen]))


def listed(pairs: Sequence[tuple[str, str]]) -> list[Pair]:
    """One family for each pair of a person's own list, in its order; repeats are families."""
    return [_pair(i, first, second) for i, (first, second) in enumerate(pairs)]


def by_clauses(first: Clause, second: Clause, families: int) -> list[Pair]:
    """Principle against principle: every family sets the same two clauses against each other."""
    return [
        Pair(*divmod(i, PER_CHUNK), first.title, second.title, _block(first), _block(second))
        for i in range(families)
    ]


def any_clauses(clauses: Sequence[Clause], families: int, seed: int) -> list[Pair]:
    """Two clauses for each family, every two equally likely; the same two may meet again."""
    if len(clauses) < 2:
        raise FaultlineError("The spec has fewer than two clauses to set apart: take another one.")
    rng = random.Random(f"clauses:{seed}")
    return [_of_clauses(i, *rng.sample(list(clauses), 2)) for i in range(families)]


def _of_clauses(i: int, first: Clause, second: Clause) -> Pair:
    pair = Pair(*divmod(i, PER_CHUNK), first.title, second.title, _block(first), _block(second))
    return replace(pair, arm=arm_of(first.anchor, second.anchor))


def round_sizes(part: PairsPart) -> list[int]:
    """Families of each round of a search, the uniform share first; all at once without one."""
    if part.search is None:
        return [part.families]
    return search.sizes(part.families, part.search.uniform_share, part.search.rounds)


def pool_of(part: PairsPart, sources: Sources) -> Pool:
    """The groups that a search tells apart: clauses, or categories with their values."""
    if part.mode == "any_clauses":
        anchors = [clause.anchor for clause in sources.spec.clauses]
        return Pool({anchor: [anchor] for anchor in anchors}, inside=False, again=True)
    members: dict[str, list[str]] = defaultdict(list)
    for value in sources.taxonomy.values:
        if part.mode != "category" or value.category in part.categories:
            members[value.category].append(value.value)
    return Pool(members, inside=part.mode != "category")


def searched(
    part: PairsPart,
    seed: int,
    sources: Sources,
    before: Sequence[Pair],
    shown: Sequence[Shown],
    count: int,
) -> list[Pair]:
    """The pairs of the next round, by what the families of the rounds `before` have shown."""
    pool = pool_of(part, sources)
    chance = random.Random(f"search:{seed}:{len(before)}")
    taken = {frozenset((pair.value1, pair.value2)) for pair in before}
    clauses = {clause.anchor: clause for clause in sources.spec.clauses} if pool.again else {}
    found: list[Pair] = []
    for arm in search.draw(search.known(shown), pool.room(taken, count), count, chance):
        first, second = pool.pair(arm, taken, chance)
        taken.add(frozenset((first, second)))
        i = len(before) + len(found)
        pair = (
            _of_clauses(i, clauses[first], clauses[second])
            if pool.again
            else _pair(i, first, second)
        )
        found.append(replace(pair, draw=Draw.SEARCH, arm=arm))
    return found


def _told(pair: Pair, draw: Draw, pool: Pool) -> Pair:
    """The pair with how it was drawn and its arm."""
    arm = pair.arm if pool.again else arm_of(pool.groups[pair.value1], pool.groups[pair.value2])
    return replace(pair, draw=draw, arm=arm)


def longest(part: PairsPart, seed: int, sources: Sources) -> int:
    """Bytes of the longest pair that a plan can draw, with what is said about its clauses."""
    if part.search is None:
        drawn_now = _all_drawn(part, seed, sources)
        told = [(p.value1, p.value2, p.clause1, p.clause2) for p in drawn_now]
        return max((sum(map(_size, texts)) for texts in told), default=0)
    if part.mode == "any_clauses":
        sizes = [_size(c.title) + _size(_block(c)) for c in sources.spec.clauses]
    else:
        sizes = [_size(value.value) for value in sources.taxonomy.values]
    return sum(sorted(sizes)[-2:])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _block(clause: Clause) -> str:
    return f"{clause.title}\n\n{clause.text}".strip()


def _pair(i: int, first: str, second: str) -> Pair:
    chunk, entry = divmod(i, PER_CHUNK)
    return Pair(chunk, entry, first, second)


def _two(rng: random.Random, names: Sequence[str]) -> tuple[str, str]:
    first, second = rng.sample(names, 2)
    return first, second


def _crossed(groups: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """All pairs inside one group, or all pairs across several."""
    if len(groups) == 1:
        return list(itertools.combinations(groups[0], 2))
    return [
        pair
        for first, second in itertools.combinations(groups, 2)
        for pair in itertools.product(first, second)
    ]


def _distinct(
    draw: Thrower, families: int, seed: int, everything: Callable[[], list[tuple[str, str]]]
) -> list[Pair]:
    """Draw until there are enough; when the last ones are hard to hit, walk through all pairs."""
    rng = random.Random(f"pairs:{seed}")
    found: dict[frozenset[str], tuple[str, str]] = {}
    for _ in range(20 * families):
        if len(found) == families:
            break
        first, second = draw(rng)
        found.setdefault(frozenset((first, second)), (first, second))
    if len(found) < families:
        rest = everything()
        rng.shuffle(rest)
        for pair in rest:
            found.setdefault(frozenset(pair), pair)
    return [_pair(i, *pair) for i, pair in enumerate(list(found.values())[:families])]


def _cross_room(sizes: Sequence[int]) -> int:
    return (sum(sizes) ** 2 - sum(size * size for size in sizes)) // 2


def _check_room(values: int, families: int) -> None:
    if values < 2:
        raise FaultlineError(
            f"A pair needs two values and there is {values or 'none'} to draw from: "
            "take a larger taxonomy or more categories."
        )
    _check_pairs(values * (values - 1) // 2, families)


def _check_pairs(room: int, families: int) -> None:
    if families > room:
        raise FaultlineError(
            f"{families} families were asked for, but these values make only {room} pairs: "
            "ask for fewer, or take more values."
        )


SPEC = StageSpec(
    name="pairs",
    settings=PairsPart,
    makes=lambda context: len(context.pairs),
    makes_queries=True,
)
