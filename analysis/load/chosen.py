"""How queries were chosen, where a person says so when loading them."""

from collections.abc import Iterable
from dataclasses import replace

from analysis.errors import FaultlineError
from analysis.parse.making import Selection, Stated
from analysis.store.build.sources import Source

WORDS = {"all": Selection.ALL, "high": Selection.HIGH, "strata": Selection.STRATA}
"""What a command's option takes; the whole words of `Selection` are taken too."""


def named(word: str | None) -> Selection | None:
    """The selection that a person names, None where nobody says anything.

    Raises FaultlineError that lists the words.
    """
    if word is None or word == Selection.UNKNOWN:
        return None
    known = {**WORDS, **{s.value.lower(): s for s in WORDS.values()}}.get(word.strip().lower())
    if known is None:
        raise FaultlineError(
            f"“{word}” is no way to choose queries: it is one of {', '.join(WORDS)} (all: none was "
            "left out for its disagreement; high: only those that models disagreed on; strata: so "
            "many of each bin of disagreement)."
        )
    return known


def stated(sources: Iterable[Source], selection: Selection | None) -> list[Source]:
    """The sources with what a person said of their queries; unchanged where nobody did."""
    if selection is None:
        return list(sources)
    return [
        replace(s, made=replace(s.made, selection=selection, stated=Stated.PERSON)) for s in sources
    ]
