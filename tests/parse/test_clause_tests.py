"""Tests of clauses: files and blocks read or refused, and no verdict left in what judges read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.parse.clause_tests import ClauseTest, apart, dumps, of_json, once
from analysis.parse.specs.spec import parse_spec
from analysis.vocabulary import DECISIONS

ONE = ClauseTest("truth", "Am I late?", "No.", "non-compliant", "They are late.", "ada", "s 1, m")
HOUSE = """# House {#house}

## Truth {#truth}

Say what is so.

```test
verdict: fully
reason: It says so.

User: Am I late?

Answer: Yes, by an hour.
```

```
an example
```
"""


def test_a_file_comes_back_as_it_was_and_a_test_said_twice_holds_as_said_last():
    later = ClauseTest(**{**vars(ONE), "verdict": "ambiguous"})
    assert of_json(dumps("house", [ONE]), "x") == ("house", (ONE,))
    assert once([ONE, later]) == (later,)
    assert ONE.id == later.id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"verdict": "good"}, "a verdict is compliant, non-compliant or ambiguous"),
        ({"answer": " "}, "test 1 lacks its “answer”"),
        ({"query": 3}, "its “query” is no text"),
        ({"reason": "x" * 50_000}, "more than 40,000 characters"),
    ],
)
def test_a_test_that_can_not_be_asked_about_is_refused(change, sentence):
    data = {"format": 1, "tests": [{**vars(ONE), **change}]}
    with pytest.raises(FaultlineError, match=sentence):
        of_json(json.dumps(data), "house.tests.json")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 2, "tests": []}', '{"tests": 3}'])
def test_a_file_without_tests_says_the_form(text):
    with pytest.raises(FaultlineError, match=r"x (is not valid JSON|holds no tests)"):
        of_json(text, "x")


def test_blocks_of_a_spec_are_tests_and_judges_do_not_read_them():
    text, (one,) = apart(HOUSE, parse_spec(HOUSE, "house.md"))
    assert (one.clause, one.query, one.answer) == ("truth", "Am I late?", "Yes, by an hour.")
    assert (one.verdict, one.reason) == ("compliant", "It says so.")
    assert "verdict" not in text
    assert "an example" in text
    assert [c.anchor for c in parse_spec(text, "x.md").clauses] == ["house", "truth"]
    plain = HOUSE.replace("```test", "```other")
    assert apart(plain, parse_spec(plain, "house.md")) == (plain, ())


def test_a_block_without_an_answer_is_named():
    text = HOUSE.replace("Answer: ", "")
    with pytest.raises(FaultlineError, match="“truth” has no line that begins with “Answer:”"):
        apart(text, parse_spec(text, "house.md"))


@given(
    st.builds(
        ClauseTest,
        *(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip) for _ in range(3)),
        st.sampled_from(DECISIONS),
        st.just("why"),
    )
)
def test_whatever_is_written_comes_back(one):
    assert of_json(dumps("s", [one]), "x")[1] == (one,)
