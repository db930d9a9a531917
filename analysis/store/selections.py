"""Scenarios that a person picked by hand (a lasso on the map), kept under a short key.

Thousands of ids do not fit an address: the address carries the key, and a link works for
everybody who uses the same home. The key is made of the content, so the same choice has the same
key and nothing is stored twice.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.settings import Settings

_KEY = re.compile(r"[0-9a-f]{12}")


def keep(settings: Settings, scenarios: Sequence[str]) -> str:
    """Store a selection and give its key. Raises FaultlineError where the disk is full."""
    ids = sorted(set(scenarios))
    body = json.dumps(ids, ensure_ascii=False)
    key = hashlib.sha256(body.encode()).hexdigest()[:12]
    target = _path(settings, key)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        aside.write_text(body, encoding="utf-8")
        aside.replace(target)
    except OSError as error:
        raise FaultlineError(f"The selection could not be kept: {error.strerror}.") from error
    return key


def find(settings: Settings, key: str) -> list[str]:
    """The scenarios of a selection. Raises FaultlineError for one that is not here."""
    try:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError
        found = json.loads(_path(settings, key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FaultlineError(
            f"The selection “{key[:20]}” is not on this machine. Pick the scenarios again on the "
            "map, or ask for a link from there."
        ) from None
    return [str(scenario) for scenario in found]


def _path(settings: Settings, key: str) -> Path:
    return settings.home / "selections" / f"{key}.json"
