"""What trials of a clause's new wording gave, read once from their runs and kept in the home.

    trials/read/<run>/read.json                       the trial, and which reading is the latest
    trials/read/<run>/<12 hex>.judgements.parquet     case x arm x judge
    trials/read/<run>/<12 hex>.citations.parquet      case x arm x judge x clause

A run that goes on gives further readings. None replaces another, since a pinned figure names the
reading that it was computed from: `run@12 hex`.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.compare.trial import Rows
from analysis.parse.trials import Trial, as_json, of_json
from analysis.settings import Settings
from analysis.store.schema import VERDICTS
from analysis.whole_files import replacing, write_text

_LIST, _HEX = "read.json", 12


@dataclass(frozen=True)
class Reading:
    """A trial with the reading of its run that counts: `digest` is 12 hex of what judges said."""

    run_id: str
    digest: str
    trial: Trial

    @property
    def key(self) -> str:
        """As figures name it."""
        return f"{self.run_id}@{self.digest}"


def keep(settings: Settings, run: str, trial: Trial, rows: Rows) -> Reading:
    """Keep what a run gave; from now on it is the run's latest reading. FaultlineError where the
    disk does not take it."""
    tables = dict(zip(VERDICTS, (rows.judgements, rows.citations), strict=True))
    texts = (t.to_json(orient="split", index=False) or "" for t in tables.values())
    digest = hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:_HEX]
    told = {"digest": digest, "trial": as_json(trial)}
    place = _folder(settings, run)
    try:
        for name, table in tables.items():
            with replacing(_file(place, digest, name)) as aside:
                table.to_parquet(aside, index=False)
        write_text(place / _LIST, json.dumps(told, ensure_ascii=False) + "\n")
    except OSError as error:
        raise FaultlineError(
            f"What the run {run} gave could not be stored: {error.strerror or error}. Free some "
            "space and read it again; the run itself is untouched."
        ) from error
    return Reading(run, digest, trial)


def latest(settings: Settings, run: str) -> Reading | None:
    """The latest reading of a run; None where it was never read, or what is there is damaged."""
    place = _folder(settings, run)
    try:
        told = json.loads((place / _LIST).read_text(encoding="utf-8"))
        digest, trial = str(told["digest"]), of_json(told["trial"], _LIST)
    except (OSError, ValueError, KeyError, TypeError, FaultlineError):
        return None
    there = all(_file(place, digest, name).is_file() for name in VERDICTS)
    return Reading(run, digest, trial) if there else None


def of_study(settings: Settings, study: str) -> list[Reading]:
    """Every run that was read of the study with that id, the last first."""
    runs = sorted((path.parent.name for path in _root(settings).glob(f"*/{_LIST}")), reverse=True)
    found = (latest(settings, run) for run in runs)
    return [one for one in found if one is not None and one.trial.study == study]


def rows_of(settings: Settings, key: str) -> Rows:
    """What judges said, of the reading `run@12 hex`. FaultlineError where it is not here."""
    run, _, digest = key.partition("@")
    files = [_file(_folder(settings, run), digest, name) for name in VERDICTS]
    try:
        judgements, citations = (pd.read_parquet(file) for file in files)
    except (OSError, ValueError) as error:
        raise FaultlineError(
            f"What the trial's run {run} gave ({digest}) is not in this home: read its verdict "
            "again, on the page Clauses or with `python -m analysis trial verdict`."
        ) from error
    citations["above"] = citations["above"].map(tuple)
    return Rows(judgements, citations)


def _root(settings: Settings) -> Path:
    return settings.home / "trials" / "read"


def _folder(settings: Settings, run: str) -> Path:
    if not run.isalnum():
        raise FaultlineError(f"“{run[:40]}” is no run: a run's id has letters and digits alone.")
    return _root(settings) / run


def _file(folder: Path, digest: str, name: str) -> Path:
    if not digest.isalnum():
        raise FaultlineError("The trial's run is named without what it gave: run@12 hex.")
    return folder / f"{digest}.{name}.parquet"
