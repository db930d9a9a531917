"""Pages opened as a link opens them, and what they say."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(
    home: Path, monkeypatch: pytest.MonkeyPatch, study: str, page: str, **query: Any
) -> AppTest:
    """A page of a study in some home; it must not end in an exception."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    return page_at(page, study=study, **query)


def page_at(page: str, **query: Any) -> AppTest:
    """A page by its address, in the home that FAULTLINE_HOME names."""
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def stress_test(**query: Any) -> AppTest:
    """The page that plans and watches runs."""
    return page_at("stress_test", **query)


def said(app: AppTest, icon: str) -> list[str]:
    """The titles of the boxes with that icon."""
    return [m.value.split("**")[1] for m in app.markdown if f":material/{icon}:" in m.value]


def told(app: AppTest) -> str:
    """The words of the page outside its headings."""
    return " ".join(str(one.value) for one in (*app.text, *app.caption, *app.markdown))
