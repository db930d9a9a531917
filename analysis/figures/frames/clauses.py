"""Clauses as pages and figures read them: the list with its parts, rivals, cases, arguments."""

from dataclasses import dataclass, replace

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures.frames import judged
from analysis.measure import clauses as measure
from analysis.measure.compliance.agreed import agreed_failures
from analysis.measure.compliance.counting import Counted
from analysis.measure.conflicts import conflicts as kinds
from analysis.measure.conflicts.quality_gap import quality_gaps
from analysis.measure.estimates.estimates import defined_cells
from analysis.parse.specs.clause import Spec
from analysis.queries import clauses as queries
from analysis.queries import compliance, near
from analysis.queries import judges as judge_queries
from analysis.queries.judged_sets import judged_set
from analysis.store import study_specs
from analysis.store.study import OpenStudy

NOT_CITED = "no judge cites a clause of this spec"


@dataclass(frozen=True)
class Evidence:
    """What a study's judges said under a spec: every judgement, and citations of its clauses."""

    judgements: pd.DataFrame
    citations: pd.DataFrame
    known: pd.DataFrame

    @property
    def answers(self) -> pd.DataFrame:
        """One row a judged answer, as its first judgement has it."""
        return self.judgements.drop_duplicates("response")


def read(study: OpenStudy, spec: Spec) -> Evidence:
    """Judgements and citations (those of the spec's clauses in `known`)."""
    cited = queries.citations(study, spec)
    return Evidence(queries.judgements(study), cited, cited[cited["known"]])


def with_d_over(study: OpenStudy, evidence: Evidence, models: str) -> Evidence:
    """The same with D over another model set than the study's own (`judged_sets.judged_set`)."""
    if models in ("", study.read(judged_set).id):
        return evidence
    items = study.read(judge_queries.items, None, models)
    d = items.drop_duplicates("scenario").set_index("scenario")["d"]
    return replace(
        evidence, judgements=evidence.judgements.assign(d=evidence.judgements["scenario"].map(d))
    )


def counted(evidence: Evidence) -> Counted:
    """Judged answers: those on which a judge cites a clause of the spec, and why not the others."""
    judged, cited = set(evidence.judgements["response"]), set(evidence.known["response"])
    left = len(judged - cited)
    return Counted(len(judged), {NOT_CITED: left} if left else {})


def read_by(study: OpenStudy, key: str) -> Evidence:
    """`read` under the spec of a key (name@version@hash)."""
    return read(study, study_specs.spec_of(study, key))


def measured(study: OpenStudy, key: str, source: str | None = None) -> pd.DataFrame:
    """`table` under the spec of a key: costly, so pages and figures ask for it through a cache."""
    return table(study, read_by(study, key), source)


def near_counts(study: OpenStudy, key: str) -> dict[str, int]:
    """Clause -> queries near it by likeness of text."""
    return near.counts(study, study_specs.spec_of(study, key))


def by_clause(evidence: Evidence) -> pd.DataFrame:
    """The cited clauses with what their citations tell of them: `measure.clauses.by_clause`."""
    return measure.by_clause(evidence.judgements, evidence.known, evidence.answers)


def table(study: OpenStudy, evidence: Evidence, source: str | None = None) -> pd.DataFrame:
    """`by_clause` with `quality_gaps` (scenarios where all answers pass and lie far apart) and
    `agreed_failures` (that fail in spite of a low D), of which an answer cites the clause."""
    found = by_clause(evidence)
    gaps = quality_gaps(compliance.answers(study, source))
    counts = measure.gaps_by_clause(evidence.known, list(gaps["scenario"]))
    failures = agreed_failures(judged.items(study))
    failed = measure.gaps_by_clause(evidence.known, list(failures["scenario"]))
    return found.assign(
        quality_gaps=counts.reindex(found["clause"]).fillna(0).astype(int).to_numpy(),
        agreed_failures=failed.reindex(found["clause"]).fillna(0).astype(int).to_numpy(),
    )


