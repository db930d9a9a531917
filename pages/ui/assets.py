"""Small pieces of browser code of our own, registered once per process."""

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent


@cache
def component(name: str, html: str, css: str, js: str) -> Any:
    """A mounting command for a component made of files beside this one."""
    return st.components.v2.component(
        name,
        html=html,
        css=(FOLDER / css).read_text(encoding="utf-8"),
        js=(FOLDER / js).read_text(encoding="utf-8"),
    )
