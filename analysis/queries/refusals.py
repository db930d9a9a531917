"""Refusals: family moments per model and topic, response types, outcomes, and odd ones out.

A case is an answer with a label of the chosen labeller (also `unsure`, which is never a refusal,
so that doubt can only lower a rate). Refusals by the API have no answer to label; they are counted
apart, and added to both sides where `api` asks for it. First replicates.
"""

from typing import Any

import pandas as pd

from analysis.store import labels
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import (
    ALL_REFUSALS,
    HAZARDOUS_TOPICS,
    NO_TOPIC,
    PLAIN_LABELS,
    REFUSALS,
    REFUSED,
    TOPIC_ROWS,
    UNSURE,
    Outcome,
    ResponseType,
)

ALL = "all"
ROWS = [*TOPIC_ROWS, ALL]
KINDS = ("any", "soft", "firm", "complete")
_CODE = {ResponseType.SOFT: 1, ResponseType.FIRM: 2, ResponseType.COMPLETE: 3}


def moments(
    study: OpenStudy,
    kind: str = "any",
    source: str | None = None,
    topic_source: str | None = None,
    *,
    api: bool = False,
    model: str | None = None,
) -> pd.DataFrame:
    """Family moments of refusing, per topic and model and per topic and provider.

    Columns: topic (the eight, `none of them`, `all`), kind (`model`, `provider`), name, and the
    moments of `measure.estimates_grouped`. `kind` is any refusal or one of soft, firm, complete.
    A query with several topics counts under each. Groups without a case have no row. `model`
    keeps to one model (and a provider then has that model alone).
    """
    sql = (
        f"WITH {_coded(study, source, kind, api)}, {_rows(study, topic_source)}, "
        "by_family AS MATERIALIZED (SELECT row, i, family, sum(k)::INTEGER AS y, "
        "sum(n)::INTEGER AS n FROM (SELECT scenario_no, m.i, k, n FROM coded "
        "JOIN who m USING (model) WHERE $only IS NULL OR model = $only) JOIN keyed "
        "USING (scenario_no) GROUP BY ALL), "
        "by_provider AS (SELECT row, p, family, sum(y) AS y, sum(n) AS n FROM by_family "
        f"JOIN who USING (i) GROUP BY ALL), sums AS ({_summed('by_family', 'i', 'model')} "
        f"UNION ALL {_summed('by_provider', 'p', 'provider')}) "
        "SELECT ($rows)[row + 1] AS topic, kind, CASE kind WHEN 'model' THEN w.model "
        "ELSE w.provider END AS name, families, n, y, yy, yn, nn, n4, "
        'sums."some", short '
        "FROM sums JOIN who w ON w.i = sums.who ORDER BY ALL"
    )
    with study.cursor() as con:
        return con.execute(sql, {"rows": ROWS, "only": model}).df()


def cases_sql(study: OpenStudy, source: str | None, kind: str = "any") -> str:
    """SELECT of the labelled answers: scenario_no, model, k (1 where it refuses so), n (1)."""
    return f"WITH {_coded(study, source, kind, False)} SELECT * FROM coded"


def types(study: OpenStudy, source: str | None = None) -> pd.DataFrame:
    """How often each response type was given: model, response_type (also `unsure`), n."""
    labelled = labels.relation(study, "response_types", source)
    with study.cursor() as con:
        return con.execute(
            "SELECT model, response_type, count(*) AS n FROM "
            f"{labelled} WHERE replicate = 0 "
            "GROUP BY ALL ORDER BY ALL"
        ).df()


def outcomes(study: OpenStudy) -> pd.DataFrame:
    """What came back, a row a model of the study: model, and a count for every outcome."""
    counts = ", ".join(f"count(*) FILTER (outcome = {text(o)}) AS {o}" for o in map(str, Outcome))
    with study.cursor() as con:
        return con.execute(
            f"SELECT model, {counts} FROM models LEFT JOIN (FROM responses WHERE replicate = 0) "
            "USING (model) GROUP BY model, sort ORDER BY sort"
        ).df()


