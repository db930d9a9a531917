"""Definitions in place: one short sentence a term, with where it comes from."""

from collections.abc import Sequence

from analysis import glossary
from analysis.text_safety import contained

D = glossary.help_text("disagreement")
NUDGE = glossary.help_text("nudge")
SET = glossary.help_text("model_set")
SPECTRUM = glossary.help_text("spectrum")
LEAVE_ONE_OUT = glossary.help_text("leave_one_out")
BLIND = glossary.help_text("blind")
UNJUDGED = "No answers in this study have been judged"
FINDING_CITATIONS = "Finding the clauses that judges cite…"
TEXT_LEFT = "Nothing is imputed: missing positions are left out and counted."


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: a; a and b; a, b and c."""
    return " and ".join(p for p in (", ".join(parts[:-1]), *parts[-1:]) if p)


LONGEST_NAME = 300
"""Characters of a name from data that stand in a sentence of ours."""


def named(name: object) -> str:
    """A name from data inside a sentence: as long as a name is, and turning nothing around."""
    text = str(name)
    cut = text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
    return contained(cut)


def pair(value1: object, value2: object) -> str:
    """A pair of values in a line; a query may have none."""
    if not value1 and not value2:
        return "no values"
    return f"{named(value1)}  ↔  {named(value2)}"
