"""Listen to what a study is asked, so that a figure can show its queries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from analysis.settings import EMBEDDED
from analysis.store.study import OpenStudy, Reading

_HOME, _PROGRAM = "$FAULTLINE_HOME", "$FAULTLINE"
ROOT = EMBEDDED.parents[1]
Query = str


class _Cursor:
    """A cursor that notes each query before it passes it on."""

    def __init__(self, inner: Any, heard: list[Query], home: str) -> None:
        self._inner, self._heard, self._home = inner, heard, home

    def execute(self, sql: str, parameters: object = None) -> Any:
        statement = sql if parameters is None else f"{sql}\n-- with {parameters!r}"
        self._heard.append(statement.replace(self._home, _HOME).replace(str(ROOT), _PROGRAM))
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
        self.reading = study.reading
        self._known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)

    def read_as(self, reading: Reading) -> "_Listening":
        """As `OpenStudy.read_as`, still heard."""
        if reading == self.reading:
            return self
        return _Listening(self._study.read_as(reading), self._heard)

    @contextmanager
    def cursor(self) -> Iterator[_Cursor]:
        with self._study.cursor() as inner:
            for view in self._study.views(inner):
                if view not in self._heard:
                    self._heard.append(view)
            yield _Cursor(inner, self._heard, str(self.settings.home))

    def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As `OpenStudy.read`, but asked anew, once, so that its queries are heard."""
        key = repr((query.__module__, query.__qualname__, args, sorted(kwargs.items())))
        if key not in self._known:
            self._known[key] = query(self, *args, **kwargs)
        return self._known[key]


@contextmanager
def recorded(study: OpenStudy) -> Iterator[tuple[OpenStudy, list[Query]]]:
    """The study, and a list that fills with the queries put to it (no paths of this machine)."""
    heard: list[Query] = []
    yield cast(OpenStudy, _Listening(study, heard)), heard
