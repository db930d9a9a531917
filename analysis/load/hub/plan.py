"""What a fetch from the hub would bring, how far it is, and what it brought: plain records."""

from dataclasses import dataclass
from pathlib import Path

from analysis.load.hub.client import HubFile
from analysis.number_text import counted


@dataclass(frozen=True)
class Shard:
    """One parquet file of one split, before it is fetched. Sizes are bytes.

    `missing_bytes` is what a fetch would still download: 0 if cached, less than the size if a
    download was interrupted. `sha256` is None for files too small for the hub's large storage.
    """

    config: str
    split: str
    file: HubFile
    missing_bytes: int

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes

    @property
    def sha256(self) -> str | None:
        return self.file.sha256

    @property
    def cached(self) -> bool:
        return self.missing_bytes == 0


@dataclass(frozen=True)
class HubPlan:
    """What a fetch would bring: shards of one repository at one commit (`revision`).

    `asked` is the revision as named by the person (None: the newest), `folder` where the
    shards go, `free_bytes` what that disk has left.
    """

    repo: str
    revision: str
    asked: str | None
    shards: tuple[Shard, ...]
    folder: Path
    free_bytes: int

    @property
    def total_bytes(self) -> int:
        return sum(shard.size_bytes for shard in self.distinct())

    @property
    def bytes_to_download(self) -> int:
        return sum(shard.missing_bytes for shard in self.distinct())

    def distinct(self) -> list[Shard]:
        """The shards without repeats: two splits may be made of the same file."""
        return list({shard.path: shard for shard in self.shards}.values())

    def describe(self) -> list[str]:
        """Lines to show before a download: what, how large, how much of it is missing."""
        lines = [
            f"{self.repo} at {self.revision[:10]}: {counted(len(self.shards), 'shard')}, "
            f"{readable_size(self.total_bytes)}"
        ]
        for config, split in dict.fromkeys((s.config, s.split) for s in self.shards):
            own = [s for s in self.shards if (s.config, s.split) == (config, split)]
            here = sum(s.cached for s in own)
            size = readable_size(sum(s.size_bytes for s in own))
            note = f", {here} of them here already" if here else ""
            lines.append(f"{config} / {split}: {counted(len(own), 'shard')}, {size}{note}")
        lines.append(
            f"to download: {readable_size(self.bytes_to_download)} "
            f"({readable_size(self.free_bytes)} free in {self.folder})"
        )
        return lines


@dataclass(frozen=True)
class LocalShard:
    """One fetched parquet file: its path in the cache, and what it is."""

    config: str
    split: str
    path: Path
    repo_path: str
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True)
class Progress:
    """How far a fetch is. `done_bytes` of `total_bytes` are on disk, `arrived_bytes` of them
    came over the network in this run; `busy` and `waiting` are paths in the repository
    (waiting: another process fetches the same shard)."""

    done_bytes: int
    total_bytes: int
    arrived_bytes: int
    done_shards: int
    total_shards: int
    busy: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 1.0


def readable_size(count: int) -> str:
    """Bytes for people: 532 B, 1.2 MB, 3.2 GB (powers of 1,000)."""
    size, units = float(count), ["B", "kB", "MB", "GB", "TB", "PB"]
    while size >= 999.95 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"
