"""What judges wrote about clauses: reasonings with their decisions, and citations kept beside."""

import hashlib
from collections import Counter

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
    how (anchor, title, alias, part, quote, unknown, structured), words. Matched once and kept
    beside the study.
    """
    return _stored(study, spec, "citations")


def quotes(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    """One row a clause and passage of it that judges quote: clause, words, times (judgements that
    quote it). Matched together with the citations."""
    return _stored(study, spec, "quotes")


def _stored(study: OpenStudy, spec: Spec, name: str) -> pd.DataFrame:
    """A table that the matcher gave. Its version is part of the name, so that what an older one
    left is never read."""
    digest = hashlib.sha256(spec.content_hash.encode()).hexdigest()[:12]
    names = {n: f"{n}-{VERSION}-{digest}" for n in ("citations", "quotes")}
    path = {n: derived.path(study.settings, study.info, names[n]) for n in names}
    if not all(p.exists() for p in path.values()):
        for n, frame in zip(names, _matched(study, spec), strict=True):
            derived.write(study.settings, study.info, names[n], frame)
    with study.cursor() as con:
        return con.execute(f"SELECT * FROM {parquet([path[name]])} ORDER BY ALL").df()


def _matched(study: OpenStudy, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(citations, quotes): reasonings through the matcher, and what judges listed themselves."""
    ready = matcher(spec.clauses)
    known = {c.anchor for c in spec.clauses}
    said, listed = _written(study)
    rows = {(r, j, c): (c in known, "structured", "") for r, j, c in listed}
    quoted: Counter[tuple[str, str]] = Counter()
    for response, judge, reasoning in said:
        reading = ready.read(reasoning)
        quoted.update({(q.clause, q.words) for q in reading.quoted})
        for c in reading.citations:
            key = (response, judge, c.clause)
            how = "structured" if key in rows else c.how
            rows[key] = (c.known, how, c.words)
    cited = pd.DataFrame([(*k, *v) for k, v in rows.items()], columns=_COLUMNS)
    passages = pd.DataFrame(
        [(*k, n) for k, n in quoted.items()], columns=["clause", "words", "times"]
    )
    text = {"response": str, "judge": str, "clause": str, "how": str, "words": str, "known": bool}
    return cited.astype(text), passages.astype({"clause": str, "words": str, "times": "int64"})


def _written(study: OpenStudy) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """(response, judge, reasoning) and (response, judge, clause that the judge listed)."""
    with study.cursor() as con:
        said = con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, j.reasoning FROM judgements "
            "j JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 AND reasoning IS NOT NULL"
        ).fetchall()
        listed = con.execute(
            "SELECT s.scenario || '|' || c.model AS response, c.judge, c.clause FROM citations c "
            "JOIN scenarios s USING (scenario_no) WHERE c.replicate = 0"
        ).fetchall()
    return said, listed


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
