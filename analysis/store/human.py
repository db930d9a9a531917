"""People's labels as a source beside the others: one more judge, one more labeller."""

from contextlib import suppress

import pandas as pd

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import derived, labels, people, reviews
from analysis.store.queries.review import place
from analysis.store.reviews import Draw, Kind
from analysis.store.study import OpenStudy, StudyInfo

SOURCE = labels.PEOPLE
_NAME = f"response_types-{SOURCE}"


def compliance(study: OpenStudy) -> pd.DataFrame:
    """People's verdicts on this study's answers, one row an author and answer.

    The last verdict given blind counts; what its author said after seeing the judges is history.
    Columns: author, scenario, family, model, value (the decision), draw, blind, at, place.
    """
    found = _of_kind(reviews.of_study(study, history=True), Kind.COMPLIANCE)
    subject = ["author", "query_key", "model", "answer", "scenario"]
    found = found.sort_values(["blind", "at"], kind="stable")
    found = found.drop_duplicates(subject, keep="last").dropna(subset=["value"])
    found["place"] = [place(k, m) for k, m in zip(found["query_key"], found["model"], strict=True)]
    columns = ["author", "scenario", "family", "model", "value", "draw", "blind", "at", "place"]
    return found.sort_values("at")[columns].reset_index(drop=True)


def refresh(study: OpenStudy) -> None:
    """Write people's response types beside the study, for the pages that read them.

    Where two people label one answer the later label holds here; the earlier one stays in the
    history. Without any label the file is taken away. Topics are no such source: a query without
    a topic has no row, so one that nobody looked at would read as "none of them".
    """
    while True:
        seen = people.revision(study.settings, "reviews")
        _write(study)
        # Somebody may have said more between the reading and the writing, and written first.
        if people.revision(study.settings, "reviews") == seen:
            return


def catch_up(study: OpenStudy) -> None:
    """`refresh` for a study that was just built or opened: its answers may have been labelled in
    another study. Where labels can't be read the study is used without them."""
    with suppress(FaultlineError):
        refresh(study)


def _write(study: OpenStudy) -> None:
    rows = _of_kind(reviews.of_study(study), Kind.RESPONSE_TYPE)
    rows = rows.drop_duplicates(["scenario_no", "model", "replicate"], keep="last")
    if rows.empty:
        derived.remove(study.settings, study.info, _NAME)
        return
    frame = rows.rename(columns={"value": "response_type"}).assign(source=SOURCE)
    frame = frame[["scenario_no", "model", "replicate", "source", "response_type"]]
    kinds = {"scenario_no": "int32", "replicate": "uint8"}
    labels.store(study, "response_types", SOURCE, frame.astype(kinds))


def _of_kind(entries: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    return entries[entries["kind"] == kind.value].copy()


def stamp(settings: Settings, info: StudyInfo) -> int:
    """Changes whenever people's labels beside this study do: for caches."""
    try:
        return derived.path(settings, info, _NAME).stat().st_mtime_ns
    except OSError:
        return 0


def random_skips(study: OpenStudy) -> int:
    """How many random cases people passed over: what the random part lacks."""
    found = reviews.of_study(study)
    return int(((found["kind"] == Kind.SKIP) & (found["draw"] == Draw.RANDOM)).sum())
