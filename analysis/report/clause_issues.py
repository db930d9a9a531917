"""Clauses that need work as Markdown for an issue: the finding, the clause, three cases with both
arguments and links to them, and what would mend it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from analysis.errors import FaultlineError
from analysis.figures import clause_words
from analysis.figures.frames import clause_case
from analysis.figures.frames import clauses as frames
from analysis.figures.frames.clause_case import Argument, Example
from analysis.figures.phrases import shortened
from analysis.number_text import counted
from analysis.parse.specs.clause import Clause, Spec
from analysis.store import study_specs
from analysis.store.study import OpenStudy
from analysis.text_safety import contained, literal
from analysis.vocabulary import d_text

CLAUSE, QUERY, ANSWER = 900, 500, 500
"""Characters of a clause, a query and an answer that are quoted, at most."""


def top(study: OpenStudy, count: int, base: str, source: str | None = None) -> str:
    """One file of the clauses that need work most, at most `count` of them. `base`: the address of
    the program, for links (http://host:port). Raises FaultlineError where judges cite none."""
    study = study_specs.under(study)
    spec = study_specs.spec_of(study)
    rows = _rows(study, spec, source)
    if not rows:
        raise FaultlineError(
            f"There is no clause to write about: no judgement of “{study.info.id}” cites a clause "
            f"of {spec.name} {spec.version}. Have its answers judged on the Stress test page."
        )
    parts = [_body(study, spec, row, base) for row in rows[:count]]
    head = (
        f"# Clauses that need work: {contained(spec.name)} {contained(spec.version)}\n\n"
        f"The first {len(parts):,} of {counted(len(rows), 'clause')} that judges cite, "
        "the one that needs work most first.\n"
    )
    return "\n".join([head, *parts, _source(study, spec)])


def one(study: OpenStudy, anchor: str, base: str, source: str | None = None) -> str:
    """One clause as an issue. Raises FaultlineError where no judge cites it."""
    study = study_specs.under(study)
    spec = study_specs.spec_of(study)
    frames.checked(spec, anchor)
    row = next((r for r in _rows(study, spec, source) if r["clause"] == anchor), None)
    if row is None:
        raise FaultlineError(f"No judge cites #{anchor}: there is no case to write about.")
    return "\n".join([_body(study, spec, row, base), _source(study, spec)])


def _rows(study: OpenStudy, spec: Spec, source: str | None) -> list[dict[Any, Any]]:
    if not study.info.judgements:
        return []
    return study.read(frames.measured, spec.key, source).to_dict("records")


def _body(study: OpenStudy, spec: Spec, row: Mapping[Any, Any], base: str) -> str:
    clauses = {c.anchor: c for c in spec.clauses}
    titles = {c.anchor: c.title for c in spec.clauses}
    clause = clauses[str(row["clause"])]
    against = row["rival"] if isinstance(row["rival"], str) else None
    rival = clauses.get(against) if against and row["kind"] == "missing precedence" else None
    told = clause_case.examples(study, spec.key, clause.anchor, str(row["kind"]), against)
    violated = clause_words.estimate_in_words(row["violated"], "{:.0%}")
    numbers = [
        f"cited on {counted(int(row['cited']), 'answer')} to {clause_words.evidence_in_words(row)}",
        f"interpretive conflicts: {row['interpretive']}; activation conflicts: "
        f"{row['activation']}; quality gaps: {row['quality_gaps']}",
        f"violated in {violated} of the decisions citing it",
        f"kappa of the judges on its cases: {clause_words.estimate_in_words(row['kappa'])}",
    ]
    parts = [
        f"## {literal(clause.title)} (`#{clause.anchor}`)",
        f"**{str(row['kind']).capitalize()}.** {clause_words.reason(row, titles)} "
        f"{clause_words.certainty(row)}",
        _quoted(clause),
        *_against(rival),
        "\n".join(f"- {n}" for n in numbers),
        f"**Suggested repair.** {clause_words.repair(row, titles)}",
        *(_case(study, spec, i, e, clause.anchor, titles, base) for i, e in enumerate(told, 1)),
    ]
    return "\n\n".join(parts) + "\n"


def _against(rival: Clause | None) -> list[str]:
    """The clause that it is set against, where precedence is what is missing."""
    if rival is None:
        return []
    return [f"Against “{literal(rival.title)}” (`#{rival.anchor}`):", _quoted(rival)]


def _quoted(clause: Clause) -> str:
    text = shortened(clause.text, CLAUSE) or "(no text)"
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _case(
    study: OpenStudy,
    spec: Spec,
    number: int,
    told: Example,
    anchor: str,
    titles: Mapping[str, str],
    base: str,
) -> str:
    d = "" if told.d is None else f", D {d_text(told.d)}"
    parts = [
        f"### Case {number}: {literal(told.label)} on {literal(told.scenario)}{d}",
        f"Query:\n\n{_harmless(told.query, QUERY)}",
        f"Answer:\n\n{_harmless(told.answer or '(the study has no text of it)', ANSWER)}",
        *(_argument(a, titles) for a in told.arguments),
        f"[Open this case]({link(study, spec, told, anchor, base)})",
    ]
    return "\n\n".join(parts)


def _harmless(text: str, most: int) -> str:
    """Words from data as a quotation in which nothing is markup."""
    return "\n".join(f"> {literal(line)}".rstrip() for line in shortened(text, most).splitlines())


def _argument(said: Argument, titles: Mapping[str, str]) -> str:
    """A judge's words, those that cite the clause in bold."""
    made, at = "", 0
    for start, end in said.marks:
        made += f"{literal(said.words[at:start])}**{literal(said.words[start:end])}**"
        at = end
    made += literal(said.words[at:])
    title = literal(titles.get(said.clause, said.clause))
    words = made.strip() or "No reasoning was recorded."
    return f"{literal(said.judge)}, **{said.decision}**, by “{title}”:\n\n> {words}"


def link(study: OpenStudy, spec: Spec, told: Example, anchor: str, base: str) -> str:
    """The address of a case in the reader, on the way back to its clause."""
    asked = {
        "study": study.info.id,
        "scenario": told.scenario,
        "show": told.label,
        "clause": anchor,
        "spec": spec.key,
    }
    return f"{base.rstrip('/')}/scenarios?{urlencode(asked)}"


def _source(study: OpenStudy, spec: Spec) -> str:
    words = study_specs.words(study)
    return (
        f"Spec {contained(spec.name)} {contained(spec.version)}"
        f"{f'. {words}' if words else ''}; study {literal(study.info.title)}, content "
        f"{study.info.content_hash[:12]}{', simulated data' * study.info.simulated}; numbers by "
        "Faultline.\n"
    )