def contrast(
    study: OpenStudy,
    kind: str,
    one: tuple[str, tuple[str, ...]],
    other: tuple[str, tuple[str, ...]],
    source: str | None = None,
    topic_source: str | None = None,
    of: str = "all",
) -> dict[str, float]:
    """Sums behind the difference of two refusal rates, over families that both sides share.

    `one` and `other`: a topic row and the models. `of`: among `all` labelled answers, or among
    `refusals` only. Gives families, families1 and families2 (of each side), the sums of y1, n1,
    y2, n2 and of all their products, and n41, n42 (sums of n1^4 and n2^4).
    """
    sides = " UNION ALL ".join(
        f"SELECT {i} AS side, family, k, n FROM coded JOIN keyed USING (scenario_no) "
        f"WHERE row = $row{i} AND model IN $models{i}"
        for i in (1, 2)
    )
    names = ("y1", "n1", "y2", "n2")
    sums = [f"coalesce(sum({a}), 0) AS {a}" for a in names]
    sums += [
        f"coalesce(sum({a} * {b}), 0) AS {a}{b}" for i, a in enumerate(names) for b in names[i:]
    ]
    per_family = ", ".join(
        f"coalesce(sum({c}) FILTER (side = {i}), 0)::DOUBLE AS {c.replace('k', 'y')}{i}"
        for i in (1, 2)
        for c in ("k", "n")
    )
    sql = (
        f"WITH {_coded(study, source, kind, False, of)}, {_rows(study, topic_source)}, "
        f"sides AS ({sides}), totals AS (SELECT family, {per_family} FROM sides GROUP BY family) "
        "SELECT count(*) AS families, count(*) FILTER (n1 > 0) AS families1, "
        "count(*) FILTER (n2 > 0) AS families2, coalesce(sum(n1 * n1 * n1 * n1), 0) AS n41, "
        f"coalesce(sum(n2 * n2 * n2 * n2), 0) AS n42, {', '.join(sums)} FROM totals"
    )
    bound: dict[str, Any] = {"rows": ROWS}
    for i, (topic, models) in enumerate((one, other), start=1):
        bound |= {f"row{i}": ROWS.index(topic), f"models{i}": list(models)}
    with study.cursor() as con:
        row = con.execute(sql, bound).df().iloc[0]
    return {str(k): float(v) for k, v in row.items()}


def isolated_refusals(
    study: OpenStudy,
    share: float,
    source: str | None = None,
    topic_source: str | None = None,
    *,
    refused: bool = True,
) -> pd.DataFrame:
    """Answers that go against nearly all others: false-positive refusals, or lone compliance.

    With `refused`: the model refuses, at least `share` of the others comply in full, and no topic
    of the query is hazardous. Else: it complies in full and at least `share` of the others refuse.
    At least three others with a known type. Columns: scenario, model, response_type, agree (others
    that do the opposite), of (others known), value1, value2, disagreement; clearest first.
    """
    crowd = (
        "crowd AS (SELECT scenario_no, count(*) AS known, "
        f"count(*) FILTER (response_type = {text(ResponseType.FULL)}) AS full_, "
        f"count(*) FILTER (response_type IN (SELECT unnest({texts(ALL_REFUSALS)}))) AS refused "
        "FROM held GROUP BY 1)"
    )
    mine = "t.response_type IN (SELECT unnest($mine))"
    others = "c.full_" if refused else "c.refused"
    hazard = (
        f"AND scenario_no NOT IN (SELECT scenario_no FROM "
        f"{labels.relation(study, 'topics', topic_source)} WHERE topic IN $hazard) "
        if refused
        else ""
    )
    sql = (
        "WITH held AS MATERIALIZED (SELECT scenario_no, model, response_type FROM "
        f"{labels.relation(study, 'response_types', source)} WHERE replicate = 0 AND "
        f"response_type <> '{UNSURE}'), {crowd} "
        f"SELECT s.scenario, t.model, t.response_type, {others} AS agree, c.known - 1 AS of, "
        "s.value1, s.value2, d.d AS disagreement FROM held t JOIN crowd c USING (scenario_no) "
        "JOIN scenarios s USING (scenario_no) LEFT JOIN disagreement d ON "
        "d.scenario_no = t.scenario_no AND d.model_set = 'all' "
        f"WHERE {mine} AND c.known > 3 AND {others} >= $share * (c.known - 1) {hazard}"
        f"ORDER BY {others} / (c.known - 1) DESC, c.known DESC, t.scenario_no, t.model"
    )
    kinds = list(ALL_REFUSALS) if refused else [str(ResponseType.FULL)]
    bound: dict[str, Any] = {"mine": kinds, "share": share}
    if refused:
        bound["hazard"] = list(HAZARDOUS_TOPICS)
    with study.cursor() as con:
        return con.execute(sql, bound).df()


