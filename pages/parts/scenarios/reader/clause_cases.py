"""Where a case was opened from a clause: the way back to it, and to its other cases."""

import streamlit as st

from analysis.text_safety import contained
from pages.ui import address, figure, links, problems
from pages.ui.frame import View


def bar(view: View, scenario: str) -> None:
    """The clause of the address with this case's place among those that cite it; nothing where the
    address names none."""
    anchor = address.get("clause")
    if not anchor:
        return
    titles = {c.anchor: c.title for c in view.spec.clauses}
    if anchor not in titles:
        spec = f"{view.spec.name} {view.spec.version}"
        problems.note("Clause not found", f"{spec} has no clause #{contained(anchor)}.")
        return
    cases = figure.read(view, "clauses.cases", clause=anchor).frame
    with st.container(
        key="clause-cases-bar", horizontal=True, vertical_alignment="center", gap="small"
    ):
        links.page(
            view.info,
            "clauses",
            f"Back to “{titles[anchor]}”",
            icon=":material/arrow_back:",
            clause=anchor,
        )
        at = _place(view, [*zip(cases["scenario"], cases["model"], strict=True)], scenario)
        if at is None:
            st.text(f"Not among the {len(cases):,} answers that cite it")
            return
        st.text(f"{at + 1:,} of {len(cases):,} answers that cite it")
        for label, to in (("Previous of this clause", at - 1), ("Next of this clause", at + 1)):
            if 0 <= to < len(cases):
                row = cases.iloc[to]
                links.page(
                    view.info,
                    "scenarios",
                    label,
                    scenario=str(row["scenario"]),
                    clause=anchor,
                    show=links.labels(view.study, [row["model"]]),
                )


def _place(view: View, cases: list[tuple[str, str]], scenario: str) -> int | None:
    """Which case is read: of this scenario the one whose answer is shown, else the first."""
    shown = address.get_all("show")
    mine = [i for i, (name, _) in enumerate(cases) if name == scenario]
    names = links.labels(view.study, [cases[i][1] for i in mine])
    return next((i for i, n in zip(mine, names, strict=True) if n in shown), next(iter(mine), None))
