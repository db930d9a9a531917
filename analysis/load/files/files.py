"""Load parquet, CSV and JSONL files (or a folder of them) with the public dataset's columns."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load import label_sources
from analysis.load.chosen import stated
from analysis.load.files import answer_cells, columns, containers, reshape, text_rows
from analysis.load.labels import label_small
from analysis.parse import shapes
from analysis.parse.files import check_regular
from analysis.parse.making import NOTE, RUN, Selection, of_note, together
from analysis.parse.specs.carried import NAMED, SPECS, carried
from analysis.settings import Settings
from analysis.store.build import long_form
from analysis.store.build.assemble import STEPS
from analysis.store.build.build import build_study, plain_words
from analysis.store.build.inspect import LOOK_ALL_SECONDS, LOOK_SECONDS, FileFacts, inspect_parquet
from analysis.store.build.places import staging_folder, workspace
from analysis.store.build.sources import LONG, Cancelled, Report, Source, Step, sha256
from analysis.store.study import StudyInfo, study_id


def load_files(
    paths: Sequence[Path],
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    selection: Selection | None = None,
    keep_error_texts: bool = False,
    read_answers: bool = True,
    mapping: Mapping[str, str] | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Build the study named `study` from files.

    Texts of parquet files stay where they are unless `copy_texts`; those of CSV and JSONL are
    always copied, since they can't be read by row. With `keep_error_texts`, texts of failed calls
    count as answers. `read_answers`: look through linked answers for failed calls, message lists
    and traces, for at most `LOOK_ALL_SECONDS`; without it only where they are few. `mapping`:
    column -> role, for files whose columns have other names. `selection`: how the queries were
    chosen, where the person who loads them knows. Raises FaultlineError in plain words.
    """
    study_id(study)
    report(Step("looking at the files", 0, STEPS))
    with plain_words(study), workspace(staging_folder(settings)) as folder:
        files = [p for path in paths for p in (*expand(path), *label_tables(path))]
        of_labels, rest = label_sources.split(files, settings)
        own = label_sources.read(of_labels)
        sources = stated(
            find_sources(
                rest, folder, settings, keep_error_texts, mapping, all_answers=read_answers
            ),
            selection,
        )
        beside = [label_sources.of_source(source) for source in sources]
        own += [found for one in beside for found in one.labels]
        sources = [
            replace(
                source,
                notes=(*source.notes, *one.notes),
                unused=(*(c for c in source.unused if c not in one.taken), *one.unused),
            )
            for source, one in zip(sources, beside, strict=True)
        ]
        info = build_study(
            settings, study, sources, copy_texts=copy_texts, report=report, cancelled=cancelled
        )
        label_sources.keep(info, own, settings, report)
    label_small(info, settings, report)
    return info


def expand(path: Path) -> list[Path]:
    """A file as itself, a folder as the readable files in it, sorted.

    An exported run keeps what the public columns have no room for in a folder `tables`: of that,
    further answers, decisions and citations.
    """
    path = path.expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if containers.is_readable(p))
        if not found:
            raise FaultlineError(
                f"The folder {path} holds no file that can be loaded: {containers.NAMED}."
            )
        return [*found, *(t for t in run_tables(path) if t.exists())]
    check_regular(path)
    if not path.exists():
        raise FaultlineError(f"There is no file {path}. Check the path.")
    if not containers.is_readable(path):
        raise containers.refusal(path)
    return [path]


def run_tables(exported: Path) -> list[Path]:
    """The tables of an exported run that a study takes in, whether or not they are there."""
    names = ("responses", "judgements", "citations", "problems", "repeats", "criteria", "grades")
    return [exported / "tables" / f"{n}.parquet" for n in names]


def label_tables(exported: Path) -> list[Path]:
    """The tables of labels that an exported run has."""
    named = (exported / "tables" / f"{n}.parquet" for n in ("topics", "response_types"))
    return [table for table in named if table.exists()]


