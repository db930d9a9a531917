"""Where a file of a dataset repository lies in the hub cache, and whether it is whole.

The cache has the layout of `huggingface_hub` (blobs by digest, snapshots with links to them),
so that its own tools read, list and prune it.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load.hub.client import HubFile
from analysis.settings import Settings

_MAGIC = b"PAR1"
_SMALLEST_PARQUET = 12


@dataclass(frozen=True)
class CachePaths:
    """Paths of one file of one commit: content, unfinished content, link to it, lock."""

    blob: Path
    part: Path
    pointer: Path
    lock: Path


def cache_paths(settings: Settings, repo: str, revision: str, file: HubFile) -> CachePaths:
    from huggingface_hub.file_download import repo_folder_name

    name = repo_folder_name(repo_id=repo, repo_type="dataset")
    folder = settings.hub_cache / name
    blob = folder / "blobs" / file.blob
    return CachePaths(
        blob=blob,
        part=blob.with_name(f"{file.blob}.incomplete"),
        pointer=folder / "snapshots" / revision / file.path,
        lock=settings.hub_cache / ".locks" / name / f"{file.blob}.lock",
    )


def repo_path(stored: Path) -> tuple[str, str]:
    """Commit and path inside the repository of a file that lies, or lay, in a hub cache.

    Raises FaultlineError for a path that never was in one.
    """
    parts = stored.parts
    if "snapshots" not in parts or len(parts) < parts.index("snapshots") + 3:
        raise FaultlineError(
            f"{stored.name} did not come from the hub, so it can't be fetched again; load it "
            "from where it lies now with “load files”."
        )
    at = parts.index("snapshots")
    return parts[at + 1], "/".join(parts[at + 2 :])


def make_folders(where: CachePaths) -> None:
    reason = ""
    try:
        for path in (where.blob, where.pointer, where.lock):
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason:
        raise FaultlineError(
            f"Nothing can be stored in {where.blob.parent} ({reason}); make the folder writable "
            "or point FAULTLINE_HOME elsewhere."
        )


def looks_whole(path: Path, file: HubFile) -> bool:
    """Whether size and parquet footer fit; the digest was checked when the file came in."""
    if size_of(path) != file.size_bytes or not path.is_file():
        return False
    return footer_fits(path) if is_parquet(file) else True


def bytes_here(where: CachePaths, file: HubFile) -> int:
    """Bytes that need no download: the whole file's, or those of one to be continued."""
    if looks_whole(where.pointer, file) or looks_whole(where.blob, file):
        return file.size_bytes
    return min(size_of(where.part), file.size_bytes)


def fault_of(path: Path, file: HubFile, repo: str) -> str | None:
    """Why the complete download at `path` is not the file it should be, or None."""
    thing = f"{file.path} of {repo}"
    if size_of(path) != file.size_bytes:
        return (
            f"{thing} arrived with {size_of(path):,} bytes where the hub lists "
            f"{file.size_bytes:,}; it was removed, load again."
        )
    if digest_of(path, file) != file.blob:
        return (
            f"{thing} arrived damaged: its digest is not the one the hub lists; it was removed, "
            "load again."
        )
    if is_parquet(file) and not footer_fits(path):
        return (
            f"{thing} is no whole parquet file in the repository itself, though its name says "
            "parquet; it was removed: choose another split or revision, or tell its owners."
        )
    return None


def is_parquet(file: HubFile) -> bool:
    return file.path.endswith(".parquet")


def digest_of(path: Path, file: HubFile) -> str:
    """The digest in the hub's spelling: SHA-256 of a large file, git's SHA-1 of a small one."""
    with path.open("rb") as data:
        if file.sha256:
            return hashlib.file_digest(data, "sha256").hexdigest()
        git = hashlib.sha1(b"blob %d\0" % size_of(path), usedforsecurity=False)
        git.update(data.read())
        return git.hexdigest()


def footer_fits(path: Path) -> bool:
    """Whether a parquet file starts and ends as one, with the footer's length within it."""
    size = size_of(path)
    if size < _SMALLEST_PARQUET:
        return False
    with path.open("rb") as data:
        head = data.read(4)
        data.seek(-8, os.SEEK_END)
        tail = data.read(8)
    footer = int.from_bytes(tail[:4], "little")
    return head == _MAGIC and tail[4:] == _MAGIC and footer <= size - _SMALLEST_PARQUET


def keep(where: CachePaths) -> None:
    """Give a checked download its final name, safe against a power cut."""
    with where.part.open("rb") as data:
        os.fsync(data.fileno())
    where.part.replace(where.blob)


def point(where: CachePaths) -> None:
    """Put the snapshot's link in place; where links don't work, the file itself."""
    temporary = where.pointer.with_name(f".{where.pointer.name}.{os.getpid()}.link")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(os.path.relpath(where.blob, where.pointer.parent))
    except OSError:
        temporary = where.blob
    temporary.replace(where.pointer)


def size_of(path: Path) -> int:
    """Bytes of the file behind `path`; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
