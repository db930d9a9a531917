"""Columns that many figures have, each described once."""

from collections.abc import Sequence

import pandas as pd

from analysis import glossary
from analysis.files.columns import Column, Format
from analysis.text_safety import contained
from analysis.vocabulary import SUBJECT_ALPHA

MODEL = Column("model", "Model", format=Format.MODEL)
MODEL_ID = Column("model", "Id of the model", shown=False)
JUDGE = Column("judge", "Judge", format=Format.JUDGE, width=110)
PROVIDER = Column("provider", "Provider", format=Format.PROVIDER)
SCENARIO = Column("scenario", "Scenario", help="Its id in the study: which query this is.")
FAMILIES = Column(
    "families",
    "Families",
    format=Format.COUNT,
    help="Families of queries behind the number; its interval is over them.",
)
D = Column("d", "D", format=Format.D, width=60)
VALUE1 = Column("value1", "Value 1", shown=False)
VALUE2 = Column("value2", "Value 2", shown=False)
VALUE_PAIR = Column(
    "pair",
    "Value 1 ↔ value 2",
    width=280,
    made=lambda f: f["value1"].map(contained) + " ↔ " + f["value2"].map(contained),
)
UNDEFINED = Column(
    "undefined", "Why there is no number", help="Empty where there is one.", shown=False
)


def estimate(
    name: str,
    heading: str,
    *,
    unit: str = "",
    format: Format = Format.NUMBER,
    help: str = "",
    low: str = "low",
    high: str = "high",
) -> tuple[Column, Column, Column]:
    """A number with the two ends of its 95% interval; written as text the three are one cell."""
    return (
        Column(name, heading, unit, format, help, interval=(low, high)),
        Column(low, "95% from", unit, format, f"Lower end of the interval of “{heading}”."),
        Column(high, "95% to", unit, format, f"Upper end of the interval of “{heading}”."),
    )


def verdict(what: str) -> Column:
    """What a study shows of a published pattern, a number (`what`) that should be above 0."""
    return Column(
        "verdict",
        "This study",
        help=f"Agrees: the {what} is above 0 (q ≤ {SUBJECT_ALPHA:.2g}). Disagrees: it is below 0. "
        "Else too little data.",
    )


PATTERN_Q = Column(
    "q",
    "q",
    format=Format.NUMBER,
    help="After Benjamini-Hochberg over these patterns.",
    shown=False,
)


def n(of: str, help: str) -> Column:
    """How many cases are behind a row: `of` is what they are ("Positions")."""
    return Column("n", of, format=Format.COUNT, help=help)


DIFFERENCE_ENDS = (
    Column("low", "95% from", help="Lower end of the interval of the difference."),
    Column("high", "95% to", help="Upper end of the interval of the difference."),
)
P = Column("p", "p", help="Before correction for testing several at once.", shown=False)
TESTED: Sequence[Column] = (
    P,
    Column("q", "q", help="After Benjamini-Hochberg over all rows of its kind.", shown=False),
    Column("differs", "Differs from 0", help=glossary.find("differs").definition),
)


def ranking(format: Format = Format.NUMBER, digits: int = 2) -> tuple[Column, ...]:
    """What chance and the pairs say of a row (`measure.chance`): its ranks are shown as one cell,
    the rest is in files."""
    ends = (("chance_low", "Chance from"), ("chance_high", "Chance to"))
    return (
        *(
            Column(
                name,
                heading,
                format=format,
                digits=digits,
                help="Models that answer alike would all lie in this range.",
                shown=False,
            )
            for name, heading in ends
        ),
        Column(
            "chance_p",
            "p of chance",
            help="How often models that answer alike lie as far out.",
            shown=False,
        ),
        Column("rank_low", "Rank from", format=Format.COUNT, help=_RANKS, shown=False),
        Column("rank_high", "Rank to", format=Format.COUNT, help=_RANKS, shown=False),
        Column("ranks", "Ranks open", help=_RANKS, width=90, made=_ranks),
    )


_RANKS = glossary.find("rank_interval").definition


def _ranks(frame: pd.DataFrame) -> list[str]:
    ends = zip(frame["rank_low"], frame["rank_high"], strict=True)
    return ["–" if a != a else f"{a:.0f}" if a == b else f"{a:.0f} to {b:.0f}" for a, b in ends]
