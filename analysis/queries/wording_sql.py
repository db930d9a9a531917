"""SQL for families seen across their wordings: which positions and labels each model has in each.

As in `lean_sql` one model takes four bits of a word, so that a family's three wordings of twelve
models are a few numbers in one row. Names of the data are bound or an index, never written in.
"""

from analysis.queries.lean_sql import PER_WORD
from analysis.store import labels
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy
from analysis.store.variants import is_variant
from analysis.vocabulary import (
    ALL_REFUSALS,
    FAVORS_FROM,
    NUDGES,
    OPPOSES_TO,
    UNSURE,
    Nudge,
    Outcome,
    ResponseType,
)

# What one answer is, in the four bits of its model. An answer of unsure type has none set.
FULL, REFUSED, KNOWN, API_REFUSED = 1, 2, 4, 8


def repeated(study: OpenStudy) -> int:
    """Scenarios beyond the first of their family and wording (possible where a source has no
    family key, and one pair of values several queries)."""
    sql = (
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {named(study)} "
        "GROUP BY family, nudge)"
    )
    with study.cursor() as con:
        return int(con.execute(sql).fetchall()[0][0])


def other_values(study: OpenStudy) -> int:
    """Scenarios about other values than the first of their family: there is nothing to compare."""
    with study.cursor() as con:
        whole = con.execute(
            f"SELECT count(*) FROM scenarios WHERE nudge IS NOT NULL AND NOT {is_variant()}"
        ).fetchall()[0][0]
        return int(whole - con.execute(f"SELECT count(*) FROM {named(study)}").fetchall()[0][0])


def wordings(study: OpenStudy) -> str:
    """Relation scenario_no, scenario, family, nudge, turned: one query a family and wording.

    Values are matched by name: where a query has the family's two values the other way round it is
    `turned`, and its nudge is told by the family's order, which is that of its neutral query.
    Perturbed queries are no wording of their own. Where a family has several queries of one
    wording, the first by id stands for it.
    """
    once = "QUALIFY row_number() OVER (PARTITION BY family, nudge ORDER BY scenario) = 1"
    return (
        "(SELECT scenario_no, scenario, family, nudge, turned FROM "
        f"{named(study)} {once if repeated(study) else ''})"
    )


def named(study: OpenStudy) -> str:
    """Relation scenario_no, scenario, family, nudge, turned: all queries about their family's two
    values, perturbed ones left out."""
    kept = f"nudge IS NOT NULL AND NOT {is_variant()}"
    if not _is_mixed(study):
        plain = "scenario_no, scenario, family, nudge, false AS turned"
        return f"(SELECT {plain} FROM scenarios WHERE {kept})"
    order = f"list_position({list(NUDGES)}, nudge), scenario"
    over = f"OVER (PARTITION BY family ORDER BY {order})"
    other = {Nudge.VALUE1: Nudge.VALUE2, Nudge.VALUE2: Nudge.VALUE1}
    nudge = " ".join(f"WHEN turned AND nudge = '{a}' THEN '{b}'" for a, b in other.items())
    return (
        f"(SELECT scenario_no, scenario, family, CASE {nudge} ELSE nudge END AS nudge, turned FROM "
        "(SELECT *, value1 = pair2 AND value2 = pair1 AND value1 <> value2 AS turned FROM "
        f"(SELECT *, first_value(value1) {over} AS pair1, first_value(value2) {over} AS pair2 "
        f"FROM scenarios WHERE {kept})) WHERE turned OR (value1 = pair1 AND value2 = pair2))"
    )


def _is_mixed(study: OpenStudy) -> bool:
    """Whether any family has queries about different values, or about them in another order."""
    with study.cursor() as con:
        return bool(
            con.execute(
                "SELECT 1 FROM scenarios GROUP BY family HAVING min(value1) <> max(value1) OR "
                "min(value2) <> max(value2) LIMIT 1"
            ).fetchall()
        )


def family_words(members: int, of: str, prefixes: tuple[str, ...]) -> str:
    """Relation family, <prefix><nudge 0..2>_<word>: the words of a family's wordings side by side.

    `of` has scenario_no and <prefix>_<word>; `wordings` is a relation in scope. Of a turned query
    the positions w1 and w2 change places.
    """
    items = [
        f"bit_or({_in_order(p, k)}) FILTER (nudge = '{nudge}') AS {p}{number}_{k}"
        for p in prefixes
        for number, nudge in enumerate(NUDGES)
        for k in range(_words(members))
    ]
    return (
        f"(SELECT family, {', '.join(items)} FROM {of} JOIN wordings USING (scenario_no) "
        "GROUP BY family)"
    )


def _in_order(prefix: str, word: int) -> str:
    other = {"w1": "w2", "w2": "w1"}.get(prefix)
    own = f"{prefix}_{word}"
    return own if other is None else f"CASE WHEN turned THEN {other}_{word} ELSE {own} END"


