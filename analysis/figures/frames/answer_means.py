"""Answers of each model on the average: their length, how long they took, how varied their words
are; each with its interval and what chance alone makes of it."""

import pandas as pd

from analysis.figures.frames import ranking
from analysis.measure.estimates.grouped import MOMENTS, means_from_moments
from analysis.queries import blocks, models
from analysis.store.study import OpenStudy


def length(study: OpenStudy) -> pd.DataFrame:
    """In characters: model, label, provider, value, low, high, n, families, undefined, and the
    columns of `measure.chance.beside`."""
    return _means(study, models.LENGTH, study.read(models.lengths))


def latency(study: OpenStudy) -> pd.DataFrame:
    """In seconds; columns as of `length`."""
    return _means(study, models.LATENCY, study.read(models.latencies))


def diversity(study: OpenStudy) -> pd.DataFrame:
    """Variety of words, 0 to 1 (`measure.style`); columns as of `length`."""
    return _means(study, models.DIVERSITY, study.read(models.diversities))


def _means(study: OpenStudy, which: str, moments: pd.DataFrame) -> pd.DataFrame:
    """Each model's mean with its interval, from its family moments."""
    means = means_from_moments(moments[[*MOMENTS]])
    kept = means[["value", "low", "high", "n", "families", "undefined"]]
    found = pd.concat([moments[["model", "label", "provider"]], kept], axis=1)
    return ranking.beside(found, study.read(blocks.answers, which))
