"""Labels that somebody else made, as one more source: response types of answers, topics of queries.

In files of their own, a row a label: `scenario` (or `query`, with the values where the file has
them), `model` and `response_type` (or a column that asks whether the answer refuses), or `topic`;
`source` names who labelled, else the file does; `drawn_with`, the probability with which an answer
was drawn to be labelled, makes labels of a random sample fit to correct refusal rates. Or beside
the answers: `response_type_{model}` or `refused_{model}` (without the model in the long form) and
`topics`. They are kept beside the study under their labeller's name, as those of a run are.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.files import text_rows
from analysis.parse import refusal_words
from analysis.parse.files import check_regular
from analysis.registry import registry
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.build.inspect import inspect_parquet
from analysis.store.build.sources import Report, Source, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study
from analysis.text_safety import contained
from analysis.vocabulary import NO_TOPIC, TOPICS

TYPES, TOPIC_ROWS = "response_types", "topics"
DRAWN = labels.DRAWN
_WIDE_TYPE = re.compile(r"(?:response_type|label)_(.+)")
_WIDE_ASKS = re.compile(r"((?:is_)?(?:refus(?:ed|es|al)|complie[sd]))_(.+)", re.IGNORECASE)
FURTHER = ", further answers"
"""Behind the name of a file: its answers of further replicates, which are a source of their own."""
_SAYS_REFUSED = re.compile(r"refus|reject|declin|complie[sd]|comply", re.IGNORECASE)
"""Names of columns that say of an answer no more than whether it refuses."""
_TOPIC = ("topic", "topics")
_KEYS = ("query", "prompt", "value1", "value2")
_ANSWERS = (
    "response",
    "answer",
    "output",
    "completion",
    "text",
    "content",
    "messages",
    "generation",
    "reply",
    "value1_position",
    "outcome",
)
_TYPE_KEY = ["scenario_no", "model", "replicate", "source"]
_TOPIC_KEY = ["scenario_no", "topic", "source"]
_APART = re.compile(r"\s*[;|]\s*")


@dataclass(frozen=True)
class Labels:
    """Labels of one file as it has them: `kind`, and `rows` with `scenario` or `query` (and
    `value1`, `value2`), `model` for response types, `label` and `source`."""

    name: str
    kind: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class SourceLabels:
    """What a source's columns of labels gave: its labels, the columns that were not taken in, and
    why, in sentences; `taken`: those that were, of all that a reader of answers left unused."""

    labels: tuple[Labels, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def without_labels(names: Iterable[str]) -> tuple[str, ...]:
    """Of some columns those that hold no labels: what `of_source` reads, it tells of itself."""
    return tuple(n for n in names if not _WIDE_TYPE.fullmatch(n) and n not in _TOPIC)


def _type_column(names: Iterable[str]) -> str | None:
    """The column of response types in a row a label: by its name, else one that asks whether an
    answer refuses."""
    there = list(names)
    asking = next((c for c in there if refusal_words.asks(c) is not None), None)
    return "response_type" if "response_type" in there else asking


def is_labels(columns: Iterable[str]) -> bool:
    """Whether a file with these columns holds labels and nothing else: a row a label."""
    columns = list(columns)
    there = set(columns)
    keyed = bool(there & {"scenario", "query", "prompt"})
    kind = _type_column(columns)
    typed = kind is not None and "model" in there
    others = there - {kind}
    answers = others & set(_ANSWERS) or any(c.startswith("response_") for c in others)
    return keyed and not answers and (typed or bool(there & set(_TOPIC)))


_LONGEST_LINE = 1_000_000
"""Bytes: a longer first line is no line of labels."""


def split(paths: Sequence[Path], settings: Settings) -> tuple[list[Path], list[Path]]:
    """(files of labels, all others) among parquet files; what can't be read is left to the loader,
    which says so."""
    found: tuple[list[Path], list[Path]] = ([], [])
    for path in paths:
        found[0 if _holds_labels(path, settings) else 1].append(path)
    return found


def _holds_labels(path: Path, settings: Settings) -> bool:
    try:
        if path.suffix.lower() == ".parquet":
            return is_labels(inspect_parquet(path, settings).columns)
        check_regular(path)
        if path.suffix.lower() not in (*text_rows.CSV, ".jsonl", ".ndjson"):
            return False  # labels come in the plain kinds; logs and packed files hold answers
        first = _first_line(path)
        if path.suffix.lower() in text_rows.CSV:
            header = pd.read_csv(io.BytesIO(first), nrows=0, sep=text_rows.delimiter(first))
            return is_labels(map(str, header.columns))
        return is_labels(map(str, pd.read_json(io.BytesIO(first), lines=True, nrows=1).columns))
    except (FaultlineError, ValueError, OSError):
        return False


def _first_line(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.readline(_LONGEST_LINE)


def read(paths: Sequence[Path]) -> list[Labels]:
    """The labels of files of their own. Raises FaultlineError that names a label which is none."""
    found: list[Labels] = []
    for path in paths:
        frame = _frame(path)
        kind = _type_column(map(str, frame.columns))
        if kind is not None:
            found.append(_of(frame, path.stem, TYPES, frame[kind]))
        for column in (c for c in _TOPIC if c in frame.columns):
            found.append(_of(frame, path.stem, TOPIC_ROWS, frame[column]))
    return found


def of_source(source: Source) -> SourceLabels:
    """The labels that stand beside the answers of a source, in columns of their own.

    A column with a label that is none is not taken in, and said: a tool's own words or a score are
    no response types, and are not made into some.
    """
    if source.kind == "answers":
        return _of_further(source)
    if source.kind != "scenarios":
        return SourceLabels(notes=_refusal_notes(source.name, source.unused))
    names = source.layout.types
    typed = {c: m[1] for c in names if (m := _WIDE_TYPE.fullmatch(c))}
    # Only of models that are here: refused_count is a column of something else.
    asking = {
        c: model
        for c in names
        if (m := _WIDE_ASKS.fullmatch(c))
        and (model := registry().resolve(m[2])) in source.layout.models
    }
    typed |= asking
    topical = [c for c in _TOPIC if c in names]
    keys = [c for c in (source.layout.query, source.layout.value1, source.layout.value2) if c]
    frame = _columns(source, [*keys, *typed, *topical]) if typed or topical else pd.DataFrame()
    frame = frame.rename(columns=dict(zip(keys, _KEYS[:1] + _KEYS[2:], strict=False)))
    name = Path(source.name).stem
    kinds = dict.fromkeys(typed, TYPES) | dict.fromkeys(topical, TOPIC_ROWS)
    strange = {c: w for c, kind in kinds.items() if (w := _unknown(frame[c], kind)) is not None}
    found = [
        _of(frame.assign(model=model), name, TYPES, frame[column])
        for column, model in typed.items()
        if column not in strange
    ]
    whole = [Labels(name, TYPES, pd.concat([f.rows for f in found]))] if found else []
    topics = [_of(frame, name, TOPIC_ROWS, frame[c]) for c in topical if c not in strange]
    taken = {c for c in asking if c not in strange}
    return SourceLabels(
        (*whole, *topics),
        tuple(p for p in _prefixes(list(strange)) if p not in source.unused),
        (
            *(
                _strange_note(source.name, kind, strange, kinds)
                for kind in (TYPES, TOPIC_ROWS)
                if kind in {kinds[c] for c in strange}
            ),
            *_refusal_notes(source.name, [c for c in source.unused if c not in typed]),
        ),
        tuple(sorted(taken)),
    )


def _of_further(source: Source) -> SourceLabels:
    """The labels of further answers of a file of the long form: under the labeller of the first
    ones, as texts of the vocabulary already."""
    if "response_type" not in source.layout.types:
        return SourceLabels()
    keys = ["scenario", "model", "replicate"]
    frame = _columns(source, [*keys, "response_type"])
    name = Path(source.name.removesuffix(FURTHER)).stem
    return SourceLabels((_of(frame, name, TYPES, frame["response_type"]),))


def _columns(source: Source, names: Sequence[str]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(f, columns=[*names]) for f in source.files])


def _unknown(held: pd.Series, kind: str) -> str | None:
    """The first label that is none of its kind; None where all are."""
    known = refusal_words.LABELS if kind == TYPES else (*TOPICS, NO_TOPIC)
    words = {word for value in held for word in _words(value, kind, str(held.name))}
    return min(words - set(known), default=None)


def _strange_note(
    name: str, kind: str, strange: Mapping[str, str], kinds: Mapping[str, str]
) -> str:
    mine = [c for c in strange if kinds[c] == kind]
    first = strange[mine[0]]
    known = refusal_words.LABELS if kind == TYPES else (*TOPICS, NO_TOPIC)
    return (
        f"{contained(name)}: {_listed(_prefixes(mine))} not taken in as labels: “"
        f"{contained(first[:60])}” is no "
        f"{'response type' if kind == TYPES else 'topic'}, which is one of {', '.join(known)}."
    )


def _refusal_notes(name: str, unused: Iterable[str]) -> tuple[str, ...]:
    """What is said of columns that tell refusals from other answers, and no more."""
    mine = [c for c in unused if _SAYS_REFUSED.search(c)]
    if not mine:
        return ()
    return (
        f"{contained(name)}: {_listed(mine)} not taken in as labels, which are yes or no in a "
        "column refused (or refused_{model}), or response types in a column response_type (or "
        "response_type_{model}).",
    )


def _prefixes(names: Sequence[str]) -> tuple[str, ...]:
    """Columns of labels, those of all models as one."""
    models = {n: m[1] for n in names if (m := _WIDE_TYPE.fullmatch(n))}
    return tuple(
        dict.fromkeys(n.removesuffix(models.get(n, "")) + "{model}" * (n in models) for n in names)
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(contained(n[:60]) for n in names[:8])
    more = f" and {len(names) - 8:,} more" * (len(names) > 8)
    return f"{shown}{more} {'was' if len(names) == 1 else 'were'}"


def keep(
    info: StudyInfo,
    found: Sequence[Labels],
    settings: Settings,
    report: Report,
    *,
    adding: bool = False,
) -> None:
    """Keep labels beside the study, by who made them; says how many were of what is not here.

    They take the place of earlier ones by the same labeller; `adding`, only of what that labeller
    had not labelled.
    """
    if not found:
        return
    study = open_study(settings, info.id)
    try:
        parts: dict[tuple[str, str], list[pd.DataFrame]] = {}
        for one in found:
            placed = _placed(study, one)
            for source, rows in placed.groupby("source"):
                kept = rows[rows["topic"] != NO_TOPIC] if one.kind == TOPIC_ROWS else rows
                parts.setdefault((one.kind, str(source)), []).append(kept)
            here = len(placed)
            apart = len(one.rows) - here
            told = f", {apart:,} of a query or model that is not in this study" if apart else ""
            report(Step(f"labels of {one.name}: {here:,} kept{told}", 0, 0))
        for (kind, source), mine in parts.items():
            key = _TOPIC_KEY if kind == TOPIC_ROWS else _TYPE_KEY
            rows = pd.concat(mine, ignore_index=True).drop_duplicates(key)
            whole = _added(study, kind, source, rows) if adding else rows
            labels.store(study, kind, source, whole)
    finally:
        study.close()


def _added(study: OpenStudy, kind: str, source: str, rows: pd.DataFrame) -> pd.DataFrame:
    """A labeller's labels that are there, and those of `rows` for what has none."""
    if not labels.labelled(study, kind, source):
        return rows
    with study.cursor() as con:
        there = con.execute(f"SELECT * FROM {labels.relation(study, kind, source)}").df()
    key = ["scenario_no"] if kind == TOPIC_ROWS else ["scenario_no", "model", "replicate"]
    known = set(there[key].itertuples(index=False, name=None))
    new = [row not in known for row in rows[key].itertuples(index=False, name=None)]
    # Of labels that were there nothing is known of how they were drawn.
    whole = pd.concat([there, rows[new]], ignore_index=True)
    return whole[[c for c in rows.columns if c != DRAWN]]