def listed(found: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """`table` with plain numbers, the clause that needs work most first.

    Columns: clause, title, authority, section, needs_work, its three parts (part_...), kind, cited,
    violated and kappa (each with _low, _high and _undefined), prevalence, interpretive, activation,
    doubt, rival, quality_gaps, mean_d, queries, families, state, q, agreed_failures.
    """
    clauses = {c.anchor: c for c in spec.clauses}
    mine = [clauses[str(a)] for a in found["clause"]]
    rows = pd.DataFrame({"clause": found["clause"], "title": [c.title for c in mine]})
    rows["authority"] = [c.authority for c in mine]
    rows["section"] = [c.section for c in mine]
    plain = ["needs_work", "part_interpretive", "part_activation", "part_violated", "kind", "cited"]
    estimates = [_cells(found, name) for name in ("violated", "kappa") if name in found]
    basis = ["queries", "families", "state", "q", "agreed_failures"]
    rest = ["prevalence", "interpretive", "activation", "doubt", "rival", "quality_gaps", "mean_d"]
    parts = [rows, found.reindex(columns=plain), *estimates, found.reindex(columns=rest + basis)]
    return pd.concat(parts, axis=1)


def _cells(found: pd.DataFrame, name: str) -> pd.DataFrame:
    """An estimate as columns; a clause that no decision cites has an empty one."""
    cells_of = [{} if isinstance(v, float) else defined_cells(v) for v in found[name]]
    columns = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
    made = {new: [cells.get(old) for cells in cells_of] for new, old in columns.items()}
    frame = pd.DataFrame(made, dtype=float)
    frame[f"{name}_undefined"] = [c.get("undefined", "no decision cites it") for c in cells_of]
    return frame


def rivals(evidence: Evidence) -> pd.DataFrame:
    """Pairs of clauses that claim the same case, each once: clause, other, answers; most first."""
    pairs = kinds.clause_pairs(kinds.conflicts(evidence.judgements, evidence.known), evidence.known)
    return pairs[pairs["clause"] < pairs["other"]].reset_index(drop=True)


def rival_cases(evidence: Evidence, clause: str, other: str) -> pd.DataFrame:
    """Answers that two clauses both claim: a row an answer and pair of judges: scenario, model,
    d, judge_a, decision_a, clause_a, judge_b, decision_b, clause_b; highest D first."""
    found = kinds.conflicts(evidence.judgements, evidence.known)
    rows = kinds.rival_clauses(found, evidence.known)
    pair = [
        {a, b} == {clause, other} for a, b in zip(rows["clause_a"], rows["clause_b"], strict=True)
    ]
    mine = rows[pd.Series(pair, index=rows.index, dtype=bool)]
    sides = [f"{what}_{s}" for s in ("a", "b") for what in ("judge", "decision", "clause")]
    return _located(evidence, mine)[["scenario", "model", "d", *sides]]


def cases(study: OpenStudy, evidence: Evidence, clause: str) -> pd.DataFrame:
    """Answers that cite a clause, those in conflict over it first, then by D: scenario, model,
    family, conflict, d, decisions (every judge's, in words)."""
    found = measure.cases(evidence.judgements, evidence.known, clause)
    order = {k: i for i, k in enumerate([*map(str, measure.ORDER), ""])}
    rows = _located(evidence, found).assign(_kind=lambda f: f["conflict"].map(order))
    rows = rows.sort_values(["_kind", "d"], ascending=[True, False], kind="stable")
    decisions = _decisions(study, evidence, set(found["response"]))
    rows["decisions"] = rows["response"].map(decisions).fillna("")
    columns = ["scenario", "model", "family", "conflict", "d", "decisions"]
    return rows[columns].reset_index(drop=True)


def arguments(study: OpenStudy, evidence: Evidence, clause: str) -> pd.DataFrame:
    """Every judgement on the answers that cite a clause: scenario, model, conflict, d, judge,
    decision, cites (whether this judge invokes the clause), how, words, reasoning."""
    found = measure.cases(evidence.judgements, evidence.known, clause)
    reasonings = queries.arguments(study, list(found["response"]))
    mine = evidence.known[evidence.known["clause"] == clause][["response", "judge", "how", "words"]]
    rows = _located(evidence, found).merge(reasonings, on="response")
    rows = rows.merge(
        mine.drop_duplicates(["response", "judge"]), on=["response", "judge"], how="left"
    )
    rows["cites"] = rows["how"].notna()
    rows[["how", "words"]] = rows[["how", "words"]].fillna("")
    columns = ["scenario", "model", "conflict", "d", "judge", "decision", "cites", "how", "words"]
    return rows[[*columns, "reasoning"]]


def checked(spec: Spec, *anchors: str) -> None:
    """Raises FaultlineError for a clause that the spec does not have."""
    known = {c.anchor for c in spec.clauses}
    for anchor in anchors:
        if anchor not in known:
            raise FaultlineError(
                f"The spec {spec.name} {spec.version} has no clause “{anchor}”. Its clauses stand "
                "in the figure clauses.listed and on the Clauses page."
            )


def _located(evidence: Evidence, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the scenario, model, family and d of their response, highest D first."""
    facts = evidence.judgements.drop_duplicates("response")
    facts = facts[["response", "scenario", "model", "family", "d"]]
    found = rows.drop(columns="family", errors="ignore").merge(facts, on="response", how="left")
    return found.sort_values("d", ascending=False, kind="stable", ignore_index=True)


def _decisions(study: OpenStudy, evidence: Evidence, responses: set[str]) -> pd.Series:
    """Response -> what each judge decided, as one text."""
    known = judge_queries.judges(study)
    labels = dict(zip(known["judge"], known["label"], strict=True))
    mine = evidence.judgements[evidence.judgements["response"].isin(responses)]
    words = mine["judge"].map(labels) + ": " + mine["decision"].fillna("no decision")
    return words.groupby(mine["response"]).agg("; ".join)
