"""Clauses that need work: how often each is cited, broken, and fought over.

A clause's parts: interpretive conflicts (two judges cite it and decide oppositely: its wording),
activation conflicts (they decide oppositely over disjoint clauses: its precedence), non-compliance
of the decisions that cite it, and the mean disagreement of its cases (the room it leaves).

Needs work, 0..1: the mean of three shares: of the answers that cite it, those with an interpretive
and those with an activation conflict over it, and of the decisions that cite it those that find a
violation. Each is drawn towards the share of all clauses, as far as the clause's families are few
(`estimates.pooling`), so that few cases never top the list. A clause stands out where one of the
three lies above that of the other clauses by more than chance allows, all clauses counted
together. Faultline's own measure; the list shows its parts.
"""

from collections.abc import Collection

import pandas as pd

from analysis.measure.agreement.agreement import agreement
from analysis.measure.agreement.ratings import ratings, wide
from analysis.measure.conflicts import conflicts as kinds
from analysis.measure.estimates.estimates import Estimate, Measured, Undefined, estimate_cells
from analysis.measure.estimates.grouped import family_moments, measured, rates_from_moments
from analysis.measure.estimates.pooling import partly_pooled, standing_out
from analysis.vocabulary import LEAST_FAMILIES, SUBJECT_ALPHA, Decision

LEAST = 5
ORDER = (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION, kinds.Conflict.DOUBT)
KINDS = {
    "interpretive": "unclear wording",
    "activation": "missing precedence",
    "violated": "often broken",
}
OK, FEW_CASES, UNTESTED = "ok", "few cases", "untested"
"""How much a clause's numbers rest on: enough families, fewer, or no judge that cites it."""


def state_counts(table: pd.DataFrame) -> tuple[int, int]:
    """How many clauses rest on enough families, and how many have few cases; `table` from
    `by_clause`."""
    few = int((table["state"] == FEW_CASES).sum())
    return len(table) - few, few


