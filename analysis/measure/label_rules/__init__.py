"""The embedded labeller: response types and topics by rules, with no model and no network.

Deterministic: the same text gets the same label on every machine. `VERSION` rises with every
change of a rule or a word that can change a label, and a stored label keeps the version that made
it; `docs/labeller.md` prints how often it is right and lists what each version changed.
"""

from collections.abc import Iterable
from typing import Final

from analysis.measure.label_rules.response_type import TypeLabel, response_type
from analysis.measure.label_rules.topics import topic_words, topics

NAME: Final = "rules"
VERSION: Final = "3"
SOURCE: Final = f"{NAME} {VERSION}"
"""How screens and reports name this labeller."""

__all__ = [
    "NAME",
    "SOURCE",
    "VERSION",
    "TypeLabel",
    "label_answers",
    "label_queries",
    "response_type",
    "topic_words",
    "topics",
]


def label_answers(texts: Iterable[str | None]) -> list[TypeLabel | None]:
    """One label an answer, in the order given.

    None where there is nothing to read (None, not a text, or only white space): that answer is
    missing, its outcome says so, and it has no response type. Every other answer has a label,
    which may be "unsure".
    """
    return [response_type(t) if isinstance(t, str) and t.strip() else None for t in texts]


def label_queries(queries: Iterable[str | None]) -> list[dict[str, tuple[str, ...]]]:
    """Topics of each query with the words that gave them, in the order given.

    An empty entry means "none of them", also for a query that is missing or empty.
    """
    return [topic_words(q) if isinstance(q, str) else {} for q in queries]
