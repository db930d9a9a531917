"""Section `agreement`: how far the judges agree, in both codings, by pair, and whom each flags."""

from typing import Any

import pandas as pd

from analysis.figures.frames import judges as frames
from analysis.measure.agreement.agreement import ONE_JUDGE, Agreement
from analysis.queries import judges
from analysis.report.context import Context

UNJUDGED = "because no answer of this study was judged"


def section(context: Context) -> dict[str, Any]:
    """All coefficients with their intervals, as the figures of judges have them, over the cases
    that `weighting` names (beside those of the `sample` where a population weights them);
    undefined where fewer than two judged."""
    study = context.study
    who = frames.names(study)
    if not who:
        return {"undefined": UNJUDGED}
    unparsable = {"unparsable": _unparsable(context, who)}
    if len(who) < 2:
        return {"undefined": f"because of {ONE_JUDGE}", **unparsable}
    over = frames.widest(study, frames.items(study))
    found = frames.agreements(study, who, over)
    coefficients = frames.coefficients(found)
    pairs = frames.pairs(found)
    rates = frames.who(study, who, over).rename(columns={"decided": "n"}).to_dict("records")
    sample = {} if over == frames.SAMPLE else {"sample": _codings(frames.agreements(study, who))}
    return {
        "weighting": over,
        "population": frames.stands_for(study, over),
        **{coding: _coding(coefficients[coefficients["coding"] == coding]) for coding in found},
        "pairs": {
            f"{judge}|{other}": _measures(part)
            for (judge, other), part in pairs.groupby(["judge", "other"], sort=False)
        },
        "flag_rates": {str(row["judge"]): _cell(row) for row in rates},
        **sample,
        **unparsable,
    }


def _codings(found: dict[str, Agreement]) -> dict[str, Any]:
    rows = frames.coefficients(found)
    return {coding: _coding(rows[rows["coding"] == coding]) for coding in found}


def _coding(rows: pd.DataFrame) -> dict[str, Any]:
    return {"items": int(rows["n"].max()), **_measures(rows)}


def _measures(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(row["measure"]): _cell(row) for row in rows.to_dict("records")}


def _cell(row: dict[Any, Any]) -> dict[str, Any]:
    """One estimate of a frame; why there is none stands without “because”, as scripts read it."""
    if row["undefined"]:
        return {"undefined": str(row["undefined"]), "n": int(row["n"])}
    return {k: float(row[k]) for k in ("value", "low", "high")} | {"n": int(row["n"])}


def _unparsable(context: Context, who: list[str]) -> dict[str, Any]:
    """Judge -> how many of its verdicts can't be read, and the words that stand there."""
    rows = judges.unparsable(context.study)
    found: dict[str, Any] = {judge: {"total": 0, "words": {}} for judge in who}
    for judge, word, count in rows.itertuples(index=False):
        found[judge]["total"] += int(count)
        found[judge]["words"][word] = int(count)
    return found
