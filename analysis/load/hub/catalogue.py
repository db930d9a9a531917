"""Which configs and splits a dataset repository has, and which files each split is made of.

The card's YAML says so, or, without one, the names of the files. Both are read with the
functions of `datasets`, matched against the repository's file list, so no further request is
needed; a test holds the outcome against `datasets.load_dataset_builder`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.errors import FaultlineError
from analysis.load.hub.client import HubFile, Listing, Timeouts, default_timeouts, listing
from analysis.load.hub.download import Tally, download
from analysis.settings import Settings

_CARD = "README.md"
Splits = dict[str, tuple[HubFile, ...]]


@dataclass(frozen=True)
class Catalogue:
    """One dataset repository at one commit: config -> split -> its files, in reading order."""

    repo: str
    revision: str
    configs: Mapping[str, Splits]
    files: Mapping[str, HubFile]

    def split(self, config: str, split: str) -> tuple[HubFile, ...]:
        """The parquet files of a split. Raises FaultlineError that lists what there is."""
        splits = self.splits(config)
        if split not in splits:
            raise FaultlineError(
                f"Config “{config}” of {self.repo} has no split “{split}”; "
                f"it has {_listed(splits)}."
            )
        return self._parquet(config, split, splits[split])

    def splits(self, config: str) -> Splits:
        if config not in self.configs:
            raise FaultlineError(
                f"{self.repo} has no config “{config}”; it has {_listed(self.configs)}."
            )
        return self.configs[config]

    def filled(self, config: str) -> list[str]:
        """The splits of a config that have files; all of them if none has."""
        splits = self.splits(config)
        return [split for split, files in splits.items() if files] or list(splits)

    def _parquet(self, config: str, split: str, files: tuple[HubFile, ...]) -> tuple[HubFile, ...]:
        fitting = tuple(file for file in files if file.path.endswith(".parquet"))
        if fitting:
            return fitting
        kinds = _listed(sorted({PurePosixPath(file.path).suffix or "no suffix" for file in files}))
        raise FaultlineError(
            f"Split “{split}” of config “{config}” of {self.repo} has no parquet files"
            + (f" (it has {kinds})" if files else "")
            + "; download what it has and use “load files”."
        )


def catalogue(
    repo: str, revision: str | None, settings: Settings, timeouts: Timeouts | None = None
) -> Catalogue:
    """What `repo` offers at `revision` (None: the newest commit, which is then pinned).

    Takes one request for the files and one for the card, the latter kept in the cache.
    Raises FaultlineError when the hub refuses or the card can't be read.
    """
    timeouts = timeouts or default_timeouts()
    files = listing(repo, revision, timeouts)
    card = files.files.get(_CARD)
    path = download(repo, files.revision, card, settings, timeouts, Tally()) if card else None
    return Catalogue(repo, files.revision, _configs(path, files), files.files)


def _configs(card: Path | None, files: Listing) -> dict[str, Splits]:
    declared = _declared(card, files.repo) if card else {}
    if not declared:
        return {"default": _from_names("", files)}
    return {str(name): _splits(params, files) for name, params in declared.items()}


def _declared(card: Path, repo: str) -> Mapping[str, dict[str, Any]]:
    """The `configs` of the card's YAML, checked by `datasets`."""
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCard
    from yaml import YAMLError  # type: ignore[import-untyped]

    try:
        data = DatasetCard.load(card, ignore_metadata_errors=True).data
        declared: Mapping[str, dict[str, Any]] = MetadataConfigs.from_dataset_card_data(data)
    except (YAMLError, ValueError, TypeError, AttributeError, UnicodeDecodeError):
        declared = {"": {}}
    if "" in declared:
        raise FaultlineError(
            f"The card of {repo} (its README.md) does not list its configs in a way that can be "
            "read; name another revision, or download the files and use “load files”."
        )
    return declared


def _splits(params: Mapping[str, Any], files: Listing) -> Splits:
    from datasets.data_files import sanitize_patterns

    folder = str(params.get("data_dir") or "").strip("/")
    if params.get("data_files") is None:
        return _from_names(folder, files)
    patterns: Mapping[str, list[str]] = sanitize_patterns(params["data_files"])
    return {
        split: _matching_any([_under(folder, pattern) for pattern in named], files)
        for split, named in patterns.items()
    }


def _from_names(folder: str, files: Listing) -> Splits:
    """Splits that the names of the files suggest (`data/train-00000-of-00002.parquet`)."""
    from datasets.data_files import _get_data_files_patterns

    find = _finder(folder, files)
    try:
        patterns: Mapping[str, list[str]] = _get_data_files_patterns(find)
    except (FileNotFoundError, ValueError):
        return {}
    return {
        str(split): _matching_any([_under(folder, pattern) for pattern in named], files)
        for split, named in patterns.items()
    }


def _finder(folder: str, files: Listing) -> Callable[[str], list[str]]:
    def find(pattern: str) -> list[str]:
        return [file.path for file in _matching(_under(folder, pattern), files)]

    return find


def _under(folder: str, pattern: str) -> str:
    pattern = pattern.removeprefix("./")
    return f"{folder}/{pattern}" if folder else pattern


def _matching_any(patterns: list[str], files: Listing) -> tuple[HubFile, ...]:
    found = (file for pattern in patterns for file in _matching(pattern, files))
    return tuple(dict.fromkeys(found))


def _matching(pattern: str, files: Listing) -> list[HubFile]:
    """Files whose path fits the glob, by the rules of `datasets`: nothing hidden unless named."""
    from datasets.data_files import FILES_TO_IGNORE
    from fsspec.utils import glob_translate  # type: ignore[import-untyped]

    fits = re.compile(glob_translate(pattern)).match
    ignored = set(FILES_TO_IGNORE) - {PurePosixPath(pattern).name}
    return [
        file
        for path, file in sorted(files.files.items())
        if fits(path)
        and PurePosixPath(path).name not in ignored
        and _hidden(path) == _hidden(pattern)
    ]


def _hidden(path: str) -> tuple[int, int]:
    parts = PurePosixPath(path).parts
    dotted = sum(part.startswith(".") for part in parts)
    return dotted, sum(part.startswith("__") for part in parts[:-1])


def _listed(names: Any) -> str:
    return ", ".join(f"“{name}”" for name in names) or "none"
