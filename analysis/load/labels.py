"""Label a study with the embedded labeller: topics of its queries, response types of its answers.

The labels lie beside the study and name the labeller and its version; those of an earlier one stay
as a source of their own. Small studies are labelled when they
are loaded; large ones on request, since reading ten gigabytes of answers takes minutes.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.human_labels import catch_up
from analysis.measure import label_classifier, label_rules
from analysis.queries.answers import all_queries, answer_batches, count_answers
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study

AT_LOAD = 100_000
"""A study with at most so many answers is labelled when it is loaded (some seconds)."""
_IN_PROCESS = 15_000


@dataclass(frozen=True)
class Labeller:
    """One embedded labeller: what its response types and topics are named, and what makes the
    types: texts in, a label and a probability of refusal (None where it has none) out."""

    types_source: str
    topics_source: str
    types: Callable[[Sequence[str | None]], list[tuple[str, float | None] | None]]


def _by_rules(texts: Sequence[str | None]) -> list[tuple[str, float | None] | None]:
    return [found and (found.label, None) for found in label_rules.label_answers(texts)]


def _by_classifier(texts: Sequence[str | None]) -> list[tuple[str, float | None] | None]:
    return [
        found and (found.label, found.probability)
        for found in label_classifier.label_answers(texts)
    ]


LABELLERS: Final = {
    label_classifier.NAME: Labeller(label_classifier.SOURCE, label_rules.SOURCE, _by_classifier),
    label_rules.NAME: Labeller(label_rules.SOURCE, label_rules.SOURCE, _by_rules),
}
"""The embedded labellers by name; the first is the one that labels where nobody chooses."""
DEFAULT: Final = next(iter(LABELLERS))


def is_labelled(study: OpenStudy, labeller: str = DEFAULT) -> bool:
    """Whether this version of an embedded labeller has labelled this content already."""
    made = LABELLERS[labeller]
    return labels.labelled(study, "topics", made.topics_source) and labels.labelled(
        study, "response_types", made.types_source
    )


def label_small(info: StudyInfo, settings: Settings, report: Report) -> None:
    """Label a study that was just built, unless it is large or its content has labels already;
    what people said of its answers in another study counts here too."""
    study = open_study(settings, info.id)
    try:
        catch_up(study)
        if count_answers(study) <= AT_LOAD and not is_labelled(study):
            label_study(study, report)
    finally:
        study.close()


def label_study(
    study: OpenStudy,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
    labeller: str = DEFAULT,
) -> None:
    """Label all queries and answers and store the labels, replacing earlier ones of the same
    labeller and version; those of others stay beside them.

    Raises FaultlineError when there is no such labeller, when linked answers are gone or when the
    person cancels; labels that were there stay.
    """
    if labeller not in LABELLERS:
        raise FaultlineError(
            f"There is no built-in labeller “{labeller}”. Choose one of: {', '.join(LABELLERS)}."
        )
    made = LABELLERS[labeller]
    queries = all_queries(study)
    labels.store(study, "topics", made.topics_source, topics_of(queries))
    total = count_answers(study)
    parts: list[pd.DataFrame] = []
    done = 0
    for part in _labelled(answer_batches(study), total, labeller):
        if cancelled():
            raise FaultlineError(f"Labelling “{study.info.id}” {CANCELLED}")
        parts.append(part)
        done += len(part)
        report(Step("labelling answers", done, total))
    everything = pd.concat(parts, ignore_index=True) if parts else types_of(_no_answers(), labeller)
    labels.store(study, "response_types", made.types_source, everything)


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


def types_of(answers: pd.DataFrame, labeller: str = DEFAULT) -> pd.DataFrame:
    """Rows of `response_types` for answers (scenario_no, model, replicate, text), and
    `probability`, how likely the labeller holds a refusal (null where it says none)."""
    made = LABELLERS[labeller]
    found = made.types(answers["text"].tolist())
    frame = answers[["scenario_no", "model", "replicate"]].assign(source=made.types_source)
    frame["response_type"] = pd.Series([f and f[0] for f in found], dtype="str", index=frame.index)
    frame["probability"] = pd.Series(
        [f[1] if f else None for f in found], dtype="float32", index=frame.index
    )
    kept = frame.dropna(subset=["response_type"])
    return kept.astype({"scenario_no": "int32", "replicate": "uint8"})


def _no_answers() -> pd.DataFrame:
    return pd.DataFrame({"scenario_no": [], "model": [], "replicate": [], "text": []})


def _labelled(batches: Iterator[pd.DataFrame], total: int, labeller: str) -> Iterator[pd.DataFrame]:
    """Labelled batches in whatever order they finish; several processes where it pays."""
    if total <= _IN_PROCESS:
        yield from (types_of(batch, labeller) for batch in batches)
        return
    workers = max(1, (os.cpu_count() or 2) - 1)
    # A fork would copy a server's threads and locks in whatever state they are.
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        waiting: set[Future[pd.DataFrame]] = set()
        for batch in batches:
            waiting.add(pool.submit(types_of, batch, labeller))
            if len(waiting) >= 3 * workers:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in waiting)