def unfolded(members: int, of: str, prefixes: tuple[str, ...], keep: str = "family") -> str:
    """Relation `keep`, i, <prefix><nudge>: a row a family and member, its four bits as a number."""
    cells = [
        f"((coalesce({_word(members, f'{p}{number}')}, 0) >> (4 * (i % {PER_WORD}))::UBIGINT) "
        f"& 15)::TINYINT AS {p}{number}"
        for p in prefixes
        for number in range(len(NUDGES))
    ]
    return f"(SELECT {keep}, i, {', '.join(cells)} FROM {of}, range({members}) AS m(i))"


def _words(members: int) -> int:
    return (members - 1) // PER_WORD + 1


def _word(members: int, column: str) -> str:
    if _words(members) == 1:
        return f"{column}_0"
    cases = " ".join(f"WHEN {k} THEN {column}_{k}" for k in range(_words(members)))
    return f"CASE i // {PER_WORD} {cases} END"


def moves(of: str, keep: str = "family") -> str:
    """Relation `keep`, i, d1, d2, cases, flips from `unfolded` positions (prefixes w1, w2).

    d1, d2: the position on a value where the query leans to it minus that where it is neutral
    (-6..6, null where one is missing). cases: values (0..2) with a position in two wordings or
    more; flips: those favored (4 or more) in one wording and opposed (2 or less) in another.
    """
    return (
        f"(SELECT {keep}, i, {_shift(1, 1)} AS d1, {_shift(2, 2)} AS d2, "
        f"({_several(1)} + {_several(2)})::TINYINT AS cases, "
        f"({flipped(1)}::TINYINT + {flipped(2)}::TINYINT)::TINYINT AS flips FROM {of})"
    )


def _shift(value: int, nudge: int) -> str:
    neutral, leaning = f"w{value}0", f"w{value}{nudge}"
    return f"CASE WHEN {neutral} >= 8 AND {leaning} >= 8 THEN {leaning} - {neutral} END"


def _several(value: int) -> str:
    present = " + ".join(f"(w{value}{k} >= 8)::TINYINT" for k in range(len(NUDGES)))
    return f"(({present}) >= 2)::TINYINT"


def flipped(value: int) -> str:
    """Whether a value is favored in one wording and opposed in another (a position p is 8 + p)."""
    favored = " OR ".join(f"w{value}{k} >= {8 + FAVORS_FROM}" for k in range(len(NUDGES)))
    opposed = " OR ".join(f"w{value}{k} BETWEEN 8 AND {8 + OPPOSES_TO}" for k in range(len(NUDGES)))
    return f"(({favored}) AND ({opposed}))"


def stances(study: OpenStudy, members: int, source: str | None) -> str:
    """Relation scenario_no, s_0 ..: per member whether its answer complied in full, was refused,
    was labelled at all, or was refused by the API. First replicates of the models in $members."""
    bits = (
        f"CASE WHEN response_type = {text(ResponseType.FULL)} THEN {FULL | KNOWN} "
        f"WHEN response_type IN (SELECT unnest({texts(ALL_REFUSALS)})) THEN {REFUSED | KNOWN} "
        f"WHEN response_type = {text(UNSURE)} THEN 0 ELSE {KNOWN} END"
    )
    both = (
        f"SELECT scenario_no, model, {bits} AS bits FROM "
        f"{labels.relation(study, 'response_types', source)} WHERE replicate = 0 UNION ALL "
        f"SELECT scenario_no, model, {API_REFUSED} FROM responses WHERE replicate = 0 AND "
        f"outcome = {text(Outcome.API_REFUSAL)}"
    )
    items = [
        f"bit_or(bits::UBIGINT << (4 * (i % {PER_WORD}))) FILTER (i // {PER_WORD} = {k}) AS s_{k}"
        for k in range(_words(members))
    ]
    return (
        f"(SELECT scenario_no, {', '.join(items)} FROM ({both}) JOIN "
        f"(SELECT unnest($members::VARCHAR[]) AS model, unnest(range({members})) AS i) "
        "USING (model) GROUP BY scenario_no)"
    )


def swings(of: str, keep: str = "family") -> str:
    """Relation `keep`, i, s0 .. s2, known, swung, asked, swung_api from `unfolded` stances.

    known: labelled in two wordings or more; swung: in full in one, refused in another; asked and
    swung_api: the same with refusals by the API counted.
    """
    return (
        f"(SELECT {keep}, i, s0, s1, s2, {_two(KNOWN)} AS known, {_swung(REFUSED)} AS swung, "
        f"{_two(KNOWN | API_REFUSED)} AS asked, {_swung(REFUSED | API_REFUSED)} AS swung_api "
        f"FROM {of})"
    )


def _two(bits: int) -> str:
    present = " + ".join(f"((s{k} & {bits}) > 0)::TINYINT" for k in range(len(NUDGES)))
    return f"(({present}) >= 2)"


def _swung(bits: int) -> str:
    full = " OR ".join(f"(s{k} & {FULL}) > 0" for k in range(len(NUDGES)))
    refused = " OR ".join(f"(s{k} & {bits}) > 0" for k in range(len(NUDGES)))
    return f"(({full}) AND ({refused}))"
