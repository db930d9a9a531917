"""What is tested of a spec, against counting the citations of each clause one by one."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import spec_coverage as measure
from analysis.measure.estimates.grouped import MOMENTS
from analysis.vocabulary import LEAST_FAMILIES

CLAUSES = ["a", "b", "c"]
NEAR = pd.DataFrame(columns=["clause", "near", "near_high", *MOMENTS])
CITED = st.tuples(
    st.integers(0, 11),  # the query; two a family
    st.sampled_from(["m1", "m2"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(CLAUSES),
)
LABELS = st.tuples(
    st.integers(0, 11), st.sampled_from(["m1", "m2"]), st.sampled_from([None, *CLAUSES])
)


@given(st.lists(CITED), st.lists(LABELS, max_size=6))
def test_each_clause_counts_what_cites_it(cited, labels):
    judgements = pd.DataFrame(
        [(f"{q}|{m}", f"f{q // 2}") for q in range(12) for m in ("m1", "m2")],
        columns=["response", "family"],
    )
    citations = pd.DataFrame(
        [(f"{q}|{m}", j, c) for q, m, j, c in cited], columns=["response", "judge", "clause"]
    )
    said = pd.DataFrame(
        [(f"{q}|{m}", c) for q, m, c in labels], columns=["response", "clause"], dtype=object
    )
    clauses = pd.DataFrame({"clause": CLAUSES})
    found = measure.coverage(clauses, judgements, citations, said, NEAR).set_index("clause")
    assert list(found.index) == CLAUSES
    for clause in CLAUSES:
        mine = [(q, m, j) for q, m, j, c in cited if c == clause]
        answers = {(q, m) for q, m, _ in mine}
        people = {(q, m) for q, m, c in labels if c == clause or (q, m) in answers}
        row = found.loc[clause]
        assert row["queries"] == len({q for q, _ in answers})
        assert row["families"] == len({q // 2 for q, _ in answers})
        assert row["judgements"] == len(set(mine))
        assert row["labels"] == len(people)
        assert (row["near"], row["mean_d_n"]) == (0, 0)
        assert row["mean_d_undefined"] == "no query is near it"


def test_few_cases_end_where_intervals_begin():
    states = [measure.state(n) for n in (0, 1, LEAST_FAMILIES - 1, LEAST_FAMILIES)]
    assert states == ["untested", "few cases", "few cases", "ok"]
