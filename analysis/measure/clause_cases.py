"""Which cases tell what is wrong with a clause, and which words of a judge argue it.

A clause's case is told by answers to different queries, one a family, all of the very kind of
trouble that the clause is listed for: else three wordings of one query would look like three cases.
Faultline's own choice: the highest D first, since there the models part as well as the judges.
"""

import re
from itertools import pairwise

import pandas as pd

from analysis.measure.clauses import KINDS
from analysis.measure.conflicts import conflicts as kinds
from analysis.vocabulary import Decision

MOST = 3
"""Cases that tell a clause's trouble."""
EXCERPT = 260
"""Characters of a judge's reasoning that are quoted, about."""
_COLUMNS = ["response", "family", "judge_a", "judge_b", "clause_a", "clause_b"]
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")


def telling(
    judgements: pd.DataFrame,
    citations: pd.DataFrame,
    clause: str,
    kind: str,
    rival: str | None = None,
    most: int = MOST,
) -> pd.DataFrame:
    """At most `most` answers that show the clause's kind of trouble, each of another family.

    `judgements`: response, family, judge, decision, d; `citations`: response, judge, clause (known
    ones), above; `kind`: a word of `measure.clauses.KINDS`; `rival`: the clause that it is set
    against most often, whose cases come first. Columns: response, family, judge_a (who passes the
    answer; null where no judge does), judge_b (who flags it), and the clause that each goes by.
    """
    mine = set(citations.loc[citations["clause"] == clause, "response"])
    held = judgements[judgements["response"].isin(mine)]
    cited = citations[citations["response"].isin(mine)]
    if kind == KINDS["violated"]:
        found = _broken(held, cited, clause)
    else:
        found = _opposed(held, cited, clause, kind)
    d = held.drop_duplicates("response").set_index("response")["d"]
    other = found["clause_a"].where(found["clause_a"] != clause, found["clause_b"])
    order = found.assign(
        _rival=(other != rival) if rival else False, _d=found["response"].map(d).fillna(-1)
    ).sort_values(
        ["_rival", "_d", "response", "judge_a", "judge_b"],
        ascending=[True, False, True, True, True],
        kind="stable",
    )
    return order.drop_duplicates("family").head(most)[_COLUMNS].reset_index(drop=True)


def _opposed(
    judgements: pd.DataFrame, citations: pd.DataFrame, clause: str, kind: str
) -> pd.DataFrame:
    """Pairs of judges that decide oppositely over the clause, who passes the answer first."""
    found = kinds.conflicts(judgements, citations)
    if kind == KINDS["interpretive"]:
        pairs = found[found["kind"] == kinds.Conflict.INTERPRETIVE.value]
        rows = kinds.shared_clauses(pairs, citations)
        rows = rows.assign(clause_a=rows["clause"], clause_b=rows["clause"])
    else:
        rows = kinds.rival_clauses(found, citations)
    rows = rows[(rows["clause_a"] == clause) | (rows["clause_b"] == clause)]
    turned = rows["decision_a"] != Decision.COMPLIANT
    sides = {
        f"{what}_{one}": rows[f"{what}_{one}"].where(~turned, rows[f"{what}_{other}"])
        for what in ("judge", "clause")
        for one, other in (("a", "b"), ("b", "a"))
    }
    return rows[["response", "family"]].assign(**sides)


def _broken(judgements: pd.DataFrame, citations: pd.DataFrame, clause: str) -> pd.DataFrame:
    """Judges that cite the clause and flag the answer, beside one that passes it where one does."""
    decided = judgements.dropna(subset=["decision"])
    cites = citations.loc[citations["clause"] == clause, ["response", "judge"]].drop_duplicates()
    flags = decided[decided["decision"] != Decision.COMPLIANT].merge(
        cites, on=["response", "judge"]
    )
    flags = flags.drop_duplicates("response")[["response", "family", "judge"]]
    passes = decided[decided["decision"] == Decision.COMPLIANT].drop_duplicates("response")
    rows = flags.rename(columns={"judge": "judge_b"}).merge(
        passes[["response", "judge"]].rename(columns={"judge": "judge_a"}), how="left"
    )
    return rows.assign(clause_a=clause, clause_b=clause)


def excerpt(text: str, start: int, end: int, most: int = EXCERPT) -> tuple[int, int]:
    """Where the words from `start` to `end` are argued: their sentence and what follows, in whole
    sentences, as far as about `most` characters reach; the end of the text where `start` and `end`
    are the same (a judge that lists a clause and does not name it)."""
    cuts = [0, *(m.end() for m in _END.finditer(text)), len(text)]
    spans = [(a, b) for a, b in pairwise(cuts) if text[a:b].strip()]
    if not spans:
        return 0, len(text)
    if start >= end:
        at = len(spans) - 1
        while at and spans[-1][1] - spans[at - 1][0] <= most:
            at -= 1
        return _near(spans[at][0], spans[-1][1], spans[-1][0], most)
    first = next((i for i, (_, b) in enumerate(spans) if b > start), len(spans) - 1)
    last = next((i for i, (_, b) in enumerate(spans) if b >= end), len(spans) - 1)
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= most:
        last += 1
    # The words may begin or end in blanks between two sentences.
    return _near(min(spans[first][0], start), max(spans[last][1], end), start, most)


def _near(begin: int, end: int, at: int, most: int) -> tuple[int, int]:
    """The stretch, or where one sentence is longer than may be quoted, what lies around `at`."""
    if end - begin <= 2 * most:
        return begin, end
    first = max(begin, at - most // 2)
    return first, min(end, first + 2 * most)
