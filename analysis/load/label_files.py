"""Labels as files: out with their whole history, and in again, from CSV or parquet."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import FaultlineError
from analysis.parse.files import HEAD, check_kind, check_regular
from analysis.queries import human_labels
from analysis.store import entry_times
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import COLUMNS, Entry
from analysis.store.study import OpenStudy
from analysis.text_safety import as_it_was, inert
from analysis.whole_files import replacing

_NEEDED = ("kind", "value", "author", "query_key")
_MOST = 1_000_000
_MOST_REPLICATES = 256


@dataclass(frozen=True)
class Imported:
    """What became of a file's rows."""

    added: int
    known: int
    elsewhere: int

    def sentence(self, study: str) -> str:
        """The command's last line."""
        return (
            f"labels {study}: {self.added} imported, {self.known} already here, "
            f"{self.elsewhere} about content that is not in this study"
        )


def export_labels(study: OpenStudy, target: Path) -> int:
    """Write all entries about a study's content, history included; gives how many.

    `.csv` or `.parquet` by the name's end. In CSV a text that a spreadsheet would run gets an
    apostrophe in front, which the import takes away. Raises FaultlineError for another ending or
    where the file can't be written.
    """
    frame = human_labels.of_study(study, history=True)[[*COLUMNS, "family", "current"]]
    # What is said of a query stands once a scenario that asks it.
    frame = frame.drop_duplicates("uid")
    ending = _ending(target)
    try:
        with replacing(target, make_folder=False) as aside:
            if ending == ".parquet":
                frame.to_parquet(aside, index=False)
            else:
                _safe(frame).to_csv(aside, index=False)
    except OSError as error:
        raise FaultlineError(f"{target} can't be written: {error.strerror or error}.") from None
    return len(frame)


def import_labels(study: OpenStudy, source: Path) -> Imported:
    """Read entries from a file that `export_labels` wrote, or that has its needed columns.

    Entries that are here already (the same `uid`) are left alone; those about content that the
    study does not hold are counted and left out. All or nothing: a row that is no label stops the
    import with its number. Raises FaultlineError for a file that can't be read, or where nothing
    in it is about this study.
    """
    frame = _read(source)
    keys = _keys(study)
    here = frame[frame["query_key"].isin(keys)]
    elsewhere = len(frame) - len(here)
    if len(frame) and here.empty:
        raise FaultlineError(
            f"None of the {len(frame)} labels in {source.name} is about “{study.info.id}”. Import "
            "them into the study that they were made for: `python -m analysis studies` lists all."
        )
    entries = [_entry(row, i, study, keys) for i, row in here.iterrows()]
    added = annotations.add_imported(study.settings, entries) if entries else 0
    return Imported(added, len(entries) - added, elsewhere)


def _ending(path: Path) -> str:
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise FaultlineError(f"{path.name} should end in .csv or .parquet, which says its format.")
    return path.suffix.lower()


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{c: frame[c].map(inert) for c in frame.columns})


def _read(source: Path) -> pd.DataFrame:
    check_regular(source)
    try:
        with source.open("rb") as stream:
            check_kind(source, stream.read(HEAD))
        if _ending(source) == ".parquet":
            frame = pd.read_parquet(source)
        else:
            frame = pd.read_csv(source, dtype=str, keep_default_na=False, na_values=[""])
            frame = frame.map(lambda v: as_it_was(v) if isinstance(v, str) else v)
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {source}.") from None
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise FaultlineError(f"{source.name} can't be read as labels: {reason}") from None
    absent = [c for c in _NEEDED if c not in frame.columns]
    if absent:
        raise FaultlineError(
            f"{source.name} has no column “{absent[0]}”. Labels need {', '.join(_NEEDED)}; "
            "`labels export` writes a file with all of them."
        )
    if len(frame) > _MOST:
        raise FaultlineError(f"{source.name} has more than {_MOST:,} rows; split it.")
    return frame.reset_index(drop=True)


def _keys(study: OpenStudy) -> dict[str, str]:
    with study.cursor() as con:
        found = con.execute("SELECT query_key, min(scenario) FROM scenarios GROUP BY 1").fetchall()
    return dict(found)


def _name(row: pd.Series) -> str:
    """A uid for a row that came without one: made of the row, so that a second import adds none."""
    words = json.dumps([(c, str(v)) for c, v in sorted(row.items(), key=lambda i: str(i[0]))])
    return f"import{hashlib.sha256(words.encode()).hexdigest()[:22]}"


def _entry(row: pd.Series, number: object, study: OpenStudy, keys: dict[str, str]) -> Entry:
    def said(column: str, default: str | None = None) -> str | None:
        value = row.get(column)
        return default if value is None or pd.isna(value) else str(value)

    key = str(row["query_key"])
    try:
        made = Entry(
            kind=said("kind", "") or "",
            value=said("value"),
            author=(said("author", "") or "").strip(),
            query_key=key,
            scenario=said("scenario") or keys[key],
            model=said("model"),
            replicate=_replicate(said("replicate")),
            answer=said("answer"),
            draw=said("draw", annotations.Draw.OWN.value) or "",
            blind=(said("blind", "") or "").lower() in ("true", "1"),
            study=said("study", study.info.content_hash) or "",
            uid=said("uid") or _name(row),
            at=_moment(said("at")),
            undoes=said("undoes"),
            spec=said("spec"),
        )
        annotations.check(made)
    except FaultlineError as error:
        line = int(str(number)) + 2
        raise FaultlineError(
            f"Line {line} of the file is no label, nothing was imported: {error}"
        ) from None
    return made


def _replicate(text: str | None) -> int:
    number = pd.to_numeric(text or "0", errors="coerce")
    if number not in range(_MOST_REPLICATES):
        raise FaultlineError(f"“{str(text)[:20]}” is no replicate: 0 is the first answer.")
    return int(number)


def _moment(text: str | None) -> str:
    """A time as every entry has it, since the latest entry holds; now where none is named."""
    if text is None:
        return entry_times.now()
    moment = pd.to_datetime(text, errors="coerce", utc=True)
    if pd.isna(moment) or moment > pd.Timestamp.now("UTC") + pd.Timedelta(days=1):
        raise FaultlineError(f"“{text[:40]}” is no time that has been; write 2026-05-01T12:00:00.")
    return str(moment.to_pydatetime().isoformat(timespec="microseconds"))
