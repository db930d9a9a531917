"""People's labels as a source beside the others: one more judge, one more labeller."""

from contextlib import suppress

import pandas as pd

from analysis.errors import FaultlineError
from analysis.queries import human_labels
from analysis.store import derived, labels
from analysis.store.annotations import annotation_db
from analysis.store.study import OpenStudy

SOURCE = labels.PEOPLE
_NAME = f"response_types-{SOURCE}"


def refresh(study: OpenStudy) -> None:
    """Write people's response types beside the study, for the pages that read them.

    Where two people label one answer the later label holds here; the earlier one stays in the
    history. Without any label the file is taken away. Topics are no such source: a query without
    a topic has no row, so one that nobody looked at would read as "none of them".
    """
    while True:
        seen = annotation_db.revision(study.settings, "reviews")
        _write(study)
        # Somebody may have said more between the reading and the writing, and written first.
        if annotation_db.revision(study.settings, "reviews") == seen:
            return


def catch_up(study: OpenStudy) -> None:
    """`refresh` for a study that was just built or opened: its answers may have been labelled in
    another study. Where labels can't be read or written the study is used without them; one that
    a page opened holds them in memory."""
    with suppress(FaultlineError):
        if study.keeps:
            refresh(study)
            return
        frame, stored = _types(study), derived.relation(study, _NAME)
        if len(frame) if stored is None else not _same(study, stored, frame):
            derived.keep(study, _NAME, frame)


def _same(study: OpenStudy, stored: str, frame: pd.DataFrame) -> bool:
    order = list(frame.columns)
    with study.cursor() as con:
        there = con.execute(f"SELECT {', '.join(order)} FROM {stored}").fetchall()
    return sorted(there) == sorted(frame.itertuples(index=False, name=None))


def _write(study: OpenStudy) -> None:
    frame = _types(study)
    if frame.empty:
        derived.remove(study.settings, study.info, _NAME)
        derived.let_go(study, _NAME)
    else:
        labels.store(study, "response_types", SOURCE, frame)


def _types(study: OpenStudy) -> pd.DataFrame:
    """One row an answer whose type somebody said, in the columns of `response_types`."""
    frame = human_labels.response_types(study).assign(source=SOURCE)
    frame = frame[["scenario_no", "model", "replicate", "source", "response_type"]]
    return frame.astype({"scenario_no": "int32", "replicate": "uint8"})


def stamp(study: OpenStudy) -> tuple[int, float]:
    """Changes whenever people's labels beside this study do: for caches."""
    return derived.stamp(study, _NAME)
