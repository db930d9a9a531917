"""What the loopback hub keeps: files of a commit, planted faults, requests as it saw them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

LARGE = (".parquet", ".csv", ".jsonl")


@dataclass
class Fault:
    """One planted fault on the files (or "info") that fit the glob `where`.

    kinds: `status` (with `status`, `headers`) · `hang` (no answer) · `cut` (the socket closes
    after `after` bytes of the body, default half) · `stall` (as cut, but silent, not closed) ·
    `drip` (a byte each 20 ms) · `body` (other content, honest length) · `lie` (only `body`
    arrives, the length claims the whole file) · `no_range` (range requests answered with 200)
    · `wrong_range` (206 for another range).
    `times` is how often it strikes, None for always.
    """

    where: str
    kind: str
    times: int | None = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None
    body: bytes = b""


@dataclass
class Asked:
    """One request as the server saw it; `sent` grows while the body is sent. Bytes."""

    method: str
    host: str
    route: str
    range: str | None
    with_token: bool
    status: int = 0
    sent: int = 0


@dataclass(frozen=True)
class Entry:
    path: str
    data: bytes
    declared: int

    @property
    def large(self) -> bool:
        return self.path.endswith(LARGE)

    @property
    def git_id(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.git_id


def described(entry: Entry) -> dict[str, object]:
    known: dict[str, object] = {
        "type": "file",
        "oid": entry.git_id,
        "size": entry.declared,
        "path": entry.path,
    }
    return {**known, "lfs": {**lfs(entry), "oid": entry.sha256}} if entry.large else known


def lfs(entry: Entry) -> dict[str, object]:
    return {"sha256": entry.sha256, "size": entry.declared, "pointerSize": 134}


def parents(path: str, recursive: bool) -> list[str]:
    parts = path.split("/")[:-1]
    whole = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    return whole if recursive else whole[:1]


def start_of(asked: str | None) -> int:
    return int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
