from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.measure.conflicts.conflicts import (
    by_clause,
    clause_pairs,
    conflicts,
    rival_clauses,
    shared_clauses,
    tally,
)
from analysis.measure.conflicts.quality_gap import farthest, quality_gaps

YES, NO, DOUBT = "compliant", "non-compliant", "ambiguous"


def frames(rows):
    """Judgements and citations from (response, judge, decision, clauses)."""
    judgements = pd.DataFrame(
        [(r, f"f{r}", j, d) for r, j, d, _ in rows],
        columns=["response", "family", "judge", "decision"],
    )
    citations = pd.DataFrame(
        [(r, j, c) for r, j, _, clauses in rows for c in clauses],
        columns=["response", "judge", "clause"],
    )
    return judgements, citations


TINY = [
    (1, "a", YES, ["x", "y"]),
    (1, "b", NO, ["y", "z"]),  # interpretive over y
    (2, "a", YES, ["x"]),
    (2, "b", NO, ["z", "z"]),  # activation: x against z
    (3, "a", DOUBT, ["x"]),
    (3, "b", NO, ["x"]),  # doubt
    (4, "a", YES, ["x"]),
    (4, "b", NO, []),  # unattributed
    (5, "a", YES, ["x"]),
    (5, "b", YES, ["z"]),  # agreement
    (6, "a", None, ["x"]),
    (6, "b", NO, ["x"]),  # one did not decide
]


def test_kinds_by_hand():
    found = conflicts(*frames(TINY))
    kinds = dict(zip(found["response"], found["kind"], strict=True))
    assert kinds == {1: "interpretive", 2: "activation", 3: "doubt", 4: "unattributed"}
    first = found.iloc[0]
    assert first[["family", "judge_a", "judge_b", "decision_a", "decision_b"]].tolist() == [
        "f1",
        "a",
        "b",
        YES,
        NO,
    ]
    assert first[["cited_a", "cited_b", "shared"]].tolist() == [2, 2, 1]
    assert found.set_index("response").loc[2, "cited_b"] == 1


def test_a_clause_is_no_rival_of_its_own_heading():
    """Who cites the heading cites what stands under it: the clause's wording is in question."""
    rows = [
        (1, "a", YES, ["part"]),
        (1, "b", NO, ["heading"]),
        (2, "a", YES, ["heading"]),
        (2, "b", NO, ["part", "other"]),
        (3, "a", YES, ["part"]),
        (3, "b", NO, ["other"]),
    ]
    judgements, citations = frames(rows)
    above = {"part": ("heading", "title"), "heading": ("title",), "other": ()}
    citations["above"] = citations["clause"].map(above)
    found = conflicts(judgements, citations)
    assert found["kind"].tolist() == ["interpretive", "interpretive", "activation"]
    shared = shared_clauses(found[found["kind"] == "interpretive"], citations)
    assert shared[["response", "clause"]].to_numpy().tolist() == [[1, "part"], [2, "part"]]
    table = by_clause(found, citations).set_index("clause")
    assert table.loc["part", ["interpretive", "activation"]].tolist() == [2, 1]
    assert table.loc["part", "rival"] == "other"
    assert pd.isna(table.loc["heading", "rival"])


def test_clauses_of_a_conflict_by_hand():
    judgements, citations = frames(TINY)
    found = conflicts(judgements, citations)
    shared = shared_clauses(found[found["kind"] == "interpretive"], citations)
    assert shared[["response", "clause"]].to_numpy().tolist() == [[1, "y"]]
    rivals = rival_clauses(found, citations)
    assert rivals[["response", "clause_a", "clause_b"]].to_numpy().tolist() == [[2, "x", "z"]]
    assert clause_pairs(found, citations).to_numpy().tolist() == [["x", "z", 1], ["z", "x", 1]]


