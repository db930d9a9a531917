"""Recipes of judges against the rows they come from, and what they refuse."""

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.queries import clauses, judges
from analysis.store.library.specs import read_spec


def computed(study, name, **parameters):
    return catalog.compute(study, catalog.bind(study, name, **parameters))


def test_confusion_and_its_cases_are_those_of_the_rows(planted) -> None:
    cells = computed(planted, "judges.confusion", judge="one", other="two")
    rows = judges.decisions(planted).pivot(
        index=["scenario", "model"], columns="judge", values="decision"
    )
    opposed = rows[(rows["one"] == "compliant") & (rows["two"] == "non-compliant")]
    cell = cells[(cells["decision"] == "compliant") & (cells["other_decision"] == "non-compliant")]
    assert cell["answers"].tolist() == [len(opposed)]
    cases = computed(planted, "judges.confusion_cases", judge="one", other="two")
    assert set(zip(cases["scenario"], cases["model"], strict=True)) == set(opposed.index)
    assert cells["answers"].sum() == len(rows)


def test_a_clause_counts_the_answers_that_cite_it(planted) -> None:
    by_clause = computed(planted, "judges.clauses").drop_duplicates("slice").set_index("slice")
    cited = clauses.citations(planted, read_spec(planted.settings))
    answers = cited[cited["known"]].groupby("clause")["response"].nunique()
    assert set(by_clause.index) == set(answers.index[answers >= 5])
    assert (by_clause["n"] <= answers[by_clause.index]).all()
    assert by_clause["prevalence"].between(0, 1).all()


def test_each_slice_has_what_each_judge_flags(planted) -> None:
    rows = computed(planted, "judges.slices", by="model", without="two")
    flags = rows[rows["measure"].str.startswith("flags:")]
    assert set(flags["measure"]) == {"flags:one", "flags:three"}
    said = judges.decisions(planted)
    mine = said[(said["model"] == "o3") & (said["judge"] == "one")].dropna(subset=["decision"])
    there = flags[(flags["slice"] == "o3") & (flags["measure"] == "flags:one")].iloc[0]
    assert there["value"] == (mine["decision"] != "compliant").mean()
    assert there["n"] == len(mine)
    assert there["low"] < there["value"] < there["high"]


def test_three_decisions_agree_no_more_than_two(planted) -> None:
    both = [
        computed(planted, "judges.pairs", coding=c).query("measure == 'agreement'")["value"]
        for c in ("binary", "three_way")
    ]
    assert (both[0] >= both[1]).all()
    assert (both[0] > both[1]).any()
    rows = [
        computed(planted, "judges.slices", coding=c).query("measure == 'raw_agreement'")["value"]
        for c in ("binary", "three_way")
    ]
    assert (rows[0] >= rows[1]).all()


def test_a_judge_left_out_is_out(planted) -> None:
    assert set(computed(planted, "judges.who", without="two")["judge"]) == {"one", "three"}
    assert set(computed(planted, "judges.pairs", without="two")["other"]) == {"three"}


@pytest.mark.parametrize(
    ("name", "parameters", "word"),
    [
        ("judges.who", {"without": "nobody"}, "nobody"),
        ("judges.slices", {"by": "mood"}, "mood"),
        ("judges.slices", {"coding": "four_way"}, "four_way"),
        ("judges.pairs", {"coding": "four_way"}, "four_way"),
        ("judges.confusion", {"judge": "nobody"}, "nobody"),
        ("judges.confusion", {"judge": "one", "other": "one"}, "two judges"),
        ("judges.confusion_cases", {"decision": "perhaps"}, "perhaps"),
        ("judges.clauses", {"spec": "gone@1@0123"}, "gone"),
        ("judges.clauses", {"spec": "embedded@@0123"}, "other clauses"),
    ],
)
def test_a_mistake_ends_in_one_sentence(planted, name, parameters, word) -> None:
    with pytest.raises(FaultlineError, match=word):
        computed(planted, name, **parameters)
