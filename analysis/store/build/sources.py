"""What a build is given: sources already found on disk, with their columns understood."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from analysis.parse.making import Making
from analysis.parse.specs.carried import CarriedSpec
from analysis.regular_files import opened

Kind = Literal[
    "scenarios",
    "judgements",
    "answers",
    "decisions",
    "citations",
    "problems",
    "repeats",
    "criteria",
    "grades",
]
LONG: tuple[Kind, ...] = (
    "answers",
    "decisions",
    "citations",
    "problems",
    "repeats",
    "criteria",
    "grades",
)
JUDGING: tuple[Kind, ...] = ("judgements", "decisions", "citations")
"""Sources in which judges speak, so that they are read under a spec."""


@dataclass(frozen=True)
class Step:
    """Progress of a build: `done` of `total` steps, and what is going on now."""

    what: str
    done: int
    total: int


Report = Callable[[Step], None]
CANCELLED = "was cancelled. Nothing was changed."
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Layout:
    """Which column of a source plays which part. Model and judge maps go id -> column name.

    `types` holds the DuckDB type of every column named here. Optional parts are None or absent.
    """

    query: str  # "" in a long table, which names its scenarios instead
    value1: str | None
    value2: str | None
    nudge: str | None = None
    generator: str | None = None
    rank: str | None = None
    chunk: str | None = None
    entry: str | None = None
    query_key: str | None = None
    given_d: str | None = None
    model: str | None = None
    response: str | None = None
    outcome: str | None = None
    trace: str | None = None
    tools: str | None = None
    variant: str | None = None
    parent: str | None = None
    spec: str | None = None
    run: str | None = None
    draw: str | None = None
    arm: str | None = None
    responses: Mapping[str, str] = field(default_factory=dict)
    value1_positions: Mapping[str, str] = field(default_factory=dict)
    value2_positions: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    latencies: Mapping[str, str] = field(default_factory=dict)
    traces: Mapping[str, str] = field(default_factory=dict)
    tool_calls: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    reasonings: Mapping[str, str] = field(default_factory=dict)
    spectrums: tuple[str, str] | None = None
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def models(self) -> tuple[str, ...]:
        """Ids of the models this source has columns for, sorted."""
        found = {*self.responses, *self.value1_positions, *self.value2_positions}
        return tuple(sorted(found))

    @property
    def spellings(self) -> dict[str, str]:
        """Model id -> how the columns of this source write its name."""
        columns = {**self.value2_positions, **self.value1_positions, **self.responses}
        return {
            model: re.sub(r"^response_|_value[12]_position$", "", column)
            for model, column in sorted(columns.items())
        }


READING = ("file_no", "row_no", "model", "outcome", "text", "trace", "tools")
"""Columns of a source's readings: which answer, how its call ended, and its parts ("": none)."""


@dataclass(frozen=True)
class Source:
    """Parquet files of one layout.

    `kind` is "scenarios" (one query a row, wide), "judgements" (one query x one model a row), or
    one of `LONG`: a run's tables, keyed by the scenario's public id, with the answers, decisions
    and citations that the other two have no room for. `copy` marks files that will not stay
    (converted uploads), so their texts are always copied. `digests` are SHA-256 of the files as
    delivered, by order. `spec` names the spec that judges were given, where the source says so
    (“name version”, or a column of the layout by row), and `specs` are those that it brings along.
    `run` is the run that asked the judges, stated in the same two ways.
    `failures` are texts that were taken for failed calls: outcome, kind, count and examples;
    `notes` are sentences about how the files were read. `readings` is a parquet file of the answers
    of files that stay where they are which are something else than their texts (`READING`).
    """

    kind: Kind
    name: str
    files: tuple[Path, ...]
    layout: Layout
    rows: int
    copy: bool = False
    simulated: bool = False
    repo: str | None = None
    revision: str | None = None
    config: str | None = None
    split: str | None = None
    origin: str | None = None
    spec: str | None = None
    run: str | None = None
    made: Making = field(default_factory=Making)
    specs: tuple[CarriedSpec, ...] = ()
    digests: tuple[str, ...] | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    failures: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    readings: Path | None = None

    def _stats(self) -> list[os.stat_result]:
        return [f.stat() for f in self.files]

    def record(self, digests: tuple[str, ...], kept: int, repeated: int) -> dict[str, Any]:
        """This source as it stands in the study's row, JSON-ready."""
        return {
            "kind": self.kind,
            "name": self.name,
            "repo": self.repo,
            "revision": self.revision,
            "config": self.config,
            "split": self.split,
            "origin": self.origin,
            "spec": self.spec,
            "run": self.run,
            "made": self.made.to_json() if self.made else None,
            "files": [str(f) for f in self.files],
            "digests": list(digests),
            "linked": not self.copy,
            "stamps": None if self.copy else [[s.st_size, s.st_mtime_ns] for s in self._stats()],
            "rows": self.rows,
            "kept": kept,
            "repeated": repeated,
            "rejected": dict(self.rejected),
            "models": list(self.layout.models),
            "judges": sorted(self.layout.decisions),
            "spellings": self.layout.spellings,
            "missing": list(self.missing),
            "unused": list(self.unused),
            "failures": [dict(f) for f in self.failures],
            "query": self.layout.query,
            "responses": dict(self.layout.responses),
            "spectrums": list(self.layout.spectrums) if self.layout.spectrums else None,
        }


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in blocks of 4 MB (hashlib lets other threads run meanwhile). Raises
    OSError, also for what is no file."""
    digest = hashlib.sha256()
    with opened(path) as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def as_json(value: object) -> str:
    """Compact JSON with sorted keys: the same value always gives the same text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
