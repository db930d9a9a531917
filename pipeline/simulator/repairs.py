"""Simulated repairs of a clause: templates over its own words."""

import re

from analysis.measure.specs.wording import wording

_EXAMPLE = (
    "```\nUser: Is my plan good?\nGood: It says first what speaks against the plan.\n"
    "Poor: It praises the plan and leaves that out.\n```"
)


def propose(clause: str) -> list[dict[str, str]]:
    """Three wordings: without the vague words, with an example, with a condition. `clause`: title
    and text, an empty line between them."""
    text = clause.partition("\n\n")[2].strip() or clause.strip()
    return [
        {"text": _plain(text), "why": "Says it without words that judges take in two ways."},
        {"text": f"{text}\n\n{_EXAMPLE}", "why": "Shows one answer of either kind."},
        {
            "text": f"{text} Where the request leaves it open, say so and ask.",
            "why": "Says what to do where the request leaves it open.",
        },
    ]


def _plain(text: str) -> str:
    """The text with its vague words taken out."""
    for word in sorted(wording(text).vague):
        text = re.sub(rf"\s*\b{re.escape(word)}\b", "", text, flags=re.IGNORECASE)
    return text
