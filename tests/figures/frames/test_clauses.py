"""Recipes of clauses: the same counts in the list, the matrix and the cases; safe to open."""

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import draw
from analysis.files import tables

HOSTILE = "=HYPERLINK(1)"


def computed(study, name, **parameters):
    return catalog.compute(study, catalog.bind(study, name, **parameters))


def test_the_cases_are_those_that_the_list_counts(planted) -> None:
    listed = computed(planted, "clauses.listed").set_index("clause")
    assert set(listed.index) == {
        "keep_to_task",
        "wider_view",
        "plain_truth",
        "kind_words",
        "appropriate_tone",
    }
    for clause, row in listed.iterrows():
        cases = computed(planted, "clauses.cases", clause=clause)
        assert len(cases) == row["cited"]
        assert (cases["conflict"] == "interpretive").sum() == row["interpretive"]
        assert cases["decisions"].str.contains("one: ").all()
    parts = listed[["part_interpretive", "part_activation", "part_violated"]].mean(axis=1)
    assert (parts - listed["needs_work"]).abs().max() < 1e-12


def test_the_pairs_are_those_of_their_cases(planted) -> None:
    pairs = computed(planted, "clauses.rivals")
    assert len(pairs) > 3
    for row in pairs.head(4).to_dict("records"):
        cases = computed(planted, "clauses.rival_cases", clause=row["clause"], other=row["other"])
        assert len(cases.drop_duplicates(["scenario", "model"])) == row["answers"]
        assert {frozenset(p) for p in zip(cases["clause_a"], cases["clause_b"], strict=True)} == {
            frozenset((row["clause"], row["other"]))
        }
        decided = {frozenset(p) for p in zip(cases["decision_a"], cases["decision_b"], strict=True)}
        assert decided == {frozenset(("compliant", "non-compliant"))}


def test_arguments_hold_every_judge_and_who_cites(planted) -> None:
    cases = computed(planted, "clauses.cases", clause="kind_words")
    rows = computed(planted, "clauses.arguments", clause="kind_words")
    assert len(rows) == 3 * len(cases)
    assert rows["cites"].any()
    assert set(rows.loc[rows["cites"], "how"]) == {"anchor"}
    assert rows.loc[rows["cites"], "reasoning"].str.contains("kind_words").all()


def test_a_reasoning_that_looks_like_a_formula_is_inert_in_the_file(planted) -> None:
    _, rows, facts = draw("clauses.arguments", {"clause": "kind_words"}, planted)
    text = tables.csv(rows.head(2).assign(reasoning=HOSTILE), facts).decode("utf-8-sig")
    assert f",{HOSTILE}" not in text
    assert HOSTILE in text


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("clauses.cases", {"clause": "duty_of_joy"}),
        ("clauses.arguments", {}),
        ("clauses.nearest", {"clause": "duty_of_joy"}),
        ("clauses.rival_cases", {"clause": "kind_words", "other": "duty_of_joy"}),
    ],
)
def test_a_clause_that_the_spec_lacks_is_said(planted, name, parameters) -> None:
    with pytest.raises(FaultlineError, match="has no clause"):
        computed(planted, name, **parameters)
