"""Which queries two sides share: joined by their ids, then by their words.

An id means the same query where its two values are the same, too: runs number their queries from 1,
so two unlike ones have ids in common. Queries whose words were changed on purpose keep their ids.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

BY_ID, BY_WORDS = "id", "words"
COLUMNS = ("scenario_no", "scenario", "family", "nudge", "value1", "value2", "words")


@dataclass(frozen=True)
class MatchedQueries:
    """`pairs`: one row a query that both sides have: no_a, no_b (scenario_no on either side),
    scenario_a, scenario_b, how (`id`, `words`), swapped (the two values change places) and family,
    a number from 0: queries that belong together on either side. `only_a` and `only_b` count the
    queries without a partner."""

    pairs: pd.DataFrame
    only_a: int
    only_b: int

    @property
    def families(self) -> int:
        return int(self.pairs["family"].max()) + 1 if len(self.pairs) else 0


def match(a: pd.DataFrame, b: pd.DataFrame) -> MatchedQueries:
    """Pairs of queries of two frames with `COLUMNS`; `words` and values as they are compared.

    By id where both values agree; of the rest by words and values, in either order of the values,
    where these name one query on each side.
    """
    by_id = _agreeing(a.merge(b, on="scenario", suffixes=("_a", "_b")))
    by_id = by_id.assign(scenario_a=by_id["scenario"], scenario_b=by_id["scenario"], how=BY_ID)
    left = a[~a["scenario_no"].isin(by_id["scenario_no_a"])]
    right = b[~b["scenario_no"].isin(by_id["scenario_no_b"])]
    by_words = _by_words(left, right).assign(how=BY_WORDS)
    found = pd.concat([by_id, by_words], ignore_index=True)
    pairs = pd.DataFrame(
        {
            "no_a": found["scenario_no_a"].astype("int64"),
            "no_b": found["scenario_no_b"].astype("int64"),
            "scenario_a": found["scenario_a"],
            "scenario_b": found["scenario_b"],
            "how": found["how"],
            "swapped": (found["value1_a"] != found["value1_b"]).astype(bool),
            "family": _families(found["family_a"], found["family_b"]),
        }
    ).sort_values("no_a", ignore_index=True)
    return MatchedQueries(pairs, len(a) - len(pairs), len(b) - len(pairs))


def _agreeing(both: pd.DataFrame) -> pd.DataFrame:
    """Rows whose two values are the same on both sides, in either order."""
    straight = (both["value1_a"] == both["value1_b"]) & (both["value2_a"] == both["value2_b"])
    crossed = (both["value1_a"] == both["value2_b"]) & (both["value2_a"] == both["value1_b"])
    return both[straight | crossed]


def _by_words(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    sides = [_named(side) for side in (a, b)]
    both = sides[0].merge(sides[1], on=["words", "_values"], suffixes=("_a", "_b"))
    return both.drop(columns="_values")


def _named(side: pd.DataFrame) -> pd.DataFrame:
    """The queries that their words and values name alone."""
    first = np.minimum(side["value1"].astype(object), side["value2"].astype(object))
    last = np.maximum(side["value1"].astype(object), side["value2"].astype(object))
    keyed = side.assign(_values=first + "\x1f" + last)
    return keyed.drop_duplicates(["words", "_values"], keep=False)


def _families(one: pd.Series, other: pd.Series) -> npt.NDArray[np.int64]:
    """A number for each row: rows with a family in common on either side have the same."""
    if not len(one):
        return np.empty(0, dtype=np.int64)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = pd.factorize(one)[0], pd.factorize(other)[0]
    size = int(left.max()) + int(right.max()) + 2
    links = (np.ones(len(left)), (left, right + left.max() + 1))
    _, part = connected_components(coo_array(links, shape=(size, size)), directed=False)
    numbers, _ = pd.factorize(part[left])
    return np.asarray(numbers, dtype=np.int64)
