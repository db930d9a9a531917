"""Where D is blind: scenarios on which models hardly differ, and which fail all the same.

D finds where models part. A scenario that all of them fail alike, or that no judge can settle, has
a low D: nobody who reads only above a threshold of D sees it. (Faultline's own measure.)
"""

import pandas as pd

from analysis.measure.compliance.compliance import flagged

FLAGGED, SPLIT = "everybody flagged", "judges split"
COLUMNS = ("scenario", "family", "d", "why", "answers", "problematic", "decisions")


def agreed_failures(judged: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario with D below 1 on which every judged answer is flagged by a majority
    (`everybody flagged`), or has opposite verdicts (`judges split`); lowest D first.

    `judged`: one row a judged answer: scenario, family, model, d, bin (0..4), n_problematic,
    n_decisions. Only scenarios of two judged answers or more, since one answer says nothing of
    everybody. Columns: scenario, family, d (0..3), why, answers, problematic and decisions (counts
    of verdicts).
    """
    rows = flagged(judged)
    rows = rows[rows["bin"] == 0]
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    bad, decided = rows["n_problematic"], rows["n_decisions"]
    marked = rows.assign(_split=(bad > 0) & (bad < decided))
    groups = marked.groupby("scenario", sort=True, observed=True)
    table = groups.agg(
        family=("family", "first"),
        d=("d", "first"),
        answers=("model", "size"),
        problematic=("n_problematic", "sum"),
        decisions=("n_decisions", "sum"),
        everybody=("majority", "all"),
        split=("_split", "all"),
    )
    found = table[(table["answers"] > 1) & (table["everybody"] | table["split"])].reset_index()
    found["why"] = found["everybody"].map({True: FLAGGED, False: SPLIT})
    return found.sort_values(["d", "scenario"], ignore_index=True)[list(COLUMNS)]
