"""Which clauses judges invoke: matched in their reasonings once a study and spec, and kept."""

import hashlib
from collections import Counter

import pandas as pd

from analysis.measure.citations.matcher import VERSION, matcher
from analysis.parse.specs.clause import Spec, headings_above
from analysis.store import derived, study_specs
from analysis.store.study import OpenStudy

_COLUMNS = ["response", "judge", "clause", "known", "how", "words"]


def citations(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    """One row a judgement and clause that its reasoning invokes: response, judge, clause, known,
    how (anchor, title, alias, part, quote, unknown, structured), words, above (the headings that
    the clause stands under, the nearest first). Matched once and kept beside the study.
    """
    found = _stored(study, spec, "citations")
    parents = {c.anchor: c.parent for c in spec.clauses}
    above = {anchor: headings_above(anchor, parents) for anchor in set(found["clause"])}
    return found.assign(above=found["clause"].map(above))


def quotes(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    """One row a clause and passage of it that judges quote: clause, words, times (judgements that
    quote it). Matched together with the citations."""
    return _stored(study, spec, "quotes")


def _stored(study: OpenStudy, spec: Spec, name: str) -> pd.DataFrame:
    with study.cursor() as con:
        return con.execute(f"SELECT * FROM {_relation(study, spec, name)} ORDER BY ALL").df()


def numbers(study: OpenStudy, spec: str = "") -> str:
    """SQL: the `scenario_no` of scenarios on which a judge cites one of the clauses in $cited, of
    the spec under that key ("": the one that the study is read by)."""
    found = _relation(study, study_specs.spec_of(study, spec), "citations")
    name = "left(response, length(response) - position('|' IN reverse(response)))"
    return (
        "(SELECT scenario_no FROM scenarios WHERE scenario IN "
        f"(SELECT {name} FROM {found} WHERE known AND clause IN $cited))"
    )


def _relation(study: OpenStudy, spec: Spec, name: str) -> str:
    """The table that the matcher gave, as SQL. Its version is part of the name, so that what an
    older one left is never read."""
    scope, aside = study.reading.scope, study.reading.left_out
    key = spec.content_hash if scope is None else f"{spec.content_hash} {scope}"
    key += f" without {aside}" if aside else ""
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    names = {n: f"{n}-{VERSION}-{digest}" for n in ("citations", "quotes")}
    with study.making:
        if not all(derived.relation(study, n) for n in names.values()):
            for n, frame in zip(names, _matched(study, spec), strict=True):
                derived.keep(study, names[n], frame)
    return str(derived.relation(study, names[name]))


def _matched(study: OpenStudy, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(citations, quotes): reasonings through the matcher, and what judges listed themselves."""
    ready = matcher(spec.clauses)
    known = {c.anchor for c in spec.clauses}
    written, listed = _written(study)
    rows = {(r, j, c): (c in known, "structured", "") for r, j, c in listed}
    quoted: Counter[tuple[str, str]] = Counter()
    for response, judge, reasoning in written:
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
        rows = con.execute(
            "SELECT s.scenario || '|' || j.model AS response, j.judge, j.reasoning FROM judgements "
            "j JOIN scenarios s USING (scenario_no) WHERE j.replicate = 0 AND reasoning IS NOT NULL"
        ).fetchall()
        listed = con.execute(
            "SELECT s.scenario || '|' || c.model AS response, c.judge, c.clause FROM citations c "
            "JOIN scenarios s USING (scenario_no) WHERE c.replicate = 0"
        ).fetchall()
    return rows, listed
