"""What of a spec is tested: queries, families, judgements and people's labels behind each clause.

A clause is untested where no judge's reasoning cites it, has few cases below five families, and
else is tested: nothing can be said of a clause on which nobody decided. What is near to it by
likeness of text says where such cases could come from, and is counted apart. Faultline's own.
"""

import pandas as pd

from analysis.measure.clauses import FEW_CASES, OK, UNTESTED, evidence_counts
from analysis.measure.estimates.grouped import MOMENTS, means_from_moments
from analysis.vocabulary import LEAST_FAMILIES

COUNTS = ("queries", "families", "judgements", "labels", "near", "near_high")


def coverage(
    clauses: pd.DataFrame,
    judgements: pd.DataFrame,
    citations: pd.DataFrame,
    labels: pd.DataFrame,
    near: pd.DataFrame,
) -> pd.DataFrame:
    """One row a clause of the spec, in reading order.

    `clauses`: clause, and what else is known of it (kept); `judgements`: response
    (`scenario|model`), family; `citations`: response, judge, clause (known ones alone); `labels`:
    response, clause (null where a person gave a verdict and named no clause); `near`: clause,
    near, near_high and the family moments of D over the queries near it.

    Columns added: queries and families with an answer on which a judge cites it, judgements that
    cite it, labels (answers that people labelled, and on which a judge or a person names it), near
    and near_high (queries near it, and those of them with high D), mean_d (0..3, over the mean_d_n
    of them that have one) with mean_d_low, mean_d_high and mean_d_undefined, and state (`ok`,
    `few cases` or `untested`).
    """
    found = clauses.set_index("clause")
    cited = evidence_counts(judgements, citations).reindex(found.index)
    cited_once = citations.drop_duplicates(["response", "judge", "clause"])
    counts = {
        "queries": cited["queries"],
        "families": cited["families"],
        "judgements": cited_once["clause"].value_counts(),
        "labels": _labelled(citations, labels),
        "near": near.set_index("clause")["near"],
        "near_high": near.set_index("clause")["near_high"],
    }
    for name in COUNTS:
        found[name] = counts[name].reindex(found.index).fillna(0).astype(int)
    means = means_from_moments(near.set_index("clause")[[*MOMENTS]]).reindex(found.index)
    found["mean_d"], found["mean_d_n"] = means["value"], means["n"].fillna(0).astype(int)
    found["mean_d_low"], found["mean_d_high"] = means["low"], means["high"]
    found["mean_d_undefined"] = means["undefined"].fillna("no query is near it")
    found["state"] = [state(n) for n in found["families"]]
    return found.reset_index()


def state(families: int) -> str:
    """What the number of families with an answer that cites a clause makes of it."""
    if not families:
        return UNTESTED
    return OK if families >= LEAST_FAMILIES else FEW_CASES


def _labelled(citations: pd.DataFrame, labels: pd.DataFrame) -> "pd.Series[int]":
    """Clause -> answers with a person's label on which a judge cites the clause, or that a person
    said it decided."""
    responses = labels[["response"]].drop_duplicates()
    by_judges = citations[["response", "clause"]].merge(responses, on="response")
    by_people = labels.dropna(subset=["clause"])[["response", "clause"]]
    both = pd.concat([by_judges, by_people]).drop_duplicates()
    return both["clause"].value_counts()
