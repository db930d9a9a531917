"""Load a stress test's run: what its journal holds so far becomes a study like any other source.

The run writes itself as parquet (`python -m pipeline export`, a process of its own: this half of
the program does not know the other), and that is loaded. Half-way is fine; load again for more.
"""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.files import find_sources, run_tables
from analysis.load.labels import label_small
from analysis.measure.labels import NO_TOPIC
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.assemble import STEPS
from analysis.store.build import build_study, plain_words, staging_folder, workspace
from analysis.store.sources import Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study, study_id
from analysis.store.widen import write_sources

_KINDS = ("topics", "response_types")


def load_run(
    run: str,
    study: str,
    settings: Settings,
    *,
    onto: str | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Build the study named `study` from a run; with `onto`, from that study and the run together.

    The new study names the one it was loaded onto as its parent. Labels that the run made are kept
    beside it under the labeller's name. Raises FaultlineError for an unknown run, or one that has
    nothing to load yet.
    """
    study_id(study)
    report(Step("writing the run out", 0, STEPS))
    with plain_words(study), workspace(staging_folder(settings)) as folder:
        exported = _export(run, folder / "run", settings)
        paths = [*_parent(onto, folder / "parent", settings), *_files(exported)]
        if not paths:
            raise FaultlineError(
                f"The run {run} has no answer and no judgement yet. Load it when it has some."
            )
        info = build_study(
            settings, study, find_sources(paths, folder, settings), copy_texts=True, parent=onto,
            report=report, cancelled=cancelled,
        )  # fmt: skip
        _labels(info, exported / "tables", settings)
    label_small(info, settings, report)
    return info


def _export(run: str, target: Path, settings: Settings) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "export", run, "--out", str(target)],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(settings),
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise FaultlineError(said)
    return target


def _environment(settings: Settings) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "FAULTLINE_HOME": str(settings.home), "PYTHONPATH": root}


def _parent(onto: str | None, folder: Path, settings: Settings) -> list[Path]:
    if onto is None:
        return []
    opened = open_study(settings, onto)
    try:
        return write_sources(opened, folder)
    finally:
        opened.close()


def _files(exported: Path) -> list[Path]:
    """The run's sources that hold a row; of its tables those that say more than the others."""
    names = ("default.parquet", "judge_evaluations.parquet", "variants.parquet")
    found = [exported / n for n in names if (exported / n).exists()]
    wide = [p for p in found if len(pd.read_parquet(p, columns=["value1"]))]
    return [*wide, *(p for p in run_tables(exported) if wide and _says_more(p))]


def _says_more(table: Path) -> bool:
    """Whether a table of the run has what its wide files have no room for."""
    if not table.exists():
        return False
    keys = pd.read_parquet(table, columns=["scenario", "replicate"])
    if table.stem == "citations":
        return len(keys) > 0
    varied = keys["scenario"].str.contains("~", regex=False)
    # Answers to variants stand in a wide file of their own, judgements of them do not.
    return bool((keys["replicate"] > 0).any() or (table.stem == "judgements" and varied.any()))


def _labels(info: StudyInfo, tables: Path, settings: Settings) -> None:
    """Keep the labels that the run made, by the scenario's public id."""
    opened = open_study(settings, info.id)
    try:
        numbers = _numbers(opened)
        for kind in _KINDS:
            frame = pd.read_parquet(tables / f"{kind}.parquet").merge(numbers, on="scenario")
            for source, rows in frame.groupby("source"):
                kept = rows[rows["topic"] != NO_TOPIC] if kind == "topics" else rows
                labels.store(opened, kind, str(source), kept.drop(columns="scenario"))
    finally:
        opened.close()


def _numbers(opened: OpenStudy) -> pd.DataFrame:
    with opened.cursor() as con:
        return con.execute("SELECT scenario, scenario_no FROM scenarios").df()
