"""What chance and the pairs of models say beside a ranking, and that in words for a note."""

from collections.abc import Sequence

import pandas as pd

from analysis.measure import chance
from analysis.text_safety import contained
from analysis.vocabulary import SUBJECT_ALPHA

_NAMED = 3


def beside(frame: pd.DataFrame, sums: pd.DataFrame, *, least: bool = False) -> pd.DataFrame:
    """`frame` (model, value and more) with the columns of `measure.chance.beside` behind it.

    `sums`: block, model, y, n (`queries.blocks`) of the same numbers.
    """
    found = table([str(m) for m in frame["model"]], sums, least=least)
    return frame.reset_index(drop=True).assign(**{c: found[c] for c in chance.COLUMNS})


def table(models: Sequence[str], sums: pd.DataFrame, *, least: bool = False) -> pd.DataFrame:
    """`measure.chance.beside` at the level of what may be claimed: one row a model."""
    return chance.beside(sums, models, SUBJECT_ALPHA, least=least)


def of_counts(frame: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """As `beside` for counts: chance_low and chance_high say how many of a model's own cases."""
    found = beside(frame, sums)
    cases = frame["model"].map(sums.groupby("model")["n"].sum()).fillna(0).to_numpy(float)
    return found.assign(
        chance_low=(found["chance_low"] * cases).clip(lower=0),
        chance_high=(found["chance_high"] * cases),
    )


def in_words(frame: pd.DataFrame) -> str:
    """For a note: what the grey marks are, how many models lie outside, and who may be first.

    `frame`: label, value and the columns of `measure.chance.beside`. Empty where nothing could be
    compared.
    """
    known = frame[frame["rank_low"].notna()]
    if len(known) < 2:
        return ""
    high, low = chance.stands_out(known.assign(model=known["label"]).to_dict("records"))
    return (
        "Grey: where models that answer alike would lie (their answers dealt out anew inside "
        f"families); {len(high) + len(low)} of {len(known)} lie outside. {first(known)}"
    )


def first(rows: pd.DataFrame) -> str:
    """Which models of `rows` (label, rank_low, rank_high) may be first."""
    open_to = rows[rows["rank_low"] == 1].sort_values("rank_high", kind="stable")
    names = [contained(str(name)) for name in open_to["label"]]
    if len(names) == len(rows):
        return f"Each of the {len(rows)} may be first."
    if len(names) > _NAMED:
        return f"First may be {', '.join(names[:_NAMED])} or {len(names) - _NAMED} more."
    return f"First {'may be' if len(names) > 1 else 'is'} {' or '.join(names)}."
