"""Topics and response types, from whoever made them: the source itself, or a labeller later.

Labels that came with a source lie in the study; those computed afterwards lie beside it
(`derived`). Every label keeps its source, and readers choose one source at a time.
"""

from pathlib import Path

import pandas as pd

from analysis.store import derived
from analysis.store.sql import parquet, text
from analysis.store.study import OpenStudy

PEOPLE = "people"
"""The source of labels that people gave in the reader."""
_COLUMNS = {
    "topics": "scenario_no, topic, source",
    "response_types": "scenario_no, model, replicate, source, response_type",
}


def relation(study: OpenStudy, kind: str, source: str | None = None) -> str:
    """SQL for one labeller's labels of a kind (`topics`, `response_types`).

    Without `source` the first of `sources`: two labellers of one answer are never added up.
    """
    known = sources(study, kind) if source is None else [source]
    only = text(known[0]) if known else "NULL"
    return f"(SELECT * FROM ({_everybody(study, kind)}) WHERE source = {only})"


def _everybody(study: OpenStudy, kind: str) -> str:
    files = derived.found(study.settings, study.info, f"{kind}-")
    parts = [f"SELECT {_COLUMNS[kind]} FROM {kind}"]
    if files:
        parts.append(f"SELECT {_COLUMNS[kind]} FROM {parquet(files)}")
    return " UNION ALL ".join(parts)


def sources(study: OpenStudy, kind: str) -> list[str]:
    """Who labelled this study: those that came with the data, then rules, then people.

    People label a few answers, so they are named beside another source and never alone.
    """
    files = derived.found(study.settings, study.info, f"{kind}-")
    stamps = tuple((str(f), f.stat().st_mtime_ns) for f in files)
    key = (str(study.info.path), kind, stamps)
    if key not in _KNOWN:
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[key] = _sources(study, kind)
    return list(_KNOWN[key])


_KNOWN: dict[object, list[str]] = {}
_MOST_KNOWN = 50


def _sources(study: OpenStudy, kind: str) -> list[str]:
    with study.cursor() as con:
        found = con.execute(
            f"SELECT source, count(*) FROM ({_everybody(study, kind)}) GROUP BY 1 "
            "ORDER BY 2 DESC, 1"
        ).fetchall()
    ordered = sorted((row[0] for row in found), key=lambda s: (s == PEOPLE, s.startswith("rules")))
    return [] if ordered == [PEOPLE] else ordered


def labelled(study: OpenStudy, kind: str, source: str) -> bool:
    """Whether this labeller's file is there already (it may hold no rows)."""
    return _file(study, kind, source).exists()


def store(study: OpenStudy, kind: str, source: str, frame: pd.DataFrame) -> Path:
    """Keep one labeller's labels beside the study, replacing an earlier run of the same one.

    `frame` has the columns of the table `kind`, `source` included.
    """
    return derived.write(study.settings, study.info, _name(kind, source), frame)


def _file(study: OpenStudy, kind: str, source: str) -> Path:
    return derived.path(study.settings, study.info, _name(kind, source))


def _name(kind: str, source: str) -> str:
    return f"{kind}-{source.replace(' ', '-')}"
