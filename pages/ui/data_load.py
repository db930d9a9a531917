"""Bring a source in: from the hub, by upload, or from a path on this machine."""

import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.errors import FaultlineError
from analysis.load.apart import load_files_apart
from analysis.load.files import load_files
from analysis.settings import HUB_REPO, Settings
from analysis.store.sources import Cancelled, Report
from analysis.store.study import StudyInfo, study_id
from pages.ui import data_hub, problems, runners
from pages.ui.frame import View
from pages.ui.job_strip import jobs

_TIMES = "_uploads"
_ENDINGS = ["parquet", "csv", "jsonl", "ndjson"]
_NEEDS = (
    "Needed: query, value1, value2, and for at least one model response_{model} or "
    "{model}_value1_position and {model}_value2_position. Everything else is optional and "
    "reported if missing."
)


def show(view: View) -> None:
    """Choose the kind of source, then its form."""
    kind = st.segmented_control(
        "Where from",
        ["Hugging Face", "Upload", "Path on this machine"],
        default="Hugging Face",
        required=True,
        key="from",
        bind="query-params",
    )
    with problems.shown():
        if kind == "Upload":
            _upload(view)
        elif kind == "Path on this machine":
            _path(view)
        else:
            data_hub.show(view, HUB_REPO)


def name_for(view: View, suggestion: str, key: str) -> str:
    """The field for the study's name, with what happens to one of the same name."""
    name = st.text_input(
        "Name of the study",
        value=re.sub(r"[^A-Za-z0-9 _.-]+", " ", suggestion).strip()[:60],
        max_chars=63,
        key=key,
    )
    if name and any(s.id == _id(name) for s in view.studies):
        st.caption("A study of that name is here; it will be replaced when loading has succeeded.")
    return name or ""


def _id(name: str) -> str:
    try:
        return study_id(name)
    except FaultlineError:
        return ""


def _upload(view: View) -> None:
    st.caption(_NEEDS)
    times = st.session_state.get(_TIMES, 0)
    files = st.file_uploader(
        "Parquet, CSV or JSONL files",
        type=_ENDINGS,
        accept_multiple_files=True,
        key=f"upload-{times}",
    )
    suggestion = Path(files[0].name).stem if files else "My upload"
    name = name_for(view, suggestion, f"upload-name-{suggestion}")
    if st.button("Load", type="primary", disabled=not files, key="load-upload"):
        runners.check()
        study_id(name)
        folder = _kept(files, view.settings)
        jobs().start(name, lambda r, c: _load_upload(folder, name, view.settings, r, c))
        st.session_state[_TIMES] = times + 1  # an empty form for the next one
        st.rerun()


def _kept(files: Sequence[Any], settings: Settings) -> Path:
    """The uploaded files on disk, under names of ours with their own endings."""
    folder = settings.uploads / secrets.token_hex(6)
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", Path(file.name).stem)[:60] or "file"
        target = folder / f"{stem}{'' if not number else f'-{number}'}{_ending(file.name)}"
        with target.open("wb") as out:
            shutil.copyfileobj(file, out)
    return folder


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    if ending.lstrip(".") not in _ENDINGS:
        raise FaultlineError(f"“{name}” can't be loaded: give a .parquet, .csv or .jsonl file.")
    return ending


def _load_upload(
    folder: Path, name: str, settings: Settings, report: Report, cancelled: Cancelled
) -> StudyInfo:
    """Texts are copied, since the upload itself does not stay. Read apart from this server."""
    try:
        return load_files_apart(
            [folder], name, settings, copy_texts=True, report=report, cancelled=cancelled
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _path(view: View) -> None:
    st.caption(_NEEDS)
    typed = st.text_input(
        "A file, or a folder of files, on the machine that runs Faultline",
        placeholder="/data/run1.parquet",
        key="path",
    )
    paths = [Path(typed.strip())] if typed and typed.strip() else []
    name = name_for(view, paths[0].stem if paths else "My files", f"path-name-{typed}")
    copy = st.checkbox(
        "Copy the answers into the study",
        key="path-copy",
        help="Otherwise parquet answers are read from where they are, which is faster to load "
        "and needs the files to stay.",
    )
    if st.button("Load", type="primary", disabled=not paths, key="load-path"):
        runners.check()
        study_id(name)
        settings = view.settings
        jobs().start(
            name,
            lambda r, c: load_files(paths, name, settings, copy_texts=copy, report=r, cancelled=c),
        )
        st.rerun()
