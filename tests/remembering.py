"""A study that remembers what it was asked, as a page's does: several tests ask the same of it."""

from collections.abc import Callable
from typing import Any

from analysis.load import human_labels
from analysis.store.study import OpenStudy


def remembering(study: OpenStudy) -> OpenStudy:
    """The study, with each result of `study.read` kept by what it was asked under."""
    known: dict[tuple[str, ...], Any] = {}

    def read(asked: OpenStudy, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        key = (
            repr(asked.reading),
            query.__module__,
            query.__qualname__,
            str(human_labels.stamp(asked)),
            repr((args, sorted(kwargs.items()))),
        )
        if key not in known:
            known[key] = query(asked, *args, **kwargs)
        return known[key]

    study.reader = read
    return study
