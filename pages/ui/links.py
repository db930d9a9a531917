"""The one way to make a link inside the program, with the study always in it.

    links.page(view.info, "values", "Its values", who=model)   a link to another page
    links.go(view.info, "data")                                go there now
    links.case(view.info, scenario)                            a link to a case
    links.open_case(view.study, scenario, model)               read it now, these answers alone
    links.back(finding, key)                                   to where a finding was pinned

Pages go by the names of their files, parameters by what pages/ui/address.py declares.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NoReturn
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from analysis.queries import studies
from analysis.store.annotations.reports import CASE, Finding
from analysis.store.study import OpenStudy, StudyInfo
from pages.ui import address, reads

Value = str | Sequence[str] | None
_CASES = "scenarios"
ARROW = ":material/arrow_forward:"

# The noun of a figure's name -> the page that shows it.
_PAGES = {
    "archetypes": "archetypes",
    "clauses": "clauses",
    "compare": "compare",
    "compliance": "compliance",
    "criteria": "criteria",
    "disagreement": "overview",
    "judges": "judges",
    "map": "map",
    "models": "models",
    "near": "clauses",
    "outliers": "outliers",
    "paper": "paper",
    "refusals": "refusals",
    "robustness": "robustness",
    "scenarios": "scenarios",
    "spec_coverage": "clauses",
    "studies": "overview",
    "trials": "clauses",
    "values": "values",
}
_OURS = {*_PAGES.values()}


def query(study: StudyInfo | None, to: str, parameters: Mapping[str, Value]) -> address.Pairs:
    """The parameters of a link to a page, with what decides the study's numbers there; an empty one
    is left out. Raises LookupError where that
    page does not read one of them."""
    pairs = [("study", study.id)] if study else []
    for name, value in parameters.items():
        if to not in address.parameter(name).pages:
            raise LookupError(f"The page {to} does not read “{name}” (see pages/ui/address.py).")
        values = [value] if isinstance(value, str) else value or []
        pairs += [(name, v) for v in values if v]
    if study:
        named = {name for name, _ in pairs}
        stands = address.noted_reading(study.id, to)
        pairs += [(name, value) for name, value in stands.items() if name not in named]
    return pairs


def page(
    study: StudyInfo | None,
    to: str,
    label: str,
    *,
    icon: str | None = ARROW,
    behind: bool = False,
    help: str | None = None,
    width: Literal["content", "stretch"] = "content",
    **parameters: Value,
) -> None:
    """A link to a page, on `study` where there is one; `behind`: the icon follows the label."""
    st.page_link(
        f"pages/{to}.py",
        label=label,
        icon=icon,
        icon_position="right" if behind else "left",
        help=help,
        width=width,
        query_params=query(study, to, parameters),
    )


def case(study: StudyInfo, scenario: str, *, value: Sequence[str] = ()) -> None:
    """A link to a scenario in the reader; `value` filters the list that it stands in."""
    page(study, _CASES, "Open", behind=True, help="", scenario=scenario, value=value)


def go(study: StudyInfo, to: str, **parameters: Value) -> NoReturn:
    """Go to a page now, on the same study."""
    switch(to, query(study, to, parameters))


def switch(to: str, asked: Iterable[tuple[str, str]]) -> NoReturn:
    """Go to a page with the parameters of a stored address, whatever they are."""
    # Of pairs with one name Streamlit's `switch_page` keeps the last only; of a list it keeps all.
    values: dict[str, list[str]] = {}
    for name, value in asked:
        values.setdefault(name, []).append(value)
    st.switch_page(f"pages/{to}.py", query_params=values)


def open_case(study: OpenStudy, scenario: str, *models: str) -> NoReturn:
    """Read a scenario now; the answers of these models (ids) alone, where some are named."""
    go(study.info, _CASES, scenario=scenario, show=labels(study, models))


def labels(study: OpenStudy, models: Iterable[object]) -> list[str]:
    """The names of many models, looked up once: a table has one in each of its rows."""
    known = reads.read(study, studies.models).set_index("model")["label"].to_dict()
    return [str(known.get(str(m), m)) for m in models]


def here() -> str:
    """The address of this view as a pin keeps it: page and query, without host and person."""
    page = urlsplit(st.context.url or "").path.rstrip("/").rsplit("/", 1)[-1] or "overview"
    return f"{page}?{address.query()}" if page in _OURS else ""


def base() -> str:
    """The address of the program as this visitor reaches it, for links in what leaves it."""
    return (st.context.url or "").split("?")[0].rstrip("/").rpartition("/")[0]


def place(finding: Finding) -> tuple[str, address.Pairs]:
    """(page, query) of a finding. An address that names no page of ours (a report file may say
    anything) gives way to the page of the figure's noun."""
    asked = urlsplit(finding.address)
    study = [("study", finding.study)]
    if not asked.scheme and not asked.netloc and asked.path in _OURS:
        view = [(k, v) for k, v in parse_qsl(asked.query) if k != "study"]
        return asked.path, study + view
    if finding.kind == CASE:
        return "scenarios", [*study, ("scenario", finding.scenario)]
    return _PAGES.get(finding.recipe.split(".")[0], "overview"), study


def back(finding: Finding, key: str, *, disabled: bool = False) -> None:
    """Open the page of a finding, in the view that it was pinned from."""
    pressed = st.button(
        "Open its page",
        key=key,
        icon=":material/open_in_new:",
        type="tertiary",
        disabled=disabled,
        help="Opens the page this came from, with its filters.",
    )
    if pressed:
        page, query = place(finding)
        switch(page, query)
