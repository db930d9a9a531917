"""Answers that one judge passes and another fails; one opens with the reasonings side by side."""

from pages.ui import figure, problems, reasonings
from pages.ui.frame import View
from pages.ui.judges import JudgeData

_MOST = 500


def disputed(view: View, judged: JudgeData) -> None:
    """The list, with what each judge said of one answer side by side."""
    found = figure.read(view, "judges.disputed", models=judged.models).frame
    if found.empty:
        problems.empty(
            "No opposite verdicts", "There is no answer that one judge passes and another fails."
        )
        return
    shown = figure.show(
        view,
        "judges.disputed",
        key="disputed",
        hint="Click a row to read what each judge said.",
        stays=True,
        most=_MOST,
        height=380,
        models=judged.models,
    )
    row = shown.row or found.iloc[0]
    reasonings.side_by_side(view, str(row["scenario"]), str(row["model"]))
