"""Which scenarios: the one filter that every page shares, and the SQL that it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.measure.labels import REFUSALS
from analysis.store import labels, selections
from analysis.store.derive import CLOSE, at_least_sql, d_sql
from analysis.store.queries import near
from analysis.store.sql import TAXONOMY, texts
from analysis.store.study import OpenStudy

FULL_RANGE = (0.0, 3.0)


@dataclass(frozen=True)
class ScenarioFilter:
    """A choice of scenarios. Empty parts do not restrict; parts are joined by "and".

    `model_set` is the id of a precomputed set or the models themselves. `d_min` and `d_max` are
    inclusive and compared exactly. `categories` and `groups` are of the taxonomy in use;
    `refused_by`: queries that one of these models refused, by whatever labeller; `picked`: the key
    of a selection by hand (`analysis.store.selections`); `near`: queries that one of these
    clauses is near to by likeness of text, under the spec `near_spec` (`specs.spec_key`; "" for
    the one in use).
    """

    model_set: str | tuple[str, ...] = "all"
    d_min: float = FULL_RANGE[0]
    d_max: float = FULL_RANGE[1]
    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    nudges: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    refused_by: tuple[str, ...] = ()
    picked: str = ""
    near: tuple[str, ...] = ()
    near_spec: str = ""
    text: str = ""
    families: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()


def set_members(study: OpenStudy, model_set: str | Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(id of the precomputed set or "", its models) for a set's id, `ID,ID` or a list of models.

    Raises FaultlineError that lists what this study has.
    """
    with study.cursor() as con:
        sets = con.execute(
            "SELECT model_set, list(model ORDER BY model) FROM model_sets GROUP BY 1"
        ).fetchall()
    known = {name: tuple(models) for name, models in sets}
    if isinstance(model_set, str) and model_set in known:
        return model_set, known[model_set]
    if model_set == "all":
        # A study of judgements alone has models but no positions, hence no precomputed set.
        return "", tuple(study.info.models)
    if isinstance(model_set, str):
        model_set = [m.strip() for m in model_set.split(",") if m.strip()]
    chosen = tuple(sorted(set(model_set)))
    unknown = [m for m in chosen if m not in study.info.models]
    if unknown or not chosen:
        raise FaultlineError(
            f"The study “{study.info.id}” has no model or set “{', '.join(unknown)}”. Sets: "
            f"{', '.join(known) or 'none'}; models: {', '.join(study.info.models)}."
        )
    same = next((name for name, models in known.items() if models == chosen), "")
    return same, chosen


def disagreement_relation(
    study: OpenStudy, model_set: str | Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """SQL for scenario_no, models, n1, spread1, n2, spread2, d, given; and what it binds.

    A precomputed set is a range of rows, any other set is summed from the responses.
    """
    if isinstance(model_set, str) and _has_rows(study, model_set):
        relation = (
            "(SELECT scenario_no, models, n1, spread1, n2, spread2, d, given FROM disagreement "
            "WHERE model_set = $model_set)"
        )
        return relation, {"model_set": model_set}
    name, members = set_members(study, model_set)
    if name:
        return disagreement_relation(study, name)
    sums = (
        "SELECT scenario_no, count(*) FILTER (value1_position IS NOT NULL OR "
        "value2_position IS NOT NULL) AS models, "
        + ", ".join(
            f"count(value{v}_position)::INTEGER AS n{v}, "
            f"(count(value{v}_position) * coalesce(sum(value{v}_position::INTEGER * "
            f"value{v}_position), 0) - coalesce(sum(value{v}_position), 0) * "
            f"coalesce(sum(value{v}_position), 0))::BIGINT AS spread{v}"
            for v in (1, 2)
        )
        + " FROM responses WHERE replicate = 0 AND model IN $members GROUP BY scenario_no"
    )
    relation = (
        f"(SELECT *, {d_sql('n1', 'spread1', 'n2', 'spread2')} AS d, false AS given FROM ({sums}))"
    )
    return relation, {"members": list(members)}


def _has_rows(study: OpenStudy, model_set: str) -> bool:
    """Whether D is stored under this id (also a stated one, which has no members)."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT 1 FROM disagreement WHERE model_set = $m LIMIT 1", {"m": model_set}
        ).fetchall()
    return bool(found)


def at_most_sql(threshold: float, prefix: str = "") -> str:
    """`D <= threshold`, asked exactly in integers."""
    a, b = round(threshold * 10_000), 10_000
    terms = [
        f"({prefix}n{v} < 2 OR {b * b}::BIGINT * {prefix}spread{v} <= "
        f"{a * a}::BIGINT * {prefix}n{v}::INTEGER * {prefix}n{v})"
        for v in (1, 2)
    ]
    stated = f"({prefix}given AND {prefix}d <= {a / b + CLOSE!r})"
    return (
        f"({prefix}d IS NOT NULL AND ({stated} OR (NOT {prefix}given AND {' AND '.join(terms)})))"
    )


def where(
    study: OpenStudy, flt: ScenarioFilter, taxonomy: Path | None
) -> tuple[str, dict[str, Any]]:
    """The filter as a condition over `scenarios s` joined with the disagreement `d`."""
    terms: list[str] = []
    bound: dict[str, Any] = {}
    if flt.d_min > FULL_RANGE[0]:
        terms.append(at_least_sql(flt.d_min, "d."))
    if flt.d_max < FULL_RANGE[1]:
        terms.append(at_most_sql(flt.d_max, "d."))
    for column, chosen in (
        ("s.nudge", flt.nudges),
        ("s.generator", flt.generators),
        ("s.family", flt.families),
        ("s.scenario", flt.scenarios),
    ):
        if chosen:
            key = column[2:]
            terms.append(f"{column} IN ${key}")
            bound[key] = list(chosen)
    if flt.values:
        terms.append("(s.value1 IN $values OR s.value2 IN $values)")
        bound["values"] = list(flt.values)
    _taxonomy_terms(flt, taxonomy, terms, bound)
    if flt.topics:
        terms.append(
            "s.scenario_no IN (SELECT scenario_no FROM "
            f"{labels.relation(study, 'topics')} WHERE topic IN $topics)"
        )
        bound["topics"] = list(flt.topics)
    if flt.refused_by:
        terms.append(
            f"s.scenario_no IN (SELECT scenario_no FROM {labels.relation(study, 'response_types')} "
            "WHERE replicate = 0 AND model IN $refused_by AND response_type IN "
            f"(SELECT unnest({texts(REFUSALS)})))"
        )
        bound["refused_by"] = list(flt.refused_by)
    if flt.picked:
        terms.append("s.scenario IN $picked")
        bound["picked"] = selections.find(study.settings, flt.picked)
    if flt.near:
        terms.append(f"s.scenario_no IN {near.numbers(study, flt.near, flt.near_spec)}")
        bound["near"] = list(flt.near)
    if flt.text.strip():
        terms.append("contains(lower(s.query), lower($text))")
        bound["text"] = flt.text.strip()
    return " AND ".join(terms) or "true", bound


def _taxonomy_terms(
    flt: ScenarioFilter, taxonomy: Path | None, terms: list[str], bound: dict[str, Any]
) -> None:
    for column, chosen in (("category", flt.categories), ("grp", flt.groups)):
        if not chosen:
            continue
        if taxonomy is None:
            raise FaultlineError("No value taxonomy is loaded, so categories can't be filtered by.")
        among = f"(SELECT value FROM {TAXONOMY} WHERE {column} IN ${column})"
        terms.append(f"(s.value1 IN {among} OR s.value2 IN {among})")
        bound[column] = list(chosen)
        bound["taxonomy"] = str(taxonomy)
