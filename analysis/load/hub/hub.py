"""Fetch splits of a Hugging Face dataset repository into the hub cache, as parquet shards.

    plan = hub.plan(repo, {"default": ["all_models"]}, None, settings)
    plan.describe()                     what it is and how much would be downloaded
    shards = hub.fetch(plan, settings)  local paths, every shard checked

DuckDB reads the shards where they lie; there is no second copy.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load.hub.cache import bytes_here, cache_paths, repo_path
from analysis.load.hub.catalogue import Catalogue, catalogue
from analysis.load.hub.client import HubFile, Timeouts, default_timeouts, listing
from analysis.load.hub.download import Tally, download
from analysis.load.hub.errors import DownloadStoppedError
from analysis.load.hub.plan import HubPlan, LocalShard, Progress, Shard, readable_size
from analysis.settings import Settings

__all__ = [
    "Catalogue",
    "DownloadStoppedError",
    "HubPlan",
    "LocalShard",
    "Progress",
    "Shard",
    "Timeouts",
    "catalogue",
    "fetch",
    "fetch_file",
    "moved_or_missing",
    "plan",
    "plan_again",
    "readable_size",
]

_SPARE_BYTES = 50_000_000  # left free beside the shards, for the study that is built from them


def plan(
    repo: str,
    configs_and_splits: Mapping[str, Sequence[str]],
    revision: str | None,
    settings: Settings,
    timeouts: Timeouts | None = None,
) -> HubPlan:
    """The shards of the named splits (config -> splits; an empty list means all that have files).

    `revision` is a branch, tag or commit; the commit it stands for now is pinned in the plan.
    Raises FaultlineError when the hub refuses, or names the configs or splits there are when
    one is unknown.
    """
    offer = catalogue(repo, revision, settings, timeouts)
    return plan_of(offer, configs_and_splits, revision, settings)


def plan_of(
    offer: Catalogue,
    configs_and_splits: Mapping[str, Sequence[str]],
    revision: str | None,
    settings: Settings,
) -> HubPlan:
    """`plan` from what the hub said before: asks nobody. Raises FaultlineError likewise."""
    chosen = [
        (config, split, file)
        for config, named in configs_and_splits.items()
        for split in dict.fromkeys(named or offer.filled(config))
        for file in offer.split(config, split)
    ]
    return _planned(offer, revision, chosen, settings)


def plan_again(
    repo: str, paths: Iterable[Path], settings: Settings, timeouts: Timeouts | None = None
) -> HubPlan:
    """A plan for exactly the shards whose stored paths a study holds, at their own commit.

    Works when the cache was emptied or FAULTLINE_HOME moved: the paths need not exist.
    Raises FaultlineError when a path never was in a hub cache or the hub refuses.
    """
    stored = [repo_path(Path(path)) for path in paths]
    if len({revision for revision, _ in stored}) != 1:
        raise FaultlineError(f"The files of {repo} are not of one revision; load it again.")
    revision = stored[0][0]
    offer = catalogue(repo, revision, settings, timeouts)
    homes = {
        file.path: (config, split)
        for config, splits in offer.configs.items()
        for split, files in splits.items()
        for file in files
    }
    gone = [path for _, path in stored if path not in offer.files]
    if gone:
        raise FaultlineError(f"{repo} no longer has {gone[0]} at {revision}; load it again.")
    chosen = [(*homes.get(path, ("", "")), offer.files[path]) for _, path in stored]
    return _planned(offer, revision, chosen, settings)


def moved_or_missing(paths: Iterable[Path]) -> list[Path]:
    """Those of a study's shards that are no longer there (an emptied or moved cache)."""
    return [path for path in map(Path, paths) if not path.is_file()]


