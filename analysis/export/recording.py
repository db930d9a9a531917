"""Listen to what a study is asked, so that a figure can show its queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from analysis.store.study import OpenStudy

_HOME = "$FAULTLINE_HOME"
Query = str


class _Cursor:
    """A cursor that notes each query before it passes it on."""

    def __init__(self, inner: Any, heard: list[Query], home: str) -> None:
        self._inner, self._heard, self._home = inner, heard, home

    def execute(self, sql: str, parameters: object = None) -> Any:
        said = sql if parameters is None else f"{sql}\n-- with {parameters!r}"
        self._heard.append(said.replace(self._home, _HOME))
        return (
            self._inner.execute(sql) if parameters is None else self._inner.execute(sql, parameters)
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Listening:
    """A study as queries take it, whose cursors are heard."""

    def __init__(self, study: OpenStudy, heard: list[Query]) -> None:
        self._study, self._heard = study, heard
        self.info, self.settings = study.info, study.settings

    @contextmanager
    def cursor(self) -> Iterator[_Cursor]:
        with self._study.cursor() as inner:
            yield _Cursor(inner, self._heard, str(self.settings.home))


@contextmanager
def recorded(study: OpenStudy) -> Iterator[tuple[OpenStudy, list[Query]]]:
    """The study, and a list that fills with the queries put to it (no paths of this machine)."""
    heard: list[Query] = []
    yield cast(OpenStudy, _Listening(study, heard)), heard
