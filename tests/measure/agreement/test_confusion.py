"""Two judges against each other: every answer stands in one cell, and its cell gives it back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.measure.agreement.agreement import agreement
from analysis.measure.agreement.confusion import NOTHING, STATES, asked_apart, cases, confusion
from analysis.measure.agreement.ratings import ABSTAINED, MISSING, UNPARSED, ratings

CODES = st.sampled_from([0, 1, 2, MISSING, ABSTAINED, UNPARSED])


def framed(pairs):
    return pd.DataFrame(
        {"one": [a for a, _ in pairs], "two": [b for _, b in pairs], "family": range(len(pairs))}
    )


def test_a_small_table_by_hand() -> None:
    frame = framed([(0, 0), (0, 1), (0, 1), (2, ABSTAINED), (UNPARSED, 1), (0, MISSING)])
    found = confusion(frame, "one", "two").set_index(["decision", "other_decision"])
    assert found.loc[("compliant", "non-compliant"), "answers"] == 2
    assert found.loc[("ambiguous", NOTHING), "answers"] == 1
    assert found.loc[(NOTHING, "non-compliant"), "share"] == 0.2
    assert asked_apart(frame, "one", "two") == 1
    assert list(cases(frame, "one", "two", "compliant", "non-compliant")["family"]) == [1, 2]


@given(st.lists(st.tuples(CODES, CODES), max_size=40))
def test_every_answer_stands_in_one_cell(pairs) -> None:
    frame = framed(pairs)
    found = confusion(frame, "one", "two")
    assert len(found) == len(STATES) ** 2
    both = sum(a != MISSING and b != MISSING for a, b in pairs)
    assert found["answers"].sum() == both
    sizes = [
        len(cases(frame, "one", "two", a, b))
        for a, b in zip(found["decision"], found["other_decision"], strict=True)
    ]
    assert sizes == list(found["answers"])
    turned = confusion(frame, "two", "one")
    assert sorted(turned["answers"]) == sorted(found["answers"])


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=40))
def test_the_decided_part_is_what_agreement_counts(pairs) -> None:
    frame = framed(pairs)
    pair = agreement(ratings(frame, ["one", "two"]), "three_way")
    table = confusion(frame, "one", "two").set_index(["decision", "other_decision"])["answers"]
    decided = table.unstack().loc[list(STATES[:3]), list(STATES[:3])].to_numpy()
    assert (pair.pairs["one", "two"].confusion == decided).all()


def test_a_mistake_ends_in_one_sentence() -> None:
    with pytest.raises(FaultlineError, match="perhaps"):
        cases(framed([(0, 0)]), "one", "two", "perhaps", "compliant")
    with pytest.raises(FaultlineError, match="three"):
        confusion(framed([(0, 0)]), "one", "three")
