"""Tests of a spec's clauses: answers whose verdict is known, and why. One JSON file.

    {"format": 1,
     "spec": "model_spec",
     "tests": [
       {"clause": "avoid_overstepping", "query": "…", "answer": "…", "verdict": "compliant",
        "reason": "…", "author": "Ada", "source": "example 12_3_value1, aster_large"}]}

`verdict` is compliant, non-compliant or ambiguous, as judges say it; `source` and `author` may be
left out. A spec's own blocks of the language `test` are such tests, too.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import json_of
from analysis.parse.specs import exchange
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.editing import editable, with_text
from analysis.vocabulary import DECISIONS, Decision, Grade

FORMAT = 1
MOST_BYTES = 20_000_000
MOST_TESTS = 5_000
MOST_CHARS = 40_000
_HEX = 12
_NEEDED = ("clause", "query", "answer", "verdict", "reason")
_CASE = re.compile(r"\s*(?:User:)?(?P<query>.*?)\n\s*(?:Answer|Assistant):(?P<answer>.*)", re.S)
_VERDICTS = {
    Grade.FULLY.value: Decision.COMPLIANT.value,
    Grade.PARTLY.value: Decision.AMBIGUOUS.value,
    Grade.NOT.value: Decision.NON_COMPLIANT.value,
    Grade.CONTRARY.value: Decision.NON_COMPLIANT.value,
}
"""What a judge must say of an answer that a block of a spec gives this grade."""


@dataclass(frozen=True)
class ClauseTest:
    """An answer to a query, what judges should say of it under the spec, and why.

    `source`: where it was read; "" where it was written for the test.
    """

    clause: str
    query: str
    answer: str
    verdict: str
    reason: str
    author: str = ""
    source: str = ""

    @property
    def id(self) -> str:
        """12 hex of clause, query and answer: the same test under every version of the spec."""
        parts = "\0".join((self.clause, self.query, self.answer))
        return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:_HEX]


def check(one: ClauseTest, where: str = "The test") -> ClauseTest:
    """The test itself. Raises FaultlineError where judges could not be asked about it."""
    for name in _NEEDED:
        words = getattr(one, name)
        if not words.strip():
            raise FaultlineError(f"{where} lacks its “{name}”: give a text.")
        if len(words) > MOST_CHARS:
            raise FaultlineError(
                f"{where}: its {name} has more than {MOST_CHARS:,} characters. Shorten it."
            )
    if one.verdict not in DECISIONS:
        raise FaultlineError(
            f"{where}: a verdict is {', '.join(DECISIONS[:-1])} or {DECISIONS[-1]}, and not "
            f"“{one.verdict[:40]}”."
        )
    return one


def of_json(text: str, where: str) -> tuple[str, tuple[ClauseTest, ...]]:
    """(spec's name, tests) of a file. Raises FaultlineError naming the test that does not fit."""
    data = json_of(text, where)
    rows = data.get("tests") if isinstance(data, dict) else None
    if not isinstance(rows, list) or data.get("format") != FORMAT:
        raise FaultlineError(
            f"{where} holds no tests of the format {FORMAT}: a list “tests” is wanted, as "
            "“python -m analysis spec tests SPEC --to FILE” writes it."
        )
    if len(rows) > MOST_TESTS:
        raise FaultlineError(f"{where} has more than {MOST_TESTS:,} tests: split it.")
    found = tuple(_test(row, f"{where}, test {i}") for i, row in enumerate(rows, 1))
    return str(data.get("spec") or ""), once(found)


def _test(row: Any, where: str) -> ClauseTest:
    if not isinstance(row, dict):
        raise FaultlineError(f"{where} is no object with clause, query, answer and verdict.")
    given = {k: row.get(k, "") for k in (*_NEEDED, "author", "source")}
    wrong = [k for k, v in given.items() if not isinstance(v, str)]
    if wrong:
        raise FaultlineError(f"{where}: its “{wrong[0]}” is no text.")
    return check(ClauseTest(**given), where)


def dumps(spec: str, tests: Iterable[ClauseTest]) -> str:
    """The file's text: the same tests give the same bytes."""
    data = {"format": FORMAT, "spec": spec, "tests": [asdict(one) for one in tests]}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def once(tests: Sequence[ClauseTest]) -> tuple[ClauseTest, ...]:
    """Each test once, as it was said last."""
    return tuple({one.id: one for one in tests}.values())


def apart(text: str, spec: Spec) -> tuple[str, tuple[ClauseTest, ...]]:
    """(the spec's text without its blocks of tests, the tests of these blocks): whoever judges must
    not read the verdicts. A text without such blocks stays as it is.

    Raises FaultlineError for a block whose case names no answer.
    """
    parts = {c.anchor: exchange.parts(c.text) for c in spec.clauses}
    found = [(a, p) for a, held in parts.items() for p in held if p["kind"] == exchange.TEST]
    if not found:
        return text, ()
    text = editable(text, spec)
    for anchor in dict.fromkeys(a for a, _ in found):
        rest = [part for part in parts[anchor] if part["kind"] != exchange.TEST]
        text = with_text(text, anchor, exchange.joined(rest))
    return text, once([_of_block(anchor, part) for anchor, part in found])


def _of_block(anchor: str, part: exchange.Part) -> ClauseTest:
    case = _CASE.fullmatch(part["case"])
    if case is None:
        raise FaultlineError(
            f"A test of the clause “{anchor}” has no line that begins with “Answer:”: write the "
            "query, then the answer to be judged."
        )
    made = ClauseTest(
        clause=anchor,
        query=case["query"].strip(),
        answer=case["answer"].strip(),
        verdict=_VERDICTS[part["verdict"]],
        reason=part["reason"],
    )
    return check(made, f"A test of the clause “{anchor}”")
