"""The models that a run can ask: prices with their date, what retires, and a new one."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from analysis.number_text import in_dollars
from analysis.registry import PROVIDERS_FILE, Endpoint, Model
from analysis.settings import Settings
from pages.ui import problems
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pipeline.providers.adding import (
    WIRES,
    NewModel,
    add_model,
    most_usd,
    new_endpoint,
    offered,
    probe,
)
from pipeline.providers.catalog import Catalog, leaving, load

_NEW = "A new address"
_OFFERED = "_models_offered"  # endpoint -> names that it says it has
_SAID = "_model_said"


def show(view: View) -> None:
    """The table, then the form."""
    catalog = load(view.settings.home)
    _table(catalog)
    st.header("Add a model", anchor=False)
    if said := session.pop(_SAID, None):
        st.success(said, icon=":material/check:")
    _form(view.settings, catalog)


def _table(catalog: Catalog) -> None:
    rows = [_row(catalog, model) for model in catalog.models.values()]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Models that a run can ask, with their prices",
        column_config={
            "In, $": st.column_config.NumberColumn(
                format="%.2f", help="US dollars per million tokens that are read."
            ),
            "Out, $": st.column_config.NumberColumn(
                format="%.2f", help="US dollars per million tokens that are written."
            ),
            "Price as of": st.column_config.TextColumn(
                help="The day on which the price stood so. Check it before a large run."
            ),
        },
    )
    st.caption(
        f"Entries of your own, and prices of today, are kept in {PROVIDERS_FILE} in the home "
        "folder. Add a listed model again to enter another price. Simulated models cost nothing."
    )


def _row(catalog: Catalog, model: Model) -> dict[str, object]:
    return {
        "Model": model.label,
        "Id": model.id,
        "Endpoint": catalog.endpoints[model.endpoint].title or model.endpoint,
        "In, $": model.price.input,
        "Out, $": model.price.output,
        "Price as of": model.price.dated,
        "Retirement": leaving(model),
        "Status": catalog.availability(model).sentence.removeprefix(f"{model.id} ")
        or "can be called",
    }


def _form(settings: Settings, catalog: Catalog) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Where it is",
            [_NEW, *catalog.endpoints],
            index=None,
            key="model-endpoint",
            placeholder="Choose an address",
            format_func=lambda name: _title(catalog, name),
            width=260,
        )
    if chosen is None:
        st.caption("Any address that speaks OpenAI's or Anthropic's format will do.")
        return
    with problems.shown():
        endpoint = catalog.endpoints[chosen] if chosen != _NEW else _address()
        if endpoint is not None:
            _model(settings, catalog, endpoint)


def _title(catalog: Catalog, name: str) -> str:
    return name if name == _NEW else catalog.endpoints[name].title or name


def _address() -> Endpoint | None:
    """A new address; None until it is typed."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = st.text_input("Its name", key="model-address-name", placeholder="My server")
        url = st.text_input(
            "Base URL", key="model-url", placeholder="https://host/v1", max_chars=400
        )
        wire = st.selectbox(
            "Format", list(WIRES), format_func=WIRES.__getitem__, key="model-wire", width=230
        )
        key = st.text_input(
            "Variable with the key",
            key="model-key-env",
            placeholder="MY_SERVER_API_KEY",
            max_chars=100,
            help="The name of an environment variable. The key itself is never stored. Leave it "
            "open for an address without a key.",
        )
    if not (name and url):
        st.caption("Name the address and write its base URL.")
        return None
    return new_endpoint(name, url, wire or "chat", key or "")


def _model(settings: Settings, catalog: Catalog, endpoint: Endpoint) -> None:
    names: Mapping[str, list[str]] = session.get(_OFFERED, {})
    listed = names.get(endpoint.base_url, [])
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = st.selectbox(
            "Name there",
            listed,
            index=None,
            key="model-name",
            accept_new_options=True,
            placeholder="Choose or type" if listed else "Type the name",
            width=300,
        )
        if not endpoint.in_cloud and st.button(
            "List its models",
            key="model-list",
            icon=":material/list:",
            help="Asks the address which models it has, with its key. That costs nothing.",
        ):
            _list(endpoint)
    if not name:
        return
    known = next((m for m in catalog.models.values() if _is(m, endpoint, name)), None)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        label = st.text_input(
            "Shown as", value=known.label if known else name, key=f"model-label-{name}"
        )
        provider = st.text_input(
            "Made by",
            value=_maker(catalog, known),
            key=f"model-maker-{name}",
            placeholder="As its name tells",
            help="Its provider in the study. Left open, it is read from the name.",
        )
        price_in, price_out = (
            _price(side, f"model-{side.lower()}-{name}", known_price)
            for side, known_price in (
                ("In", known.price.input if known else None),
                ("Out", known.price.output if known else None),
            )
        )
    if price_in is None or price_out is None:
        st.caption("Enter the price: US dollars per million tokens. 0 for your own machine.")
        return
    new = NewModel(name, endpoint, (price_in, price_out), label or "", provider or "")
    cost = most_usd(new.price)
    most = "costs nothing" if not cost else f"costs at most {in_dollars(max(cost, 0.0001), 4)}"
    consent = st.checkbox(
        f"Learn from one short call what it takes ({most})",
        key="model-probe",
        help="Whether it takes temperature, top_p and a seed, and in which ways it gives JSON. "
        "Without the call it is taken to need no options.",
    )
    if st.button("Add the model", type="primary", icon=":material/add:", key="model-add"):
        _add(settings, new, consent)


def _is(model: Model, endpoint: Endpoint, name: str) -> bool:
    return (model.endpoint, model.name) == (endpoint.name, name)


def _maker(catalog: Catalog, known: Model | None) -> str:
    return catalog.registry.provider(known.provider).label if known else ""


def _price(side: str, key: str, value: float | None) -> float | None:
    return st.number_input(
        f"{side}, $ per million", 0.0, 10_000.0, value, format="%.3f", key=key, width=150
    )


@acts(Right.OPERATE)
def _list(endpoint: Endpoint) -> None:
    with st.spinner("Asking for its models…"):
        found = offered(endpoint)
    session[_OFFERED] = {**session.get(_OFFERED, {}), endpoint.base_url: found}
    st.rerun()


@acts(Right.OPERATE)
def _add(settings: Settings, new: NewModel, consent: bool) -> None:
    with st.spinner("Asking the model…" if consent else "Writing it down…"):
        found = probe(new.endpoint, new.name, new.price) if consent else None
        made = add_model(settings.home, new, found)
    said = f"{made.label} can be chosen in a new run, as {made.id}."
    if found is not None:
        takes = ", ".join(found.can.takes) or "no options"
        said += f" It takes {takes}."
        if found.served_model and found.served_model != new.name:
            said += f" It answered as {found.served_model}."
    session[_SAID] = said
    st.rerun()
