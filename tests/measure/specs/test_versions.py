"""Two versions on the same answers and judges: what is counted, paired, and left out."""

import pandas as pd
import pytest

from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.measure.estimates.evidence import NO_SPREAD
from analysis.measure.specs.diff import diff_specs
from analysis.measure.specs.versions import IDENTICAL, Version, compare
from analysis.parse.specs.spec import parse_spec

OLD = "# Kind {#kind}\nBe kind.\n# Plain {#plain}\nSay what is so.\n# Idle {#idle}\nNothing.\n"
NEW = OLD.replace("{#kind}", "{#warm}").replace("Say what is so", "Say what is so, always")


def changes() -> pd.DataFrame:
    frames = (pd.DataFrame([vars(c) for c in parse_spec(t, "s.md").clauses]) for t in (OLD, NEW))
    return diff_specs(*frames)


def version(flag, clause, answers=range(24), judges=("one", "two")) -> Version:
    """Answer i of family i // 3; `flag(i, judge)` says the decision, `clause(i)` what is cited."""
    rows = [(f"s{i}|m", f"f{i // 3}", j, flag(i, j), 1.0) for i in answers for j in judges]
    judgements = pd.DataFrame(rows, columns=["response", "family", "judge", "decision", "d"])
    cited = [(r, j, clause(int(r[1:-2]))) for r, _, j, _, _ in rows if clause(int(r[1:-2]))]
    return Version(judgements, pd.DataFrame(cited, columns=["response", "judge", "clause"]))


def flagged(share):
    return lambda i, j: "non-compliant" if i % 4 < share else "compliant"


def test_a_renamed_clause_is_one_and_its_shift_is_paired() -> None:
    old = version(flagged(3), lambda i: "kind" if i % 2 else "plain")
    new = version(flagged(1), lambda i: "warm" if i % 2 else "plain")
    found = compare(changes(), old, new)
    rows = found.clauses.set_index("title")
    assert (found.answers, found.judges) == (24, ("one", "two"))
    assert set(rows.index) == {"Kind", "Plain"}  # nobody cites the third
    assert rows.loc["Kind", "change"] == ("renamed",)
    assert (rows.loc["Kind", "cited_old"], rows.loc["Kind", "cited"]) == (12, 12)
    assert rows.loc["Kind", "violated_old"].value == 0.5
    assert rows.loc["Kind", "violated"].value == 0
    assert isinstance(found.shift, Estimate)
    assert found.shift.value == pytest.approx(-0.5)
    assert rows.loc["Kind", "shift"].value == pytest.approx(-0.5)  # answers 1, 5, 9, …
    assert rows.loc["Plain", "answers"] == 12


def test_the_same_decisions_shift_nothing_and_have_no_spread() -> None:
    same = version(flagged(2), lambda i: "plain")
    found = compare(changes(), same, same)
    assert (found.shift.value, found.shift.reason) == (0, NO_SPREAD)
    assert found.clauses["q"].isna().all()


def test_only_answers_and_judges_of_both_sides_count() -> None:
    old = version(flagged(4), lambda i: "plain", answers=range(12), judges=("one", "two"))
    new = version(flagged(0), lambda i: "plain", answers=range(6, 24), judges=("two", "three"))
    found = compare(changes(), old, new)
    assert (found.answers, found.judges) == (6, ("two",))
    assert found.clauses["cited_old"].tolist() == [6]
    assert found.shift.value == -1
    assert isinstance(found.clauses["kappa"].iloc[0], Undefined)  # one judge only


def test_nothing_in_common_is_undefined_and_says_why() -> None:
    old = version(flagged(1), lambda i: "plain", judges=("one",))
    new = version(flagged(1), lambda i: "plain", judges=("two",))
    found = compare(changes(), old, new)
    assert found.answers == 0
    assert isinstance(found.shift, Undefined)
    assert "both versions" in found.shift.reason
    assert found.clauses.empty


def test_a_clause_cited_on_one_side_only_stays_with_the_reason() -> None:
    old = version(flagged(1), lambda i: "")
    new = version(flagged(1), lambda i: "plain")
    row = compare(changes(), old, new).clauses.iloc[0]
    assert (row["cited_old"], row["cited"]) == (0, 24)
    assert row["violated_old"] == Undefined("no decision cites it")


def worded(held: Version, words: str) -> Version:
    return Version(held.judgements.assign(said=words), held.citations)


def test_content_compared_with_itself_is_identical_and_has_no_interval() -> None:
    same = worded(version(flagged(2), lambda i: "plain"), "digest")
    found = compare(changes(), same, same)
    assert found.identical
    assert found.shift == Undefined(IDENTICAL, 24, 0.0)
    assert set(found.clauses["shift"]) == {Undefined(IDENTICAL, 24, 0.0)}
    again = compare(changes(), same, worded(same, "other words"))
    assert not again.identical
    one_more = worded(version(flagged(3), lambda i: "plain"), "digest")
    assert not compare(changes(), same, one_more).identical