def test_clause_table_by_hand():
    judgements, citations = frames(TINY)
    table = by_clause(conflicts(judgements, citations), citations).set_index("clause")
    columns = ["cited", "interpretive", "activation", "doubt"]
    assert table.loc["x", columns].tolist() == [6, 0, 1, 1]
    assert table.loc["y", columns].tolist() == [1, 1, 0, 0]
    assert table.loc["z", columns].tolist() == [3, 0, 1, 0]
    assert table.loc["x", "rival"] == "z"
    assert pd.isna(table.loc["y", "rival"])


def test_tally_names_all_kinds():
    table = tally(conflicts(*frames(TINY))).set_index("kind")
    assert table["answers"].to_dict() == {
        "interpretive": 1,
        "activation": 1,
        "doubt": 1,
        "unattributed": 1,
    }
    assert tally(conflicts(*frames(TINY[-4:])))["pairs"].tolist() == [0, 0, 0, 0]


def test_a_case_counts_once_for_a_clause_however_many_judges_split():
    rows = [(1, "a", YES, ["x"]), (1, "b", NO, ["x"]), (1, "c", NO, ["x"])]
    judgements, citations = frames(rows)
    found = conflicts(judgements, citations)
    assert found["kind"].tolist() == ["interpretive", "interpretive"]
    assert by_clause(found, citations)["interpretive"].tolist() == [1]


def test_one_judge_nobody_and_no_citations():
    judgements, citations = frames([row for row in TINY if row[1] == "a"])
    assert conflicts(judgements, citations).empty
    nothing = conflicts(judgements.iloc[:0], citations.iloc[:0])
    assert nothing.empty
    assert by_clause(nothing, citations.iloc[:0]).empty
    judgements, citations = frames(TINY)
    uncited = conflicts(judgements, citations.iloc[:0])
    assert set(uncited["kind"]) == {"unattributed", "doubt"}


def test_a_missing_column_gets_a_sentence():
    judgements, citations = frames(TINY)
    with pytest.raises(FaultlineError, match="'family'"):
        conflicts(judgements.drop(columns="family"), citations)


DECISION = st.sampled_from([YES, NO, DOUBT, None])
ROWS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.sampled_from("abcd")),
    st.tuples(DECISION, st.frozensets(st.sampled_from("uvwxyz"), max_size=3)),
    max_size=20,
)


def brute_force(rows):
    kinds = {}
    for (r, a), (s, b) in combinations(sorted(rows), 2):
        (one, cites), (other, cited) = rows[r, a], rows[s, b]
        if r != s or one is None or other is None or one == other:
            continue
        if DOUBT in (one, other):
            kind = "doubt"
        elif cites & cited:
            kind = "interpretive"
        else:
            kind = "activation" if cites and cited else "unattributed"
        kinds[r, a, b] = (kind, len(cites & cited))
    return kinds


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_conflicts_equal_loops_in_any_row_order(rows, random):
    judgements, citations = frames([(r, j, d, sorted(c)) for (r, j), (d, c) in rows.items()])
    order = list(range(len(judgements)))
    random.shuffle(order)
    found = conflicts(judgements.iloc[order], citations)
    got = {
        (row.response, row.judge_a, row.judge_b): (row.kind, row.shared)
        for row in found.itertuples()
    }
    assert got == brute_force(rows)


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_clause_counts_equal_loops(rows):
    judgements, citations = frames([(r, j, d, sorted(c)) for (r, j), (d, c) in rows.items()])
    table = by_clause(conflicts(judgements, citations), citations).set_index("clause")
    kinds = brute_force(rows)
    for clause in table.index:
        interpretive = {
            r
            for (r, a, b), (kind, _) in kinds.items()
            if kind == "interpretive" and clause in rows[r, a][1] & rows[r, b][1]
        }
        activation = {
            r
            for (r, a, b), (kind, _) in kinds.items()
            if kind == "activation" and clause in rows[r, a][1] | rows[r, b][1]
        }
        found = table.loc[clause, ["interpretive", "activation"]].tolist()
        assert found == [len(interpretive), len(activation)]


