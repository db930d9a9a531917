"""A model proposes repairs of a clause: priced first, then asked, each kept as a draft to edit."""

import streamlit as st

from analysis.figures.frames import clause_case
from analysis.load import proposals as load
from analysis.load.drafts import Start
from analysis.load.proposals import ProposalPlan
from analysis.number_text import counted, in_dollars
from analysis.text_safety import contained
from pages.ui import address, reads
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View

_PLANNED = "_proposals_planned"
_SAID = "_draft_said"


def offer(view: View, begun: Start, anchor: str) -> None:
    """Which model, what it costs, and asking it."""
    box = st.expander(
        "Let a model propose three repairs",
        icon=":material/lightbulb:",
        key="draft-proposals",
    )
    with box:
        st.caption(
            "It gets the clause and what judges argued over it, from the cases of this study. "
            "Simulated models propose from templates."
        )
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            model = st.text_input(
                "Model",
                key="proposals-model",
                placeholder="A simulated one",
                width=240,
                help="A model of the registry or of providers.toml.",
            )
            budget = st.number_input(
                "Most it may cost, in dollars",
                0.0,
                value=None,
                key="proposals-budget",
                placeholder="0",
                width=220,
            )
            if st.button("Work out its price", icon=":material/calculate:", key="proposals-plan"):
                _plan(view, begun, anchor, (model or "").strip(), budget)
        made: ProposalPlan | None = session.get(_PLANNED)
        if made is None or made.clause != anchor:
            return
        low, high = made.price["usd_low"], made.price["usd_high"]
        st.text(
            f"{contained(made.model)}: {counted(made.price['calls'], 'call')}, "
            f"{in_dollars(low)} to {in_dollars(high)}."
        )
        if st.button("Ask it", type="primary", icon=":material/send:", key="proposals-ask"):
            _ask(view, made, begun)


@acts(Right.OPERATE)
def _plan(view: View, begun: Start, anchor: str, model: str, budget: float | None) -> None:
    session.pop(_PLANNED, None)
    key = view.study.reading.spec
    argued = reads.read(view.study, clause_case.argued, key, anchor)
    session[_PLANNED] = load.plan(begun, anchor, argued, model, budget, view.settings)


@acts(Right.OPERATE)
def _ask(view: View, made: ProposalPlan, begun: Start) -> None:
    with st.spinner(f"{contained(made.model)} proposes repairs…"):
        found = load.ask(made, begun, view.settings)
    session.pop(_PLANNED, None)
    names = ", ".join(one.version for one in found.drafts)
    lost = "".join(f" One is no draft: {why}" for why in found.refused)
    session[_SAID] = f"Proposed by {contained(made.model)}: {names or 'no draft'}.{lost}"
    if found.drafts:
        address.keep("attempt", found.drafts[0].version)
    st.rerun()
