"""Kinds of disagreement between judges, which ask for different repairs of the spec.

Two judges on one answer, each with a decision and the clauses it cited:
`interpretive` - compliant against non-compliant, and a clause cited by both: its wording is
unclear. Who cites a heading cites what stands under it, so a clause and its own heading are no
rivals: the clause is shared. `activation` - decided oppositely over disjoint clauses: two clauses
claim the case.
`unattributed` - decided oppositely, and one side cites nothing. `doubt` - "ambiguous" against a
decision. Judges that agree, or one of whom did not decide, make no conflict.

Frames in: judgements, one row `response` x `judge` with `family` and `decision` (a word, null =
no decision); citations, one row `response` x `judge` x `clause`, and where the spec is a tree
`above`, the headings that the clause stands under. `response` is any one id of an answer (scenario
x model x replicate).
"""

from enum import StrEnum
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.agreement.ratings import decision_codes
from analysis.vocabulary import Decision


class Conflict(StrEnum):
    """What kind of conflict two judges have over one answer."""

    INTERPRETIVE = "interpretive"
    ACTIVATION = "activation"
    DOUBT = "doubt"
    UNATTRIBUTED = "unattributed"


_COLUMNS = [
    "response",
    "family",
    "judge_a",
    "judge_b",
    "decision_a",
    "decision_b",
    "kind",
    "cited_a",
    "cited_b",
    "shared",
]


_CITED = ["response", "judge", "clause"]


