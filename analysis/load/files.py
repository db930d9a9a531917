"""Load parquet, CSV and JSONL files (or a folder of them) with the public dataset's columns."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load import columns, textfiles
from analysis.load.labels import label_small
from analysis.settings import Settings
from analysis.store.assemble import STEPS
from analysis.store.build import build_study, plain_words, staging_folder, workspace
from analysis.store.inspect import FileFacts, inspect_parquet
from analysis.store.sources import LONG, Cancelled, Report, Source, Step, sha256
from analysis.store.study import StudyInfo, study_id

READABLE = (".parquet", ".csv", ".jsonl", ".ndjson")


def load_files(
    paths: Sequence[Path],
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Build the study named `study` from files.

    Texts of parquet files stay where they are unless `copy_texts`; those of CSV and JSONL are
    always copied, since they can't be read by row. Raises FaultlineError in plain words.
    """
    study_id(study)
    report(Step("looking at the files", 0, STEPS))
    with plain_words(study), workspace(staging_folder(settings)) as folder:
        sources = find_sources([p for path in paths for p in expand(path)], folder, settings)
        info = build_study(
            settings, study, sources, copy_texts=copy_texts, report=report, cancelled=cancelled
        )
    label_small(info, settings, report)
    return info


def expand(path: Path) -> list[Path]:
    """A file as itself, a folder as the readable files in it, sorted.

    An exported run keeps what the public columns have no room for in a folder `tables`: of that,
    further answers, decisions and citations.
    """
    path = path.expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in READABLE)
        if not found:
            raise FaultlineError(f"The folder {path} holds no .parquet, .csv or .jsonl file.")
        return [*found, *(t for t in run_tables(path) if t.exists())]
    if not path.exists():
        raise FaultlineError(f"There is no file {path}. Check the path.")
    if path.suffix.lower() not in READABLE:
        raise FaultlineError(f"{path.name} can't be loaded: give a .parquet, .csv or .jsonl file.")
    return [path]


def run_tables(exported: Path) -> list[Path]:
    """The tables of an exported run that a study takes in, whether or not they are there."""
    return [exported / "tables" / f"{n}.parquet" for n in ("responses", "judgements", "citations")]


def find_sources(paths: Sequence[Path], folder: Path, settings: Settings) -> list[Source]:
    """One source per layout: parquet files with the same columns are shards of one."""
    groups: dict[tuple[tuple[str, str], ...], list[FileFacts]] = {}
    found: list[Source] = []
    for path in dict.fromkeys(p.resolve() for p in paths):
        if path.suffix.lower() == ".parquet":
            facts = inspect_parquet(path, settings)
            groups.setdefault(tuple(facts.columns.items()), []).append(facts)
        else:
            found.append(_from_text(path, folder, settings))
    return [*(parquet_source(shards) for shards in groups.values()), *found]


def parquet_source(shards: Sequence[FileFacts], name: str | None = None) -> Source:
    """A source from parquet files of one layout."""
    first = shards[0]
    title = name or (first.path.name if len(shards) == 1 else f"{first.path.parent.name} files")
    kind, layout = columns.understand(first.columns, name or first.path.name)
    return Source(
        kind=kind,
        name=title,
        files=tuple(s.path for s in shards),
        layout=layout,
        rows=sum(s.rows for s in shards),
        simulated=any(s.notes.get("faultline.simulated") == "true" for s in shards),
        origin=first.notes.get("faultline.source"),
        copy=kind in LONG,
        spec=first.notes.get("faultline.spec") or None,
        missing=columns.missing(layout),
        unused=columns.unused(first.columns, layout),
    )


def _from_text(path: Path, folder: Path, settings: Settings) -> Source:
    target = folder / f"{path.stem}-{secrets.token_hex(3)}.parquet"
    converted = textfiles.convert(
        path, target, max_columns=settings.max_columns, max_rows=settings.max_upload_rows
    )
    source = parquet_source([inspect_parquet(target, settings)], name=path.name)
    return replace(
        source,
        copy=True,
        origin=str(path),
        digests=(sha256(path),),
        rows=converted.rows + sum(converted.rejected.values()),
        rejected=dict(converted.rejected),
    )