def _lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True)


def _table(path: Path) -> pd.DataFrame:
    """Separated as its header is: by commas, semicolons, tabs or bars."""
    return pd.read_csv(path, sep=text_rows.delimiter(_first_line(path)))


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".parquet": pd.read_parquet,
    **dict.fromkeys(text_rows.CSV, _table),
}


def _frame(path: Path) -> pd.DataFrame:
    try:
        found = _READERS.get(path.suffix.lower(), _lines)(path)
    except (ValueError, OSError) as error:
        raise FaultlineError(f"{path.name} can't be read: {str(error).splitlines()[0]}.") from None
    return found.rename(columns={"prompt": "query"})


def _of(frame: pd.DataFrame, name: str, kind: str, held: pd.Series) -> Labels:
    """A file's labels of one kind, a row a label; an empty cell is no label."""
    kept = [
        c
        for c in ("scenario", "query", "value1", "value2", "model", "replicate", DRAWN)
        if c in frame
    ]
    rows = frame[kept].copy()
    if DRAWN in rows:
        rows[DRAWN] = _chances(rows[DRAWN], name)
    named = frame["source"].fillna(name).astype(str) if "source" in frame else name
    rows["source"] = named
    # Labels given here, and those of the embedded labellers, are not to be written over.
    ours = [s for s in set(rows["source"]) if s == labels.PEOPLE or labels.embedded(s)]
    rows["source"] = rows["source"].replace({s: f"{s} (file)" for s in ours})
    rows["label"] = [_words(value, kind, str(held.name)) for value in held]
    rows = rows.explode("label").dropna(subset=["label"])
    known = refusal_words.LABELS if kind == TYPES else (*TOPICS, NO_TOPIC)
    unknown = sorted(set(rows["label"]) - set(known))
    if unknown:
        raise FaultlineError(
            f"{name} holds the label “{unknown[0][:60]}”, which is no "
            f"{'response type' if kind == TYPES else 'topic'}: it is one of {', '.join(known)}."
        )
    return Labels(name, kind, rows)


