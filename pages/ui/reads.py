"""Cached reads: studies opened once per server, query results kept by the content they came from.

Everything is keyed by the study's content hash and file, never by its name, so a rebuilt study
is a new study and nothing has to be cleared. People's labels lie beside a study and grow: their
stamp is part of the key.
"""

import contextlib
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from analysis.load import human_labels
from analysis.settings import Settings, current
from analysis.store.library.library import TaxonomyInfo, current_taxonomy
from analysis.store.study import OpenStudy, StudyInfo, list_studies, open_study

P = ParamSpec("P")
T = TypeVar("T")


def settings() -> Settings:
    """This server's settings."""
    return current()


def studies() -> list[StudyInfo]:
    """All studies, the latest first; pointers are small, so they are read every time."""
    return list_studies(settings())


def opened(info: StudyInfo) -> OpenStudy:
    """The study of that pointer, shared by all sessions of this server."""
    return _opened(str(info.path), info.content_hash, info.id)


def _close(study: OpenStudy) -> None:
    with contextlib.suppress(Exception):
        study.close()


@st.cache_resource(max_entries=6, show_spinner=False)
def _opened(path: str, content_hash: str, study_id: str) -> OpenStudy:
    study = open_study(settings(), study_id, keeps=False)
    study.reader = read
    human_labels.catch_up(study)
    return study


def read(
    study: OpenStudy,
    query: Callable[Concatenate[OpenStudy, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The result of one query function, from the cache where it was asked before."""
    stamp = str(human_labels.stamp(study))
    which = (study.info.content_hash, study.info.path.name, repr(study.reading))
    key = (*which, query.__module__, query.__name__, stamp)
    found: T = _read(key, repr((args, sorted(kwargs.items()))), query, study, args, kwargs)
    return found


@st.cache_data(max_entries=400, show_spinner=False)
def _read(
    key: tuple[str, ...],
    arguments: str,
    _query: Callable[..., Any],
    _study: OpenStudy,
    _args: tuple[Any, ...],
    _kwargs: dict[str, Any],
) -> Any:
    return _query(_study, *_args, **_kwargs)


def taxonomy() -> TaxonomyInfo:
    """The taxonomy that studies are read with at this moment."""
    return current_taxonomy(settings())
