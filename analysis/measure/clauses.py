"""Clauses that need work: how often each is cited, broken, and fought over.

A clause's parts: interpretive conflicts (two judges cite it and decide oppositely: its wording),
activation conflicts (they decide oppositely over disjoint clauses: its precedence), non-compliance
of the decisions that cite it, and the mean disagreement of its cases (the room it leaves).

Needs work, 0..1: the mean of three shares of the answers that cite it, each by the lower end of
its 95% interval so that few cases never top the list: interpretive conflicts, activation conflicts,
and decisions that find a violation. Faultline's own measure; the list shows its parts.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis.measure import conflicts as kinds
from analysis.measure.agreement import agreement
from analysis.measure.agreement_ratings import ratings, wide
from analysis.measure.estimates import Estimate, Measured, Undefined, estimate_cells, wilson
from analysis.measure.estimates_grouped import measured, rates_by_group

LEAST = 5
ORDER = (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION, kinds.Conflict.DOUBT)
RESAMPLES = 200
KINDS = {
    "interpretive": "unclear wording", "activation": "missing precedence",
    "violated": "often broken",
}  # fmt: skip


def by_clause(
    judgements: pd.DataFrame, citations: pd.DataFrame, answers: pd.DataFrame, seed: int = 3
) -> pd.DataFrame:
    """One row a cited clause, the one that needs work most first.

    `judgements`: response, family, judge, decision; `citations`: response, judge, clause (known
    ones only); `answers`: response, d. Columns: clause, cited (answers), interpretive, activation,
    doubt, rival, needs_work (0..1), kind (in words), mean_d, violated and kappa (Estimate or
    Undefined: share of the decisions citing it that are problematic, and Fleiss' kappa of the
    judges, binary, on the answers that cite it), prevalence, and the three parts of needs_work,
    0..1: part_interpretive, part_activation, part_violated.
    """
    if citations.empty:
        return pd.DataFrame(columns=["clause", "cited", "needs_work"])
    found = kinds.conflicts(judgements, citations)
    table = kinds.by_clause(found, citations).set_index("clause")
    table["violated"] = _violated(judgements, citations)
    table["mean_d"] = _mean_d(citations, answers)
    rng = np.random.default_rng(seed)
    agreed = {str(c): _agreed(judgements, citations, str(c), rng) for c in table.index}
    table["kappa"] = pd.Series({c: k for c, (k, _) in agreed.items()}, dtype=object)
    table["prevalence"] = pd.Series({c: p for c, (_, p) in agreed.items()}, dtype=float)
    parts = pd.DataFrame(
        {
            "interpretive": _lower(table["interpretive"], table["cited"]),
            "activation": _lower(table["activation"], table["cited"]),
            "violated": [v.low if isinstance(v, Estimate) else 0.0 for v in table["violated"]],
        },
        index=table.index,
    )
    table = table.join(parts.add_prefix("part_"))
    table["needs_work"] = parts.mean(axis=1)
    table["kind"] = [KINDS[str(k)] for k in parts.idxmax(axis=1)]
    order = table.sort_values(["needs_work", "cited"], ascending=False, kind="stable")
    return order.reset_index()


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
    held = rows.assign(scenario=rows["response"].str.rsplit("|", n=1).str[0])
    counts: pd.Series[int] = (
        held[held["scenario"].isin(list(scenarios))].groupby("clause")["scenario"].nunique()
    )
    return counts


def _lower(part: pd.Series, whole: pd.Series) -> list[float]:
    """Lower ends of the shares, at the number of answers."""
    cells = [wilson(float(k), int(n)) for k, n in zip(part, whole, strict=True)]
    return [c.low if isinstance(c, Estimate) else 0.0 for c in cells]


def _violated(judgements: pd.DataFrame, citations: pd.DataFrame) -> pd.Series:
    """Share of the decisions citing a clause that find a violation or a doubt, by clause."""
    decided = judgements.dropna(subset=["decision"])
    held = citations.merge(decided, on=["response", "judge"])
    held = held.assign(k=(held["decision"] != "compliant").astype(float), n=1.0)
    if held.empty:
        return pd.Series(dtype=object)
    rates = rates_by_group(held, ["clause"])
    return pd.Series(measured(rates), index=rates.index, dtype=object)


def _mean_d(citations: pd.DataFrame, answers: pd.DataFrame) -> pd.Series:
    once = citations.drop_duplicates(["response", "clause"])
    return once.merge(answers[["response", "d"]], on="response").groupby("clause")["d"].mean()


def _agreed(
    judgements: pd.DataFrame, citations: pd.DataFrame, clause: str, rng: np.random.Generator
) -> tuple[Measured, float]:
    """Fleiss' kappa (binary) of all judges on the answers that cite a clause, and how much is
    flagged there."""
    cited = set(citations.loc[citations["clause"] == clause, "response"])
    mine = judgements[judgements["response"].isin(cited)]
    if len(cited) < LEAST:
        return Undefined(f"fewer than {LEAST} answers cite it", len(cited)), float("nan")
    frame = wide(mine, ["response"])
    judges = [c for c in frame.columns if c not in ("response", "family")]
    found = agreement(ratings(frame, judges), "binary", rng, RESAMPLES)
    return found.fleiss_kappa, float(estimate_cells(found.prevalence)["value"])
