"""Which cases tell a clause's trouble, and which words of a judge are quoted."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import clause_cases as measure
from analysis.measure.clauses import KINDS
from analysis.vocabulary import Decision

PASS, FLAG = Decision.COMPLIANT.value, Decision.NON_COMPLIANT.value
SAID = st.tuples(
    st.integers(0, 9),  # the answer; two a family
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from([PASS, FLAG, Decision.AMBIGUOUS.value, None]),
    st.sets(st.sampled_from("ab")),
)


def frames(said):
    last = {(r, j): (d, c) for r, j, d, c in said}
    judgements = pd.DataFrame(
        [(f"q{r}|m", f"f{r // 2}", j, d, r / 4) for (r, j), (d, _) in last.items()],
        columns=["response", "family", "judge", "decision", "d"],
    )
    citations = pd.DataFrame(
        [(f"q{r}|m", j, c) for (r, j), (_, cited) in last.items() for c in sorted(cited)],
        columns=["response", "judge", "clause"],
    )
    return last, judgements, citations


@pytest.mark.parametrize("kind", KINDS.values())
@given(st.lists(SAID, min_size=1))
def test_each_case_is_of_another_family_and_shows_that_very_trouble(kind, said):
    last, judgements, citations = frames(said)
    found = measure.telling(judgements, citations, "a", kind)
    assert len(found) <= measure.MOST
    assert found["family"].is_unique
    for row in found.to_dict("records"):
        at = int(row["response"][1:].split("|")[0])
        decision, cited = last[at, row["judge_b"]]
        assert row["clause_b"] in cited
        if kind == KINDS["violated"]:
            assert decision not in (PASS, None)
            assert "a" in cited
            passes = [j for (r, j), (d, _) in last.items() if r == at and d == PASS]
            assert (row["judge_a"] in passes) if passes else pd.isna(row["judge_a"])
            continue
        passed, by = last[at, row["judge_a"]]
        assert (passed, decision) == (PASS, FLAG)
        assert row["clause_a"] in by
        both = {row["clause_a"], row["clause_b"]}
        assert both == ({"a"} if kind == KINDS["interpretive"] else {"a", "b"})


def test_the_rival_comes_first_and_then_the_highest_d():
    said = [(r, j, d, {c}) for r in (0, 2, 4, 6) for j, d, c in (("one", PASS, "a"),)]
    said += [(r, "two", FLAG, {"b"}) for r in (0, 4)] + [(r, "two", FLAG, {"c"}) for r in (2, 6)]
    _, judgements, citations = frames(said)
    found = measure.telling(judgements, citations, "a", KINDS["activation"], "b")
    assert list(found["response"]) == ["q4|m", "q0|m", "q6|m"]


TEXT = st.lists(
    st.sampled_from(["Yes. ", "No! ", "The clause says so. ", "word " * 30, "\n", "“Why?” "])
).map("".join)


@given(TEXT, st.data())
def test_an_excerpt_holds_the_cited_words_and_is_short(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    first, last = measure.excerpt(text, start, end)
    assert 0 <= first <= last <= len(text)
    assert last - first <= 2 * measure.EXCERPT
    if text[start:end].strip():
        assert first <= start
        assert end <= last


@pytest.mark.parametrize(("text", "start", "end"), [("\nYes. ", 0, 2), ("Yes. \n\n", 3, 7)])
def test_an_excerpt_holds_words_that_begin_or_end_in_blanks(text, start, end):
    first, last = measure.excerpt(text, start, end)
    assert first <= start
    assert end <= last


def test_an_excerpt_goes_on_to_what_is_argued():
    text = (
        "First, what happens. I go by #be_kind here. The answer hurts for no reason. " + "x" * 400
    )
    start = text.index("be_kind")
    first, last = measure.excerpt(text, start, start + 7)
    assert text[first:last].strip() == "I go by #be_kind here. The answer hurts for no reason."
    first, last = measure.excerpt("It is long. So it fails.", 0, 0)  # listed, not named
    assert "So it fails." in "It is long. So it fails."[first:last]
