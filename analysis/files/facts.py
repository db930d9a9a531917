"""What a file says about itself: which figure, of which study, computed how, from which numbers.

The record travels in every file as one sealed JSON text, with the data behind the figure inside
where it is small enough. The seal shows that a record was changed by accident or by hand; it is no
signature, since anybody can compute it.
"""

import base64
import hashlib
import json
import re
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.settings import PROGRAM_VERSION

KEYWORD = "Faultline"
CHECKSUM = "Checksum"  # of what is seen, made after the record was sealed
FORM = 1
MARK = "SIMULATED DATA"
# Sums of many threads differ in their last digits from one computation to the next: a file keeps
# the digits that stay, so that the same figure gives the same bytes.
_DIGITS = 10
_NOISE = 1e-15
_MOST_PACKED = 200_000  # characters of a record that carries its data
_MOST_UNPACKED = 20_000_000


@dataclass(frozen=True)
class Facts:
    """What a picture or a file must say about itself. `note` holds the n and what was left out.

    `recipe` and `parameters` are what `verify` computes again; without a recipe it can only tell
    whether the file was altered. `digest` is SHA-256 over the data as CSV. `columns`: what each
    column of the data is called, its unit, and what it means. `made`: how the study was made, in
    short.
    """

    title: str
    note: str
    study: str
    study_id: str
    content_hash: str
    simulated: bool
    permalink: str = ""
    recipe: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    definition: str = ""
    filters: str = ""
    method: str = ""
    queries: tuple[str, ...] = ()
    rows: int = 0
    digest: str = ""
    data: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made: str = ""
    version: str = PROGRAM_VERSION

    @property
    def source(self) -> str:
        """The line at the foot of a sheet."""
        parts = [self.study, f"content {self.content_hash[:12]}", f"Faultline {self.version}"]
        return " · ".join([*([MARK] if self.simulated else []), *parts])

    @property
    def stem(self) -> str:
        """The file name without its ending: what it is, of which study, whether simulated."""
        words = [self.title, self.study_id, self.content_hash[:8]]
        words += ["simulated"] if self.simulated else []
        slug = "-".join(re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in words)
        return f"faultline-{slug}"[:120]

    @property
    def command(self) -> str:
        """What gives this file again on the command line: the study by name and content, and all
        parameters of the figure."""
        words = ["figure", self.study_id, self.recipe, "--content", self.content_hash]
        for name, value in self.parameters.items():
            words += ["--set", f"{name}={_word(value)}"]
        words += ["--out", f"{self.stem}.csv"]
        return "python -m analysis " + " ".join(shlex.quote(w) for w in words)

    def embedded(self) -> dict[str, str]:
        """What goes into the file itself, where the format has room for it."""
        return {
            "Title": self.title,
            "Description": self.note,
            "Source": f"{self.study} ({self.study_id})",
            "ContentHash": self.content_hash,
            "Simulated": "yes" if self.simulated else "no",
            **({"Made": self.made} if self.made else {}),
            "Software": f"Faultline {self.version}",
            "Permalink": self.permalink,
            KEYWORD: self.sealed(),
        }

    def sealed(self) -> str:
        """The record as JSON with its seal. The permalink stays outside: a browser knows it."""
        record: dict[str, Any] = {"faultline": FORM, **asdict(self)}
        del record["permalink"]
        record["queries"] = list(self.queries)
        return json.dumps({**record, "seal": _seal(record)}, ensure_ascii=False)


def _word(value: object) -> str:
    """A parameter's value as `--set` reads it: a text as it is, unless that reads as JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def _seal(record: Mapping[str, Any]) -> str:
    plain = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


UNREADABLE = "its facts can't be read any more"


class AlteredError(FaultlineError):
    """The file does not say any more what it said when it was made."""


def unsealed(text: str) -> Facts:
    """The record of a file. Raises AlteredError where the seal does not fit, FaultlineError where
    it is no record or one of a later program."""
    try:
        record = json.loads(text)
        form, seal = record["faultline"], record.pop("seal")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AlteredError(UNREADABLE) from None
    if form != FORM:
        raise FaultlineError(
            f"The file's facts are in form {form}, which this program does not know: use the "
            f"Faultline that made it, or a later one than {PROGRAM_VERSION}."
        )
    if seal != _seal(record):
        raise AlteredError("its facts were changed after it was made")
    known = {f.name for f in fields(Facts)} - {"permalink"}
    parts = {k: v for k, v in record.items() if k in known}
    return Facts(**{**parts, "queries": tuple(parts.get("queries", ()))})


def digest(text: str) -> str:
    """SHA-256 of a frame's CSV."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same numbers, to ten significant digits, with lists as texts and a fresh index: what
    every format can hold."""
    done = frame.reset_index(drop=True)
    for column in done.columns:
        if done[column].dtype == object:
            done[column] = done[column].map(_flat)
        elif done[column].dtype == np.float64:
            done[column] = _rounded(done[column])
    return done


def _rounded(column: pd.Series) -> pd.Series:
    """Floats to ten significant digits; whole numbers as they are, what only adding left as 0."""
    exact = column.to_numpy(copy=True)
    broken = np.isfinite(exact) & (exact != np.trunc(exact))
    exact[broken] = [
        float(f"{x:.{_DIGITS}g}") if abs(x) > _NOISE else 0.0 for x in exact[broken].tolist()
    ]
    return pd.Series(exact, index=column.index, name=column.name)


def _flat(value: object) -> object:
    items = value.tolist() if isinstance(value, np.ndarray) else value
    return ", ".join(map(str, items)) if isinstance(items, list | tuple) else value


def text_of(frame: pd.DataFrame) -> str:
    """A frame as the CSV that is digested and carried (no facts, nothing made inert)."""
    # With this line end the writer also quotes single carriage returns and line feeds.
    return str(plain(frame).to_csv(index=False, lineterminator="\r\n"))


def packed(text: str) -> str:
    """A CSV text for carrying inside a record, or the empty string where it is too long."""
    done = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return done if len(done) <= _MOST_PACKED else ""


def unpacked(packed: str) -> str:
    """The CSV text that a record carries."""
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(packed), _MOST_UNPACKED)
        return raw.decode()
    except (ValueError, zlib.error):
        raise AlteredError("the data that it carries can't be read any more") from None
