"""A clause's cases and quality gaps are those that its counts in the list speak of."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure.clauses import FEW_CASES, OK, by_clause, cases, gaps_by_clause, state_counts
from analysis.measure.near.clauses import nearest
from analysis.parse.specs.clause import Clause

JUDGES, CLAUSES = ("a", "b", "c"), ("x", "y", "z")
DECISIONS = st.sampled_from(["compliant", "non-compliant", "ambiguous", None])
CITED = st.sets(st.sampled_from(CLAUSES), max_size=2)
SAID = st.lists(st.tuples(*[st.tuples(DECISIONS, CITED)] * 3), min_size=1, max_size=12)


def frames(said):
    judged, cited = [], []
    for i, answer in enumerate(said):
        for judge, (decision, clauses) in zip(JUDGES, answer, strict=True):
            judged.append((f"s{i}|m", f"f{i % 3}", judge, decision))
            cited += [(f"s{i}|m", judge, c) for c in sorted(clauses)]
    return (
        pd.DataFrame(judged, columns=["response", "family", "judge", "decision"]),
        pd.DataFrame(cited, columns=["response", "judge", "clause"], dtype=object),
    )


@given(SAID)
@settings(max_examples=20)
def test_the_cases_of_a_clause_are_those_that_are_counted(said) -> None:
    judged, cited = frames(said)
    if cited.empty:
        return
    answers = judged.drop_duplicates("response").assign(d=1.0)
    table = by_clause(judged, cited, answers).set_index("clause")
    for clause in table.index:
        found = cases(judged, cited, str(clause))
        assert len(found) == table.loc[clause, "cited"]
        counts = found["conflict"].value_counts()
        assert counts.get("interpretive", 0) == table.loc[clause, "interpretive"]
        # An answer may be in several kinds of conflict; it is listed under the first.
        assert counts.get("activation", 0) <= table.loc[clause, "activation"]
        open_ = table.loc[clause, ["interpretive", "activation", "doubt"]].sum()
        assert (found["conflict"] != "").sum() <= open_
    parts = table[["part_interpretive", "part_activation", "part_violated"]]
    assert (parts.mean(axis=1) - table["needs_work"]).abs().max() < 1e-12
    assert set(table["state"]) == {"few cases"}  # three families: nothing is named
    assert not table["stands_out"].any()
    for clause in table.index:
        mine = set(cited.loc[cited["clause"] == clause, "response"])
        assert table.loc[clause, "queries"] == len(mine)
        families = judged.loc[judged["response"].isin(mine), "family"].nunique()
        assert table.loc[clause, "families"] == families


def test_a_case_says_what_the_conflict_is_over() -> None:
    judged, cited = frames(
        [
            (("compliant", {"x"}), ("non-compliant", {"x"}), ("compliant", set())),
            (("compliant", {"x"}), ("non-compliant", {"y"}), (None, set())),
            (("ambiguous", {"x"}), ("compliant", {"z"}), (None, set())),
            (("compliant", {"x"}), ("compliant", set()), ("compliant", set())),
        ]
    )
    assert list(cases(judged, cited, "x")["conflict"]) == [
        "interpretive",
        "activation",
        "doubt",
        "",
    ]
    assert list(cases(judged, cited, "y")["conflict"]) == ["activation"]


def test_quality_gaps_count_scenarios_once() -> None:
    cited = pd.DataFrame(
        [("s1|m1", "x"), ("s1|m2", "x"), ("s2|m1", "x"), ("s|3|m1", "y"), ("s4|m1", "y")],
        columns=["response", "clause"],
    )
    assert gaps_by_clause(cited, ["s1", "s|3"]).to_dict() == {"x": 1, "y": 1}
    assert gaps_by_clause(cited, []).empty


def clause(anchor: str, title: str, text: str) -> Clause:
    return Clause(anchor, title, "user", None, text, 1, 2, anchor, ())


def test_the_most_alike_come_first_and_never_the_clause_itself() -> None:
    spec = [
        clause("honest", "Be honest", "Tell the truth, and never lie to a person."),
        clause("frank", "Be frank", "Say the truth plainly; do not mislead or lie."),
        clause("lists", "Use lists", "A table or a bulleted list where a form helps."),
    ]
    found = nearest(spec, "honest")
    assert found["clause"].tolist()[0] == "frank"
    assert "honest" not in set(found["clause"])
    assert found["likeness"].between(0, 1).all()
    assert nearest(spec, "gone").empty
    assert nearest([], "gone").empty


def test_every_clause_has_cases_enough_or_few():
    assert state_counts(pd.DataFrame({"state": [OK, FEW_CASES, OK]})) == (2, 1)
