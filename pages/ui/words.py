"""Definitions in place: one short sentence a term, with where it comes from."""

from collections.abc import Sequence

from analysis import glossary

D = glossary.told("disagreement")
NUDGE = glossary.told("nudge")
SET = glossary.told("model_set")
SPECTRUM = glossary.told("spectrum")
LEAVE_ONE_OUT = glossary.told("leave_one_out")
BLIND = glossary.told("blind")
VARIANTS = {
    "wording": "Other words", "tone": "Other tone", "language": "Other language",
    "ambiguity": "Ambiguous context", "adversarial": "Adversarial cue",
}  # fmt: skip
TEXT_LEFT = "Nothing is imputed: a missing position is left out, and counted."


def plural(n: int, noun: str) -> str:
    """A count with its noun: 1 model, 1,200 scenarios, 3 families."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else many}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: a; a and b; a, b and c."""
    return " and ".join(p for p in (", ".join(parts[:-1]), *parts[-1:]) if p)
