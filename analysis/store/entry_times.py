"""Times of entries of which the latest holds. Clocks are set back; what is said later stays later.

All of them are UTC in ISO 8601 to the microsecond, so that texts sort as the times do.
"""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(microseconds=1)


def now() -> str:
    """This moment by the clock of this machine."""
    return _text(datetime.now(UTC))


def after(moment: str, last: str | None) -> str:
    """The moment, or where the clock was set back since `last`, the least moment behind that.

    Behind the last moment that there is comes that moment again: of entries of one moment the one
    that was stored last holds.
    """
    if last is None or moment > last:
        return moment
    try:
        return _text(datetime.fromisoformat(last).astimezone(UTC) + _TICK)
    except OverflowError:
        return last
    except ValueError:
        return moment


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
