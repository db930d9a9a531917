"""Files that are not what was written: how that is known, and what is said about it.

A study's file is written once. Its pointer keeps two marks of it. The seal covers its size, its
headers and the checksum that stands before each of its blocks: so little that it is read at every
opening, and enough for a file that was cut, or whose blocks changed places. A block whose own
content changed is found by DuckDB when it reads that block; whether the file is to blame for an
error is then settled by the digest over all of it.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.regular_files import opened
from analysis.store.build.sources import as_json, sha256

_CHECK = "checksum"
_HEADERS, _BLOCK, _CHECKSUM = 3 * 4096, 262_144, 8
"""DuckDB's layout: three headers, then blocks that begin with their own checksum (in bytes)."""


class StudyDamagedError(FaultlineError):
    """A study's file or pointer is not what was written; its sources have to be loaded again."""


def seal(path: Path) -> str:
    """SHA-256 over a study file's size, its headers and the first bytes of each block.

    Reads 8 bytes of every 256 KiB: microseconds a block. Raises OSError, also for what is no file.
    """
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        found = hashlib.sha256(f"{size}:".encode() + stream.read(_HEADERS))
        for place in range(_HEADERS, size, _BLOCK):
            found.update(os.pread(stream.fileno(), _CHECKSUM, place))
    return found.hexdigest()


def is_whole(path: Path, digest: str) -> bool:
    """Whether a file still has the SHA-256 that it had when it was written. One that can't be read
    has not."""
    try:
        return _digest(path, _stamp(path)) == digest
    except OSError:
        return False


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=2_000)
def _digest(path: Path, stamp: tuple[int, ...]) -> str:
    """A file's SHA-256, read once for as long as nobody touches it (`stamp`)."""
    return sha256(path)


def with_checksum(facts: Mapping[str, Any]) -> str:
    """Facts as the JSON of a small file, with a checksum over them."""
    kept = {k: v for k, v in facts.items() if k != _CHECK}
    return json.dumps(kept | {_CHECK: _checksum(kept)}, ensure_ascii=False, indent=1)


def without_checksum(text: str) -> dict[str, Any] | None:
    """The facts of such a file; None where they are not what was written. A file that has no
    checksum is taken as it is. Raises ValueError for what is no JSON."""
    try:
        facts = json.loads(text)
    except RecursionError:
        return None
    if not isinstance(facts, dict):
        return None
    check = facts.pop(_CHECK, None)
    return facts if check in (None, _checksum(facts)) else None


def _checksum(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(as_json(facts).encode("utf-8", "surrogatepass")).hexdigest()


def stamp(path: Path) -> list[int]:
    """What changes whenever a file is written: its size and the time of its last change (ns)."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def is_as_linked(source: Mapping[str, Any], file_no: int) -> bool:
    """Whether a file that holds a study's texts is the one that it was built from.

    Its digest is asked only where somebody wrote to it since; a study from before that was noted
    takes it as it is.
    """
    path = Path(source["files"][file_no])
    stamps = source.get("stamps")
    try:
        if not stamps or stamp(path) == stamps[file_no]:
            return True
    except OSError:
        return False
    return is_whole(path, source["digests"][file_no])


def sentence(study: str, file: str, what: str, again: str) -> str:
    """What is said of a damaged study, the same everywhere."""
    return f"The file of the study “{study}” ({file}) is damaged: {what}. {again}"


def rebuilding(study: str, title: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """How to build a study again, from what its facts say of its sources."""
    command = _command(study, sources)
    named = ", ".join(dict.fromkeys(str(s.get("name")) for s in sources if s.get("name")))
    by_hand = f"Load {named or 'its sources'} again under the name “{title or study}”"
    return f"{by_hand}: {command}" if command else f"{by_hand} (Data page, Load)."


def _command(study: str, sources: Sequence[Mapping[str, Any]]) -> str | None:
    """The command that loads the same sources, where each still says where it came from."""
    if not sources:
        return None
    repos = {(s.get("repo"), s.get("revision")) for s in sources}
    copied = ["--copy-texts"] if not any(s.get("linked") for s in sources) else []
    if len(repos) == 1 and all(s.get("repo") for s in sources):
        ((repo, revision),) = repos
        configs = dict.fromkeys(str(s["config"]) for s in sources if s.get("config"))
        splits = [f"{s['config']}/{s['split']}" for s in sources if s.get("split")]
        parts = ["hub", "--repo", str(repo)]
        parts += [p for c in configs for p in ("--config", c)]
        parts += [p for s in splits for p in ("--split", s)]
        parts += ["--revision", str(revision)] if revision else []
    else:
        files = [f for s in sources for f in _files(s)]
        if not files or any(not f.is_file() for f in files):
            return None
        parts = ["files", *map(str, files)]
    return shlex.join(["python", "-m", "analysis", "load", *parts, "--study", study, *copied])


def _files(source: Mapping[str, Any]) -> list[Path]:
    """What a source was loaded from: its own files, or the text file that was converted."""
    origin = source.get("origin")
    if origin and Path(str(origin)).is_absolute():
        return [Path(str(origin))]
    return [Path(str(f)) for f in source.get("files") or []]
