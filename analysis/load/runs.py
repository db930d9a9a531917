"""Load a stress test's run: what its journal holds so far becomes a study like any other source.

The run writes itself as parquet (`python -m pipeline export`, a process of its own: this half of
the program does not know the other), and that is loaded. Half-way is fine; load again for more.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.load import label_sources
from analysis.load.files.files import find_sources, run_tables
from analysis.load.labels import label_small
from analysis.queries.source_files import write_labels, write_sources
from analysis.registry import registry
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.build.assemble import STEPS
from analysis.store.build.build import build_study, plain_words
from analysis.store.build.long_tables import TOLD
from analysis.store.build.places import staging_folder, workspace
from analysis.store.build.sources import Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study, study_id
from analysis.vocabulary import NO_TOPIC, Outcome


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
        exported = export_run(run, folder / "run", settings)
        mine = _files(exported)
        _check_loadable(run, mine, exported / "tables", onto)
        parent, theirs = _parent(onto, folder / "parent", settings)
        paths = [*parent, *mine]
        info = build_study(
            settings,
            study,
            find_sources(paths, folder, settings),
            copy_texts=True,
            parent=onto,
            report=report,
            cancelled=cancelled,
        )
        _labels(info, exported / "tables", settings)
        label_sources.keep(info, label_sources.read(theirs), settings, report, adding=True)
    label_small(info, settings, report)
    return info


def export_run(run: str, target: Path, settings: Settings) -> Path:
    """Have the run write what it has into a folder; gives where that is."""
    ask_pipeline(("export", run, "--out", str(target)), settings)
    return target


def ask_pipeline(command: Sequence[str], settings: Settings) -> str:
    """What a command of the pipeline printed. Raises FaultlineError with its own sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *command],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(settings),
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise FaultlineError(said)
    return done.stdout


def _environment(settings: Settings) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "FAULTLINE_HOME": str(settings.home), "PYTHONPATH": root}


def _parent(onto: str | None, folder: Path, settings: Settings) -> tuple[list[Path], list[Path]]:
    """The parent study as sources, and the labels that others made of it."""
    if onto is None:
        return [], []
    opened = open_study(settings, onto)
    try:
        return write_sources(opened, folder), write_labels(opened, folder)
    finally:
        opened.close()


def _files(exported: Path) -> list[Path]:
    """The run's sources that hold a row; of its tables those that say more than the others."""
    names = ("default", "queries", "judge_evaluations", "variants", "variant_queries")
    found = [p for n in names if (p := exported / f"{n}.parquet").exists()]
    wide = [p for p in found if pq.read_metadata(p).num_rows]
    return [*wide, *(p for p in run_tables(exported) if _says_more(p))]


def _check_loadable(run: str, files: list[Path], tables: Path, onto: str | None) -> None:
    """Raises FaultlineError for a run that has nothing yet, or that only says something of answers
    that another study has, where none is named to load it onto."""
    tried = tables / "trial_judgements.parquet"
    made = [file for file in files if file.parent != tables]
    if not made and tried.exists() and pq.read_metadata(tried).num_rows:
        raise FaultlineError(
            f"The run {run} tried a clause's new wording, which makes no study: ask for its "
            "verdict (python -m analysis trial verdict STUDY RUN)."
        )
    labelled = any(len(pd.read_parquet(tables / f"{kind}.parquet")) for kind in labels.TABLES)
    if not files and not labelled:
        raise FaultlineError(
            f"The run {run} has no answer and no judgement yet. Load it when it has some. (A plan "
            "that neither asks for answers nor places, labels or judges any never has: its queries "
            "can be exported.)"
        )
    if onto is None and all(file.parent == tables for file in files):
        raise FaultlineError(
            f"The run {run} read the answers of a study and made none of its own: load it onto "
            "that study (--onto STUDY)."
        )


def _says_more(table: Path) -> bool:
    """Whether a table of the run has what its wide files have no room for."""
    if not table.exists():
        return False
    if table.stem == "problems":
        return bool((~pd.read_parquet(table, columns=["stage"])["stage"].isin(TOLD)).any())
    if table.stem in ("repeats", "criteria", "grades"):
        return len(pd.read_parquet(table, columns=["scenario"])) > 0
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
        for kind in labels.TABLES:
            frame = pd.read_parquet(tables / f"{kind}.parquet").merge(numbers, on="scenario")
            for source, rows in frame.groupby("source"):
                rows = rows[
                    rows["label_outcome"] == Outcome.ANSWERED
                ]  # the others are lost replies
                kept = rows[rows["topic"] != NO_TOPIC] if kind == "topics" else _resolved(rows)
                labels.store(
                    opened, kind, str(source), kept.drop(columns=["scenario", "label_outcome"])
                )
    finally:
        opened.close()


def _resolved(rows: pd.DataFrame) -> pd.DataFrame:
    """Labels of answers under the ids that their models have in a study."""
    ids = registry().resolve_all(map(str, rows["model"].unique()))
    return rows.assign(model=rows["model"].map(ids))


def _numbers(opened: OpenStudy) -> pd.DataFrame:
    with opened.cursor() as con:
        return con.execute("SELECT scenario, scenario_no FROM scenarios").df()
