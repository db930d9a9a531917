"""What the map is made of and what is drawn on it: queries, points, and neighbours."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.store import derived, labels
from analysis.store.sql import TAXONOMY, parquet
from analysis.store.study import OpenStudy
from analysis.vocabulary import NO_TOPIC

MAP = "map-1"
VECTORS = "vectors-1"
_LEANING = (
    "sums AS (SELECT scenario_no, provider, sum(value1_position) AS y, count(value1_position) AS n "
    "FROM responses JOIN models USING (model) WHERE replicate = 0 GROUP BY ALL), "
    "rest AS (SELECT scenario_no, sum(y) AS y, sum(n) AS n FROM sums GROUP BY 1), "
    "apart AS (SELECT scenario_no, provider, s.y / nullif(s.n, 0) "
    "- (r.y - s.y) / nullif(r.n - s.n, 0) AS lean FROM sums s JOIN rest r USING (scenario_no)), "
    # Of equal leans the first name: a figure of it must be the same each time.
    "leaning AS (SELECT scenario_no, first(provider ORDER BY round(lean, 9) DESC, provider) AS "
    "provider FROM apart WHERE lean >= 1 GROUP BY 1)"
)


def queries(study: OpenStudy) -> pd.DataFrame:
    """Every query in the study's order: scenario_no, query, d (over all models, may be null)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT scenario_no, query, d FROM scenarios LEFT JOIN (SELECT scenario_no, d FROM "
            "disagreement WHERE model_set = 'all') USING (scenario_no) ORDER BY scenario_no"
        ).df()


def drawn(study: OpenStudy) -> bool:
    """Whether this content has a map."""
    return derived.holds(study.settings, study.info, MAP)


def has_vectors(study: OpenStudy) -> bool:
    """Whether this content's queries were turned into vectors."""
    return derived.holds(study.settings, study.info, VECTORS)


def vectors_path(study: OpenStudy) -> Path:
    """Where the vectors of this content's queries lie (may not exist)."""
    return derived.path(study.settings, study.info, VECTORS)


def points(
    study: OpenStudy, taxonomy: Path | None = None, topic_source: str | None = None
) -> pd.DataFrame:
    """The map with what a point can be coloured by, the highest D last (drawn on top).

    Columns: scenario, x, y, cluster, terms, kept, d, provider (whose models stand furthest to
    value 1's side of all other providers' models, at least one position; else `nobody`), nudge,
    generator, value1, value2, query (its first 120 characters), topic (one of its topics,
    or `none of them`), category (of value 1).
    """
    path = derived.path(study.settings, study.info, MAP)
    joined = f"LEFT JOIN {TAXONOMY} t ON t.value = s.value1" if taxonomy else ""
    category = "coalesce(t.category, 'uncategorised')" if taxonomy else "NULL"
    sql = (
        f"WITH {_LEANING} SELECT s.scenario, m.x, m.y, m.cluster, m.terms, m.kept, d.d, "
        "coalesce(p.provider, 'nobody') AS provider, s.nudge, s.generator, "
        f"s.value1, s.value2, substr(s.query, 1, 120) AS query, "
        f"coalesce(o.topic, '{NO_TOPIC}') AS topic, {category} AS category "
        f"FROM {parquet([path])} m JOIN scenarios s USING (scenario_no) LEFT JOIN disagreement d "
        "ON d.scenario_no = s.scenario_no AND d.model_set = 'all' LEFT JOIN (SELECT scenario_no, "
        f"min(topic) AS topic FROM {labels.relation(study, 'topics', topic_source)} GROUP BY 1) o "
        f"ON o.scenario_no = s.scenario_no LEFT JOIN leaning p ON p.scenario_no = s.scenario_no "
        f"{joined} ORDER BY d.d NULLS FIRST, s.scenario_no"
    )
    with study.cursor() as con:
        return con.execute(sql, {"taxonomy": str(taxonomy)} if taxonomy else {}).df()


def vectors(study: OpenStudy) -> tuple[np.ndarray, np.ndarray]:
    """Scenario numbers and unit vectors of all queries, as they were stored."""
    return unit_vectors(pd.read_parquet(vectors_path(study)))


def unit_vectors(stored: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The same of a table with a row a query: scenario_no, v0, v1 ..."""
    numbers = stored["scenario_no"].to_numpy()
    return numbers, stored.drop(columns="scenario_no").to_numpy(np.float32)


def named(study: OpenStudy, numbers: list[int]) -> pd.DataFrame:
    """Scenarios by number, in that order: scenario, query (its first 160 characters), family,
    value1, value2, d."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT s.scenario_no, scenario, substr(query, 1, 160) AS query, family, value1, "
            "value2, d.d FROM scenarios s LEFT JOIN disagreement d ON d.scenario_no = "
            "s.scenario_no AND d.model_set = 'all' WHERE s.scenario_no IN $numbers",
            {"numbers": numbers},
        ).df()
    return found.set_index("scenario_no").reindex(numbers).dropna(subset=["scenario"])


def number_of(study: OpenStudy, scenario: str) -> int:
    """The number of a scenario inside this study's file, or 0."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT scenario_no FROM scenarios WHERE scenario = $s", {"s": scenario}
        ).fetchall()
    return int(found[0][0]) if found else 0
