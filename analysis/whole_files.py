"""Files that are whole or not there: written beside their place, then put into it.

    with replacing(target) as aside:
        frame.to_parquet(aside)

Whoever is killed, runs out of disk or raises inside leaves the file that was there before; what
such a writer left is swept when the same file is written again.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_FILLING = "faultline"
_LONGEST = 200
"""Characters of a name that a temporary one keeps: file systems allow 255 bytes."""


@contextmanager
def replacing(target: Path, *, make_folder: bool = True) -> Iterator[Path]:
    """A new, empty file in the folder of `target` that takes its place, on disk, when the block
    ends; removed where the block raises. A missing folder is made, unless somebody typed the name:
    a slip in it is an error then, and not a new folder.

    What somebody typed and is no regular file (a pipe, a terminal) is written straight; of the
    home's own files a pipe gives way, a folder stays. Raises OSError.
    """
    if not make_folder and target.exists() and not target.is_file():
        yield target
        return
    target = target.resolve() if target.is_symlink() else target
    if make_folder:
        target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    aside = target.with_name(f"{_start(target)}{secrets.token_hex(6)}.part")
    aside.open("xb").close()
    with _locked(aside):
        try:
            yield aside
            sync(aside)
            aside.replace(target)
            sync(target.parent)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def write_text(
    target: Path, text: str, newline: str | None = None, *, make_folder: bool = True
) -> None:
    """Text as UTF-8, whole or not at all. Raises OSError."""
    with replacing(target, make_folder=make_folder) as aside:
        aside.write_text(text, encoding="utf-8", newline=newline)


def write_bytes(target: Path, data: bytes, *, make_folder: bool = True) -> None:
    """Bytes, whole or not at all. Raises OSError."""
    with replacing(target, make_folder=make_folder) as aside:
        aside.write_bytes(data)


def write_all(files: Mapping[Path, bytes]) -> None:
    """Files that belong together, in folders that are there: all of them, or none where one can't
    be written. OSError."""
    with ExitStack() as stack:
        for target, data in files.items():
            stack.enter_context(replacing(target, make_folder=False)).write_bytes(data)


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A folder inside `folder` (made where needed) whose files go up into it when the block ends;
    none does where the block raises. What killed writers left there is removed. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{_FILLING}.*.part"):
        with suppress(OSError), _locked(left, wait=False):
            shutil.rmtree(left)
    aside = folder / f".{_FILLING}.{secrets.token_hex(6)}.part"
    aside.mkdir()
    with _locked(aside):
        try:
            yield aside
            made = sorted(aside.iterdir())
            for file in made:
                sync(file)
            for file in made:
                file.replace(folder / file.name)
            sync(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """A lock on a file or folder, for as long as its writer lives. OSError where it is taken."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def sync(path: Path) -> None:
    """See that a file (or the names in a folder) is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _start(target: Path) -> str:
    name = target.name
    while len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        name = name[:-1]
    return f".{name}."


def _sweep(target: Path) -> None:
    """Remove what writers of this very file left when they were killed."""
    ours = re.compile(re.escape(_start(target)) + r"[0-9a-f]{12}\.part")
    with suppress(OSError):
        for path in [p for p in target.parent.iterdir() if ours.fullmatch(p.name)]:
            with suppress(OSError), _locked(path, wait=False):
                path.unlink()
