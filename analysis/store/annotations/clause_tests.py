"""Tests of clauses as people keep them beside a spec, and how its versions did on them.

Tests belong to a spec's name and not to one wording: they are there to say whether a new wording
still gives the verdicts that people agreed on. A test that is taken away is marked; the results of
each version stay.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.clause_tests import ClauseTest, check
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db
from analysis.store.annotations.annotations import MOST_NAME
from analysis.store.library.file_catalog import EMBEDDED_NAME
from analysis.store.library.specs import OWN_NAME

TESTS, RESULTS = "clause_tests", "clause_test_results"


@dataclass(frozen=True)
class Result:
    """How one version of a spec did: its key, the run that asked the judges, who they were, and
    per test and judge the decision (None: no verdict) and whether it is the one that is known."""

    spec: str
    run: str
    at: str
    rows: tuple[dict[str, Any], ...]

    @property
    def failed(self) -> int:
        """Tests that at least one judge decided otherwise, or not at all."""
        return len({row["test"] for row in self.rows if not row["passed"]})

    @property
    def tests(self) -> int:
        """Tests that were asked about."""
        return len({row["test"] for row in self.rows})


def family(spec_name: str) -> str:
    """The name that tests of a spec and of its drafts are kept under."""
    return OWN_NAME if spec_name == EMBEDDED_NAME else spec_name


def keep(settings: Settings, spec: str, tests: Sequence[ClauseTest], author: str) -> int:
    """Keep tests for the spec of that name; gives how many are new or changed.

    Raises FaultlineError without a name, or for a test that judges could not be asked about.
    """
    stood = {one.id: one for one in of_spec(settings, spec)}
    new = [check(one) for one in tests if stood.get(one.id) != one]
    _add(settings, spec, new, author, gone=False)
    return len(new)


def remove(settings: Settings, spec: str, test: str, author: str) -> ClauseTest:
    """Take the test of that id away; gives it. Raises FaultlineError where there is none."""
    found = next((one for one in of_spec(settings, spec) if one.id == test), None)
    if found is None:
        raise FaultlineError(f"The spec {spec} has no test {test}: “spec tests” lists them.")
    _add(settings, spec, [found], author, gone=True)
    return found


def of_spec(settings: Settings, spec: str) -> list[ClauseTest]:
    """The tests of a spec's clauses, as they were first kept."""
    found: dict[str, ClauseTest | None] = {}
    for row in _rows(settings, TESTS, spec):
        body = annotation_db.parse_body(row["body"], f"a test of {spec}")
        one = ClauseTest(**body)
        found[one.id] = None if row["gone"] else one
    return [one for one in found.values() if one is not None]


def keep_result(settings: Settings, result: Result) -> None:
    """Keep how a version of a spec did on its tests."""
    with annotation_db.writing(settings) as con:
        con.execute(
            f"INSERT INTO {RESULTS} (uid, at, name, spec, run, body) VALUES (?, ?, ?, ?, ?, ?)",
            (
                annotation_db.fresh_uid(),
                result.at,
                family(result.spec.partition("@")[0]),
                result.spec,
                result.run,
                json.dumps({"rows": result.rows}, ensure_ascii=False),
            ),
        )


def history(settings: Settings, spec: str) -> list[Result]:
    """How the versions of a spec did, the last first."""
    return [
        Result(
            row["spec"],
            row["run"],
            row["at"],
            tuple(annotation_db.parse_body(row["body"], f"the results of {spec}")["rows"]),
        )
        for row in reversed(_rows(settings, RESULTS, spec))
    ]


def _rows(settings: Settings, table: str, spec: str) -> list[Any]:
    with annotation_db.reading(settings) as con:
        if con is None or not annotation_db.has_table(con, table):
            return []
        sql = f"SELECT * FROM {table} WHERE name = ? ORDER BY id"
        return con.execute(sql, (family(spec),)).fetchall()


def _add(
    settings: Settings, spec: str, tests: Sequence[ClauseTest], author: str, *, gone: bool
) -> None:
    author = author.strip()
    if not 0 < len(author) <= MOST_NAME:
        raise FaultlineError(
            f"A test is kept with who added it: give your name, at most {MOST_NAME} characters."
        )
    with annotation_db.writing(settings) as con:
        for one in tests:
            body = json.dumps(asdict(one), ensure_ascii=False)
            con.execute(
                f"INSERT INTO {TESTS} (uid, at, author, name, clause, body, gone) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    annotation_db.fresh_uid(),
                    entry_times.now(),
                    author,
                    family(spec),
                    one.clause,
                    body,
                    int(gone),
                ),
            )
