"""Specs under home, one item a version: the one in use, the others, and the embedded one."""

import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse.clause import Clause, Spec
from analysis.parse.files import safe_name
from analysis.parse.spec import read_spec as parse_file
from analysis.settings import EMBEDDED, Settings
from analysis.store.shelf import (
    EMBEDDED_NAME,
    Shelf,
    now,
    read_frame,
    refuse_embedded,
    write_atomic,
)

_TEXT = pa.string()
_SCHEMA = pa.schema(
    [
        ("spec", _TEXT),
        ("version", _TEXT),
        ("anchor", _TEXT),
        ("title", _TEXT),
        ("authority", _TEXT),
        ("parent", _TEXT),
        ("text", _TEXT),
        ("order", pa.int32()),
        ("level", pa.int32()),
        ("section", _TEXT),
        ("references", pa.list_(_TEXT)),
    ]
)


@dataclass(frozen=True)
class SpecInfo:
    """One spec version in the library: its parquet file (one row per clause) and its notes."""

    name: str
    version: str
    path: Path
    clauses: int
    content_hash: str
    embedded: bool
    current: bool
    notes: tuple[str, ...]
    missing_references: tuple[tuple[str, str], ...]
    source: str
    loaded_at: datetime

    @property
    def label(self) -> str:
        """How judgements name a spec version: `model_spec 2025-04-11`."""
        return f"{self.name} {self.version}"

    def summary_line(self) -> str:
        return f"spec {self.label}: {self.clauses} clauses"


def save_spec(settings: Settings, spec: Spec, original: bytes | None = None) -> Path:
    """Store a spec version and make it current; the same name and version gives way.

    `original`: the file it was read from, kept for judges, who get a spec whole (`spec_file`).
    """
    refuse_embedded(spec.name, "spec")
    key = _key(spec.name, spec.version)
    path = _put(settings, key, spec)
    if original is not None:
        target = _original(settings, key, spec.content_hash) / (Path(spec.source).name or "spec.md")
        write_atomic(target, lambda to: to.write_bytes(original))
    _shelf(settings).choose(key)
    return path


def current_spec(settings: Settings) -> SpecInfo:
    """The spec version in use: the chosen one, else the embedded one."""
    return _info(settings, _shelf(settings).current() or _seed(settings))


def list_specs(settings: Settings) -> list[SpecInfo]:
    """All spec versions by name and version, the embedded one included."""
    _seed(settings)
    return [_info(settings, key) for key in _shelf(settings).all_keys()]


def use_spec(settings: Settings, name: str, version: str | None = None) -> SpecInfo:
    """Make a listed spec version current; FaultlineError where there is none."""
    info = find_spec(settings, name, version)
    _shelf(settings).choose(_key(info.name, info.version))
    return _info(settings, _key(info.name, info.version))


def find_spec(settings: Settings, name: str | None = None, version: str | None = None) -> SpecInfo:
    """A spec version; without a version the last loaded of that name, without a name the current.

    Raises FaultlineError that names what there is.
    """
    if name is None:
        return current_spec(settings)
    shipped = _seed(settings) if name == EMBEDDED_NAME else None
    if version is not None:
        return _info(settings, _key(name, version))
    if shipped:
        return _info(settings, shipped)
    found = [info for info in list_specs(settings) if info.name == safe_name(name, "spec")]
    if not found:
        raise _shelf(settings).unknown(name)
    return max(found, key=lambda info: info.loaded_at)


def spec_file(settings: Settings, info: SpecInfo) -> Path:
    """The file that a spec version was loaded from, as it was. FaultlineError where it was not
    kept (loaded by an older program)."""
    if info.embedded:
        return EMBEDDED / "spec.md"
    folder = _original(settings, _key(info.name, info.version), info.content_hash)
    found = sorted(p for p in folder.glob("*") if not p.name.startswith(".tmp-"))
    if not found:
        raise FaultlineError(
            f"The text of the spec {info.label} was not kept when it was loaded: load it again."
        )
    return found[0]


def _original(settings: Settings, key: str, content_hash: str) -> Path:
    return settings.specs / "originals" / f"{key}-{content_hash[:12]}"


