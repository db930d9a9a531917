"""SVG: facts as one <metadata> element behind the opening tag, and a checksum over the rest."""

import hashlib
import html
import json
import re
from collections.abc import Mapping

from analysis.files.facts import UNREADABLE, AlteredError

_OPEN = re.compile(r"<svg[^>]*>")
_HELD = re.compile(r'<metadata id="faultline">(.*?)</metadata>', re.DOTALL)


def with_text(svg: str, texts: Mapping[str, str]) -> str:
    """The same picture with its facts as JSON inside."""
    embedded = html.escape(json.dumps(dict(texts), ensure_ascii=False), quote=False)
    return _OPEN.sub(
        lambda m: f'{m.group(0)}<metadata id="faultline">{embedded}</metadata>', svg, count=1
    )


def texts(svg: str) -> dict[str, str]:
    """The facts of a picture: keyword -> text; empty where it has none."""
    embedded = _HELD.search(svg)
    if embedded is None:
        return {}
    try:
        found: dict[str, str] = json.loads(html.unescape(embedded.group(1)))
        return found
    except ValueError:
        raise AlteredError(UNREADABLE) from None


def checksum(svg: str) -> str:
    """SHA-256 over the picture without its facts."""
    return hashlib.sha256(_HELD.sub("", svg, count=1).encode()).hexdigest()
