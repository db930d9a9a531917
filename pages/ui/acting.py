"""The one wrapper before everything that a page does beyond showing: `acts`.

    @acts(Right.OPERATE)
    def _delete(info: StudyInfo) -> None: ...

A page may call what spends, writes, cancels, loads, deletes or signs only inside a function that
wears it, and such a function is reached only by a press of somebody's own (a button, a form, an
edited field), never by opening a page or a link. `tests/pages/test_acting.py` reads the source of
all pages and fails where either does not hold.

Two rights: to operate the server (who is listed in `FAULTLINE_RUNNERS`; everybody where it is
unset), and to contribute labels, notes, pins and reports (whoever is signed in where the server has
accounts; everybody where it has none). Both are asked here, on the server, at every press.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from analysis.errors import FaultlineError
from analysis.settings import RUNNERS
from pages.ui import person, problems

P = ParamSpec("P")
T = TypeVar("T")


class Right(StrEnum):
    """What a person may do here beyond reading."""

    OPERATE = "start, stop and pay for runs; load, change and delete what all read"
    CONTRIBUTE = "add labels, notes, pins and reports"


def acts(right: Right) -> Callable[[Callable[P, T]], Callable[P, T | None]]:
    """Ask for `right` before the function runs; a sentence stands on the page where it is not
    given, or where the function raises FaultlineError. Gives None then."""

    def wrapped(function: Callable[P, T]) -> Callable[P, T | None]:
        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> T | None:
            given: T | None = None
            with problems.shown(pressed=True):
                check(right)
                given = function(*args, **kwargs)
            return given  # noqa: RET504 - what goes wrong above ends in a sentence and None

        return asked

    return wrapped


def check(right: Right) -> None:
    """Raises FaultlineError where the person at the page may not."""
    known = person.guards()
    if known.login_required and not person.is_known():
        raise FaultlineError(
            "Sign in first. This server is open only to people who have signed in."
        )
    if right is Right.OPERATE and not known.lets(person.email()):
        raise FaultlineError(
            "You can read here, but not start or stop runs or change what is loaded. Sign in, or "
            f"ask whoever runs this server to add your address to {RUNNERS}."
        )
    if right is Right.CONTRIBUTE and person.has_accounts() and not person.is_known():
        raise FaultlineError(
            "Sign in first: on this server labels, notes, pins and reports carry the name of "
            "whoever is signed in."
        )
