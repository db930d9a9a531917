"""The embedded labeller: a small trained model, with no network, the same on every machine.

`VERSION` rises with every change of weights or reading that can change a label, and a stored label
keeps the version that made it. `docs/labeller.md` says how it was trained and how often it is
right; `benchmarks/labeller` trains and measures it.
"""

from typing import Final

from analysis.measure.label_classifier.model import (
    THRESHOLD,
    UNSURE_FROM,
    AnswerLabel,
    WordWeight,
    clues,
    label_answer,
    label_answers,
)

NAME: Final = "classifier"
VERSION: Final = "4"
SOURCE: Final = f"{NAME} {VERSION}"
"""How screens and reports name this labeller."""

__all__ = [
    "NAME",
    "SOURCE",
    "THRESHOLD",
    "UNSURE_FROM",
    "VERSION",
    "AnswerLabel",
    "WordWeight",
    "clues",
    "label_answer",
    "label_answers",
]