def _chances(held: pd.Series, name: str) -> pd.Series:
    chances = pd.to_numeric(held, errors="coerce")
    wrong = held[(chances.isna() & held.notna()) | (chances <= 0) | (chances > 1)]
    if len(wrong):
        raise FaultlineError(
            f"{name} has {str(wrong.iloc[0])[:60]!r} under {DRAWN}: a probability above 0 and at "
            "most 1 is needed, or nothing where the answer was not drawn at random."
        )
    return chances


def _words(value: object, kind: str, column: str) -> list[str]:
    """The labels in one cell: a list, or a text with semicolons between them."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return []
    if kind == TYPES and not isinstance(value, list | tuple | np.ndarray):
        wide = _WIDE_ASKS.fullmatch(column)
        said = refusal_words.label(value, refusal_words.asks(wide[1] if wide else column))
        return [] if said is None else [said]
    held = value.tolist() if isinstance(value, np.ndarray) else value
    parts = map(str, held) if isinstance(held, list | tuple) else _APART.split(str(held))
    return [part.strip().lower() for part in parts if part.strip()]


def _placed(study: OpenStudy, found: Labels) -> pd.DataFrame:
    """The labels of queries and models that the study holds, in the columns of their table."""
    with study.cursor() as con:
        known = con.execute(
            "SELECT scenario_no, scenario, query, value1, value2 FROM scenarios"
        ).df()
    keys = (
        ["scenario"]
        if "scenario" in found.rows
        else [c for c in ("query", "value1", "value2") if c in found.rows]
    )
    rows = found.rows.merge(known[["scenario_no", *keys]], on=keys)
    if found.kind == TOPIC_ROWS:
        named = rows.rename(columns={"label": "topic"})[["scenario_no", "topic", "source"]]
        return named.drop_duplicates().astype({"scenario_no": "int32"})
    models, book = set(study.info.models), registry()
    ids = {m: m if m in models else book.resolve(str(m)) for m in rows["model"].unique()}
    rows = rows.assign(model=rows["model"].map(ids))
    rows = rows[rows["model"].isin(study.info.models)]
    replicate = rows.get("replicate", 0)
    rows = rows.assign(replicate=replicate).rename(columns={"label": "response_type"})
    columns = ["scenario_no", "model", "replicate", "source", "response_type"]
    named = rows[[*columns, *([DRAWN] if DRAWN in rows else [])]]
    alone = named.drop_duplicates(["scenario_no", "model", "replicate", "source"])
    return alone.astype({"scenario_no": "int32", "replicate": "uint8"})
