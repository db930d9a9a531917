"""Clauses as pages and recipes read them: the list with its parts, rivals, cases, arguments."""

from dataclasses import dataclass

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure import clauses as measure
from analysis.measure import conflicts as kinds
from analysis.measure.conflicts_quality import quality_gaps
from analysis.measure.estimates import estimate_cells
from analysis.parse.clause import Spec
from analysis.store.queries import clauses as queries
from analysis.store.queries import compliance
from analysis.store.queries import judges as judge_queries
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Read:
    """What a study's judges said under a spec: every judgement, and citations of its clauses."""

    judgements: pd.DataFrame
    citations: pd.DataFrame
    known: pd.DataFrame


def read(study: OpenStudy, spec: Spec) -> Read:
    """Judgements and citations (those of the spec's clauses in `known`)."""
    cited = queries.citations(study, spec)
    return Read(queries.judgements(study), cited, cited[cited["known"]])


def table(study: OpenStudy, held: Read, source: str | None = None) -> pd.DataFrame:
    """`measure.clauses.by_clause` with `quality_gaps`: scenarios where all answers pass and lie
    far apart, and an answer to which cites the clause."""
    found = measure.by_clause(
        held.judgements, held.known, held.judgements.drop_duplicates("response")
    )
    gaps = quality_gaps(compliance.answers(study, source))
    counts = measure.gaps_by_clause(held.known, list(gaps["scenario"]))
    return found.assign(
        quality_gaps=counts.reindex(found["clause"]).fillna(0).astype(int).to_numpy()
    )


def listed(study: OpenStudy, spec: Spec, source: str | None = None) -> pd.DataFrame:
    """One row a cited clause with plain numbers, the one that needs work most first.

    Columns: clause, title, authority, section, needs_work, its three parts (part_...), kind, cited,
    violated and kappa (each with _low, _high and _undefined), prevalence, interpretive, activation,
    doubt, rival, quality_gaps, mean_d.
    """
    found = table(study, read(study, spec), source)
    clauses = {c.anchor: c for c in spec.clauses}
    mine = [clauses[str(a)] for a in found["clause"]]
    rows = pd.DataFrame({"clause": found["clause"], "title": [c.title for c in mine]})
    rows["authority"] = [c.authority for c in mine]
    rows["section"] = [c.section for c in mine]
    plain = ["needs_work", "part_interpretive", "part_activation", "part_violated", "kind", "cited"]
    estimates = [_cells(found, name) for name in ("violated", "kappa") if name in found]
    rest = ["prevalence", "interpretive", "activation", "doubt", "rival", "quality_gaps", "mean_d"]
    parts = [rows, found.reindex(columns=plain), *estimates, found.reindex(columns=rest)]
    return pd.concat(parts, axis=1)


def _cells(found: pd.DataFrame, name: str) -> pd.DataFrame:
    """An estimate as columns; a clause that no decision cites has an empty one."""
    held = [{} if isinstance(v, float) else estimate_cells(v) for v in found[name]]
    columns = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
    made = {new: [cells.get(old) for cells in held] for new, old in columns.items()}
    frame = pd.DataFrame(made, dtype=float)
    frame[f"{name}_undefined"] = [c.get("undefined", "no decision cites it") for c in held]
    return frame


def rivals(held: Read) -> pd.DataFrame:
    """Pairs of clauses that claim the same case, each once: clause, other, answers; most first."""
    pairs = kinds.clause_pairs(kinds.conflicts(held.judgements, held.known), held.known)
    return pairs[pairs["clause"] < pairs["other"]].reset_index(drop=True)


def rival_cases(held: Read, clause: str, other: str) -> pd.DataFrame:
    """Answers that two clauses both claim: a row an answer and pair of judges: scenario, model,
    d, judge_a, decision_a, clause_a, judge_b, decision_b, clause_b; highest D first."""
    found = kinds.conflicts(held.judgements, held.known)
    rows = kinds.rival_clauses(found, held.known)
    pair = [{a, b} == {clause, other} for a, b in zip(rows["clause_a"], rows["clause_b"],
            strict=True)]  # fmt: skip
    mine = rows[pd.Series(pair, index=rows.index, dtype=bool)]
    sides = [f"{what}_{s}" for s in ("a", "b") for what in ("judge", "decision", "clause")]
    return _located(held, mine)[["scenario", "model", "d", *sides]]


def cases(study: OpenStudy, held: Read, clause: str) -> pd.DataFrame:
    """Answers that cite a clause, those in conflict over it first, then by D: scenario, model,
    family, conflict, d, decisions (every judge's, in words)."""
    found = measure.cases(held.judgements, held.known, clause)
    order = {k: i for i, k in enumerate([*map(str, measure.ORDER), ""])}
    rows = _located(held, found).assign(_kind=lambda f: f["conflict"].map(order))
    rows = rows.sort_values(["_kind", "d"], ascending=[True, False], kind="stable")
    said = _decisions(study, held, set(found["response"]))
    rows["decisions"] = rows["response"].map(said).fillna("")
    columns = ["scenario", "model", "family", "conflict", "d", "decisions"]
    return rows[columns].reset_index(drop=True)


def arguments(study: OpenStudy, held: Read, clause: str) -> pd.DataFrame:
    """Every judgement on the answers that cite a clause: scenario, model, conflict, d, judge,
    decision, cites (whether this judge invokes the clause), how, words, reasoning."""
    found = measure.cases(held.judgements, held.known, clause)
    said = queries.arguments(study, list(found["response"]))
    mine = held.known[held.known["clause"] == clause][["response", "judge", "how", "words"]]
    rows = _located(held, found).merge(said, on="response")
    rows = rows.merge(mine.drop_duplicates(["response", "judge"]), on=["response", "judge"],
                      how="left")  # fmt: skip
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


def _located(held: Read, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the scenario, model, family and d of their response, highest D first."""
    facts = held.judgements.drop_duplicates("response")
    facts = facts[["response", "scenario", "model", "family", "d"]]
    found = rows.drop(columns="family", errors="ignore").merge(facts, on="response", how="left")
    return found.sort_values("d", ascending=False, kind="stable", ignore_index=True)


def _decisions(study: OpenStudy, held: Read, responses: set[str]) -> pd.Series:
    """Response -> what each judge decided, as one text."""
    known = judge_queries.judges(study)
    labels = dict(zip(known["judge"], known["label"], strict=True))
    mine = held.judgements[held.judgements["response"].isin(responses)]
    said = mine["judge"].map(labels) + ": " + mine["decision"].fillna("no decision")
    return said.groupby(mine["response"]).agg("; ".join)
