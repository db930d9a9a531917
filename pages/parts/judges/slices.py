"""Agreement of the judges by bin of D, model, topic or clause, the share flagged always beside."""

from typing import Any

import streamlit as st

from analysis.measure.clauses import LEAST
from pages.ui import address, figure, problems
from pages.ui.frame import View
from pages.ui.judges import JudgeData

_SLICES = {"bin": "Disagreement D", "model": "Model", "clause": "Clause", "topic": "Topic"}
_HINT = "The files have the intervals."


def slices(view: View, judged: JudgeData) -> None:
    """One row a slice: answers, share flagged, and the four coefficients."""
    if len(judged.judges) < 2:
        return
    with st.container(width=220):
        by = address.choice("slice_by", "Slice by", _SLICES)
    how: dict[str, Any] = {"coding": judged.coding, "without": judged.without}
    if by == "clause":
        with st.spinner("Finding the clauses that judges cite, once per study…"):
            found = figure.read(view, "judges.clauses", **how)
    else:
        how["models"] = judged.models
        found = figure.read(view, "judges.slices", by=by, **how)
    if found.frame.empty:
        problems.empty("Nothing to compare", _nothing(by))
    elif by == "clause":
        figure.show(view, "judges.clauses", key="agreement-slices", hint=_HINT, **how)
    else:
        figure.show(view, "judges.slices", key="agreement-slices", hint=_HINT, by=by, **how)


def _nothing(by: str) -> str:
    if by == "clause":
        return (
            f"No clause of the spec in use is cited on {LEAST} answers or more. If the judges were "
            "given another spec, load that one on the Data page."
        )
    return f"No judged answer has a {_SLICES[by].lower()}."
