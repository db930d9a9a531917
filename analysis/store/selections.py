"""Scenarios that a person picked by hand (a lasso on the map), kept under a short key.

Thousands of ids do not fit an address: the address carries the key, and a link works for
everybody who uses the same home. The key is made of the content, so the same choice has the same
key and nothing is stored twice.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.regular_files import text_of
from analysis.settings import Settings
from analysis.whole_files import write_text

_KEY = re.compile(r"[0-9a-f]{12}")


def keep(settings: Settings, scenarios: Sequence[str]) -> str:
    """Store a selection and give its key. Raises FaultlineError where the disk is full."""
    body = _body(scenarios)
    key = _key_of(body)
    target = _path(settings, key)
    try:
        write_text(target, body)
    except OSError as error:
        raise FaultlineError(f"The selection could not be kept: {error.strerror}.") from error
    return key


def key_of(scenarios: Sequence[str]) -> str:
    """The key of a selection, whether it is stored or not."""
    return _key_of(_body(scenarios))


def _key_of(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _body(scenarios: Sequence[str]) -> str:
    return json.dumps(sorted(set(scenarios)), ensure_ascii=False)


def find(settings: Settings, key: str) -> list[str]:
    """The scenarios of a selection. Raises FaultlineError for one that is not here."""
    try:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError
        body = text_of(_path(settings, key))
        if _key_of(body) != key:
            raise FaultlineError(
                f"The selection “{key}” is damaged. Pick the scenarios again on the map."
            )
        found = json.loads(body)
    except (OSError, ValueError):
        raise FaultlineError(
            f"The selection “{key[:20]}” is not on this machine. Pick the scenarios again on the "
            "map, or ask for a link from there."
        ) from None
    return [str(scenario) for scenario in found]


def _path(settings: Settings, key: str) -> Path:
    return settings.home / "selections" / f"{key}.json"
