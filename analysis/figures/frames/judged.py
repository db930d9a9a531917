"""Judged answers by the model set whose D tells of them, and what became of each in words."""

import pandas as pd

from analysis.figures import filter_words
from analysis.figures.phrases import sentences
from analysis.measure.compliance import counting
from analysis.measure.compliance.counting import Counted
from analysis.queries import judges
from analysis.queries.judged_sets import JudgedModels, judged_set
from analysis.store.study import OpenStudy

OWN = ""
"""Stands for the study's own set: of the models that were judged."""


def which(study: OpenStudy, models: str = OWN) -> JudgedModels:
    """The model set, see `judged_sets.judged_set`."""
    return study.read(judged_set, models)


def items(study: OpenStudy, models: str = OWN) -> pd.DataFrame:
    """All judged answers with D over the set, see `queries.judges.items`."""
    return study.read(judges.items, None, models)


def scenarios(study: OpenStudy, models: str = OWN) -> Counted:
    """Judged scenarios: how many are used whole, and why the others are not."""
    return counting.scenarios(items(study, models), which(study, models).judged)


def answers(study: OpenStudy, models: str = OWN) -> Counted:
    """Judged answers: how many count by D, and why the others do not."""
    return counting.answers(items(study, models), which(study, models).judged)


def used_answers(study: OpenStudy, models: str = OWN) -> pd.DataFrame:
    """The answers that `answers` counts as used."""
    return counting.used_answers(items(study, models), which(study, models).judged)


def left_out(found: Counted) -> str:
    """What was left out and why, as a sentence; empty where nothing was."""
    if not found.left_out:
        return ""
    parts = [f"{n:,} ({reason})" for reason, n in found.left_out.items()]
    return f"Left out: {', '.join(parts)}."


def in_words(study: OpenStudy) -> str:
    """What becomes of the judged scenarios of a study, in a few sentences; empty without any."""
    if not study.info.judgements:
        return ""
    found = scenarios(study)
    sentence = (
        f"{found.judged:,} scenarios were judged; {found.used:,} of them count where every answer "
        "of a scenario must be judged."
    )
    return sentences(sentence, left_out(found), over(study))


def name(study: OpenStudy, models: str = OWN) -> str:
    """The set in words: OpenAI, 5 models."""
    chosen = which(study, models).id
    return filter_words.model_set(study, chosen) or "all models"


def over(study: OpenStudy, models: str = OWN) -> str:
    """Whose positions D is from, as a sentence."""
    return f"D is over {name(study, models)}."
