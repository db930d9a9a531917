"""Specs that are lists of statements: JSON Lines, a JSON array, or a plain YAML list.

Each statement is a clause: its `id` the anchor, its `title` (or first words) the title, its `text`
the words. Of YAML the one form is read that such lists have: a list of flat mappings or of texts.
"""

import json
import re
from collections.abc import Iterable, Iterator

from analysis.errors import FaultlineError
from analysis.parse.specs.clause import Piece
from analysis.parse.specs.rules import headline

ENDINGS = (".jsonl", ".ndjson", ".json", ".yaml", ".yml")
_TEXTS = ("text", "statement", "rule", "clause", "content", "description", "body", "principle")
_IDS = ("id", "anchor", "key", "slug", "name", "clause_id")
_TITLES = ("title", "name", "heading", "label")
_PAIR = re.compile(r"(?P<indent>\s*)(?P<dash>-\s+)?(?P<key>[\w-]+):(?:\s+(?P<value>.*))?$")
Record = dict[str, object]


def statement_pieces(text: str, suffix: str, shown: str) -> list[Piece]:
    """One piece a statement. Raises FaultlineError where the file is no such list."""
    records = list(_records(text, suffix, shown))
    found = [p for record in records if (p := _piece(record)) is not None]
    if not found:
        raise FaultlineError(
            f"{shown} holds no list of statements: give each an id and a text, one object a line."
        )
    return found


def _records(text: str, suffix: str, shown: str) -> Iterable[Record | str]:
    if suffix in (".yaml", ".yml"):
        found = list(_yaml(text))
        alone = found[0] if len(found) == 1 else None
        return _of_keys(alone) if isinstance(alone, dict) else found
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text, shown)
    if isinstance(whole, dict):
        inside = next((v for v in whole.values() if isinstance(v, list)), _of_keys(whole))
        return [r for r in inside if isinstance(r, dict | str)]
    return [r for r in whole if isinstance(r, dict | str)] if isinstance(whole, list) else []


def _of_keys(whole: Record) -> list[Record]:
    """The statements of an object that has each under its id, as a text or an object of its own;
    the object itself where it is one statement."""
    if any(isinstance(whole.get(k), str) for k in _TEXTS):
        return [whole]
    held: list[Record] = [
        {"id": key, "text": value} if isinstance(value, str) else {"id": key, **value}
        for key, value in whole.items()
        if isinstance(value, str | dict)
    ]
    return held if len(held) == len(whole) and len(held) > 1 else [whole]


def _lines(text: str, shown: str) -> Iterator[Record | str]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise FaultlineError(f"Line {number} of {shown} is not JSON; mend it.") from None
        if isinstance(record, dict | str):
            yield record


def _yaml(text: str) -> Iterator[Record | str]:
    """The items of a list: mappings of one level, or texts; block scalars keep their lines."""
    record: Record = {}
    block: str | None = None
    margin = 0
    lines = text.split("\n")
    for number, raw in enumerate(lines):
        line = raw.rstrip()
        depth = len(line) - len(line.lstrip())
        if block is not None and (not line.strip() or depth > margin):
            record[block] = f"{record[block]}\n{line.strip()}".strip("\n")
            continue
        block = None
        if not line.strip() or line.lstrip().startswith("#") or line.strip() == "---":
            continue
        pair = _PAIR.match(line)
        if pair is None:
            if line.lstrip().startswith("- "):
                if record:
                    yield record
                    record = {}
                yield _scalar(line.lstrip()[2:])
            continue
        if pair["dash"] and record:
            yield record
            record = {}
        value = (pair["value"] or "").strip()
        if not value and not pair["dash"] and not record and _is_list(lines[number + 1 :]):
            continue  # the name of the list
        record[pair["key"].lower()] = _scalar(value)
        if value in ("|", ">", "|-", ">-", ""):
            record[pair["key"].lower()] = ""
            block, margin = pair["key"].lower(), depth
    if record:
        yield record


def _is_list(after: Iterable[str]) -> bool:
    """Whether the next line with words begins an item of a list."""
    words = (line.strip() for line in after)
    return next((w for w in words if w and not w.startswith("#")), "").startswith("- ")


def _scalar(value: str) -> str:
    bare = value.strip()
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1]
    return bare


def _piece(record: Record | str) -> Piece | None:
    if isinstance(record, str):
        return Piece(1, headline(record), record) if record.strip() else None
    named = {str(k).lower(): v for k, v in record.items()}
    text = next((v for k in _TEXTS if isinstance(v := named.get(k), str) and v.strip()), "")
    if not text:
        return None
    anchor = next((str(v) for k in _IDS if isinstance(v := named.get(k), str | int)), None)
    title = next((v for k in _TITLES if isinstance(v := named.get(k), str) and v.strip()), "")
    authority = named.get("authority")
    return Piece(
        1, title or headline(text), text, anchor, authority if isinstance(authority, str) else None
    )
