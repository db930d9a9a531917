"""Specs under home, one item a version: the one in use, the others, and the embedded one."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse.files import safe_name
from analysis.parse.specs.carried import CarriedSpec, SpecName
from analysis.parse.specs.clause import Clause, Spec
from analysis.parse.specs.spec import read_spec as parse_file
from analysis.settings import EMBEDDED, EMBEDDED_SPEC, Settings
from analysis.store.library.file_catalog import (
    EMBEDDED_NAME,
    NOT_KEPT,
    SHIPPED_AT,
    FileCatalog,
    Item,
    read_frame,
    refuse_embedded,
    write_atomic,
)

OWN_NAME = "spec"
"""What a file calls the embedded spec, after the file that it was read from."""
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
    _catalog(settings).choose(key)
    return path


def current_spec(settings: Settings) -> SpecInfo:
    """The spec version in use: the chosen one, else the embedded one."""
    return _info(settings, _catalog(settings).current() or shipped().key)


def list_specs(settings: Settings) -> list[SpecInfo]:
    """All spec versions by name and version, the embedded one included."""
    return [_info(settings, key) for key in _catalog(settings).all_keys()]


def use_spec(settings: Settings, name: str, version: str | None = None) -> SpecInfo:
    """Make a listed spec version current; FaultlineError where there is none."""
    info = find_spec(settings, name, version)
    _catalog(settings).choose(_key(info.name, info.version))
    return _info(settings, _key(info.name, info.version))


def find_spec(settings: Settings, name: str | None = None, version: str | None = None) -> SpecInfo:
    """A spec version; without a version the last loaded of that name, without a name the current.

    Raises FaultlineError that names what there is.
    """
    if name is None:
        return current_spec(settings)
    if version is not None:
        return _info(settings, _key(name, version))
    if name == EMBEDDED_NAME:
        return _info(settings, shipped().key)
    found = [info for info in list_specs(settings) if info.name == safe_name(name, "spec")]
    if not found:
        raise _catalog(settings).unknown(name)
    return max(found, key=lambda info: info.loaded_at)


def spec_file(settings: Settings, info: SpecInfo) -> Path:
    """The file that a spec version was loaded from, as it was. FaultlineError where it was not
    kept (loaded by an older program)."""
    if info.embedded:
        return EMBEDDED_SPEC
    folder = _original(settings, _key(info.name, info.version), info.content_hash)
    found = sorted(p for p in folder.glob("*") if not p.name.startswith(".tmp-"))
    if not found:
        raise FaultlineError(f"The text of the spec {info.label} {NOT_KEPT}")
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


def canonical(carried: CarriedSpec) -> CarriedSpec:
    """The embedded spec under its name here, where a file calls it after its own file."""
    own = shipped_spec()
    if carried.spec.name != OWN_NAME or carried.spec.content_hash != own.content_hash:
        return carried
    return replace(carried, spec=own)


def known_spec(settings: Settings, named: SpecName) -> CarriedSpec | None:
    """The one spec here that a source can mean by what it says, with its text where it was kept."""
    infos = [i for i in _whole(settings) if named.fits(i.name, i.version, i.content_hash)]
    own = _info(settings, shipped().key)
    if not infos and (named.name, named.version) == (OWN_NAME, own.version):
        infos = [own]
    if len(infos) != 1:
        return None
    text = ""
    with suppress(FaultlineError, OSError, UnicodeDecodeError):
        text = spec_file(settings, infos[0]).read_text(encoding="utf-8")
    return CarriedSpec(read_spec(settings, infos[0].name, infos[0].version), text)


def _whole(settings: Settings) -> Iterator[SpecInfo]:
    """All spec versions but those whose files are damaged."""
    for key in _catalog(settings).all_keys():
        with suppress(FaultlineError):
            yield _info(settings, key)


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
    _catalog(settings).delete(key)
    shutil.rmtree(_original(settings, key, info.content_hash), ignore_errors=True)


def _catalog(settings: Settings) -> FileCatalog:
    return FileCatalog(settings.specs, "spec", shipped())


def _key(name: str, version: str) -> str:
    """`name@version`; neither part can hold an @, so the key reads back."""
    return f"{safe_name(name, 'spec')}@{safe_name(version, 'spec version')}"


@cache
def shipped() -> Item:
    """The embedded spec, whose rows lie beside it (written by `library.shipped`)."""
    spec = shipped_spec()
    meta = _meta(spec, SHIPPED_AT)
    return Item(_key(spec.name, spec.version), EMBEDDED / "spec.parquet", meta)


def shipped_spec() -> Spec:
    """The embedded spec as its file says it."""
    return replace(
        parse_file(EMBEDDED_SPEC, None, Settings(Path()).max_spec_bytes), name=EMBEDDED_NAME
    )


def table(spec: Spec) -> pa.Table:
    """One row a clause, as the catalog keeps it."""
    mark = {"spec": spec.name, "version": spec.version}
    return pa.Table.from_pylist([mark | asdict(clause) for clause in spec.clauses], _SCHEMA)


def _meta(spec: Spec, moment: str) -> dict[str, Any]:
    return {
        "clauses": len(spec.clauses),
        "content_hash": spec.content_hash,
        "notes": list(spec.notes),
        "missing_references": [list(pair) for pair in spec.missing_references],
        "source": spec.source,
        "loaded_at": moment,
    }


def _put(settings: Settings, key: str, spec: Spec) -> Path:
    return _catalog(settings).put(
        key, table(spec), spec.content_hash, _meta(spec, _catalog(settings).moment())
    )


def _info(settings: Settings, key: str) -> SpecInfo:
    catalog = _catalog(settings)
    item = catalog.must_get(key)
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
            current=key == (catalog.current() or catalog.shipped.key),
            notes=tuple(facts["notes"]),
            missing_references=tuple((a, b) for a, b in facts["missing_references"]),
            source=facts["source"],
            loaded_at=datetime.fromisoformat(facts["loaded_at"]),
        )
    except (KeyError, TypeError, ValueError):
        raise catalog.damaged(key) from None
