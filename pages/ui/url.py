"""What the address says: the study, the open scenario, and choices that have an id and a label.

Widgets whose text is their value bind themselves to the address (`bind="query-params"`). A
choice with an id behind its label goes through here, so that a link carries the id and outlives a
change of wording. A choice lasts over page changes, where the address is cleared.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

_KEPT = "_kept_"
_PAGE = "_page"
_ARRIVED = "_arrived"


def arrive(page: str) -> None:
    """Note which page runs. Streamlit clears the address when pages change, and what was chosen
    then comes back; on the same page a missing parameter means that somebody went back to a view
    without it."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page


def _just_arrived() -> bool:
    return bool(st.session_state.get(_ARRIVED, True))


def get(name: str) -> str:
    """A parameter of the address, or the empty string."""
    return str(st.query_params.get(name, ""))


def put(name: str, value: str | None) -> None:
    """Set a parameter, or remove it; nothing is sent where nothing changes."""
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def choice(
    name: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str,
    always: bool = False,
    on_change: Callable[[], None] | None = None,
    help: str | None = None,
) -> str:
    """A selectbox over id -> label whose id stands in the address (also as default if `always`).

    An id in the address that is not among the options gives way to the one kept from before, and
    that to the default.
    """
    held = kept(name) if always or _just_arrived() else None
    asked = get(name)
    current = next((str(c) for c in (asked, held, default) if c in options), next(iter(options)))
    st.session_state[_KEPT + name] = current
    st.session_state[f"choose-{name}"] = current

    def changed() -> None:
        picked = st.session_state[f"choose-{name}"]
        st.session_state[_KEPT + name] = picked
        put(name, picked)
        if on_change is not None:
            on_change()

    st.selectbox(
        label,
        list(options),
        format_func=lambda i: options.get(i, i),
        key=f"choose-{name}",
        on_change=changed,
        help=help,
    )
    put(name, current if always or current != default else None)
    return current


def choices(
    name: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: Sequence[str],
    on_change: Callable[[], None] | None = None,
    help: str | None = None,
) -> list[str]:
    """Like `choice`, for several: the ids stand in the address with commas between them."""
    held = get(name) or (kept(name) if _just_arrived() else None) or ",".join(default)
    current = [i for i in dict.fromkeys(held.split(",")) if i in options]
    st.session_state[f"choose-{name}"] = current

    def changed() -> None:
        picked = ",".join(st.session_state[f"choose-{name}"])
        st.session_state[_KEPT + name] = picked
        put(name, picked)
        if on_change is not None:
            on_change()

    st.multiselect(
        label,
        list(options),
        format_func=lambda i: options.get(i, i),
        key=f"choose-{name}",
        on_change=changed,
        help=help,
    )
    put(name, ",".join(current))
    return current


def kept(name: str) -> str | None:
    """What was chosen under that name in this session, if anything."""
    value = st.session_state.get(_KEPT + name)
    return value if isinstance(value, str) else None


def keep(name: str, value: str) -> None:
    """Choose from code: the next run finds it, in the address too."""
    st.session_state[_KEPT + name] = value
    put(name, value)


def query(**extra: str | None) -> str:
    """The address's query with some parameters replaced (None removes one)."""
    pairs = [(k, v) for k in st.query_params for v in st.query_params.get_all(k) if k not in extra]
    return urlencode([*pairs, *((k, v) for k, v in extra.items() if v)])