def find_sources(
    paths: Sequence[Path],
    folder: Path,
    settings: Settings,
    keep_error_texts: bool = False,
    mapping: Mapping[str, str] | None = None,
    *,
    all_answers: bool = False,
) -> list[Source]:
    """One source per layout: parquet files with the same columns are shards of one.

    `mapping`: column -> role, for files whose columns have other names.
    """
    reading = _Reading(folder, settings, keep_error_texts, mapping or {}, all_answers)
    groups: dict[tuple[tuple[str, str], ...], list[FileFacts]] = {}
    # Judged under different specs: two sources, however alike their columns are.
    found: list[Source] = []
    chosen = list(dict.fromkeys(p.resolve() for p in paths))
    opened = [(path, containers.unpacked(path, folder)) for path in chosen]
    asked = {path: text_rows.requests_in(made) for path, made in opened if _is_lines(made)}
    requests = {k: v for one in asked.values() for k, v in one.items()}
    if requests and len(chosen) == sum(bool(one) for one in asked.values()):
        raise FaultlineError(
            f"{chosen[0].name} is a batch's input: it holds queries and no answers. Give the "
            "batch's output together with it."
        )
    for path, made in opened:
        if asked.get(path):
            continue  # a batch's input: its requests are looked up by the rows of the output
        if made.suffix.lower() == ".parquet" and made == path:
            facts = inspect_parquet(path, settings)
            under = ((note, facts.notes.get(note, "")) for note in (NAMED, SPECS, RUN))
            alike = (*facts.columns.items(), *under)
            groups.setdefault(alike, []).append(facts)
        elif made.suffix.lower() == ".parquet":
            packed = reading.sources([inspect_parquet(made, settings)], path.name)
            digests = (sha256(path),)
            found += [replace(s, copy=True, origin=str(path), digests=digests) for s in packed]
        else:
            found += _from_text(path, made, reading, requests)
    return [*(s for shards in groups.values() for s in reading.sources(shards)), *found]


def _is_lines(path: Path) -> bool:
    return path.suffix.lower() in containers.TEXT and path.suffix.lower() not in text_rows.CSV


@dataclass(frozen=True)
class _Reading:
    """How files are read: where to, under which limits, and what a person says of them."""

    folder: Path
    settings: Settings
    keep_error_texts: bool
    mapping: Mapping[str, str]
    all_answers: bool = False

    def sources(self, shards: Sequence[FileFacts], name: str | None = None) -> list[Source]:
        """The sources in parquet files of one layout, whatever the names of their columns: one, or
        two where answers stand with their positions and with what judges said of them."""
        title = name or _title(shards)
        done = reshape.reshaped(
            shards,
            title,
            self.folder,
            self.settings,
            self.mapping,
            keep_error_texts=self.keep_error_texts,
        )
        first = self._made(done, shards, title, name)
        further = self._further(done, shards, title)
        beside = None
        if first.kind == "judgements":
            beside = reshape.placed(
                done.facts,
                title,
                self.folder,
                self.settings,
                keep_error_texts=self.keep_error_texts,
            )
        if beside is None:
            return [first, *further]
        placed = self._made(beside, shards, title, name)
        return [placed, first, *self._further(beside, shards, title)]

    def _further(
        self, done: reshape.Reshaped, shards: Sequence[FileFacts], title: str
    ) -> list[Source]:
        """The answers of further replicates, if there are any: read when they were told apart."""
        if done.further is None:
            return []
        made = parquet_source([done.further], name=f"{title}{label_sources.FURTHER}")
        files = [s.path for s in shards]
        digests = tuple(sha256(f) for f in files)
        origin = ", ".join(map(str, files[:3]))
        return [replace(made, origin=origin, digests=digests, unused=())]

    def _made(
        self, done: reshape.Reshaped, shards: Sequence[FileFacts], title: str, name: str | None
    ) -> Source:
        made = parquet_source(done.facts, name=title if done.changed else name)
        if done.changed:
            files = [s.path for s in shards]
            made = replace(
                made,
                copy=True,
                origin=", ".join(map(str, files[:3])),
                digests=tuple(sha256(f) for f in files),
                rejected=dict(Counter(made.rejected) + done.rejected),
                failures=done.failures,
                notes=done.notes,
                unused=(*made.unused, *done.unused),
            )
        return answers_read(
            made,
            self.folder,
            self.settings,
            self.keep_error_texts,
            all_answers=self.all_answers,
        )


def _title(shards: Sequence[FileFacts]) -> str:
    first = shards[0].path
    return first.name if len(shards) == 1 else f"{first.parent.name} files"


