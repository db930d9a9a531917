"""The words of a text that decided its label, for labellers that can say so.

A labeller enters itself under its source, as labels carry it: `TYPES` takes an answer and gives the
reason (a rule's name, "" where there is none) and the words; `TOPICS` takes a query and gives each
topic's words. Whoever shows labels asks here and shows nothing for a labeller that is not entered
(a model, a person, a file).
"""

from collections.abc import Callable
from typing import Final

from analysis.measure import label_classifier, label_rules

Reason = tuple[str, tuple[str, ...]]
_MOST = 3  # words of the classifier, which weighs all of a text


def _by_rules(text: str) -> Reason:
    found = label_rules.response_type(text)
    words = found.words.strip()
    return found.rule, ((words,) if words else ())


def _by_classifier(text: str) -> Reason:
    return "", tuple(clue.words for clue in label_classifier.clues(text, _MOST))


TYPES: Final[dict[str, Callable[[str], Reason]]] = {
    label_classifier.SOURCE: _by_classifier,
    label_rules.SOURCE: _by_rules,
}
TOPICS: Final[dict[str, Callable[[str], dict[str, tuple[str, ...]]]]] = {
    label_rules.SOURCE: label_rules.topic_words
}


def of_type(source: str, text: str) -> Reason:
    """Why a labeller gave an answer its response type: reason and words, empty where unknown."""
    explain = TYPES.get(source)
    return explain(text) if explain is not None and text.strip() else ("", ())


def of_topics(source: str, query: str) -> dict[str, tuple[str, ...]]:
    """Topic -> the words of a query that gave it, by one labeller; empty where unknown."""
    explain = TOPICS.get(source)
    return explain(query) if explain is not None else {}
