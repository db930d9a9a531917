"""The map of a study's queries: vectors, their plane and the names of its groups, kept beside it.

In a process of its own: umap and its compiler take seconds to import and minutes to run, and
neither may stop a server from answering.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure import embed
from analysis.measure import map as measure
from analysis.queries.map import MAP, VECTORS, queries
from analysis.settings import Settings
from analysis.store import derived
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Step
from analysis.store.study import StudyInfo, open_study
from analysis.subprocesses import talk
from analysis.subprocesses.limits import Limits
from analysis.vocabulary import HIGH_D

STEPS = 4
LIMITS = Limits(wall_seconds=2 * 3_600, cpu_seconds=4 * 3_600, memory_mb=8_000, file_mb=4_000)
AT_ONCE = 20_000
"""Vectors of so many queries are made when a page needs them (some seconds)."""


def draw_map(
    info: StudyInfo,
    settings: Settings,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Compute the map of a study in a process of its own, and store it.

    Raises FaultlineError for too few queries, or where the process was stopped.
    """
    task = {"study": info.id, "home": str(settings.home), "memory_mb": settings.memory_limit_mb}
    last, code = talk.run(
        "analysis.load.map",
        task,
        LIMITS,
        on_record=lambda r: report(Step(**r)),
        cancelled=cancelled,
        wait=True,
    )
    if cancelled() and "ready" not in last:
        raise FaultlineError(f"The map of “{info.id}” {CANCELLED}")
    if "error" in last:
        raise FaultlineError(str(last["error"]))
    if code or "ready" not in last:
        raise FaultlineError(
            f"The map of “{info.id}” could not be drawn: its process ended early, perhaps for lack "
            "of memory. The study is untouched; try again with less running beside it."
        )
    return info


def vector_table(frame: pd.DataFrame) -> pd.DataFrame:
    """A unit vector of half precision for each query: scenario_no, v0, v1 ...

    `frame` as `queries` gives it.
    """
    vectors = embed.unit(embed.tfidf(list(frame["query"])))
    if vectors.shape[1] > embed.DIMENSIONS:  # few texts keep all their words
        left, size, _ = np.linalg.svd(vectors, full_matrices=False)
        vectors = embed.unit((left * size)[:, : embed.DIMENSIONS])
    columns = {f"v{i}": vectors[:, i].astype(np.float16) for i in range(vectors.shape[1])}
    return pd.DataFrame({"scenario_no": frame["scenario_no"], **columns})


def _draw(study_id: str, settings: Settings, report: Report) -> None:
    study = open_study(settings, study_id)
    try:
        frame, info = queries(study), study.info
    finally:
        study.close()
    if len(frame) < measure.LEAST:
        raise FaultlineError(
            f"“{info.id}” has {len(frame)} queries; a map needs at least {measure.LEAST}."
        )
    report(Step("turning queries into vectors", 0, STEPS))
    if not derived.holds(settings, info, VECTORS):
        derived.write(settings, info, VECTORS, vector_table(frame))
    stored = pd.read_parquet(derived.path(settings, info, VECTORS))
    vectors = stored.drop(columns="scenario_no").to_numpy(np.float32)
    rows = measure.chosen(frame["d"].to_numpy(float))
    report(Step(f"laying {len(rows):,} queries out on a plane", 1, STEPS))
    points = measure.plane(vectors[rows])
    report(Step("measuring how many neighbours it keeps", 2, STEPS))
    share = measure.kept(vectors[rows], points)
    report(Step("naming groups of high disagreement", 3, STEPS))
    table = frame.iloc[rows][["scenario_no"]].assign(x=points[:, 0], y=points[:, 1])
    table["cluster"], table["terms"] = _named(frame.iloc[rows], vectors[rows])
    table["kept"] = share
    derived.write(settings, info, MAP, table)


def _named(frame: pd.DataFrame, vectors: measure.Points) -> tuple[np.ndarray, list[str]]:
    """Group number and telling terms of each query of high disagreement; −1 and "" elsewhere."""
    high = (frame["d"] >= HIGH_D).to_numpy()
    groups = np.full(len(frame), -1)
    if high.sum() < measure.LEAST:
        return groups, [""] * len(frame)
    groups[high] = measure.clusters(vectors[high])
    terms = embed.telling_terms(list(frame["query"][high]), list(groups[high]))
    return groups, [terms.get(int(g), "") for g in groups]


def _work(task: dict[str, Any], say: talk.RecordHandler, cancelled: Cancelled) -> dict[str, bool]:
    """The child."""
    settings = Settings(home=Path(task["home"]), memory_limit_mb=task["memory_mb"])
    _draw(task["study"], settings, lambda s: say(asdict(s)))
    return {"ready": True}


if __name__ == "__main__":
    sys.exit(talk.serve(_work))