def fetch(
    plan: HubPlan,
    settings: Settings,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    timeouts: Timeouts | None = None,
) -> list[LocalShard]:
    """Download what is missing and return every shard of the plan, in its order.

    `progress` and `cancelled` are called from this thread, some ten times a second. Raises
    DownloadStoppedError when cancelled and FaultlineError when the hub refuses, a shard is not
    what the hub lists, or the disk is too small; whole shards and partial downloads are kept.
    """
    timeouts = timeouts or default_timeouts()
    _require_space(plan, settings)
    tally = Tally()
    with ThreadPoolExecutor(timeouts.workers, "hub") as pool:
        jobs = {
            pool.submit(
                download, plan.repo, plan.revision, shard.file, settings, timeouts, tally
            ): shard
            for shard in plan.distinct()
        }
        try:
            _follow(jobs, plan, tally, progress, cancelled)
        finally:
            tally.stop.set()
            pool.shutdown(cancel_futures=True)
    paths = {shard.path: job.result() for job, shard in jobs.items()}
    return [_local(shard, paths[shard.path]) for shard in plan.shards]


def fetch_file(
    repo: str,
    filename: str,
    revision: str | None,
    settings: Settings,
    timeouts: Timeouts | None = None,
) -> Path:
    """One file of a dataset repository, from the cache or downloaded.

    Raises FaultlineError when the repository has no such file or the hub refuses.
    """
    timeouts = timeouts or default_timeouts()
    files = listing(repo, revision, timeouts)
    if filename not in files.files:
        raise FaultlineError(f"{repo} has no file {filename} at {files.revision[:10]}.")
    return download(repo, files.revision, files.files[filename], settings, timeouts, Tally())


def _planned(
    offer: Catalogue,
    revision: str | None,
    chosen: list[tuple[str, str, HubFile]],
    settings: Settings,
) -> HubPlan:
    shards = tuple(
        Shard(config, split, file, _missing(offer, file, settings))
        for config, split, file in chosen
    )
    folder = settings.hub_cache
    return HubPlan(offer.repo, offer.revision, revision, shards, folder, _free(folder))


def _missing(offer: Catalogue, file: HubFile, settings: Settings) -> int:
    where = cache_paths(settings, offer.repo, offer.revision, file)
    return file.size_bytes - bytes_here(where, file)


def _free(folder: Path) -> int:
    """Bytes free on the disk that `folder` lies on, or will lie on."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def _require_space(plan: HubPlan, settings: Settings) -> None:
    # Counted again: the plan may be an hour old, and other shards may have come since.
    needed = sum(
        shard.size_bytes
        - bytes_here(cache_paths(settings, plan.repo, plan.revision, shard.file), shard.file)
        for shard in plan.distinct()
    )
    free = _free(settings.hub_cache)
    if needed and needed + _SPARE_BYTES > free:
        raise FaultlineError(
            f"The download of {plan.repo} needs {readable_size(needed)} and "
            f"{settings.hub_cache} has {readable_size(free)} free; make room there, choose fewer "
            "splits, or point FAULTLINE_HOME at another disk."
        )


def _follow(
    jobs: Mapping["Future[Path]", Shard],
    plan: HubPlan,
    tally: Tally,
    progress: Callable[[Progress], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    pending = set(jobs)
    while pending:
        finished, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
        for job in finished:
            job.result()
        if progress:
            progress(_progress(plan, tally, len(jobs) - len(pending)))
        if pending and cancelled and cancelled():
            raise DownloadStoppedError(
                f"The download of {plan.repo} was stopped; what arrived is kept for the next time."
            )


def _progress(plan: HubPlan, tally: Tally, done_shards: int) -> Progress:
    return Progress(
        done_bytes=tally.on_disk + tally.arrived,
        total_bytes=plan.total_bytes,
        arrived_bytes=tally.arrived,
        done_shards=done_shards,
        total_shards=len(plan.distinct()),
        busy=tuple(sorted(tally.busy.copy())),
        waiting=tuple(sorted(tally.waiting.copy())),
    )


def _local(shard: Shard, path: Path) -> LocalShard:
    return LocalShard(shard.config, shard.split, path, shard.path, shard.size_bytes, shard.sha256)
