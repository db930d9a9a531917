"""Batches on the page of a stress test: which stages go out so, and where each batch stands."""

import pandas as pd
import streamlit as st

from pipeline.plan.make import batchable, with_batches
from pipeline.plan.plan import Plan
from pipeline.providers.catalog import Catalog
from pipeline.providers.types import BATCH_HOURS
from pipeline.run.status import Watch


def choose(plan: Plan, catalog: Catalog) -> Plan:
    """The plan with the stages that a person sends as batches; no choice where none can be."""
    able = {stage: batchable(plan, stage, catalog) for stage in plan.stages}
    able = {stage: names for stage, names in able.items() if names}
    if not able:
        return plan
    st.caption(
        f"Send as batches: about half the price, answers within {BATCH_HOURS} hours instead of "
        "minutes (mostly within one hour)."
    )
    with st.container(key="batches", horizontal=True, gap="medium"):
        picked = [
            stage
            for stage, names in able.items()
            if st.checkbox(_label(plan, stage, names), key=f"batch-{stage}", help=_who(names))
        ]
    return with_batches(plan, picked, catalog)


def _label(plan: Plan, stage: str, names: tuple[str, ...]) -> str:
    called = len(plan.models_of(stage))
    return stage if called == len(names) else f"{stage}: {len(names)} of {called} models"


def _who(names: tuple[str, ...]) -> str:
    return f"In batches: {', '.join(names)}. Models without a batch API are called as usual."


def under_way(seen: Watch) -> None:
    """What is with the providers now, as one sentence; every batch of the run behind it."""
    if not seen.batches:
        return
    out = len(seen.open_batches)
    if out:
        words = f"{out} batches are" if out > 1 else "One batch is"
        st.text(
            f"{words} at the providers, {seen.calls_in_batches:,} calls in all. They go on while "
            "this run is paused or its runner is gone; resuming it collects the answers."
        )
    frame = pd.DataFrame(seen.batches)
    handed_in = pd.to_datetime(frame["created_at"], unit="s", utc=True)
    frame["created_at"] = handed_in.dt.strftime("%Y-%m-%d %H:%M")
    names = {
        "stage": "Stage",
        "model": "Model",
        "calls": "Calls",
        "state": "State",
        "batch_id": "The provider's id",
        "created_at": "Handed in (UTC)",
    }
    with st.expander("Batches", icon=":material/inventory_2:"):
        st.dataframe(
            frame[list(names)].rename(columns=names),
            hide_index=True,
            alt="Batches by stage and model, with their state",
        )
