"""Two versions of a spec over what was judged by both: what the numbers did.

Compared on the same answers and by the same judges only: another judge would be taken for another
version. A clause that was renamed is one clause: the changes say which
anchors belong together (`spec_diff`).
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.measure.clauses import by_clause
from analysis.measure.estimates.estimates import Measured, Undefined, paired_difference, q_values
from analysis.measure.estimates.grouped import means_by_group, measured
from analysis.vocabulary import Decision

COLUMNS = (
    "anchor",
    "old_anchor",
    "title",
    "change",
    "cited_old",
    "cited",
    "violated_old",
    "violated",
    "kappa_old",
    "kappa",
    "answers",
    "shift",
    "q",
)
IDENTICAL = "identical: the same judgements, word for word, on both sides"
_NOT_CITED = Undefined("no decision cites it")


@dataclass(frozen=True)
class Version:
    """What judges said by one version: `judgements` (response, family, judge, decision, d, and
    where it is known said, which names the reasoning's words) and `citations` (response, judge,
    clause; clauses that the version has)."""

    judgements: pd.DataFrame
    citations: pd.DataFrame

    def over(self, both: pd.DataFrame) -> "Version":
        """Only what belongs to some answers and judges (response, judge)."""
        return Version(*(p.merge(both) for p in (self.judgements, self.citations)))

    @property
    def decided(self) -> pd.DataFrame:
        """Response and judge of every decision."""
        return self.judgements.dropna(subset=["decision"])[["response", "judge"]]


@dataclass(frozen=True)
class Compared:
    """One row a clause with `COLUMNS`; by how much the flagged share rose over all answers; how
    many answers were judged by both versions, and by which judges. `matched` answers are the same
    on both sides; `only_old` and `only_new` were judged on one side alone. `identical`: all that
    both sides share is one and the same content, so there is no difference to estimate."""

    clauses: pd.DataFrame
    shift: Measured
    answers: int
    judges: tuple[str, ...]
    matched: int = 0
    only_old: int = 0
    only_new: int = 0
    identical: bool = False


def compare(changes: pd.DataFrame, old: Version, new: Version) -> Compared:
    """The numbers of each clause under both versions, on the decisions that both have.

    `changes`: `spec_diff.diff_specs`. Columns of `clauses`: anchor and old_anchor (either may be
    missing), title, change; cited_old and cited (answers on which a judge invokes it),
    violated_old and violated (share of the decisions citing it that find a violation or a doubt),
    kappa_old and kappa (Fleiss, binary) as `measure.clauses.by_clause`; shift (Measured: by how
    much the share of flagged decisions rose from the old version to the new, on the `answers` that
    cite it under either version, paired and clustered by family); q (Benjamini-Hochberg over the
    clauses). Clauses that neither version's judges cite there are left out.
    """
    sides = [set(v.judgements["response"]) for v in (old, new)]
    both = old.decided.merge(new.decided).drop_duplicates()
    old, new = old.over(both), new.over(both)
    flags = _flags(old, new)
    before, after = _numbers(old), _numbers(new)
    rows = [_row(change, before, after) for change in changes.to_dict("records")]
    table = pd.DataFrame([r for r in rows if r["cited_old"] or r["cited"]], columns=COLUMNS[:-3])
    judges = tuple(sorted(both["judge"].unique()))
    shifts = _shifts(table, old, new, flags)
    counts = len(sides[0] & sides[1]), len(sides[0] - sides[1]), len(sides[1] - sides[0])
    whole = _whole(flags)
    if identical := _identical(old.judgements, new.judgements):
        whole = Undefined(IDENTICAL, len(flags), 0.0)
        none = [Undefined(IDENTICAL, int(n), 0.0) for n in shifts["answers"]]
        shifts = shifts.assign(shift=pd.Series(none, shifts.index, dtype=object), q=float("nan"))
    return Compared(shifts, whole, len(flags), judges, *counts, identical)


def _identical(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether the judgements that both sides share are the same content: decisions and, where both
    know them, the words of the reasonings. Equal decisions in other words are no repetition."""
    if "said" not in old or "said" not in new or old.empty:
        return False
    keys = ["response", "judge"]
    sides = [s.drop_duplicates(keys).set_index(keys).sort_index() for s in (old, new)]
    one, other = (s[["decision", "said"]].fillna("") for s in sides)
    return one.index.equals(other.index) and bool((one == other).all(axis=None))


def _flags(old: Version, new: Version) -> pd.DataFrame:
    """One row an answer: family, and the share of its decisions that flag it, old and new."""
    shares = {}
    for name, version in (("old", old), ("new", new)):
        decided = version.judgements.dropna(subset=["decision"])
        flagged = decided.assign(flag=(decided["decision"] != Decision.COMPLIANT).astype(float))
        shares[name] = flagged.groupby("response")["flag"].mean()
    families = new.judgements.drop_duplicates("response").set_index("response")["family"]
    return pd.DataFrame(shares).join(families)


def _numbers(version: Version) -> dict[str, dict[Any, Any]]:
    answers = version.judgements.drop_duplicates("response")
    table = by_clause(version.judgements, version.citations, answers)
    return {str(row["clause"]): row for row in table.to_dict("records")}


def _row(
    change: dict[Any, Any], before: dict[str, dict[Any, Any]], after: dict[str, dict[Any, Any]]
) -> dict[str, Any]:
    found = {k: change[k] for k in ("anchor", "old_anchor", "title", "change")}
    if not isinstance(found["title"], str):
        found["title"] = change["old_title"]
    for end, anchor, numbers in (("_old", "old_anchor", before), ("", "anchor", after)):
        row = numbers.get(str(change[anchor]), {})
        found[f"cited{end}"] = int(row.get("cited", 0))
        for name in ("violated", "kappa"):
            cell = row.get(name)
            found[name + end] = _NOT_CITED if cell is None or isinstance(cell, float) else cell
    return found


def _shifts(table: pd.DataFrame, old: Version, new: Version, flags: pd.DataFrame) -> pd.DataFrame:
    """`table` with `answers`, `shift` and `q`, one clause a group of paired differences."""
    parts = []
    for row, clause in enumerate(table.to_dict("records")):
        cited = {
            *old.citations.loc[old.citations["clause"] == clause["old_anchor"], "response"],
            *new.citations.loc[new.citations["clause"] == clause["anchor"], "response"],
        }
        mine = flags[flags.index.isin(cited)]
        parts.append(mine.assign(row=row, y=mine["new"] - mine["old"], n=1.0))
    if not parts:
        return table.assign(answers=0, shift=None, q=float("nan"))
    means = means_by_group(pd.concat(parts), ["row"]).reindex(range(len(table)))
    return table.assign(
        answers=means["n"].astype(int).to_numpy(),
        shift=pd.Series(measured(means), dtype=object),
        q=q_values(means["p"].to_numpy()),
    )


def _whole(flags: pd.DataFrame) -> Measured:
    """By how much the flagged share rose over all answers that both judged."""
    if flags.empty:
        return Undefined("no judge decided on one answer by both versions")
    sums = flags.assign(n=1.0).groupby("family")[["new", "old", "n"]].sum()
    return paired_difference(sums["new"], sums["n"], sums["old"], sums["n"])