def by_clause(
    judgements: pd.DataFrame, citations: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """One row a cited clause, the one that needs work most first.

    `judgements`: response, family, judge, decision; `citations`: response, judge, clause (known
    ones only); `answers`: response, d. Columns: clause, cited (answers), interpretive, activation,
    doubt, rival, needs_work (0..1), kind (in words), mean_d, violated and kappa (Estimate or
    Undefined: share of the decisions citing it that are problematic, and Fleiss' kappa of the
    judges, binary, on the answers that cite it), prevalence, the three parts of needs_work, 0..1:
    part_interpretive, part_activation, part_violated; queries and families behind it, state (`ok`
    or `few cases`, below five families), q (of its part that stands out most) and stands_out.
    Clauses with few cases come after the others, and last those that no case speaks against.
    """
    if citations.empty:
        return pd.DataFrame(columns=["clause", "cited", "needs_work", "kind", "stands_out"])
    found = kinds.conflicts(judgements, citations)
    table = kinds.by_clause(found, citations).set_index("clause")
    moments = _moments(judgements, citations, found)
    tested = _tested(moments, evidence_counts(judgements, citations))
    rates = rates_from_moments(moments["violated"])
    table["violated"] = pd.Series(measured(rates), index=rates.index, dtype=object)
    table["mean_d"] = mean_d(citations, answers)
    agreed = {str(c): _agreed(judgements, citations, str(c)) for c in table.index}
    table["kappa"] = pd.Series({c: k for c, (k, _) in agreed.items()}, dtype=object)
    table["prevalence"] = pd.Series({c: p for c, (_, p) in agreed.items()}, dtype=float)
    table = table.join(tested)
    parts = table[[f"part_{part}" for part in moments]].set_axis(list(moments), axis=1)
    table["needs_work"] = parts.mean(axis=1)
    seen = _seen(table)
    table["kind"] = [KINDS[part] for part in _largest(parts, seen)]
    table["stands_out"] = table["q"] <= SUBJECT_ALPHA
    keys = {"_clean": ~seen.any(axis=1), "_few": table["state"] == FEW_CASES}
    order = table.assign(**keys).sort_values(
        [*keys, "needs_work", "cited"], ascending=[True, True, False, False], kind="stable"
    )
    return order.drop(columns=list(keys)).reset_index()


def _seen(table: pd.DataFrame) -> pd.DataFrame:
    """Clause x part: whether a single case of that trouble was seen at all."""
    violated = [isinstance(found, Estimate) and found.value > 0 for found in table["violated"]]
    return pd.DataFrame(
        {
            kinds.Conflict.INTERPRETIVE.value: table["interpretive"] > 0,
            kinds.Conflict.ACTIVATION.value: table["activation"] > 0,
            "violated": pd.Series(violated, index=table.index, dtype=bool),
        }
    )


def _largest(parts: pd.DataFrame, seen: pd.DataFrame) -> list[str]:
    """Per clause its largest part among those that a case shows. A share that is drawn towards that
    of all clauses is above zero also where nothing was found."""
    shown = seen.any(axis=1)
    of_these = parts.where(seen.eq(True) | ~shown.to_numpy()[:, None])
    return [str(part) for part in of_these.idxmax(axis=1)]


def tested(judgements: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """Clause -> part_interpretive, part_activation, part_violated, queries, families, state and q,
    as in `by_clause`: what decides which clauses stand out, without what is told of them."""
    found = kinds.conflicts(judgements, citations)
    return _tested(_moments(judgements, citations, found), evidence_counts(judgements, citations))


def _tested(moments: dict[str, pd.DataFrame], basis: pd.DataFrame) -> pd.DataFrame:
    pooled = {part: partly_pooled(m).reindex(basis.index) for part, m in moments.items()}
    parts = pd.DataFrame({f"part_{part}": one["pooled"] for part, one in pooled.items()})
    enough = basis["families"] >= LEAST_FAMILIES
    tests = pd.DataFrame({part: one["p"].where(enough) for part, one in pooled.items()})
    states = [OK if f >= LEAST_FAMILIES else FEW_CASES for f in basis["families"]]
    return parts.fillna(0.0).join(basis).assign(state=states, q=standing_out(tests))


def evidence_counts(judgements: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """Clause -> queries (scenarios) and families with an answer that cites it."""
    once = citations[["response", "clause"]].drop_duplicates()
    families = judgements.drop_duplicates("response")[["response", "family"]]
    joined = once.merge(families, on="response")
    joined["scenario"] = joined["response"].str.rsplit("|", n=1).str[0]
    counts = joined.groupby("clause")[["scenario", "family"]].nunique()
    return counts.rename(columns={"scenario": "queries", "family": "families"})


def _moments(
    judgements: pd.DataFrame, citations: pd.DataFrame, found: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Part of needs_work -> family moments by clause."""
    families = judgements.drop_duplicates("response")[["response", "family"]]
    cited = citations[["response", "clause"]].drop_duplicates().merge(families, on="response")
    frames: dict[str, pd.DataFrame] = {}
    for kind in (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION):
        rows = kinds.over_clauses(found, citations, kind)[["response", "clause"]]
        marked = cited.merge(rows.drop_duplicates().assign(k=1.0), how="left")
        frames[str(kind)] = marked.assign(k=marked["k"].fillna(0.0))
    decided = citations.merge(judgements.dropna(subset=["decision"]), on=["response", "judge"])
    frames["violated"] = decided.assign(k=(decided["decision"] != Decision.COMPLIANT).astype(float))
    return {
        part: family_moments(rows.assign(n=1.0), ["clause"], total="k")
        for part, rows in frames.items()
    }


def cases(judgements: pd.DataFrame, citations: pd.DataFrame, clause: str) -> pd.DataFrame:
    """One row an answer that cites a clause: response, conflict - those in conflict first.

    `conflict` is what the judges' decisions make of this clause: interpretive (both cite it and
    decide oppositely), activation (cited by one, another clause by the other), doubt, or "".
    An answer with several takes the first of these, as the counts of `by_clause` have it.
    """
    mine = set(citations.loc[citations["clause"] == clause, "response"])
    known = citations[citations["response"].isin(mine)]
    found = kinds.conflicts(judgements[judgements["response"].isin(mine)], known)
    about = {k: kinds.about_clause(found, known, clause, k) for k in ORDER}
    first = {r: next((str(k) for k in ORDER if r in about[k]), "") for r in mine}
    order = sorted(mine, key=lambda r: ([*map(str, ORDER), ""].index(first[r]), r))
    return pd.DataFrame({"response": order, "conflict": [first[r] for r in order]}, dtype=object)


def gaps_by_clause(citations: pd.DataFrame, scenarios: Collection[str]) -> "pd.Series[int]":
    """Clause -> how many of these scenarios (quality gaps) have an answer that cites it.

    `response` begins with the scenario's id and a bar."""
    rows = citations[["response", "clause"]].drop_duplicates()
    cited = rows.assign(scenario=rows["response"].str.rsplit("|", n=1).str[0])
    counts: pd.Series[int] = (
        cited[cited["scenario"].isin(list(scenarios))].groupby("clause")["scenario"].nunique()
    )
    return counts


def mean_d(citations: pd.DataFrame, answers: pd.DataFrame) -> pd.Series:
    """Clause -> mean D of the answers (response, d) that cite it."""
    once = citations.drop_duplicates(["response", "clause"])
    return once.merge(answers[["response", "d"]], on="response").groupby("clause")["d"].mean()


def _agreed(
    judgements: pd.DataFrame, citations: pd.DataFrame, clause: str
) -> tuple[Measured, float]:
    """Fleiss' kappa (binary) of all judges on the answers that cite a clause, and how much is
    flagged there."""
    cited = set(citations.loc[citations["clause"] == clause, "response"])
    mine = judgements[judgements["response"].isin(cited)]
    if len(cited) < LEAST:
        return Undefined(f"fewer than {LEAST} answers cite it", len(cited)), float("nan")
    frame = wide(mine, ["response"])
    judges = [c for c in frame.columns if c not in ("response", "family")]
    found = agreement(ratings(frame, judges), "binary")
    return found.fleiss_kappa, float(estimate_cells(found.prevalence)["value"])
