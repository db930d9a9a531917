"""Which scenarios: the one filter that every page shares, and the SQL that it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.queries import citations, near
from analysis.registry import registry
from analysis.store import labels, selections
from analysis.store.disagreement_sql import D_SQL, at_least_sql, at_most_sql, spread_sql
from analysis.store.sql import TAXONOMY, texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import ALL_REFUSALS, D_RANGE, NUDGES, Decision

FLAGGED, SPLIT = "flagged by a majority", "judges split"
VERDICTS = (FLAGGED, SPLIT)
"""What judges made of an answer: more than half of those who decided flag it; one finds it
compliant and another non-compliant."""
_VERDICT_SQL = {
    FLAGGED: f"2 * count(*) FILTER (decision <> '{Decision.COMPLIANT}') > count(decision)",
    SPLIT: f"count(*) FILTER (decision = '{Decision.COMPLIANT}') > 0 AND "
    f"count(*) FILTER (decision = '{Decision.NON_COMPLIANT}') > 0",
}


@dataclass(frozen=True)
class ScenarioFilter:
    """A choice of scenarios. Empty parts do not restrict; parts are joined by "and".

    `model_set` is the id of a precomputed set or the models themselves. `d_min` and `d_max` are
    inclusive and compared exactly. `categories` and `groups` are of the taxonomy in use;
    `topics` are as `topic_labels` has them, `refused_by` (queries that one of these models refused)
    as `labels` has it ("": the first labeller there is); `picked`: the key
    of a selection made by hand (`analysis.store.selections`); `near`: queries that one of these
    clauses is near to by likeness of text, under the spec `near_spec` (`specs.spec_key`; "" for
    the one in use); `cited`: queries on which a judge cites one of these clauses; `verdicts`:
    words of `VERDICTS`, one of which fits an answer; `flagged_by`: queries with an answer that one
    of these judges flags; `judged_spec`: the spec whose judgements these three are about ("" for
    the one that the study is read by).
    """

    model_set: str | tuple[str, ...] = "all"
    d_min: float = D_RANGE[0]
    d_max: float = D_RANGE[1]
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
    cited: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    flagged_by: tuple[str, ...] = ()
    judged_spec: str = ""
    topic_labels: str = ""
    labels: str = ""
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
    if isinstance(model_set, str) and "all" in known and _is_only_provider(study, model_set):
        return "all", known["all"]  # built before every provider had a set of its own
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


def _is_only_provider(study: OpenStudy, name: str) -> bool:
    """Whether all models of the study are this provider's."""
    models = study.info.models
    return len(models) > 1 and {registry().model(m).provider for m in models} == {name}


def disagreement_relation(
    study: OpenStudy, model_set: str | Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """SQL for scenario_no, models, n1, spread1, n2, spread2, d, given; and what it binds.

    A precomputed set is a range of rows, any other set is summed from the responses.
    """
    if isinstance(model_set, str) and has_rows(study, model_set):
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
        + ", ".join(_summed(v) for v in (1, 2))
        + " FROM responses WHERE replicate = 0 AND model IN $members GROUP BY scenario_no"
    )
    relation = f"(SELECT *, {D_SQL} AS d, false AS given FROM ({sums}))"
    return relation, {"members": list(members)}


def _summed(value: int) -> str:
    """SQL for n and spread of one value, from one row a response."""
    p = f"value{value}_position"
    spread = spread_sql(
        f"count({p})", f"coalesce(sum({p}), 0)", f"coalesce(sum({p}::INTEGER * {p}), 0)"
    )
    return f"count({p})::INTEGER AS n{value}, {spread}::BIGINT AS spread{value}"


