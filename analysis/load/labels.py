"""Label a study with the embedded rules: topics of its queries, response types of its answers.

The labels lie beside the study and name the rules' version. Small studies are labelled when they
are loaded; large ones on request, since reading ten gigabytes of answers takes minutes.
"""

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure import label_rules
from analysis.settings import Settings
from analysis.store import human, labels
from analysis.store.queries.answers import all_queries, answer_batches, count_answers
from analysis.store.sources import Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study

AT_LOAD = 100_000
"""A study with at most so many answers is labelled when it is loaded (some seconds)."""
_IN_PROCESS = 15_000


def is_labelled(study: OpenStudy) -> bool:
    """Whether the rules of this version have labelled this content already."""
    source = label_rules.SOURCE
    return labels.labelled(study, "topics", source) and labels.labelled(
        study, "response_types", source
    )


def label_small(info: StudyInfo, settings: Settings, report: Report) -> None:
    """Label a study that was just built, unless it is large or its content has labels already;
    what people said of its answers in another study counts here too."""
    study = open_study(settings, info.id)
    try:
        human.catch_up(study)
        if count_answers(study) <= AT_LOAD and not is_labelled(study):
            label_study(study, report)
    finally:
        study.close()


def label_study(
    study: OpenStudy,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> None:
    """Label all queries and answers by rules and store the labels, replacing earlier ones.

    Raises FaultlineError when linked answers are gone or the person cancels; labels that were
    there stay.
    """
    queries = all_queries(study)
    labels.store(study, "topics", label_rules.SOURCE, topics_of(queries))
    total = count_answers(study)
    parts: list[pd.DataFrame] = []
    done = 0
    for part in _labelled(answer_batches(study), total):
        if cancelled():
            raise FaultlineError(f"Labelling “{study.info.id}” was cancelled. Nothing was changed.")
        parts.append(part)
        done += len(part)
        report(Step("labelling answers by rules", done, total))
    everything = pd.concat(parts, ignore_index=True) if parts else types_of(_no_answers())
    labels.store(study, "response_types", label_rules.SOURCE, everything)


def topics_of(queries: pd.DataFrame) -> pd.DataFrame:
    """Rows of `topics` for queries (scenario_no, query)."""
    found = label_rules.label_queries(queries["query"])
    rows = [
        (number, topic, label_rules.SOURCE)
        for number, topics in zip(queries["scenario_no"], found, strict=True)
        for topic in topics
    ]
    frame = pd.DataFrame(rows, columns=["scenario_no", "topic", "source"])
    return frame.astype({"scenario_no": "int32", "topic": "str", "source": "str"})


def types_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Rows of `response_types` for answers (scenario_no, model, replicate, text)."""
    found = label_rules.label_answers(answers["text"])
    frame = answers[["scenario_no", "model", "replicate"]].assign(source=label_rules.SOURCE)
    frame["response_type"] = pd.Series([f.label if f else None for f in found], dtype="str")
    frame["why"] = pd.Series([f"{f.rule}: {f.words}" if f else None for f in found], dtype="str")
    kept = frame.dropna(subset=["response_type"])
    return kept.astype({"scenario_no": "int32", "replicate": "uint8"})


def _no_answers() -> pd.DataFrame:
    return pd.DataFrame({"scenario_no": [], "model": [], "replicate": [], "text": []})


def _labelled(batches: Iterator[pd.DataFrame], total: int) -> Iterator[pd.DataFrame]:
    """Labelled batches in whatever order they finish; several processes where it pays."""
    if total <= _IN_PROCESS:
        yield from map(types_of, batches)
        return
    workers = max(1, (os.cpu_count() or 2) - 1)
    # A fork would copy a server's threads and locks in whatever state they are.
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        waiting: set[Future[pd.DataFrame]] = set()
        for batch in batches:
            waiting.add(pool.submit(types_of, batch))
            if len(waiting) >= 3 * workers:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in waiting)
