"""Two judges' decisions against each other, answer by answer.

`frame`: one row an answer with a column a judge of codes, as `agreement_ratings.wide` gives it. An
answer that one of the two was never asked about is left out; a judge that answered without
deciding, or in other words, is there as `no decision`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.agreement.ratings import MISSING, THREE_WAY

NOTHING = "no decision"
STATES = (*THREE_WAY, NOTHING)


def confusion(frame: pd.DataFrame, judge: str, other: str) -> pd.DataFrame:
    """One row a pair of decisions, all sixteen always: decision (of `judge`), other_decision (of
    `other`), answers, share (0..1 of the answers that both were asked about; NaN without one)."""
    first, second = _states(frame, judge), _states(frame, other)
    both = (first >= 0) & (second >= 0)
    size = len(STATES)
    counts = np.bincount(first[both] * size + second[both], minlength=size * size)
    return pd.DataFrame(
        {
            "decision": np.repeat(STATES, size),
            "other_decision": np.tile(STATES, size),
            "answers": counts,
            "share": counts / both.sum() if both.any() else np.nan,
        }
    )


def cases(
    frame: pd.DataFrame, judge: str, other: str, decision: str, other_decision: str
) -> pd.DataFrame:
    """The rows of one cell. Raises FaultlineError for a decision that is none of `STATES`."""
    for word in (decision, other_decision):
        if word not in STATES:
            raise FaultlineError(f"“{word}” is no decision. Use one of {', '.join(STATES)}.")
    first, second = _states(frame, judge), _states(frame, other)
    there = (first == STATES.index(decision)) & (second == STATES.index(other_decision))
    found: pd.DataFrame = frame[there].reset_index(drop=True)
    return found


def asked_apart(frame: pd.DataFrame, judge: str, other: str) -> int:
    """How many answers only one of the two was asked about."""
    first, second = _states(frame, judge), _states(frame, other)
    return int(((first < 0) != (second < 0)).sum())


def _states(frame: pd.DataFrame, judge: str) -> npt.NDArray[np.int64]:
    """Places in `STATES`, -1 where the judge was not asked."""
    if judge not in frame.columns:
        raise FaultlineError(f"There is no judge “{judge}” among those who judged.")
    codes = frame[judge].to_numpy(dtype=np.int64)
    return np.where(codes >= 0, codes, np.where(codes == MISSING, -1, STATES.index(NOTHING)))
