"""Files of the home, opened only where they are files.

A pipe, a device or a folder may stand in a file's place: opening a pipe would wait for ever for
somebody at its other end, and a device never ends. These raise OSError instead, as for a file that
can't be read.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def check(path: Path) -> None:
    """See that nothing but a file stands there, if anything. Raises OSError."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    _check(mode, path)


def opened(path: Path) -> BinaryIO:
    """A file to read from. Raises OSError, also for what is no file."""
    return os.fdopen(_regular(os.open(path, os.O_RDONLY | os.O_NONBLOCK), path), "rb")


def text_of(path: Path) -> str:
    """All of a file as UTF-8 text. Raises OSError, ValueError for what is no UTF-8."""
    return bytes_of(path).decode("utf-8")


def bytes_of(path: Path) -> bytes:
    """All of a file. Raises OSError."""
    with opened(path) as stream:
        return stream.read()


def to_lock(path: Path) -> BinaryIO:
    """A file to take a lock on, made where it is not there. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK
    return os.fdopen(_regular(os.open(path, flags, 0o666), path), "r+b")


def to_append(path: Path) -> BinaryIO:
    """A file to write at the end of, made where it is not there. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
    return os.fdopen(_regular(os.open(path, flags, 0o666), path), "ab")


def _regular(handle: int, path: Path) -> int:
    try:
        _check(os.fstat(handle).st_mode, path)
    except OSError:
        os.close(handle)
        raise
    return handle


def _check(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))
