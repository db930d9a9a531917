"""Who had a hand in a study, as its rows say it."""

from analysis.store import labels
from analysis.store.study import OpenStudy


def generators(study: OpenStudy) -> list[str]:
    """Who wrote the queries, as the sources spell it, in alphabetical order."""
    with study.cursor() as con:
        found = con.execute(
            "SELECT DISTINCT generator FROM scenarios WHERE generator IS NOT NULL ORDER BY 1"
        ).fetchall()
    return [str(row[0]) for row in found]


def labellers(study: OpenStudy) -> list[str]:
    """Who labelled topics or response types, the one whose labels count first. People's labels are
    no part of how a study was made: they come and go while it stays."""
    kinds = ("response_types", "topics")
    found = dict.fromkeys(s for kind in kinds for s in labels.sources(study, kind))
    return [source for source in found if source != labels.PEOPLE]
