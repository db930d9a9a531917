"""The deployment page names settings that exist, and the container file what the repository has."""

import re
from pathlib import Path

import pytest
import streamlit.config as config

ROOT = Path(__file__).parents[1]
TOLD = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
IMAGE = (ROOT / "docs" / "Dockerfile").read_text(encoding="utf-8")


def test_every_option_of_streamlit_exists_in_the_pinned_version():
    options = set(re.findall(r"\b(server\.[a-zA-Z]+)\b", TOLD + IMAGE))
    assert len(options) >= 6
    for option in options:
        config.get_option(option)
    variables = set(re.findall(r"STREAMLIT_SERVER_[A-Z_]+", TOLD))
    names = {"STREAMLIT_" + re.sub(r"(?<=[a-z])([A-Z])", r"_\1", o).replace(".", "_").upper()
             for o in options}  # fmt: skip
    assert variables
    assert variables <= names


def test_every_variable_of_ours_is_read_somewhere():
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("analysis", "pages", "pipeline")
        for path in (ROOT / folder).rglob("*.py")
    )
    variables = set(re.findall(r"FAULTLINE_[A-Z_]+", TOLD + IMAGE))
    assert len(variables) >= 4
    assert [v for v in variables if f'"{v}"' not in code] == []


@pytest.mark.parametrize("copied", re.findall(r"^COPY (.+) \S+$", IMAGE, flags=re.M))
def test_what_the_image_copies_is_there(copied):
    assert [name for name in copied.split() if not (ROOT / name).exists()] == []


def test_the_image_has_the_pinned_streamlit_once():
    pins = re.findall(r"^streamlit==\S+$", (ROOT / "requirements.txt").read_text(), flags=re.M)
    assert len(pins) == 1
