"""What is said of a clause that needs work: its kind, why, on what that rests, and what to do."""

from collections.abc import Mapping
from typing import Any

from analysis.figures.phrases import in_words
from analysis.measure.clauses import FEW_CASES
from analysis.measure.estimates.estimates import Measured
from analysis.number_text import counted
from analysis.vocabulary import SUBJECT_ALPHA

KINDS = {
    "unclear wording": "Two judges cite it and decide oppositely: it needs clearer words or "
    "examples.",
    "missing precedence": "Judges decide oppositely by different clauses: the spec should say "
    "which comes first.",
    "often broken": "Judges who cite it find violations more than anything else: answers do not "
    "follow it.",
}
REPAIRS = {
    "unclear wording": "Say in the clause what decides in cases like these, or add one of them as "
    "an example with the answer that it should get.",
    "missing precedence": "Say which clause comes first where both claim a case, or where one ends "
    "and the other begins.",
    "often broken": "Decide whether these answers are wrong. If they are, the clause needs an "
    "example that models can follow; if they are not, it asks for too much and should be narrowed.",
}
"""What would mend a clause, by its kind."""


def estimate_in_words(found: Measured | float, form: str = "{:.2f}") -> str:
    """An estimate in words; where no decision cites a clause there is none."""
    return "undefined (no decision cites it)" if isinstance(found, float) else in_words(found, form)


def evidence_in_words(row: Mapping[Any, Any]) -> str:
    """The queries and families behind a clause's numbers, with its state where they are few."""
    queries = counted(int(row["queries"]), "query")
    families = counted(int(row["families"]), "family")
    few = f" ({FEW_CASES})" if row["state"] == FEW_CASES else ""
    return f"{queries} of {families}{few}"


def reason(row: Mapping[Any, Any], titles: Mapping[str, str]) -> str:
    """Why a clause is of its kind, in numbers."""
    n = int(row["cited"])
    if row["kind"] == "unclear wording":
        return (
            f"In {row['interpretive']} of {n:,} answers that cite it, two judges cite it and "
            "decide oppositely."
        )
    if row["kind"] == "missing precedence":
        against = rival(row, titles)
        most = f", most often against “{against}”" if against else ""
        return f"In {row['activation']} of {n:,} answers it is set against another clause{most}."
    violated = estimate_in_words(row["violated"], "{:.0%}")
    return f"Of the decisions that cite it {violated} find a violation."


def rival(row: Mapping[Any, Any], titles: Mapping[str, str]) -> str:
    """The title of the clause that it is set against most often; "" for none."""
    anchor = row["rival"]
    return titles.get(anchor, anchor) if isinstance(anchor, str) and anchor else ""


def repair(row: Mapping[Any, Any], titles: Mapping[str, str]) -> str:
    """What would mend it."""
    against = rival(row, titles)
    if row["kind"] == "missing precedence" and against:
        return (
            f"Say whether “{titles.get(row['clause'], row['clause'])}” or “{against}” comes first "
            "where both claim a case, or where one ends and the other begins."
        )
    return REPAIRS[str(row["kind"])]


def certainty(row: Mapping[Any, Any]) -> str:
    """How sure it is that the clause differs from the others."""
    if row["state"] == FEW_CASES:
        return "Too few families to say whether it differs from other clauses."
    if row["q"] <= SUBJECT_ALPHA:
        return (
            f"It stands out from the other clauses by more than chance allows (q {_q(row['q'])})."
        )
    return (
        f"That it differs from the other clauses is not shown (q {_q(row['q'])}): read it as a "
        "lead, not as a finding."
    )


def _q(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
