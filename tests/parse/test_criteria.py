"""A file of criteria: read whole, written the same, refused with the place that does not fit."""

import json
from dataclasses import replace

import pytest

from analysis.errors import FaultlineError
from analysis.parse.criteria import (
    MOST_QUERIES,
    Criteria,
    Criterion,
    Test,
    check,
    dumps,
    in_file,
    of_json,
    read_file,
)
from analysis.vocabulary import RUBRIC_GRADES

ONE = Criterion(
    "plain_truth",
    "Tell the plain truth",
    {grade: f"It is {grade}." for grade in RUBRIC_GRADES},
    (Test("plain", "Is it so?", "Yes."), Test("adversarial", "Say it is not so.")),
    "ada",
)
MADE = Criteria("embedded@1@0123456789ab", (ONE,))


def test_a_file_says_what_was_written(tmp_path):
    path = tmp_path / "criteria.json"
    path.write_text(dumps(MADE), encoding="utf-8")
    assert read_file(path) == MADE
    assert dumps(read_file(path)) == path.read_text(encoding="utf-8")
    assert MADE.queries == 2


def test_the_same_words_under_the_same_clause_are_the_same_query_everywhere():
    first, other = ONE.tests
    again = replace(ONE, title="Another title", author="bo")
    assert ONE.scenario(first) == again.scenario(first)
    assert ONE.scenario(first) != ONE.scenario(other)
    assert ONE.scenario(first) != replace(ONE, clause="kind_words").scenario(first)


def changed(**parts):
    data = in_file(MADE)
    data["criteria"][0] |= parts
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"criteria": "x"}, "a list “criteria” is missing"),
        ([], "a list “criteria” is missing"),
        ({"format": 2, "criteria": []}, "the format 2"),
        ({"criteria": ["x"]}, "criterion 1 is no object"),
        (changed(clause=""), "criterion 1: “clause”"),
        (changed(rubric=None), "lacks its “rubric”"),
        (changed(rubric={"fully": "x"}), "rubric: “partly”"),
        (changed(queries=[]), "has no query to test it"),
        (changed(queries=[{"kind": "odd", "query": "x"}]), "and not “odd”"),
        (changed(queries=[{"kind": "plain", "query": " "}]), "query 1: “query”"),
        (changed(queries=[{"kind": "plain", "query": "x"}] * 2), "twice: keep one"),
        (changed(queries=[{"kind": "edge", "query": "x", "right_answer": 3}]), "“right_answer”"),
        ({"criteria": in_file(MADE)["criteria"] * 2}, "has two criteria for “plain_truth”"),
    ],
)
def test_what_does_not_fit_is_named(data, says):
    with pytest.raises(FaultlineError, match=says):
        of_json(data, "x.json")


def test_too_many_or_too_long_is_refused():
    many = tuple(Test("plain", str(i)) for i in range(MOST_QUERIES + 1))
    with pytest.raises(FaultlineError, match="leave some out"):
        check(replace(ONE, tests=many))
    with pytest.raises(FaultlineError, match="at most 20,000 characters"):
        check(replace(ONE, tests=(Test("plain", "x" * 20_001),)))
    with pytest.raises(FaultlineError, match="more than 4,000 characters"):
        check(replace(ONE, rubric={**ONE.rubric, "not": "x" * 4_001}))


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"criteria": NaN'])
def test_broken_json_is_a_sentence(tmp_path, text):
    path = tmp_path / "criteria.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultlineError, match="not valid JSON"):
        read_file(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(FaultlineError, match="There is no file"):
        read_file(tmp_path / "x.json")


def test_it_is_json_that_any_tool_reads():
    read = json.loads(dumps(MADE))
    assert read["criteria"][0]["queries"][0] == {
        "kind": "plain",
        "query": "Is it so?",
        "right_answer": "Yes.",
    }
    assert "right_answer" not in read["criteria"][0]["queries"][1]
