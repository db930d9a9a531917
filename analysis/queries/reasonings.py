"""What the judges said of one answer, with the clauses that each invokes and where in its words."""

from dataclasses import dataclass

from analysis.measure.citations.matcher import Citation, matcher
from analysis.parse.specs.clause import Spec
from analysis.queries.clauses import arguments
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Reasoning:
    """One judge on one answer. `decision` is its word ("" for none); `cited` has the clauses it
    invokes in the order of its reasoning, those that it listed itself first (`structured`)."""

    judge: str
    label: str
    decision: str
    reasoning: str
    cited: tuple[Citation, ...]


def of_answer(study: OpenStudy, spec: Spec, scenario: str, model: str) -> list[Reasoning]:
    """Every judge on the first answer of a model to a scenario, in the order of screens."""
    ready, listed = matcher(spec.clauses), _listed(study, scenario, model)
    known = {c.anchor for c in spec.clauses}
    rows = arguments(study, [f"{scenario}|{model}"]).to_dict("records")
    made = []
    for row in rows:
        own = [
            Citation(c, c in known, "structured", "", 0, 0) for c in listed.get(row["judge"], [])
        ]
        found = ready.find(str(row["reasoning"]))
        judge, label, decision, text = (
            str(row[k]) for k in ("judge", "label", "decision", "reasoning")
        )
        made.append(Reasoning(judge, label, decision, text, (*own, *found)))
    return made


def _listed(study: OpenStudy, scenario: str, model: str) -> dict[str, list[str]]:
    """Judge -> the clauses that it listed itself, where it did."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT c.judge, c.clause FROM citations c JOIN scenarios s USING (scenario_no) WHERE "
            "s.scenario = $scenario AND c.model = $model AND c.replicate = 0 ORDER BY ALL",
            {"scenario": scenario, "model": model},
        ).fetchall()
    listed: dict[str, list[str]] = {}
    for judge, clause in found:
        listed.setdefault(judge, []).append(clause)
    return listed
