"""Who plays which role in a new run: the models to choose from, and the choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from analysis.errors import FaultlineError
from pages.ui import problems
from pipeline.plan.cast import (
    ROLES,
    SINGLE,
    played_in,
    remarks,
    simulated_judges,
    simulated_models,
    simulated_writers,
)
from pipeline.plan.plan import Plan
from pipeline.providers.catalog import Catalog, priced


@dataclass(frozen=True)
class RoleChoice:
    """Whom a person chose: model ids, and role -> the one model that plays it."""

    models: tuple[str, ...]
    judges: tuple[str, ...]
    writers: tuple[str, ...]
    roles: Mapping[str, str]


def choose(catalog: Catalog, stages: Sequence[str]) -> RoleChoice:
    """The boxes for every role of these stages. Raises FaultlineError for one that was emptied."""
    ready, keyless = _available(catalog)
    played = [name for name in ROLES if played_in(name, stages)]

    def told(name: str) -> str:
        """A model with its price, its day and when it leaves, where it has any.

        A typed name stays as typed: what a box shows of it comes back as its name.
        """
        more = priced(catalog.models[name]) if name in ready and name in catalog.models else ""
        return f"{name}: {more}" if more else name

    with st.container(horizontal=True, gap="medium"):
        many = {
            name: _many(name, ready, usual, help, told)
            for name, usual, help in (
                ("targets", simulated_models(), "Every query."),
                ("judges", simulated_judges(), "The whole spec first."),
                ("generators", simulated_writers(), "The queries."),
            )
            if name in played
        }
    single = _single([name for name in SINGLE if name in played], ready, told)
    if keyless:
        st.caption(
            f"{len(keyless)} more models are known and can't be called yet: their key or price is "
            f"missing ({', '.join(keyless[:3])}, …). Type a name to plan with one. Keys come from "
            "the environment; prices and further models are entered under “Models”."
        )
    for name, chosen in many.items():
        if not chosen:
            role = ROLES[name]
            raise FaultlineError(
                f"Nobody {role.does}: choose at least one model under “{role.title}”."
            )
    named = {name: tuple(many.get(name, ())) for name in ("targets", "judges", "generators")}
    return RoleChoice(named["targets"], named["judges"], named["generators"], single)


def _available(catalog: Catalog) -> tuple[list[str], list[str]]:
    """(ids that can be asked now, simulated ones first; ids whose key or price is missing)."""
    ready = dict.fromkeys((*simulated_models(), *simulated_judges(), *simulated_writers()))
    keyless = []
    for model in catalog.models.values():
        if model.can.embed:
            continue
        if catalog.availability(model).ok:
            ready[model.id] = None
        else:
            keyless.append(model.id)
    return list(ready), keyless


def _many(
    role: str,
    ready: list[str],
    usual: tuple[str, ...],
    help: str,
    told: Callable[[str], str],
) -> list[str]:
    return st.multiselect(
        ROLES[role].title,
        ready,
        default=list(usual),
        key=f"stress-{role}",
        help=help,
        format_func=told,
        accept_new_options=True,
        width=330,
    )


def _single(roles: Sequence[str], ready: list[str], told: Callable[[str], str]) -> dict[str, str]:
    """Role -> the model chosen for it; those left to the default are not in it."""
    chosen = {}
    with st.container(horizontal=True, gap="medium"):
        for role in roles:
            name = st.selectbox(
                ROLES[role].title,
                ready,
                index=None,
                placeholder="Chosen for you",
                key=f"stress-{role}",
                help=f"The model that {ROLES[role].does}. If you leave it open, it is a model "
                "that gives no answers of its own, where there is one.",
                format_func=told,
                accept_new_options=True,
                width=190,
            )
            if name:
                chosen[role] = str(name)
    return chosen


def say_remarks(plan: Plan) -> None:
    """What to know about the cast before paying, where there is something."""
    for sentence in remarks(plan):
        problems.note("Before you launch", sentence)
