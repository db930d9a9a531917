"""Recipes of the paper: each printed number beside the one that a study gives."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs, paper_frames
from analysis.export.recipe import recipe
from analysis.measure.paper import NOT_COMPUTABLE, VERDICTS, percentages
from analysis.measure.paper_numbers import sections
from analysis.store.study import OpenStudy

ALL = "all"
_WHAT = (
    "Each number that the paper prints with the same one computed here: reproduced (inside the "
    "stated tolerance or bound), differs (with the likely reason), too few (only a part of what "
    "the paper counted over), not computable, or other data (simulated, or other models: nothing "
    "is compared)."
)


def _note(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    there = int((frame["verdict"] != NOT_COMPUTABLE).sum())
    return (
        f"n = {len(frame)} printed numbers, {there} of them computed from this study; response "
        f"types by {parameters['labels']}."
    )


@recipe(
    "paper.numbers",
    title="The paper's numbers beside this study's",
    definition=_WHAT,
    keys=("key",),
    note=_note,
)
def numbers(
    study: OpenStudy,
    *,
    section: str = ALL,
    verdict: str = ALL,
    taxonomy: str = "",
    labels: str = "",
) -> pd.DataFrame:
    """One row a printed number; columns as `measure.paper.compared`."""
    frame = paper_frames.numbers(
        study, inputs.taxonomy(study, taxonomy), None if labels == "none" else
        inputs.label_source(labels),
    )  # fmt: skip
    return _kept(_kept(frame, "section", section, sections()), "verdict", verdict, VERDICTS)


@recipe(
    "paper.shares",
    title="The paper's shares beside this study's",
    definition=f"The percentages among them that could be computed from enough cases. {_WHAT}",
    keys=("key",),
    note=_note,
)
def shares(
    study: OpenStudy,
    *,
    section: str = ALL,
    verdict: str = ALL,
    taxonomy: str = "",
    labels: str = "",
) -> pd.DataFrame:
    """One row a printed percentage computed from enough cases; columns as `paper.numbers`."""
    return percentages(
        numbers(study, section=section, verdict=verdict, taxonomy=taxonomy, labels=labels)
    )


def _kept(frame: pd.DataFrame, column: str, word: str, words: tuple[str, ...]) -> pd.DataFrame:
    if word == ALL:
        return frame
    if word not in words:
        raise FaultlineError(
            f"The paper's numbers have no {column} “{word}”. Use one of {', '.join(words)}."
        )
    return frame[frame[column] == word].reset_index(drop=True)
