"""A few whole families of a study's queries, for a person or a measure to look at."""

import pandas as pd

from analysis.store.study import OpenStudy


def families(study: OpenStudy, count: int) -> pd.DataFrame:
    """The queries of at most `count` families: scenario, family, query.

    One row a query, in the study's order; the same study gives the same families, spread over it
    by a hash of their names.
    """
    with study.cursor() as con:
        return con.execute(
            "SELECT scenario, family, query FROM scenarios WHERE family IN ("
            "SELECT family FROM (SELECT DISTINCT family FROM scenarios) "
            "ORDER BY md5(CAST(family AS VARCHAR)), family LIMIT $n) ORDER BY scenario_no",
            {"n": count},
        ).df()
