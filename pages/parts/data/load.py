"""Bring a source in: from the hub, by upload, or from a path on this machine."""

import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.load.files import containers
from analysis.load.prepare import prepared
from analysis.load.subprocess_load import load_files_in_child
from analysis.parse.making import Selection
from analysis.settings import HUB_REPO, Settings
from analysis.store.build.sources import Cancelled, Report
from analysis.store.study import StudyInfo, study_id
from pages.parts.data import column_roles, hub, queries_chosen, study_name
from pages.ui import address, problems
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pages.ui.jobs import jobs

_TIMES = "_uploads"
_KINDS = ("Hugging Face", "Upload", "Path on this machine")
_KEEP = "Count error texts as answers"
_KEEP_HELP = (
    "Texts that read like failed calls (“[ERROR] 429 …”, “[BLOCKED]”, {“error”: …}) are counted as "
    "failed, and shown with the study. Tick this if they are what the models said."
)
_NEEDS = (
    "Needed: a query, and for at least one model its answers (response_{model}) or, with value1 "
    "and value2, its positions ({model}_value1_position and {model}_value2_position); or one row "
    "a query and model with query, model and response. Everything else is optional and reported "
    "if missing."
)


@dataclass(frozen=True)
class LoadAnswers:
    """What the person who loads files says of them."""

    chosen: Selection | None
    keep_error_texts: bool
    mapping: dict[str, str]


def show(view: View) -> None:
    """Choose the kind of source, then its form."""
    kind = st.segmented_control(
        "Where from",
        _KINDS,
        default="Hugging Face",
        required=True,
        **address.bound("from", "Where from", among=_KINDS),
    )
    with problems.shown():
        if kind == "Upload":
            _upload(view)
        elif kind == "Path on this machine":
            _path(view)
        else:
            hub.show(view, HUB_REPO)


def _upload(view: View) -> None:
    st.caption(_NEEDS)
    times = session.get(_TIMES, 0)
    files = st.file_uploader(
        "Files of rows: parquet, CSV, TSV, JSON, JSONL, Arrow, also as .gz or .zst",
        accept_multiple_files=True,  # of any kind: what can't be read is told what to do
        key=f"upload-{times}",
    )
    suggestion = Path(files[0].name).stem if files else "My upload"
    name = study_name.ask(view, suggestion, f"upload-name-{suggestion}")
    chosen = queries_chosen.ask("upload-chosen")
    keep = st.checkbox(_KEEP, key="upload-keep", help=_KEEP_HELP)
    about = ", ".join(file.name for file in files or ())
    if st.button(
        column_roles.BUTTON, key="upload-columns", disabled=not files, help=column_roles.HELP
    ):
        found = _look_at_upload(view, files)
        if found is not None:
            column_roles.ask(view.settings, about, found)
    mapping = column_roles.said(about)
    if st.button("Load", type="primary", disabled=not files, key="load-upload"):
        _start_upload(view, files, name, LoadAnswers(chosen, keep, mapping))


@acts(Right.OPERATE)
def _look_at_upload(view: View, files: Sequence[Any]) -> dict[str, Any]:
    return column_roles.look(view.settings, [_kept(files[:1], view.settings)])


@acts(Right.OPERATE)
def _look_at_path(view: View, paths: Sequence[Path]) -> dict[str, Any]:
    return column_roles.look(view.settings, paths)


@acts(Right.OPERATE)
def _start_upload(view: View, files: Sequence[Any], name: str, told: LoadAnswers) -> None:
    study_id(name)
    folder = _kept(files, view.settings)
    jobs().start(name, lambda r, c: _load_upload(folder, name, view.settings, told, r, c))
    session[_TIMES] = session.get(_TIMES, 0) + 1  # an empty form for the next one
    st.rerun()


def _kept(files: Sequence[Any], settings: Settings) -> Path:
    """The uploaded files on disk, under names of ours with their own endings."""
    folder = settings.uploads / secrets.token_hex(6)
    folder.mkdir(parents=True)
    try:
        for number, file in enumerate(files):
            ending = _ending(file.name)
            stem = Path(file.name).name[: -len(ending)]
            stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", stem)[:60] or "file"
            target = folder / f"{stem}{ending}"
            if target.exists():  # of two that are called alike
                target = folder / f"{stem}-{number}{ending}"
            with target.open("wb") as out:
                shutil.copyfileobj(file, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _ending(name: str) -> str:
    """The ending of an uploaded file's name, with that of what is packed in it."""
    path = Path(name)
    if not containers.is_readable(path):
        raise containers.refusal(path)
    packed = path.suffix.lower() in containers.PACKED
    return (
        f"{containers.inner(path).suffix.lower()}{path.suffix.lower()}"
        if packed
        else path.suffix.lower()
    )


def _load_upload(
    folder: Path,
    name: str,
    settings: Settings,
    told: LoadAnswers,
    report: Report,
    cancelled: Cancelled,
) -> StudyInfo:
    """Texts are copied, since the upload itself does not stay. Read outside this server."""
    try:
        made = load_files_in_child(
            [folder],
            name,
            settings,
            copy_texts=True,
            selection=told.chosen,
            keep_error_texts=told.keep_error_texts,
            mapping=told.mapping,
            report=report,
            cancelled=cancelled,
        )
        return prepared(made, settings, report, cancelled)
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
    name = study_name.ask(view, paths[0].stem if paths else "My files", f"path-name-{typed}")
    copy = st.checkbox(
        "Copy the answers into the study",
        key="path-copy",
        help="Otherwise parquet answers are read from where they are, which is faster to load "
        "and needs the files to stay.",
    )
    chosen = queries_chosen.ask("path-chosen")
    keep = st.checkbox(_KEEP, key="path-keep", help=_KEEP_HELP)
    about = str(paths[0]) if paths else ""
    if st.button(
        column_roles.BUTTON, key="path-columns", disabled=not paths, help=column_roles.HELP
    ):
        found = _look_at_path(view, paths)
        if found is not None:
            column_roles.ask(view.settings, about, found)
    mapping = column_roles.said(about)
    if st.button("Load", type="primary", disabled=not paths, key="load-path"):
        _start_path(view, paths, name, copy, LoadAnswers(chosen, keep, mapping))


@acts(Right.OPERATE)
def _start_path(view: View, paths: list[Path], name: str, copy: bool, told: LoadAnswers) -> None:
    study_id(name)
    settings = view.settings
    jobs().start(
        name,
        lambda r, c: prepared(
            load_files_in_child(
                paths,
                name,
                settings,
                copy_texts=copy,
                selection=told.chosen,
                keep_error_texts=told.keep_error_texts,
                mapping=told.mapping,
                report=r,
                cancelled=c,
            ),
            settings,
            r,
            c,
        ),
    )
    st.rerun()