def read_clauses(
    settings: Settings, name: str | None = None, version: str | None = None
) -> pd.DataFrame:
    """One row per clause in reading order: spec, version and the fields of `Clause`.

    `authority` and `parent` are missing where there is none; `references` holds lists.
    """
    return read_frame(find_spec(settings, name, version).path)


def read_spec(settings: Settings, name: str | None = None, version: str | None = None) -> Spec:
    """A stored spec version as records, equal to the one that was saved."""
    info = find_spec(settings, name, version)
    rows = pq.read_table(info.path).drop_columns(["spec", "version"]).to_pylist()
    clauses = tuple(Clause(**{**row, "references": tuple(row["references"])}) for row in rows)
    return Spec(info.name, info.version, clauses, info.notes, info.missing_references, info.source)


def spec_key(spec: Spec | SpecInfo) -> str:
    """`name@version@hash`: how a filter or a figure names the clauses that it was read by."""
    return f"{spec.name}@{spec.version}@{spec.content_hash[:12]}"


def spec_by_key(settings: Settings, key: str) -> Spec:
    """The spec of a key, the one in use for "". FaultlineError where it is gone or another."""
    if not key:
        return read_spec(settings)
    name, _, rest = key.partition("@")
    version, _, wanted = rest.partition("@")
    info = find_spec(settings, name, version or None)
    if wanted and not info.content_hash.startswith(wanted):
        raise FaultlineError(
            f"The spec “{info.label}” has other clauses than were used here ({wanted}): load that "
            "one again, or ask anew with the present one."
        )
    return read_spec(settings, info.name, info.version)


def delete_spec(settings: Settings, name: str, version: str) -> None:
    """Remove a spec version; if it was current, the embedded one is current again."""
    refuse_embedded(name, "spec")
    info = find_spec(settings, name, version)
    key = _key(info.name, info.version)
    _shelf(settings).delete(key)
    shutil.rmtree(_original(settings, key, info.content_hash), ignore_errors=True)


def _shelf(settings: Settings) -> Shelf:
    return Shelf(settings.specs, "spec")


def _key(name: str, version: str) -> str:
    """`name@version`; neither part can hold an @, so the key reads back."""
    return f"{safe_name(name, 'spec')}@{safe_name(version, 'spec version')}"


def _seed(settings: Settings) -> str:
    """Put the embedded spec on the shelf where it is missing; an older one stays listed."""
    parsed = parse_file(EMBEDDED / "spec.md", None, settings.max_spec_bytes)
    spec = replace(parsed, name=EMBEDDED_NAME)
    key = _key(spec.name, spec.version)
    if not _shelf(settings).holds(key, spec.content_hash):
        _put(settings, key, spec)
    return key


def _put(settings: Settings, key: str, spec: Spec) -> Path:
    mark = {"spec": spec.name, "version": spec.version}
    rows = [mark | asdict(clause) for clause in spec.clauses]
    meta = {
        "clauses": len(spec.clauses),
        "content_hash": spec.content_hash,
        "notes": list(spec.notes),
        "missing_references": [list(pair) for pair in spec.missing_references],
        "source": spec.source,
        "loaded_at": now(),
    }
    table = pa.Table.from_pylist(rows, _SCHEMA)
    return _shelf(settings).put(key, table, spec.content_hash, meta)


def _info(settings: Settings, key: str) -> SpecInfo:
    shelf = _shelf(settings)
    item = shelf.must_get(key)
    facts = item.meta
    name, version = key.split("@", 1)
    try:
        return SpecInfo(
            name=name,
            version=version,
            path=item.path,
            clauses=facts["clauses"],
            content_hash=facts["content_hash"],
            embedded=name == EMBEDDED_NAME,
            current=key == (shelf.current() or _seed(settings)),
            notes=tuple(facts["notes"]),
            missing_references=tuple((a, b) for a, b in facts["missing_references"]),
            source=facts["source"],
            loaded_at=datetime.fromisoformat(facts["loaded_at"]),
        )
    except (KeyError, TypeError, ValueError):
        raise shelf.damaged(key) from None