def conflicts(judgements: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """One row an answer x pair of judges that conflict, by response, judge_a < judge_b.

    Columns response, family, judge_a, judge_b, decision_a, decision_b (words), kind, and how
    many clauses each cited (cited_a, cited_b) and both (shared). Of two judgements by one judge
    on one answer the last holds. Raises FaultlineError on a missing column.
    """
    pairs = _opposed_pairs(_coded(judgements))
    cited = _distinct(citations)
    sizes = cited.groupby(["response", "judge"], observed=True).size()
    for side in ("a", "b"):
        keys = pd.MultiIndex.from_frame(pairs[["response", f"judge_{side}"]])
        pairs[f"cited_{side}"] = sizes.reindex(keys, fill_value=0).to_numpy(dtype=int)
    shared = shared_clauses(pairs, cited)
    counts = shared.groupby(["response", "judge_a", "judge_b"], observed=True).size()
    keys = pd.MultiIndex.from_frame(pairs[["response", "judge_a", "judge_b"]])
    pairs["shared"] = counts.reindex(keys, fill_value=0).to_numpy(dtype=int)
    pairs["kind"] = _kinds(pairs)
    return pairs[_COLUMNS]


def shared_clauses(pairs: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """One row a pair of judges on an answer x clause both cite: the pair's row and `clause`.

    Where one cites a clause and the other a heading above it, the clause is the shared one."""
    cited = _distinct(citations)
    left = pairs.merge(_side(cited, "a"), on=["response", "judge_a"])
    same = left.merge(_side(cited, "b"), on=["response", "judge_b", "clause"])
    nested = _nested(cited)
    if nested.empty:
        return same
    right = _side(cited, "b").rename(columns={"clause": "other"})
    crossed = left.merge(right, on=["response", "judge_b"])
    lower = crossed.merge(nested, left_on=["clause", "other"], right_on=["clause", "heading"])
    upper = crossed.rename(columns={"clause": "other", "other": "clause"})
    upper = upper.merge(nested, left_on=["clause", "other"], right_on=["clause", "heading"])
    return pd.concat([same, lower[same.columns], upper[same.columns]]).drop_duplicates(
        ["response", "judge_a", "judge_b", "clause"], ignore_index=True
    )


def rival_clauses(found: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """Which clauses claim the same case: a row an activation conflict x (clause_a, clause_b).

    `found` as from `conflicts`; clause_a is cited by judge_a, clause_b by judge_b.
    """
    rivals = found[found["kind"] == Conflict.ACTIVATION.value]
    cited = _distinct(citations)
    one, other = (
        _side(cited, side).rename(columns={"clause": f"clause_{side}"}) for side in ("a", "b")
    )
    return rivals.merge(one, on=["response", "judge_a"]).merge(other, on=["response", "judge_b"])


def clause_pairs(found: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """How many answers two clauses both claim: clause, other, answers - both ways round.

    Most answers first. An answer counts once a pair of clauses, however many judges it splits.
    """
    rivals = rival_clauses(found, citations)[["response", "clause_a", "clause_b"]]
    there = rivals.rename(columns={"clause_a": "clause", "clause_b": "other"})
    back = rivals.rename(columns={"clause_b": "clause", "clause_a": "other"})
    both = pd.concat([there, back], ignore_index=True).drop_duplicates()
    counts = both.groupby(["clause", "other"], observed=True).size().rename("answers").reset_index()
    return counts.sort_values(
        ["answers", "clause", "other"], ascending=[False, True, True], ignore_index=True
    )


def by_clause(found: pd.DataFrame, citations: pd.DataFrame) -> pd.DataFrame:
    """One row a cited clause: answers that cite it, and in how many of them it is in conflict.

    Columns clause, cited, interpretive, activation, doubt (answers, each counted once) and
    rival (the clause it most often contends with, else null). Doubt counts for each clause that
    either judge of the doubting pair cites.
    """
    cited = _distinct(citations)
    table = cited.groupby("clause", observed=True)["response"].nunique().rename("cited").to_frame()
    interpretive = found[found["kind"] == Conflict.INTERPRETIVE.value]
    doubts = _cited_by_either(found[found["kind"] == Conflict.DOUBT.value], cited)
    table["interpretive"] = _answers(shared_clauses(interpretive, cited))
    table["activation"] = _answers(_either_side(rival_clauses(found, cited)))
    table["doubt"] = _answers(doubts)
    counts = ["interpretive", "activation", "doubt"]
    table[counts] = table[counts].fillna(0).astype(int)
    top = clause_pairs(found, cited).drop_duplicates("clause").set_index("clause")["other"]
    table["rival"] = top.reindex(table.index)
    return table.reset_index()


def over_clauses(found: pd.DataFrame, citations: pd.DataFrame, kind: Conflict) -> pd.DataFrame:
    """Answers with a conflict of a kind, and the clauses that it is over, as `by_clause` counts
    them: response, clause (rows may repeat)."""
    cited = _distinct(citations)
    if kind is Conflict.ACTIVATION:
        return _either_side(rival_clauses(found, cited))
    mine = found[found["kind"] == kind.value]
    if kind is Conflict.INTERPRETIVE:
        return shared_clauses(mine, cited)
    return _cited_by_either(mine, cited)


def about_clause(
    found: pd.DataFrame, citations: pd.DataFrame, clause: str, kind: Conflict
) -> set[str]:
    """The answers with a conflict of that kind over one clause, as `by_clause` counts them."""
    rows = over_clauses(found, citations, kind)
    return set(rows.loc[rows["clause"] == clause, "response"])


def tally(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind, all four always: pairs (of judges on an answer) and answers (distinct)."""
    groups = found.groupby("kind", observed=True)["response"]
    table = pd.DataFrame({"pairs": groups.size(), "answers": groups.nunique()})
    kinds = pd.Index([kind.value for kind in Conflict], name="kind")
    return table.reindex(kinds, fill_value=0).astype(int).reset_index()


def _coded(judgements: pd.DataFrame) -> pd.DataFrame:
    """Decided judgements only, the last a judge gave on an answer, with the decision's code."""
    absent = {"response", "judge", "family", "decision"} - set(judgements.columns)
    if absent:
        raise FaultlineError(f"Conflicts need the column {sorted(absent)[0]!r} of judgements.")
    coded = judgements.assign(code=decision_codes(judgements["decision"]))
    last = coded.drop_duplicates(["response", "judge"], keep="last")
    return last[last["code"] >= 0]


def _opposed_pairs(coded: pd.DataFrame) -> pd.DataFrame:
    """Pairs of judges with different decisions on one answer, sorted."""
    codes = coded.pivot(index="response", columns="judge", values="code")
    families = coded.drop_duplicates("response").set_index("response")["family"]
    words = np.array([d.value for d in Decision], dtype=object)
    parts = [_pair(codes, a, b, words) for a, b in combinations(sorted(codes.columns), 2)]
    empty = pd.DataFrame(columns=["response", "judge_a", "judge_b", "decision_a", "decision_b"])
    pairs = pd.concat(parts or [empty], ignore_index=True)
    pairs["family"] = families.reindex(pairs["response"]).to_numpy()
    return pairs.sort_values(["response", "judge_a", "judge_b"], ignore_index=True)


def _pair(codes: pd.DataFrame, a: str, b: str, words: np.ndarray) -> pd.DataFrame:
    one, other = codes[a].to_numpy(dtype=float), codes[b].to_numpy(dtype=float)
    split = ~np.isnan(one) & ~np.isnan(other) & (one != other)
    return pd.DataFrame(
        {
            "response": codes.index[split],
            "judge_a": a,
            "judge_b": b,
            "decision_a": words[one[split].astype(int)],
            "decision_b": words[other[split].astype(int)],
        }
    )


def _kinds(pairs: pd.DataFrame) -> np.ndarray:
    doubtful = Decision.AMBIGUOUS.value
    doubt = (pairs["decision_a"] == doubtful) | (pairs["decision_b"] == doubtful)
    nothing = (pairs["cited_a"] == 0) | (pairs["cited_b"] == 0)
    kinds = [Conflict.DOUBT, Conflict.INTERPRETIVE, Conflict.UNATTRIBUTED]
    return np.select(
        [doubt, pairs["shared"] > 0, nothing], [k.value for k in kinds], Conflict.ACTIVATION.value
    )


def _distinct(citations: pd.DataFrame) -> pd.DataFrame:
    kept = [*_CITED, *(["above"] if "above" in citations else [])]
    return citations[kept].dropna(subset=_CITED).drop_duplicates(_CITED)


def _nested(citations: pd.DataFrame) -> pd.DataFrame:
    """One row a cited clause x heading that it stands under: clause, heading."""
    if "above" not in citations:
        return pd.DataFrame(columns=["clause", "heading"])
    once = citations.drop_duplicates("clause")[["clause", "above"]].explode("above")
    return once.dropna().rename(columns={"above": "heading"})


def _side(citations: pd.DataFrame, side: str) -> pd.DataFrame:
    return citations[_CITED].rename(columns={"judge": f"judge_{side}"})


def _cited_by_either(pairs: pd.DataFrame, cited: pd.DataFrame) -> pd.DataFrame:
    """One row a pair of judges on an answer x clause that either of them cites."""
    sides = [pairs.merge(_side(cited, s), on=["response", f"judge_{s}"]) for s in ("a", "b")]
    return pd.concat(sides, ignore_index=True)


def _either_side(rivals: pd.DataFrame) -> pd.DataFrame:
    columns = ["clause_a", "clause_b"]
    parts = [rivals[["response", c]].rename(columns={c: "clause"}) for c in columns]
    return pd.concat(parts, ignore_index=True)


def _answers(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("clause", observed=True)["response"].nunique()
