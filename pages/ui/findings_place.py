"""From a finding back to where it came from: the page, with the view that it was pinned from."""

from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from analysis.store.reports import CASE, Finding
from pages.ui import url

# The noun of a figure's name -> the page that shows it.
_PAGES = {
    "archetypes": "archetypes", "clauses": "clauses", "compliance": "compliance",
    "disagreement": "overview", "judges": "judges", "map": "map", "models": "models",
    "near": "clauses", "outliers": "outliers", "paper": "paper", "refusals": "refusals",
    "robustness": "robustness", "scenarios": "scenarios", "studies": "overview",
    "values": "values",
}  # fmt: skip
_OURS = {*_PAGES.values()}


def here() -> str:
    """The address of this view as a pin keeps it: page and query, without host and person."""
    page = urlsplit(st.context.url or "").path.rstrip("/").rsplit("/", 1)[-1] or "overview"
    return f"{page}?{url.query(by=None)}" if page in _OURS else ""


def place(finding: Finding) -> tuple[str, dict[str, str]]:
    """(page, query) of a finding. An address that names no page of ours (a report file may say
    anything) gives way to the page of the figure's noun."""
    asked = urlsplit(finding.address)
    query = dict(parse_qsl(asked.query))
    if not asked.scheme and not asked.netloc and asked.path in _OURS:
        return asked.path, query | {"study": finding.study}
    if finding.kind == CASE:
        return "scenarios", {"study": finding.study, "scenario": finding.scenario}
    return _PAGES.get(finding.recipe.split(".")[0], "overview"), {"study": finding.study}


def button(finding: Finding, key: str, *, disabled: bool = False) -> None:
    """Open the page of a finding, in the view that it was pinned from."""
    asked = st.button(
        "Open its page", key=key, icon=":material/open_in_new:", type="tertiary",
        disabled=disabled, help="The page that this comes from, with its filters.",
    )  # fmt: skip
    if asked:
        page, query = place(finding)
        st.switch_page(f"pages/{page}.py", query_params=query)