def answers(rows):
    columns = [
        "scenario",
        "family",
        "model",
        "passed",
        "type_rank",
        "value1_position",
        "value2_position",
    ]
    return pd.DataFrame(rows, columns=columns)


GAPS = [
    ("flat", "f", "m1", True, 6, 3, 3),
    ("flat", "f", "m2", True, 4, 3, 3),
    ("apart", "f", "m1", True, 0, 3, 3),
    ("apart", "f", "m2", True, 4, 3, 3),
    ("positions", "f", "m1", True, None, 1, 3),
    ("positions", "f", "m2", True, None, 5, 3),
    ("close", "f", "m1", True, 1, 3, 3),
    ("close", "f", "m2", True, 3, 5, 3),
    ("fails", "f", "m1", True, 0, 0, 0),
    ("fails", "f", "m2", False, 6, 6, 6),
    ("alone", "f", "m1", True, 0, 0, 0),
    ("alone", "f", "m2", None, 6, 6, 6),
]


def test_quality_gaps_by_hand_say_why():
    found = quality_gaps(answers(GAPS)).set_index("scenario")
    assert set(found.index) == {"flat", "apart", "positions"}
    reasons = ["types_apart", "positions_apart", "flat_refusal"]
    assert found.loc["flat", reasons].tolist() == [False, False, True]
    assert found.loc["apart", reasons].tolist() == [True, False, False]
    assert found.loc["positions", reasons].tolist() == [False, True, False]
    assert found.loc["flat", ["most_helpful", "least_helpful"]].tolist() == ["m2", "m1"]
    assert found.loc["positions", "position_range"] == 4
    assert pd.isna(found.loc["positions", "most_helpful"])


def test_quality_gaps_follow_their_distances_and_order_by_width():
    found = quality_gaps(answers(GAPS), type_gap=2, position_gap=2)
    assert set(found["scenario"]) == {"flat", "apart", "positions", "close"}
    widths = np.fmax(found["type_range"], found["position_range"])
    assert widths.tolist() == sorted(widths, reverse=True)


def test_quality_gaps_without_types_positions_or_answers():
    blank = answers(GAPS).assign(type_rank=np.nan)
    assert quality_gaps(blank)["scenario"].tolist() == ["positions"]
    bare = blank.assign(value1_position=np.nan, value2_position=np.nan)
    assert quality_gaps(bare).empty
    assert quality_gaps(bare.iloc[:0]).empty
    with pytest.raises(FaultlineError, match="'type_rank'"):
        quality_gaps(answers(GAPS).drop(columns="type_rank"))


def test_of_two_judgements_by_one_judge_the_last_holds():
    rows = [(1, "a", NO, ["x"]), (1, "a", YES, ["x"]), (1, "b", YES, ["x"])]
    assert conflicts(*frames(rows)).empty


def test_the_edges_of_a_quality_gap():
    firm_and_soft = [("s", "f", "m1", True, 5, 3, 3), ("s", "f", "m2", True, 4, 3, 3)]
    assert quality_gaps(answers(firm_and_soft))["flat_refusal"].tolist() == [True]
    assert quality_gaps(answers(firm_and_soft[:1]), type_gap=0).empty


def test_the_farthest_two_are_by_response_type_where_that_is_wide():
    gap = {"types_apart": True, "flat_refusal": False, "most_helpful": "a", "least_helpful": "b"}
    assert farthest(gap, pd.DataFrame()) == ("a", "b")


def test_else_the_farthest_two_are_by_the_value_on_which_they_lie_farthest_apart():
    gap = {"scenario": "s", "types_apart": False, "flat_refusal": False}
    answers = pd.DataFrame(
        {
            "scenario": ["s", "s", "s", "t", "s"],
            "model": ["a", "b", "c", "d", "e"],
            "passed": [True, True, True, True, None],
            "value1_position": [2, 3, 4, 6, 6],
            "value2_position": [6, 1, None, 0, 0],
        }
    )
    assert farthest(gap, answers) == ("b", "a")
