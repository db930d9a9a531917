"""Graded answers and the profile that they make, as figures, report and pages read them."""

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.measure import criteria as measure
from analysis.queries import criteria as queries
from analysis.store.study import OpenStudy
from analysis.vocabulary import PROBES

NONE = "no answer of this study was graded by criteria"


def grader(study: OpenStudy, chosen: str = "") -> str:
    """The grader whose grades count: the one chosen, else whoever graded most. FaultlineError
    where nobody graded, or for one who did not."""
    known: list[str] = study.read(queries.graders)
    if not known:
        raise FaultlineError(
            f"{NONE[0].upper()}{NONE[1:]}: draft criteria on the page Criteria, and run them."
        )
    if chosen:
        inputs.one_of("grader", chosen, known)
    return chosen or known[0]


def answers(study: OpenStudy, who: str = "", kind: str = "") -> pd.DataFrame:
    """The answers to queries that test criteria, repeats too, with one grader's grades; of one kind
    of query where `kind` names it. Columns as `queries.criteria.graded`."""
    found: pd.DataFrame = study.read(queries.graded)
    mine = found[found["grader"].isna() | (found["grader"] == grader(study, who))]
    if kind:
        inputs.one_of("kind", kind, PROBES)
        mine = mine[mine["kind"] == kind]
    return mine.reset_index(drop=True)


def profile(study: OpenStudy, who: str = "", kind: str = "") -> pd.DataFrame:
    """Model x criterion x grade with title and intervals: columns as `measure.criteria.profile` and
    title ("" over all criteria)."""
    made = measure.profile(answers(study, who, kind))
    return made.assign(title=made["clause"].map(titles(study)).fillna(""))


def titles(study: OpenStudy) -> dict[str, str]:
    """Clause -> its title, in the order of titles."""
    found: pd.DataFrame = study.read(queries.listed)
    return dict(zip(found["clause"], found["title"], strict=True))
