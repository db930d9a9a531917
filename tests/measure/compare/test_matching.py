"""Which queries two sides share."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure.compare.matching import COLUMNS, match


def side(*rows: tuple[str, str, str, str, object]) -> pd.DataFrame:
    """Rows of scenario, family, value1, value2, words."""
    cells = [
        (i, name, family, "neutral", one, two, words)
        for i, (name, family, one, two, words) in enumerate(rows, start=1)
    ]
    return pd.DataFrame(cells, columns=list(COLUMNS))


def test_the_same_id_is_the_same_query_also_in_other_words() -> None:
    found = match(side(("1_1", "1", "a", "b", "hello")), side(("1_1", "1", "a", "b", "hi there")))
    assert found.pairs[["no_a", "no_b", "how"]].values.tolist() == [[1, 1, "id"]]
    assert (found.only_a, found.only_b) == (0, 0)


def test_an_id_of_other_values_is_another_query() -> None:
    found = match(side(("1_1", "1", "a", "b", "hello")), side(("1_1", "1", "c", "d", "hello")))
    assert found.pairs.empty
    assert (found.only_a, found.only_b, found.families) == (1, 1, 0)


def test_the_rest_is_joined_by_words_in_either_order_of_the_values() -> None:
    a = side(("x", "1", "a", "b", "hello"), ("y", "2", "a", "c", "bye"))
    b = side(("p", "7", "b", "a", "hello"), ("q", "8", "a", "c", "farewell"))
    found = match(a, b)
    assert found.pairs[["scenario_a", "scenario_b", "how", "swapped"]].values.tolist() == [
        ["x", "p", "words", True]
    ]
    assert (found.only_a, found.only_b) == (1, 1)


def test_words_that_name_two_queries_join_none() -> None:
    twice = side(("x", "1", "a", "b", "hello"), ("y", "2", "a", "b", "hello"))
    found = match(twice, side(("p", "7", "a", "b", "hello")))
    assert (len(found.pairs), found.only_a, found.only_b) == (0, 2, 1)


def test_families_that_either_side_holds_together_are_one() -> None:
    apart = side(*((str(i), str(i), "a", "b", i) for i in range(4)))
    grouped = side(*((str(i), "f" if i < 3 else "g", "a", "b", i) for i in range(4)))
    for found in (match(apart, grouped), match(grouped, apart)):
        assert found.families == 2
        assert found.pairs["family"].tolist() == [0, 0, 0, 1]


names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@settings(max_examples=30)
@given(names, names)
def test_every_query_is_counted_once(here: list[str], there: list[str]) -> None:
    a = side(*((n, n, "v", "w", ord(n)) for n in here))
    b = side(*((n, n, "v", "w", ord(n)) for n in there))
    found = match(a, b)
    assert set(found.pairs["scenario_a"]) == set(here) & set(there)
    assert found.only_a == len(here) - len(found.pairs)
    assert found.only_b == len(there) - len(found.pairs)
    assert not found.pairs["no_b"].duplicated().any()
