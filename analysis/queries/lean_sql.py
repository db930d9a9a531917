"""SQL for leans: each model's position minus the mean of the models of all other providers.

A scenario's positions on one value are packed into words, four bits a model (one says that there
is a position, three hold it), so that grouping millions of responses by scenario moves a few
numbers and everything after is arithmetic on one row a scenario and value. Every name of the data
is bound or an index; nothing of it is written into the SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.vocabulary import FAVORS_FROM

PER_WORD = 15  # models in one unsigned 64-bit word; the last four bits stay free
OWN = "own"
MEASURES = ("lean", OWN, "raw", "favor")


@dataclass(frozen=True)
class Unit:
    """Whom a mean is over: one model, or the models of a provider (indexes into the members)."""

    kind: str  # "model" or "provider"
    name: str
    members: tuple[int, ...]


def units(models: Sequence[str], providers: Sequence[str]) -> list[Unit]:
    """One unit a model, then one a provider, in the order given."""
    single = [Unit("model", m, (i,)) for i, m in enumerate(models)]
    return single + [
        Unit("provider", p, tuple(i for i, q in enumerate(providers) if q == p))
        for p in dict.fromkeys(providers)
    ]


def packed(members: int, scenarios: str = "true") -> str:
    """Relation scenario_no, w1_0 .., w2_0 ..: the first replicates of the models in $members, of
    scenarios under a condition on `scenario_no`."""
    words = range((members - 1) // PER_WORD + 1)
    items = [
        f"bit_or((8 | value{v}_position)::UBIGINT << (4 * (i % {PER_WORD}))) "
        + (f"FILTER (i // {PER_WORD} = {k}) " if len(words) > 1 else "")
        + f"AS w{v}_{k}"
        for v in (1, 2)
        for k in words
    ]
    return (
        f"(SELECT scenario_no, {', '.join(items)} FROM responses JOIN "
        f"(SELECT unnest($members::VARCHAR[]) AS model, unnest(range({members})) AS i) "
        f"USING (model) WHERE replicate = 0 AND {scenarios} GROUP BY scenario_no)"
    )


def unpacked(word: str, member: int) -> tuple[str, str]:
    """SQL for one model's position (0 where there is none) and whether there is one (0, 1)."""
    at, shift = f"{word}_{member // PER_WORD}", 4 * (member % PER_WORD)
    bits = f"coalesce({at} >> {shift}, 0)"
    return f"({bits} & 7)::INTEGER", f"(({bits} >> 3) & 1)::INTEGER"


