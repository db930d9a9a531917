"""Topics and response types, from whoever made them: the source itself, or a labeller later.

Labels that came with a source lie in the study; those computed afterwards lie beside it
(`derived`). Every label keeps its source, and readers choose one source at a time.
"""

from pathlib import Path

import pandas as pd

from analysis.measure import label_classifier, label_rules
from analysis.store import derived
from analysis.store.sql import text
from analysis.store.study import OpenStudy

PEOPLE = "people"
"""The source of labels that people gave in the reader."""
DRAWN = "drawn_with"
"""The column of a labeller's response types that holds the probability, above 0 and at most 1, with
which an answer was drawn to be labelled; null where it was not drawn at random."""
TABLES = ("topics", "response_types")
"""Tables of labels; rows of labellers that came later lie beside the study."""
_EMBEDDED = (label_classifier.NAME, label_rules.NAME)
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


def everybody(study: OpenStudy, kind: str) -> str:
    """SQL for all labels of a kind, of every labeller: the columns of the table `kind`."""
    return f"({_everybody(study, kind)})"


def _everybody(study: OpenStudy, kind: str) -> str:
    beside = derived.relations(study, f"{kind}-").values()
    part = "WHERE scenario_no IN (SELECT scenario_no FROM scenarios)" * bool(study.reading.draw)
    selects = (f"SELECT {_COLUMNS[kind]} FROM {r} {part}" for r in (kind, *beside))
    return " UNION ALL ".join(selects)


def sampled(study: OpenStudy) -> dict[str, str]:
    """Labeller -> SQL for its response types of a random sample, with the probabilities (`DRAWN`):
    of those beside the study that say how their answers were drawn, the embedded ones and people
    left out."""
    found = {}
    for sql in derived.relations(study, "response_types-").values():
        with study.cursor() as con:
            columns = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {sql}").fetchall()}
            if DRAWN not in columns:
                continue
            drawn = f"(SELECT * FROM {sql} WHERE {DRAWN} IS NOT NULL)"
            names = con.execute(f"SELECT DISTINCT source FROM {drawn}").fetchall()
        found.update({str(name): drawn for (name,) in names if name != PEOPLE})
    return {name: found[name] for name in sorted(found)}


def sources(study: OpenStudy, kind: str) -> list[str]:
    """Who labelled this study: those that came with the data, then the embedded labellers, the
    newest first, then who labelled a random part of the answers, then people.

    People label a few answers, so they are named beside another source and never alone. Whoever a
    study is read with (`Reading`) goes first.
    """
    beside = derived.relations(study, f"{kind}-")
    stamps = tuple((name, derived.stamp(study, name)) for name in beside)
    key = (str(study.info.path), kind, stamps)
    if key not in _KNOWN:
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[key] = _sources(study, kind)
    first = study.reading.labels if kind == "response_types" else study.reading.topic_labels
    return sorted(_KNOWN[key], key=lambda source: source != first)


_KNOWN: dict[object, list[str]] = {}
_MOST_KNOWN = 50


def _sources(study: OpenStudy, kind: str) -> list[str]:
    with study.cursor() as con:
        found = con.execute(
            f"SELECT source, count(*) FROM ({_everybody(study, kind)}) GROUP BY 1 "
            "ORDER BY 2 DESC, 1"
        ).fetchall()
    parts = _parts_only(study) if kind == "response_types" else set()
    ordered = sorted((row[0] for row in found), key=lambda s: _place(s, part=s in parts))
    return [] if ordered == [PEOPLE] else ordered


def embedded(source: str) -> str | None:
    """The name of the embedded labeller that a source stands for; None for any other source."""
    name, _, version = source.partition(" ")
    return name if name in _EMBEDDED and version.isdigit() else None


def _parts_only(study: OpenStudy) -> set[str]:
    """Who labelled a random part of the answers: fit to correct others, not to be read alone."""
    found = set()
    for source, sql in sampled(study).items():
        with study.cursor() as con:
            least = con.execute(
                f"SELECT min({DRAWN}) FROM {sql} WHERE source = $source", {"source": source}
            ).fetchone()
        if least and least[0] < 1:
            found.add(source)
    return found


def _place(source: str, *, part: bool = False) -> tuple[int, int]:
    """Where a source stands among others: by who it is and, of embedded ones, by its version."""
    if source == PEOPLE or part:
        return len(_EMBEDDED) + 1 + (source == PEOPLE), 0
    name = embedded(source)
    return (1 + _EMBEDDED.index(name), -int(source.partition(" ")[2])) if name else (0, 0)


def labelled(study: OpenStudy, kind: str, source: str) -> bool:
    """Whether this labeller's file is there already (it may hold no rows)."""
    return derived.holds(study.settings, study.info, _name(kind, source))


def store(study: OpenStudy, kind: str, source: str, frame: pd.DataFrame) -> Path:
    """Keep one labeller's labels beside the study, replacing an earlier run of the same one.

    `frame` has the columns of the table `kind`, `source` included.
    """
    made = derived.write(study.settings, study.info, _name(kind, source), frame)
    derived.let_go(study, _name(kind, source))
    return made


def _name(kind: str, source: str) -> str:
    return f"{kind}-{source.replace(' ', '-')}"