def has_rows(study: OpenStudy, model_set: str) -> bool:
    """Whether D is stored under this id (also a stated one, which has no members)."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT 1 FROM disagreement WHERE model_set = $m LIMIT 1", {"m": model_set}
        ).fetchall()
    return bool(found)


def where(
    study: OpenStudy, flt: ScenarioFilter, taxonomy: Path | None
) -> tuple[str, dict[str, Any]]:
    """The filter as a condition over `scenarios s` joined with the disagreement `d`."""
    terms: list[str] = []
    bound: dict[str, Any] = {}
    if flt.d_min > D_RANGE[0]:
        terms.append(at_least_sql(flt.d_min, "d."))
    if flt.d_max < D_RANGE[1]:
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
            f"{labels.relation(study, 'topics', flt.topic_labels or None)} "
            "WHERE topic IN $topics)"
        )
        bound["topics"] = list(flt.topics)
    if flt.refused_by:
        terms.append(
            "s.scenario_no IN (SELECT scenario_no FROM "
            f"{labels.relation(study, 'response_types', flt.labels or None)} "
            "WHERE replicate = 0 AND model IN $refused_by AND response_type IN "
            f"(SELECT unnest({texts(ALL_REFUSALS)})))"
        )
        bound["refused_by"] = list(flt.refused_by)
    if flt.picked:
        terms.append("s.scenario IN $picked")
        bound["picked"] = selections.find(study.settings, flt.picked)
    if flt.near:
        terms.append(f"s.scenario_no IN {near.numbers(study, flt.near, flt.near_spec)}")
        bound["near"] = list(flt.near)
    _judged_terms(study, flt, terms, bound)
    if flt.text.strip():
        terms.append("contains(lower(s.query), lower($text))")
        bound["text"] = flt.text.strip()
    return " AND ".join(terms) or "true", bound


def _judged_terms(
    study: OpenStudy, flt: ScenarioFilter, terms: list[str], bound: dict[str, Any]
) -> None:
    if flt.cited:
        terms.append(f"s.scenario_no IN {citations.numbers(study, flt.judged_spec)}")
        bound["cited"] = list(flt.cited)
    if flt.verdicts:
        unknown = [v for v in flt.verdicts if v not in _VERDICT_SQL]
        if unknown:
            raise FaultlineError(
                f"Judges' verdicts can't be filtered by “{unknown[0]}”. Use: {', '.join(VERDICTS)}."
            )
        verdicts_sql = " OR ".join(f"({_VERDICT_SQL[v]})" for v in flt.verdicts)
        terms.append(
            "s.scenario_no IN (SELECT scenario_no FROM judgements WHERE replicate = 0 "
            f"GROUP BY scenario_no, model HAVING {verdicts_sql})"
        )
    if flt.flagged_by:
        terms.append(
            "s.scenario_no IN (SELECT scenario_no FROM judgements WHERE replicate = 0 AND "
            f"judge IN $flagged_by AND decision <> '{Decision.COMPLIANT}')"
        )
        bound["flagged_by"] = list(flt.flagged_by)


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


def facets(study: OpenStudy, taxonomy: Path | None = None) -> dict[str, pd.DataFrame]:
    """What can be filtered by, each with its count of scenarios (columns: name, scenarios).

    Keys: nudges, generators, values, topics, refused_by (models, uncounted), flagged_by (judges,
    uncounted), and with a
    taxonomy categories (with grp).
    """
    value_counts = (
        "SELECT value, count(*) AS scenarios FROM (SELECT value1 AS value FROM scenarios "
        "UNION ALL SELECT value2 FROM scenarios) GROUP BY 1"
    )
    sql = {
        "nudges": "SELECT nudge AS name, count(*) AS scenarios FROM scenarios WHERE nudge IS NOT "
        f"NULL GROUP BY 1 ORDER BY list_position({list(NUDGES)}, name)",
        "generators": "SELECT generator AS name, count(*) AS scenarios FROM scenarios WHERE "
        "generator IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
        "values": f"SELECT value AS name, scenarios FROM ({value_counts}) ORDER BY 2 DESC, 1",
        "flagged_by": "SELECT judge AS name, NULL::BIGINT AS scenarios FROM judges ORDER BY sort",
        "refused_by": "SELECT model AS name, NULL::BIGINT AS scenarios FROM models ORDER BY sort",
        "topics": "SELECT topic AS name, count(DISTINCT scenario_no) AS scenarios FROM "
        f"{labels.relation(study, 'topics')} GROUP BY 1 ORDER BY 2 DESC, 1",
    }
    found: dict[str, pd.DataFrame] = {}
    with study.cursor() as con:
        for key, query in sql.items():
            found[key] = con.execute(query).df()
        if taxonomy is not None:
            found["categories"] = con.execute(
                "SELECT coalesce(t.category, 'uncategorised') AS name, any_value(t.grp) AS grp, "
                f"sum(scenarios)::BIGINT AS scenarios FROM ({value_counts}) v LEFT JOIN "
                f"{TAXONOMY} t ON t.value = v.value GROUP BY 1 ORDER BY grp, 1",
                {"taxonomy": str(taxonomy)},
            ).df()
    return found
