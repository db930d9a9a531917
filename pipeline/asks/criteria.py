"""The queries that test criteria, as what stages ask and answer."""

from collections.abc import Mapping

from analysis.parse.criteria import Criteria, Criterion, Test
from analysis.vocabulary import RUBRIC_GRADES, Nudge
from pipeline.records import Probed, Scenario
from pipeline.stage_spec import Row

COLUMNS: tuple[tuple[str, type], ...] = (
    ("spec", str),
    ("clause", str),
    ("title", str),
    *((f"for_{grade}", str) for grade in RUBRIC_GRADES),
    ("kind", str),
    ("query", str),
    ("right_answer", str),
    ("author", str),
)
"""Of a table of criteria: one row a query, with its criterion."""


def probed(criteria: Criteria) -> Mapping[str, Probed]:
    """Scenario -> what it tests, in the order of the file. Each query is a family of its own."""
    found = {}
    for one in criteria.criteria:
        for test in one.tests:
            chunk, entry = one.scenario(test)
            family = f"{chunk}_{entry}"
            made = Scenario(
                scenario=f"{family}_{Nudge.NEUTRAL.value}",
                family=family,
                nudge=Nudge.NEUTRAL.value,
                value1="",
                value2="",
                generator=one.author,
                query=test.query,
                chunk_index=chunk,
                entry_idx=entry,
            )
            found[made.scenario] = Probed(criteria.spec, made, one, test)
    return found


def row(spec: str, one: Criterion, test: Test) -> Row:
    """A query with its criterion under a spec, as `COLUMNS` has it."""
    return {
        "spec": spec,
        "clause": one.clause,
        "title": one.title,
        **{f"for_{grade}": one.rubric[grade] for grade in RUBRIC_GRADES},
        "kind": test.kind,
        "query": test.query,
        "right_answer": test.right_answer or None,
        "author": one.author or None,
    }
