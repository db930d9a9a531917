"""How the scenarios of a study were drawn, where a run with a search drew them.

What was drawn by search was drawn because models disagreed on the likes of it, so a rate over it
says nothing of rates. Whatever estimates rates reads the study by `for_rates`; lists of cases read
all of it.
"""

from dataclasses import dataclass, replace

from analysis.store.study import OpenStudy
from analysis.vocabulary import Draw

LISTS = ("scenarios", "people", "map", "near", "sql", "studies", "trials", "criteria")
"""Nouns whose figures and pages list cases: however those were drawn, they are worth reading."""


@dataclass(frozen=True)
class Drawn:
    """Scenarios and families of a study that were drawn in one way."""

    draw: str
    scenarios: int
    families: int


def counts(study: OpenStudy) -> dict[str, Drawn]:
    """Draw -> how much of the study was drawn so ("": not said); empty without a search."""
    with study.whole.cursor() as con:
        rows = con.execute(
            "SELECT coalesce(draw, ''), count(*), count(DISTINCT family) FROM scenarios GROUP BY 1"
        ).fetchall()
    found = {draw: Drawn(draw, scenarios, families) for draw, scenarios, families in rows}
    return found if Draw.SEARCH in found else {}


def for_rates(study: OpenStudy) -> OpenStudy:
    """The study as its uniform share where it has one beside a search; as it is otherwise."""
    uniform = Draw.UNIFORM in study.whole.read(counts)
    return read_as(study, Draw.UNIFORM if uniform else "")


def lists_cases(figure: str) -> bool:
    """Whether a figure lists cases, and estimates nothing."""
    return figure.partition(".")[0] in LISTS


def read_as(study: OpenStudy, draw: str) -> OpenStudy:
    """The study with the scenarios of one draw alone, or ("") with all."""
    return study.read_as(replace(study.reading, draw=str(draw)))


def words(study: OpenStudy) -> str:
    """What a figure's note says of how its scenarios were drawn; "" without a search."""
    found = study.whole.read(counts)
    if not found:
        return ""
    searched = found[Draw.SEARCH]
    if study.reading.draw == Draw.UNIFORM:
        mine = found[Draw.UNIFORM]
        return (
            f"Uniform share alone: {mine.scenarios:,} scenarios of {mine.families:,} families; "
            f"{searched.scenarios:,} drawn by search are left out."
        )
    whole = sum(one.scenarios for one in found.values())
    return f"{searched.scenarios:,} of {whole:,} scenarios were drawn by search: not a rate."
