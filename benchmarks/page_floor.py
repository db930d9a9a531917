"""The floor for pages: an app that sends the same elements ready-made, from constants.

`streamlit run benchmarks/page_floor.py` with FLOOR naming a pickle of page -> state -> messages
(serialised, as our server sent them): the same kinds of elements with the same contents in the
same places, with no study, no query, no measure and no figure behind them. What a page costs
above this is ours; what it costs here is Streamlit's and the browser's.
"""

import os
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx


@cache
def recorded(path: str) -> dict[str, dict[str, list[bytes]]]:
    return dict(pickle.loads(Path(path).read_bytes()))


def draw(title: str, states: dict[str, list[bytes]]) -> None:
    """One state of one page; the choice stands in the sidebar, out of the way of the recorded."""
    state = st.sidebar.selectbox("State", list(states), key=f"state-{title}")
    context: Any = get_script_run_ctx()
    for raw in states[state]:
        context.enqueue(ForwardMsg.FromString(raw))


def pages() -> list[Any]:
    found = recorded(os.environ["FLOOR"])
    return [
        st.Page(lambda t=title, s=states: draw(t, s), title=title, url_path=title.lower())
        for title, states in found.items()
    ]


st.navigation(pages()).run()
