"""What judges wrote about clauses: reasonings with their decisions, and citations kept beside."""

import hashlib

import pandas as pd

from analysis.measure.citations import VERSION, matcher
from analysis.parse.clause import Spec
from analysis.store import derived
from analysis.store.sql import parquet
from analysis.store.study import OpenStudy

_COLUMNS = ["response", "judge", "clause", "known", "how", "words"]


def judgements(study: OpenStudy) -> pd.DataFrame:
    """One row a judgement (first replicate): response (`scenario|model`), scenario, model, family,
    judge, decision (word or null), d (over all models, may be null)."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, s.scenario, j.model, s.family, "
            "j.judge, j.decision, d.d FROM judgements j JOIN scenarios s USING (scenario_no) "
            "LEFT JOIN disagreement d ON d.scenario_no = j.scenario_no AND d.model_set = 'all' "
            "WHERE j.replicate = 0 ORDER BY j.scenario_no, j.model, j.judge"
        ).df()


def citations(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    """One row a judgement and clause that its reasoning invokes: response, judge, clause, known,
    how (anchor, title, quote, unknown, structured), words. Matched once and kept beside the study.
    """
    name = f"citations-{VERSION}-{_digest(spec)}"
    path = derived.path(study.settings, study.info, name)
    if not path.exists():
        derived.write(study.settings, study.info, name, _matched(study, spec))
    with study.cursor() as con:
        return con.execute(f"SELECT * FROM {parquet([path])} ORDER BY ALL").df()


def _digest(spec: Spec) -> str:
    return hashlib.sha256(spec.content_hash.encode()).hexdigest()[:12]


def _matched(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    ready = matcher(spec.clauses)
    known = {c.anchor for c in spec.clauses}
    with study.cursor() as con:
        said = con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, j.reasoning FROM judgements "
            "j JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 AND reasoning IS NOT NULL"
        ).fetchall()
        listed = con.execute(
            "SELECT s.scenario || '|' || c.model AS response, c.judge, c.clause FROM citations c "
            "JOIN scenarios s USING (scenario_no) WHERE c.replicate = 0"
        ).fetchall()
    rows = [(r, j, c, c in known, "structured", "") for r, j, c in listed]
    there = {(r, j, c) for r, j, c, *_ in rows}
    for response, judge, reasoning in said:
        rows += [
            (response, judge, c.clause, c.known, c.how, c.words)
            for c in ready.find(reasoning)
            if (response, judge, c.clause) not in there
        ]
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"known": bool})


def arguments(study: OpenStudy, responses: list[str]) -> pd.DataFrame:
    """What judges said of some answers: response, judge, label, decision ("" for none),
    reasoning."""
    with study.cursor() as con:
        return con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, g.label, "
            "coalesce(j.decision, j.raw_decision, '') AS decision, coalesce(j.reasoning, '') AS "
            "reasoning FROM judgements j JOIN judges g USING (judge) JOIN scenarios s "
            "USING (scenario_no) WHERE j.replicate = 0 AND s.scenario || '|' || j.model IN $r "
            "ORDER BY g.sort",
            {"r": responses},
        ).df()