def _coded(study: OpenStudy, source: str | None, kind: str, api: bool, of: str = "all") -> str:
    """`coded`: scenario_no, model, k (1 where it counts as this kind of refusal), n (1)."""
    chosen = [str(t) for t, code in _CODE.items() if kind in ("any", t.split()[0])]
    # Who only says that an answer refuses says nothing of the kind.
    counted = ALL_REFUSALS if kind == "any" else REFUSALS
    only = f"AND response_type IN (SELECT unnest({texts(counted)}))" if of == "refusals" else ""
    if kind == "any":
        chosen.append(REFUSED)
    else:
        only += f" AND response_type NOT IN (SELECT unnest({texts(PLAIN_LABELS)}))"
    hit = f"response_type IN (SELECT unnest({texts(chosen)}))"
    parts = (
        f"SELECT scenario_no, model, ({hit})::TINYINT AS k, 1::TINYINT AS n FROM "
        f"{labels.relation(study, 'response_types', source)} WHERE replicate = 0 {only}"
    )
    if api:
        parts += (
            f" UNION ALL SELECT scenario_no, model, {int(kind == 'any')}, 1 FROM responses "
            f"WHERE replicate = 0 AND outcome = {text(Outcome.API_REFUSAL)}"
        )
    return f"coded AS ({parts})"


def _rows(study: OpenStudy, topic_source: str | None) -> str:
    """`who`: models and providers by number; `keyed`: a row a scenario and row of the topic table
    it belongs to, with its family. Numbers, since millions of rows are grouped by them."""
    labelled = labels.relation(study, "topics", topic_source)
    return (
        "who AS MATERIALIZED (SELECT model, provider, i::USMALLINT AS i, "
        "(min(i) OVER (PARTITION BY provider))::USMALLINT AS p FROM "
        "(SELECT *, row_number() OVER (ORDER BY sort) - 1 AS i FROM models)), "
        "told AS MATERIALIZED (SELECT DISTINCT scenario_no, (list_position($rows, topic) - 1)"
        f"::UTINYINT AS row FROM {labelled} WHERE topic IN $rows), "
        "families AS MATERIALIZED (SELECT scenario_no, min(scenario_no) OVER (PARTITION BY family) "
        "AS family FROM scenarios), "
        "keyed AS MATERIALIZED (SELECT scenario_no, family, row FROM families JOIN told "
        "USING (scenario_no) UNION ALL "
        f"SELECT scenario_no, family, {ROWS.index(ALL)} FROM families UNION ALL "
        f"SELECT scenario_no, family, {ROWS.index(NO_TOPIC)} FROM families WHERE "
        "scenario_no NOT IN (SELECT scenario_no FROM told UNION ALL "
        f"{_unread(study, topic_source)}))"
    )


def _unread(study: OpenStudy, topic_source: str | None) -> str:
    """SQL for the queries whose topics this labeller's reply did not say."""
    who = topic_source or next(iter(labels.sources(study, "topics")), "")
    return (
        "SELECT scenario_no FROM scenarios WHERE scenario IN (SELECT scenario FROM lost_replies "
        f"WHERE stage = 'label' AND model IS NULL AND asked = {text(who)})"
    )


def _summed(relation: str, who: str, kind: str) -> str:
    return (
        f"SELECT row, {who} AS who, '{kind}' AS kind, count(*) AS families, sum(n)::DOUBLE AS n, "
        "sum(y)::DOUBLE AS y, sum(y * y)::DOUBLE AS yy, sum(y * n)::DOUBLE AS yn, "
        "sum(n * n)::DOUBLE AS nn, sum((n * n)::DOUBLE * (n * n))::DOUBLE AS n4, "
        "count(*) FILTER (y > 0) AS some, "
        f"count(*) FILTER (y < n) AS short FROM {relation} GROUP BY ALL"
    )
