"""What is read of each of two studies to compare them: queries by name, and facts of answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.queries import lean_sql
from analysis.queries.answers import answers_relation
from analysis.queries.archetypes import STYLE
from analysis.store import derived, labels
from analysis.store.sql import TAXONOMY, joined, texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import ALL_REFUSALS, Outcome

Floats: TypeAlias = npt.NDArray[np.float64]
Facts: TypeAlias = dict[str, Floats]


@dataclass(frozen=True)
class Models:
    """The models of a study in the registry's order, with their labels and providers."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    providers: tuple[str, ...]


def models(study: OpenStudy) -> Models:
    """Who answered."""
    with study.cursor() as con:
        rows = con.execute("SELECT model, label, provider FROM models ORDER BY sort").fetchall()
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return Models(*(tuple(map(str, c)) for c in columns))


def scenarios(study: OpenStudy) -> pd.DataFrame:
    """One row a query: scenario_no, scenario, family, nudge, value1, value2 and words (a hash); the
    last three as they are compared with another source's."""
    with study.cursor() as con:
        return con.execute(
            f"SELECT scenario_no, scenario, family, nudge, {joined('value1')} AS value1, "
            f"{joined('value2')} AS value2, hash({joined('query')}) AS words FROM scenarios "
            "ORDER BY scenario_no"
        ).df()


def positions(study: OpenStudy, members: Sequence[str]) -> Floats:
    """(scenarios, models, 2) positions 0..6 of the first answers, NaN where there is none; row
    i is scenario_no i + 1."""
    count = len(members)
    found = np.full((study.info.scenarios, count, 2), np.nan, dtype=float)
    if not count:
        return found
    with study.cursor() as con:
        packed = con.execute(
            f"SELECT * FROM {lean_sql.packed(count)}", {"members": list(members)}
        ).fetchnumpy()
    rows = np.asarray(packed["scenario_no"], dtype=np.int64) - 1
    for v in (1, 2):
        for m in range(count):
            word = np.ma.filled(packed[f"w{v}_{m // lean_sql.PER_WORD}"], 0).astype(np.uint64)
            bits = (word >> np.uint64(4 * (m % lean_sql.PER_WORD))) & np.uint64(15)
            found[rows, m, v - 1] = np.where(bits & np.uint64(8), bits & np.uint64(7), np.nan)
    return found


def stated(study: OpenStudy) -> Floats:
    """(scenarios) D where the source states it, NaN elsewhere."""
    found = np.full(study.info.scenarios, np.nan)
    with study.cursor() as con:
        rows = con.execute(
            "SELECT scenario_no, max(d) AS d FROM disagreement WHERE given GROUP BY 1"
        ).fetchnumpy()
    found[np.asarray(rows["scenario_no"], dtype=np.int64) - 1] = np.ma.filled(rows["d"], np.nan)
    return found


def categories(study: OpenStudy, taxonomy: str, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """(scenarios, 2) number in `names` of the category of either value, -1 for another."""
    numbers = {name: i for i, name in enumerate(names)}
    found = np.full((study.info.scenarios, 2), -1, dtype=np.int64)
    with study.cursor() as con:
        rows = con.execute(
            "SELECT s.scenario_no, one.category, two.category FROM scenarios s "
            f"LEFT JOIN {TAXONOMY} one ON one.value = s.value1 "
            f"LEFT JOIN {TAXONOMY} two ON two.value = s.value2",
            {"taxonomy": taxonomy},
        ).fetchall()
    for number, one, two in rows:
        found[number - 1] = numbers.get(one, -1), numbers.get(two, -1)
    return found


def answers(study: OpenStudy, members: Sequence[str], *, texts_too: bool = False) -> Facts:
    """What is known of each first answer, (scenarios, models) a fact, NaN where it is not:
    `answered` (1 for an answer that came whole, 0 for one that did not; NaN where nobody asked),
    and of whole answers the `length` (characters) and `latency` (seconds). Lengths that loading did
    not read are counted in the texts with `texts_too`."""
    whole = f"outcome = '{Outcome.ANSWERED}'"
    length, beside = "chars", ""
    if texts_too:
        length = "coalesce(chars, length(t.text))"
        beside = (
            f"LEFT JOIN {answers_relation(study)} t ON t.scenario_no = r.scenario_no "
            "AND t.model = r.model AND t.replicate = r.replicate "
        )
    sql = (
        f"SELECT r.scenario_no, i, ({whole})::DOUBLE AS answered, "
        f"CASE WHEN {whole} THEN {length} END::DOUBLE AS length, "
        f"CASE WHEN {whole} THEN latency_s END AS latency FROM responses r {beside}"
        f"JOIN {_numbered(members)} m ON m.model = r.model WHERE r.replicate = 0 "
        f"AND outcome <> '{Outcome.MISSING}'"
    )
    return _dense(study, members, sql, ("answered", "length", "latency"))


def refused(study: OpenStudy, members: Sequence[str], source: str) -> Facts:
    """(scenarios, models) whether the first answer is labelled a refusal: `refused` 1 or 0, NaN
    without a label of that labeller."""
    sql = (
        f"SELECT scenario_no, i, (response_type IN (SELECT unnest({texts(ALL_REFUSALS)})))::DOUBLE "
        f"AS refused FROM {labels.relation(study, 'response_types', source)} "
        f"JOIN {_numbered(members)} USING (model) WHERE replicate = 0"
    )
    return _dense(study, members, sql, ("refused",))


def diversity(study: OpenStudy, members: Sequence[str]) -> Facts:
    """(scenarios, models) lexical diversity (0..1) of the first answer, where it was measured."""
    sql = (
        f"SELECT scenario_no, i, diversity FROM {derived.relation(study, STYLE)} "
        f"JOIN {_numbered(members)} USING (model) WHERE replicate = 0"
    )
    return _dense(study, members, sql, ("diversity",))


def _numbered(members: Sequence[str]) -> str:
    named = texts(members)
    return f"(SELECT unnest({named}) AS model, unnest(range({len(members)})) AS i)"


def _dense(study: OpenStudy, members: Sequence[str], sql: str, names: Sequence[str]) -> Facts:
    shape = (study.info.scenarios, len(members))
    if not members:
        return {name: np.full(shape, np.nan) for name in names}
    with study.cursor() as con:
        rows: dict[str, Any] = con.execute(sql).fetchnumpy()
    at = (np.asarray(rows["scenario_no"], dtype=np.int64) - 1, np.asarray(rows["i"], np.int64))
    found = {}
    for name in names:
        table = np.full(shape, np.nan)
        table[at] = np.ma.filled(np.ma.asarray(rows[name], dtype=float), np.nan)
        found[name] = table
    return found
