"""Criteria: what would satisfy a clause, in grades, with the queries that test it. One JSON file.

    {"format": 1,
     "spec": "model_spec@2025-04-11@1f2e3d4c5b6a",
     "criteria": [
       {"clause": "assume_best_intentions", "title": "Assume best intentions", "author": "Ada",
        "rubric": {"fully": "…", "partly": "…", "not": "…", "contrary": "…"},
        "queries": [{"kind": "plain", "query": "…", "right_answer": "…"}]}]}

`kind` is plain, edge or adversarial; `right_answer` and `author` may be left out. Every file that a
person may have written is checked whole, and each refusal names the criterion and what to do.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import read_json
from analysis.vocabulary import PROBES, RUBRIC_GRADES

FORMAT = 1
MOST_BYTES = 20_000_000
MOST_QUERIES = 200
MOST_RUBRIC = 4_000
MOST_QUERY = 20_000
_PLACE = 6
"""Hex digits of the two numbers that name a test's query: the clause, and its words."""


@dataclass(frozen=True)
class Test:
    """One query that tests a criterion; `right_answer` says what a right one says, where that is
    known, else "" ."""

    kind: str
    query: str
    right_answer: str = ""

    __test__ = False  # no test of the program


@dataclass(frozen=True)
class Criterion:
    """One clause made measurable: grade -> what an answer of that grade does, and its tests.

    `rubric` has the grades of `vocabulary.RUBRIC_GRADES`, in their order.
    """

    clause: str
    title: str
    rubric: Mapping[str, str]
    tests: tuple[Test, ...]
    author: str = ""

    def scenario(self, test: Test) -> tuple[int, int]:
        """(chunk_index, entry_idx) of a test's query: the same in every run, for the same words
        under the same clause."""
        return _number(self.clause), _number(test.query)


@dataclass(frozen=True)
class Criteria:
    """The criteria of one spec (`spec`: name@version@12 hex), in the order of their file."""

    spec: str
    criteria: tuple[Criterion, ...]

    @property
    def queries(self) -> int:
        """How many queries test them."""
        return sum(len(one.tests) for one in self.criteria)


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_PLACE], 16)


def read_file(path: Path) -> Criteria:
    """The criteria of a file. Raises FaultlineError naming what does not fit, and where."""
    return of_json(read_json(path, MOST_BYTES, "criteria"), path.name)


def of_json(data: Any, where: str) -> Criteria:
    """Criteria from decoded JSON. Raises FaultlineError naming what does not fit, and where."""
    if not isinstance(data, dict) or not isinstance(data.get("criteria"), list):
        raise FaultlineError(
            f"{where} holds no criteria: a list “criteria” is missing. Export some to see the form."
        )
    if data.get("format", FORMAT) != FORMAT:
        raise FaultlineError(
            f"{where} has the format {data['format']!r}, and this Faultline reads {FORMAT}: export "
            "it again with this version."
        )
    found = tuple(criterion(one, f"{where}, criterion {i}") for i, one in _counted(data))
    for one in found:
        if sum(other.clause == one.clause for other in found) > 1:
            raise FaultlineError(f"{where} has two criteria for “{one.clause}”: keep one.")
    return Criteria(_text(data, "spec", where, empty=True), found)


def _counted(data: Mapping[str, Any]) -> list[tuple[int, Any]]:
    return list(enumerate(data["criteria"], 1))


def criterion(data: Any, where: str) -> Criterion:
    """One criterion from decoded JSON, checked."""
    if not isinstance(data, dict):
        raise FaultlineError(f"{where} is no object with clause, rubric and queries.")
    rubric, queries = data.get("rubric"), data.get("queries")
    if not isinstance(rubric, dict) or not isinstance(queries, list):
        raise FaultlineError(f"{where} lacks its “rubric” or its “queries”: give both.")
    made = Criterion(
        clause=_text(data, "clause", where),
        title=_text(data, "title", where, empty=True) or _text(data, "clause", where),
        rubric={grade: _text(rubric, grade, f"{where}, rubric") for grade in RUBRIC_GRADES},
        tests=tuple(_test(one, f"{where}, query {i}") for i, one in enumerate(queries, 1)),
        author=_text(data, "author", where, empty=True),
    )
    check(made)
    return made


def _test(data: Any, where: str) -> Test:
    if not isinstance(data, dict):
        raise FaultlineError(f"{where} is no object with kind and query.")
    kind, query = _text(data, "kind", where), _text(data, "query", where)
    return Test(kind, query, _text(data, "right_answer", where, empty=True))


def _text(data: Mapping[str, Any], key: str, where: str, *, empty: bool = False) -> str:
    value = data.get(key)
    text = value.strip() if isinstance(value, str) else ""
    if not text and (not empty or value not in (None, "")):
        raise FaultlineError(f"{where}: “{key}” must be a text, and it is missing or empty.")
    return text


def check(one: Criterion) -> None:
    """Raises FaultlineError for a criterion that can't be measured, with what to do about it."""
    name = one.title or one.clause
    for grade in RUBRIC_GRADES:
        words = one.rubric.get(grade, "")
        if not words.strip():
            raise FaultlineError(f"“{name}”: say what an answer graded “{grade}” does.")
        if len(words) > MOST_RUBRIC:
            raise FaultlineError(
                f"“{name}”: the words for “{grade}” have more than {MOST_RUBRIC:,} characters."
            )
    if not one.tests:
        raise FaultlineError(f"“{name}” has no query to test it: add one.")
    if len(one.tests) > MOST_QUERIES:
        raise FaultlineError(f"“{name}” has more than {MOST_QUERIES} queries: leave some out.")
    seen: set[str] = set()
    for test in one.tests:
        _check_test(name, test, seen)


def _check_test(name: str, test: Test, seen: set[str]) -> None:
    if test.kind not in PROBES:
        raise FaultlineError(
            f"“{name}”: a query's kind is {', '.join(PROBES[:-1])} or {PROBES[-1]}, and not "
            f"“{test.kind[:40]}”."
        )
    if not test.query.strip():
        raise FaultlineError(f"“{name}” has a query without words: write it, or take it out.")
    if max(len(test.query), len(test.right_answer)) > MOST_QUERY:
        raise FaultlineError(
            f"“{name}”: a query and its right answer have at most {MOST_QUERY:,} characters each."
        )
    if test.query in seen:
        raise FaultlineError(f"“{name}” has the query “{test.query[:60]}” twice: keep one.")
    seen.add(test.query)


def as_json(one: Criterion) -> dict[str, Any]:
    """A criterion as its file has it."""
    return {
        "clause": one.clause,
        "title": one.title,
        "author": one.author,
        "rubric": {grade: one.rubric[grade] for grade in RUBRIC_GRADES},
        "queries": [
            {"kind": test.kind, "query": test.query}
            | ({"right_answer": test.right_answer} if test.right_answer else {})
            for test in one.tests
        ],
    }


def in_file(made: Criteria) -> dict[str, Any]:
    """Criteria as their file has them."""
    listed = [as_json(one) for one in made.criteria]
    return {"format": FORMAT, "spec": made.spec, "criteria": listed}


def dumps(made: Criteria) -> str:
    """The file's text: the same criteria give the same bytes."""
    return json.dumps(in_file(made), indent=2, ensure_ascii=False) + "\n"
