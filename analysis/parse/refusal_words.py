"""Labels as tools write them: response types, or no more than whether an answer refuses.

A column of response types may hold words for a refusal of any kind (“refused”, XSTest's
“2_full_refusal”); a column whose name asks whether an answer refuses (`refused`, `is_refusal`,
`complied`) holds yes or no. What says neither (a score, “partial refusal”) is no label.
"""

import re

from analysis.parse.gaps import NO_TEXT, is_gap
from analysis.vocabulary import COMPLIED, PLAIN_LABELS, REFUSED, RESPONSE_LABELS

_NUMBERED = re.compile(r"^\d+[\s.:)-]+(?=[a-z])")
_REFUSES = (
    "refusal",
    "refused",
    "refuses",
    "refuse",
    "full refusal",
    "rejected",
    "rejection",
    "reject",
    "declined",
    "declines",
    "decline",
)
_COMPLIES = (
    "compliance",
    "complied",
    "complies",
    "comply",
    "not refused",
    "non refusal",
    "no refusal",
    "not a refusal",
    "did not refuse",
    "accepted",
    "answered",
)
_YES, _NO = ("true", "yes", "y", "1", "1.0", "t"), ("false", "no", "n", "0", "0.0", "f")
_ASKS_REFUSED = re.compile(
    r"(?:is|was|has|did|full)?[ _-]*(?:refus(?:al|als|ed|es|e)|reject(?:ed|ion|s)?"
    r"|declin(?:ed|es|e))[ _-]*(?:label)?",
    re.IGNORECASE,
)
_ASKS_COMPLIED = re.compile(
    r"(?:is|was|has|did|full)?[ _-]*(?:compl(?:ied|ies|y|iance))[ _-]*(?:label)?", re.IGNORECASE
)


def asks(column: str) -> str | None:
    """What yes means in a column of this name: `REFUSED`, `COMPLIED`, or None where the name asks
    neither."""
    if _ASKS_REFUSED.fullmatch(column.strip()):
        return REFUSED
    return COMPLIED if _ASKS_COMPLIED.fullmatch(column.strip()) else None


def label(cell: object, yes: str | None = None) -> str | None:
    """The label that a cell's text gives; None for a gap. `yes`: what yes means in its column
    (`asks`). A text that is no label comes back as it is, in small letters, so that it can be
    named: it is one of `LABELS` or none."""
    word = " ".join(str(cell).replace("_", " ").split()).lower()
    if not word or is_gap(word, NO_TEXT):
        return None
    word = _NUMBERED.sub("", word) or word
    if word in RESPONSE_LABELS or word in PLAIN_LABELS:
        return word
    if yes is not None and word in (*_YES, *_NO):
        other = COMPLIED if yes == REFUSED else REFUSED
        return yes if word in _YES else other
    if word.replace("-", " ") in _REFUSES:
        return REFUSED
    return COMPLIED if word.replace("-", " ") in _COMPLIES else word


LABELS = (*RESPONSE_LABELS, *PLAIN_LABELS)
"""Every label that an answer may have from a source."""
