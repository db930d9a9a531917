"""A clause's text to be read, the same on every page that shows one."""

from analysis.parse.specs.clause import Clause
from analysis.parse.specs.readable import readable
from pages.ui import long_text

NO_TEXT = "This clause has no text of its own."


def show(clause: Clause, key: str) -> None:
    """The text in parts where it is long; `key` names its place on the page."""
    long_text.show(readable(clause.text) or NO_TEXT, key)
