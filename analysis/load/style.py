"""Measure how a study's answers are written: length, hedging, variety of words.

Kept beside the study under its content (`style-1`), since it takes a pass over every answer.
"""

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.style import style_frame
from analysis.queries.answers import answer_batches, count_answers
from analysis.queries.archetypes import STYLE
from analysis.store import derived
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Step
from analysis.store.study import OpenStudy

AT_ONCE = 20_000
"""A study with at most so many answers is measured when a page needs it (some seconds)."""


def measure_style(
    study: OpenStudy,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> None:
    """Measure every answer and keep (`derived.keep`) one row an answer: scenario_no, model,
    replicate, words, hedges, hedging, diversity.

    Raises FaultlineError when linked answers are gone or the person cancels.
    """
    total, done = count_answers(study), 0
    parts: list[pd.DataFrame] = []
    for batch in answer_batches(study):
        if cancelled():
            raise FaultlineError(f"Measuring “{study.info.id}” {CANCELLED}")
        keys = batch[["scenario_no", "model", "replicate"]].reset_index(drop=True)
        parts.append(pd.concat([keys, style_frame(batch["text"])], axis=1))
        done += len(batch)
        report(Step("measuring how answers are written", done, total))
    if parts:
        derived.keep(study, STYLE, pd.concat(parts, ignore_index=True))
