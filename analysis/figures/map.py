"""Figures of the map: every query on the plane, and the groups of high disagreement."""

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import SCENARIO
from analysis.figures.declaration import Parameters, figure
from analysis.files.columns import Column, Format
from analysis.number_text import counted
from analysis.queries import map as queries
from analysis.show import map as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D

BY = tuple(charts.COLOURS)
_PLACE = "Place on the plane; without a unit."
_TERMS = "The words that set the group apart from the other groups."
_POINTS = (
    Column("query", "Query", help="Its first 120 characters.", width=340),
    Column("value1", "Value 1"),
    Column("value2", "Value 2"),
    Column("d", "D", format=Format.D),
    Column(
        "provider",
        "Provider leaning to value 1",
        format=Format.PROVIDER,
        help="Whose models stand at least one position further to value 1's side than all "
        "others, the furthest; else nobody.",
    ),
    Column("topic", "Topic", help="One of the query's topics."),
    Column("nudge", "Nudge"),
    Column("generator", "Generator", help="Which model wrote the query."),
    Column("category", "Category of value 1", help="By the taxonomy."),
    Column("scenario", SCENARIO.heading, help=SCENARIO.help, shown=False),
    Column("x", "x", help=_PLACE, shown=False),
    Column("y", "y", help=_PLACE, shown=False),
    Column(
        "cluster",
        "Group",
        help="Number of its group of high disagreement; −1 for none.",
        shown=False,
    ),
    Column("terms", "Distinguishing words", help=_TERMS, shown=False),
    Column(
        "kept",
        "Neighbours kept",
        format=Format.SHARE,
        shown=False,
        help="Share of the nearest queries in words that are also nearest on the plane, over "
        "the whole map.",
    ),
)
_GROUPS = (
    Column("terms", "Distinguishing words", help=_TERMS, width=380),
    Column("queries", "Queries", format=Format.COUNT, help="Queries of the group."),
    Column("mean", "Mean D", format=Format.D, help="Of the group's queries."),
    Column("most", "Highest D", format=Format.NUMBER, help="Of the group's queries."),
)


def _checked(study: OpenStudy) -> None:
    if not queries.drawn(study):
        raise FaultlineError(
            f"No map of “{study.info.id}” has been drawn yet: open the Map page and draw it, once."
        )


def _title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    colour = charts.COLOURS[p["by"]]
    return f"Map of the queries, coloured by {colour[0].lower()}{colour[1:]}"


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    whole = study.info.scenarios
    left_out = (
        f" of {whole:,}: those with the highest D, the others are not drawn"
        if len(frame) < whole
        else ""
    )
    return (
        f"n = {counted(len(frame), 'query')}{left_out}. Queries in similar words lie "
        "near each other; distances between far groups mean nothing."
    )


@figure(
    "map.points",
    title=_title,
    note=_note,
    definition=("map", "disagreement"),
    keys=("scenario",),
    columns=_POINTS,
    draw=lambda study, frame, p: charts.scatter(frame, p["by"]),
    alt=lambda study, frame, p: charts.alt(frame, p["by"]),
)
def points(
    study: OpenStudy, *, by: str = "d", taxonomy: str = "", topic_labels: str = ""
) -> pd.DataFrame:
    """One row a query, the highest D last; columns as `queries.map.points`."""
    if by not in BY:
        raise FaultlineError(f"The map can't be coloured by “{by}”. Use one of {', '.join(BY)}.")
    _checked(study)
    source = inputs.label_source(topic_labels)
    return study.read(queries.points, inputs.taxonomy(study, taxonomy), source)


def _groups_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {counted(int(frame['queries'].sum()), 'query', 'queries')} with D ≥ {HIGH_D} in "
        f"{counted(len(frame), 'group')}; queries in groups without distinguishing "
        "words are left out."
    )


@figure(
    "map.groups",
    title="Groups of high disagreement",
    note=_groups_note,
    definition=("groups", "disagreement"),
    keys=("terms",),
    columns=_GROUPS,
)
def groups(study: OpenStudy) -> pd.DataFrame:
    """One row a group: terms, queries, mean and most (D); the largest first."""
    _checked(study)
    placed = study.read(queries.points)
    named = placed[(placed["cluster"] >= 0) & (placed["terms"] != "")]
    found = named.groupby("terms").agg(
        queries=("scenario", "size"), mean=("d", "mean"), most=("d", "max")
    )
    order = found.reset_index().sort_values(["queries", "terms"], ascending=[False, True])
    return order.reset_index(drop=True)
