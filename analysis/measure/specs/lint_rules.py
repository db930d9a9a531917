"""What the lint of a spec looks for: its rules, limits and words, each only here.

docs/specs.md tells the same; a test holds it to this file.
"""

from enum import StrEnum


class Severity(StrEnum):
    """An error is certain and breaks a script; a warning is for a person to weigh."""

    ERROR = "error"
    WARNING = "warning"


class Rule(StrEnum):
    """Names of the rules, as findings carry them."""

    BROKEN_REFERENCE = "broken reference"
    CIRCULAR_REFERENCES = "circular references"
    DUPLICATE_ANCHOR = "duplicate anchor"
    DUPLICATE_TITLE = "duplicate title"
    AUTHORITY_ABOVE_PARENT = "authority above its parent's"
    UNKNOWN_AUTHORITY = "unknown authority"
    NO_EXAMPLE = "no example"
    VAGUE_WORD = "vague word"
    OPPOSITE_RULES = "a rule and its opposite"
    LONG_CLAUSE = "very long clause"


LONGEST_WORDS = 400
"""Words of prose, examples in blocks not counted, from which on a clause is very long."""
LIKENESS = 0.75
"""Share of the words of two sentences, of all that either has, from which on one may be the
opposite of the other; with all of them it is."""
LEAST_WORDS = 2
"""Words that two opposite sentences must share, so that “Never lie” meets no “Always ask”."""

AUTHORITIES = ("guideline", "user", "developer", "system", "platform", "root")
"""From the weakest to the strongest."""

VAGUE = {
    "reasonable": "say who decides, and by which facts",
    "reasonably": "say who decides, and by which facts",
    "appropriate": "say what fits which case",
    "appropriately": "say what fits which case",
    "suitable": "say what fits which case",
    "suitably": "say what fits which case",
    "proper": "say what is right here",
    "properly": "say what is right here",
    "adequate": "say how much is enough",
    "adequately": "say how much is enough",
    "sufficient": "say how much is enough",
    "sufficiently": "say how much is enough",
    "excessive": "say how much is too much",
    "excessively": "say how much is too much",
    "undue": "say which is due",
    "unduly": "say which is due",
    "significant": "give a measure or an example at the line",
    "significantly": "give a measure or an example at the line",
    "substantial": "give a measure or an example at the line",
    "substantially": "give a measure or an example at the line",
    "generally": "name the exceptions",
    "usually": "name the exceptions",
    "typically": "name the exceptions",
    "normally": "name the exceptions",
    "often": "say when",
    "sometimes": "say when",
    "occasionally": "say when",
    "where possible": "say what makes it impossible",
    "when possible": "say what makes it impossible",
    "if possible": "say what makes it impossible",
    "as needed": "say when it is needed",
    "as necessary": "say when it is needed",
    "when necessary": "say when it is needed",
    "if necessary": "say when it is needed",
    "use judgment": "say what the judgement rests on",
    "use judgement": "say what the judgement rests on",
    "best judgment": "say what the judgement rests on",
    "best judgement": "say what the judgement rests on",
    "common sense": "say what the judgement rests on",
    "best effort": "say what must be reached",
    "best efforts": "say what must be reached",
    "sensible": "say what makes it so",
    "tries to": "say what must be reached",
    "try to": "say what must be reached",
    "and so on": "end the list, or say what belongs to it",
    "etc": "end the list, or say what belongs to it",
    "among other things": "end the list, or say what belongs to it",
}
"""Words and phrases that two judges can read in two ways -> what to write instead."""

SETTLING = (
    r"unless|except|save (?:where|when|that)|precedence|prevails?|overrid(?:es?|den)|outranks?|"
    r"comes? first|comes? before|wins|gives? way|yields?|applies|governs|notwithstanding|"
    r"even (?:if|when|where)|only (?:if|when|where)|rather than"
)
"""Words by which a sentence says which of two rules wins, or where one ends."""
WINNING = r"takes? precedence over|prevails? over|overrides?|outranks?|wins? over|comes? before"
"""Words of a clause that wins over those that its sentence then links to."""
GIVING_WAY = r"gives? way to|yields? to|is (?:overridden|outranked) by"
"""Words of a clause over which those win that its sentence then links to."""
NEGATING = (
    r"never|not(?! only\b)|don['’]?t|doesn['’]?t|shouldn['’]?t|mustn['’]?t|cannot|can['’]?t|"
    r"won['’]?t|isn['’]?t|aren['’]?t|avoids?|avoiding|refrains?"
)
BINDING = r"always|never|must|should|shall|do not|don['’]?t|avoids?|refrains?|may not|cannot"
"""Words that make a sentence a rule."""
SHOWING = r"for example|for instance|e\.g\.|examples?\b|such as"
"""Words that announce an example; a block of code or a quotation is one, too."""
_EMPTY = """
a an the this that these those it its they them their he she his her you your we our i and or of to
in on at by for from with about into as if then than so also any all every each some be is are was
were been being do does did has have had will would can could may might must should shall always
ever never not only just avoid avoids avoiding refrain refrains assistant model who which what when
where there here itself themselves don doesn shouldn mustn cannot won t isn aren s don't doesn't
shouldn't mustn't can't won't isn't aren't
"""
EMPTY_WORDS = frozenset(_EMPTY.split())
"""Words that say nothing of what a rule is about."""