def slots(members: int, scenarios: str, values: str) -> str:
    """Relation scenario_no, family, value, p0 .., h0 ..: one row a scenario and value.

    `scenarios` and `values` are conditions on `scenario_no` and on `value`.
    """
    words = range((members - 1) // PER_WORD + 1)
    halves = " UNION ALL ".join(
        f"SELECT s.scenario_no, s.family, s.value{v} AS value, "
        + ", ".join(f"w{v}_{k} AS w_{k}" for k in words)
        + f" FROM packed JOIN scenarios s USING (scenario_no) WHERE {scenarios}"
        for v in (1, 2)
    )
    cells = []
    for m in range(members):
        position, present = unpacked("w", m)
        cells += [f"{position} AS p{m}", f"{present} AS h{m}"]
    return f"(SELECT scenario_no, family, value, {', '.join(cells)} FROM ({halves}) WHERE {values})"


def scored(measure: str, groups: Sequence[int]) -> str:
    """Relation of `slots` with y0 .. added: what is averaged, null where it is not defined.

    `groups` holds each member's provider as a number. `lean` subtracts the mean position of the
    members of all other groups; with a single group that of the other members.
    """
    if len(set(groups)) < 2:
        groups = range(len(groups))
    if measure != "lean":
        what = {"raw": "p{m}::DOUBLE", "favor": f"(p{{m}} >= {FAVORS_FROM})::INTEGER::DOUBLE"}
        ys = [
            f"CASE WHEN h{m} = 1 THEN {what[measure].format(m=m)} END AS y{m}"
            for m in range(len(groups))
        ]
        return f"(SELECT *, {', '.join(ys)} FROM slots)"
    sums = [
        f"{' + '.join(f'{letter}{m}' for m, q in enumerate(groups) if q == g)} AS {name}{g}"
        for g in dict.fromkeys(groups)
        for letter, name in (("p", "sum_"), ("h", "held_"))
    ]
    everyone = range(len(groups))
    totals = [
        f"{' + '.join(f'{letter}{m}' for m in everyone)} AS {name}"
        for letter, name in (("p", "sum_all"), ("h", "held_all"))
    ]
    bases = [
        f"(sum_all - sum_{g})::DOUBLE / nullif(held_all - held_{g}, 0) AS base_{g}"
        for g in dict.fromkeys(groups)
    ]
    ys = [f"CASE WHEN h{m} = 1 THEN p{m} - base_{g} END AS y{m}" for m, g in enumerate(groups)]
    return (
        f"(SELECT *, {', '.join(ys)} FROM (SELECT *, {', '.join(bases)} FROM "
        f"(SELECT *, {', '.join([*sums, *totals])} FROM slots)))"
    )


def family_totals(key: str, source: str, members: Sequence[int]) -> str:
    """Relation key, family, y0 .., n0 ..: each family's totals per key (`key` names a column)."""
    inner = ", ".join(f"sum(y{m}) AS y{m}, count(y{m})::DOUBLE AS n{m}" for m in members)
    outer = ", ".join(f"sum(y{m}) AS y{m}, sum(n{m}) AS n{m}" for m in members)
    by_value = f"(SELECT value, family, {inner} FROM scored GROUP BY value, family)"
    if key == "value":
        return f"(SELECT value AS key, * EXCLUDE (value) FROM {by_value})"
    # By value first: the taxonomy is then joined to families, not to millions of rows.
    return (
        f"(SELECT coalesce(t.{key}, $unjoined) AS key, family, {outer} FROM {by_value} v "
        f"LEFT JOIN {source} t ON t.value = v.value GROUP BY 1, 2)"
    )


def means(members: Sequence[int]) -> str:
    """Relation key, mu0 .., t0 .., share0 ..: each member's mean and number of cases per key, and
    what one case is of them (null without a case)."""
    items = [
        f"sum(y{m}) / nullif(sum(n{m}), 0) AS mu{m}, sum(n{m}) AS t{m}, "
        f"1 / nullif(sum(n{m}), 0) AS share{m}"
        for m in members
    ]
    return f"(SELECT key, {', '.join(items)} FROM totals GROUP BY key)"


def influences(members: Sequence[int]) -> str:
    """Relation of `totals` with the means, and i0 ..: what a family adds to a member's mean."""
    items = [f"coalesce((y{m} - mu{m} * n{m}) * share{m}, 0) AS i{m}" for m in members]
    return f"(SELECT *, {', '.join(items)} FROM totals JOIN means USING (key))"


def levels(members: Sequence[int]) -> str:
    """CTEs `level` (family, a0 ..: what a family adds to a member's mean over all values, its own
    level) and `own` (o0 ..: the level itself), from the totals in `everything`."""
    inner = ", ".join(f"sum(y{m}) AS y{m}, sum(n{m}) AS n{m}" for m in members)
    whole = ", ".join(
        f"sum(y{m}) / nullif(sum(n{m}), 0) AS o{m}, 1 / nullif(sum(n{m}), 0) AS w{m}"
        for m in members
    )
    adds = ", ".join(f"coalesce((y{m} - o{m} * n{m}) * w{m}, 0) AS a{m}" for m in members)
    return (
        f"by_family AS (SELECT family, {inner} FROM everything GROUP BY family), "
        f"own AS (SELECT {whole} FROM by_family), "
        f"level AS MATERIALIZED (SELECT family, {adds} FROM by_family, own)"
    )


def own_columns(number: int, unit: Unit) -> list[str]:
    """As `unit_columns` for leans from the models' own levels: the difference of two means over the
    same families, so what a family adds to both cancels. Families without the key add to the level
    alone."""
    k = " + ".join(f"(t{m} > 0)::INTEGER" for m in unit.members)
    level = " + ".join(f"a{m}" for m in unit.members)
    both = " + ".join(f"i{m} - a{m}" for m in unit.members)
    mean = " + ".join(f"coalesce(any_value(mu{m} - o{m}), 0)" for m in unit.members)
    rest = f"(SELECT sum(({level}) * ({level})) FROM level)"
    counts = [c for c in unit_columns(number, unit, False) if not c.endswith(f"squares_{number}")]
    return [
        *(c for c in counts if not c.endswith(f"mean_{number}")),
        f"({mean}) / nullif(any_value({k}), 0) AS mean_{number}",
        f"(sum(({both}) * ({both}) - ({level}) * ({level})) + {rest}) "
        f"/ pow(nullif(any_value({k}), 0), 2) AS squares_{number}",
    ]


def unit_columns(number: int, unit: Unit, rates: bool) -> list[str]:
    """Select items of one unit: mean over its members with data (equal weights), n, families,
    the sum over families of squared influence, the moments of family sizes, and for rates how
    many families hold a success and a failure."""
    k = " + ".join(f"(t{m} > 0)::INTEGER" for m in unit.members)
    n = " + ".join(f"coalesce(n{m}, 0)" for m in unit.members)
    y = " + ".join(f"coalesce(y{m}, 0)" for m in unit.members)
    mean = " + ".join(f"coalesce(any_value(mu{m}), 0)" for m in unit.members)
    influence = " + ".join(f"i{m}" for m in unit.members)
    items = [
        f"sum({n}) AS n_{number}",
        f"({mean}) / nullif(any_value({k}), 0) AS mean_{number}",
        # A product, not pow(), which takes a good part of the whole query.
        f"sum(({influence}) * ({influence})) / pow(nullif(any_value({k}), 0), 2) "
        f"AS squares_{number}",
        f"count(*) FILTER ({n} > 0) AS families_{number}",
        f"sum(({n}) * ({n})) AS nn_{number}",
        f"sum(({n}) * ({n}) * ({n}) * ({n})) AS n4_{number}",
    ]
    if rates:
        items += [
            f"count(*) FILTER ({y} > 0) AS some_{number}",
            f"count(*) FILTER ({y} < {n}) AS short_{number}",
        ]
    return items
