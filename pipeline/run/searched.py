"""What the search of a run drew so far, as its journal has it."""

import sqlite3

from pipeline.journal.journal import read_document
from pipeline.records import Pair

DOCUMENT = "search"


def searched(connection: sqlite3.Connection) -> list[Pair]:
    """The pairs that the search of a run drew so far, in their order."""
    return [pair for drawn in rounds(connection) for pair in drawn]


def rounds_drawn(connection: sqlite3.Connection) -> int:
    """How many rounds a run has drawn, that of the uniform share among them."""
    return 1 + len(rounds(connection))


def rounds(connection: sqlite3.Connection) -> list[list[Pair]]:
    document = read_document(connection, DOCUMENT) or {"rounds": []}
    return [
        [Pair(**{**pair, "arm": tuple(pair["arm"])}) for pair in drawn]
        for drawn in document["rounds"]
    ]
