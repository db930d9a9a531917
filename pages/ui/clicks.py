"""The one way to react to a click in a chart or a table, and to bring into view what it leads to.

A chart: its points carry ids in `customdata`; a callback asks `ids` for those of the point that was
clicked and puts them into the address, or keeps them with `keep` until the page's next run takes
them with `take`.

A table: a click is told once. Its key changes after each click that leads away (`table_key`), or
coming back would open the same row again; and with its rows, since a table whose rows change under
it swallows the next click. Streamlit takes a click on a cell only once it has seen the pointer over
the table: people move it there, a script must hover before it clicks.

A part of the page that a click or a link asks for scrolls into view (`part_in_view`).
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.ui import address
from pages.ui.address import session
from pages.ui.assets import component

_CHART, _TABLE, _COUNT, _CLICKED = "figure-", "table-", "_clicks-", "_clicked-"


def chart_key(key: str) -> str:
    """The widget's key of the figure `key`."""
    return _CHART + key


def points(key: str) -> list[tuple[str, ...]]:
    """The ids of every point that is chosen in a chart."""
    chosen = session[chart_key(key)].selection.points
    return [tuple(map(str, p["customdata"])) for p in chosen if p.get("customdata")]


def ids(key: str, count: int = 2) -> tuple[str, ...]:
    """The first `count` ids of the point that was clicked in a chart; () where none was."""
    chosen = points(key)
    return chosen[0][:count] if chosen else ()


def into_address(key: str, *names: str) -> Callable[[], None]:
    """A callback for a chart: each id of a clicked point goes to its parameter of the address; all
    go to one parameter, with | between them, where only one is named."""

    def clicked() -> None:
        found = ids(key, max(2, len(names)))
        values = ["|".join(found)] if len(names) == 1 else list(found)
        for name, value in zip(names, values, strict=bool(found)):
            address.keep(name, value)

    return clicked


def for_next_run(key: str) -> Callable[[], None]:
    """A callback for a chart: what was clicked waits until `take`."""

    def clicked() -> None:
        found = ids(key)
        if found:
            session[_CLICKED + key] = found

    return clicked


def take(key: str) -> tuple[str, ...]:
    """The ids that were clicked in a chart before this run, once; () where none were."""
    found: tuple[str, ...] = session.pop(_CLICKED + key, ())
    return found


def table_key(key: str, which: str = "") -> str:
    """The widget's key of the table `key`; `which` names the rows that it shows."""
    return f"{_TABLE}{key}-{session.get(_COUNT + key, 0)}-{which}"


def answered(key: str) -> None:
    """Forget the click of a table: it leads away, and must not do so again."""
    session[_COUNT + key] = session.get(_COUNT + key, 0) + 1


def cell(event: Any) -> tuple[int | None, str]:
    """(row, column) of what was clicked in a table; (None, column) for a heading, (None, "") for
    nothing."""
    chosen = event.selection
    if chosen.cells:
        return int(chosen.cells[0][0]), str(chosen.cells[0][1])
    return None, str(chosen.columns[0]) if chosen.columns else ""


def bring_into_view(part: str) -> None:
    """The next run shows that part (the key of a container) where the eye is."""
    session["_scroll_to"] = part


def _arrive(part: str, parameter: str) -> None:
    """Ask for the part where this page was just opened by a link that names `parameter`."""
    if session.get("_arrived") and address.get(parameter):
        bring_into_view(part)


@contextmanager
def part_in_view(name: str, parameter: str = "") -> Iterator[None]:
    """A container of that key that comes into view when it was asked for, or where the page was
    opened by a link that names `parameter`."""
    if parameter:
        _arrive(name, parameter)
    with st.container(key=name):
        yield
    _scroll(name)


def _scroll(part: str) -> None:
    """Scroll to that part where it was asked for; at the end of the page, when it is there."""
    if session.get("_scroll_to") != part:
        return
    session.pop("_scroll_to")
    component("faultline_scroll", "<span hidden></span>", "buttons.css", "scroll.js")(
        data={"part": part, "ticket": uuid.uuid4().hex}, key=f"scroll-to-{part}"
    )