def answers_read(
    source: Source,
    folder: Path,
    settings: Settings,
    keep_error_texts: bool = False,
    *,
    all_answers: bool = False,
) -> Source:
    """The source with its answers read: texts of parquet files stay where they are, with what is
    something else than its text beside them; other files are rewritten in `folder`, and their texts
    copied. `all_answers` looks through linked ones however large they are."""
    columns_of = answer_cells.answer_columns(source.layout)
    types = dict(source.layout.types)
    if not columns_of:
        return source
    plain = all(types.get(c.name) == "VARCHAR" for c in columns_of)
    if source.kind == "scenarios" and plain and not source.copy:
        return _linked_read(source, folder, keep_error_texts, all_answers)
    try:
        most = None if all_answers else answer_cells.MOST_LINKED_BYTES
        if not answer_cells.needs_reading(source.files, columns_of, types, most):
            return source
    except TimeoutError:
        unread = (
            f"{source.name}: its answers are too many to look through for failed calls, message "
            "lists and reasoning traces. They were taken as they are."
        )
        return replace(source, notes=(*source.notes, unread))
    done = [
        answer_cells.clean(
            path,
            folder / f"answers-{secrets.token_hex(4)}.parquet",
            columns_of,
            keep_failures=keep_error_texts,
        )
        for path in source.files
    ]
    facts = [inspect_parquet(d.path, settings) for d in done]
    kind, layout = columns.understand(facts[0].columns, source.name)
    rejected = Counter(source.rejected)
    for one in done:
        rejected += one.rejected
    files = tuple(d.path for d in done)
    return replace(
        source,
        kind=kind,
        files=files,
        layout=layout,
        copy=True,
        origin=source.origin or ", ".join(map(str, source.files[:3])),
        digests=source.digests or tuple(sha256(f) for f in source.files),
        rejected=dict(rejected),
        failures=(*source.failures, *(f for d in done for f in d.failures)),
    )


def _linked_read(source: Source, folder: Path, keep_error_texts: bool, all_answers: bool) -> Source:
    columns_of = answer_cells.answer_columns(source.layout)
    if not all_answers and answer_cells.is_large(source.files, columns_of):
        most = answer_cells.MOST_LINKED_BYTES // 1_000_000_000
        unread = (
            f"{source.name}: its answers, more than {most} GB, were not looked through for failed "
            "calls, message lists and reasoning traces; they count as they stand. Load without "
            "--no-read-answers to have it done."
        )
        return replace(source, notes=(*source.notes, unread))
    found = answer_cells.readings(
        source.files,
        columns_of,
        folder / f"readings-{secrets.token_hex(4)}.parquet",
        keep_failures=keep_error_texts,
        seconds=LOOK_ALL_SECONDS if all_answers else LOOK_SECONDS,
    )
    notes = source.notes
    if found.unread:
        notes += (
            f"{source.name}: {len(found.unread)} of {len(columns_of)} columns of answers were not "
            "looked through to the end for failed calls, message lists and reasoning traces: it "
            "took too long. What was not looked at counts as it stands.",
        )
    return replace(
        source,
        readings=found.path,
        failures=(*source.failures, *found.failures),
        notes=notes,
    )


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
        spec=first.notes.get(NAMED) or None,
        run=first.notes.get(RUN) or None,
        specs=tuple(s for shard in shards for s in carried(shard.notes, shard.path.name)),
        made=together(of_note(s.notes.get(NOTE)) for s in shards),
        missing=columns.missing(layout),
        unused=label_sources.without_labels(columns.unused(first.columns, layout)),
    )


def _from_text(
    path: Path, made: Path, reading: _Reading, requests: Mapping[str, shapes.Record]
) -> list[Source]:
    """The sources in a text file: `path` as delivered, `made` as unpacked."""
    settings = reading.settings
    target = reading.folder / f"{made.stem}-{secrets.token_hex(3)}.parquet"
    converted = text_rows.convert(
        made,
        target,
        max_columns=settings.max_columns,
        max_rows=settings.max_upload_rows,
        requests=requests,
    )
    facts = inspect_parquet(target, settings)
    whole = reading.folder / f"whole-{secrets.token_hex(3)}.parquet"
    if long_form.without_fractions(target, whole, facts.columns):
        facts = inspect_parquet(whole, settings)
    sources = reading.sources([facts], name=path.name)
    broken = converted.rejected
    return [
        replace(
            source,
            copy=True,
            origin=str(path),
            digests=(sha256(path),),
            rows=source.rows + (broken.total() if not i else 0),
            rejected=dict(Counter(source.rejected) + (broken if not i else Counter())),
        )
        for i, source in enumerate(sources)
    ]
