"""A study's tables as parquet files, read in place of the stages that came before.

`python -m analysis snapshot` writes them: `scenarios`, `responses`, `response_texts` and, where
there are any, `rubrics` and `study`, joined on the public id `scenario`.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import check_regular
from analysis.parse.making import NOTE, Making, of_note
from analysis.vocabulary import Outcome
from pipeline.records import Answer, Placement, Rubric, Scenario

NEEDED = {
    "scenarios": ("scenario", "family", "nudge", "value1", "value2", "query"),
    "responses": ("scenario", "model"),
}
"""The tables that a snapshot has, with the columns that every stage and every load rests on."""
_TEXTS = ("scenario", "model", "text")
TAIL = 65_536  # a parquet file ends with its footer: sizes, offsets and statistics of everything
VARIANT = re.compile(r"(.+)~([a-z_]+)")
PLACE = re.compile(r"(\d+)_(\d+)")


def fingerprint(folder: Path) -> str:
    """64 hex over every table's name, size and footer: a changed snapshot has another one."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.parquet")):
        check_regular(path)
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            found.update(f"{path.name}:{size}:".encode())
            found.update(file.read())
    return found.hexdigest()


class SnapshotReader:
    """The records of one snapshot folder. Raises FaultlineError when a table or one of its columns
    is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for table in NEEDED:
            if not self._file(table).is_file():
                raise FaultlineError(
                    f"{folder} is no snapshot: {table}.parquet is missing. Write one with "
                    "`python -m analysis snapshot STUDY --out DIR`."
                )
            self._require(table, NEEDED[table])

    def _require(self, table: str, columns: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            have = pq.read_schema(self._file(table)).names
        except (OSError, pa.ArrowException) as error:
            raise FaultlineError(
                f"{self._file(table)} can't be read: {str(error).splitlines()[0]} Write the "
                "snapshot again."
            ) from None
        if lacking := [c for c in columns if c not in have]:
            raise FaultlineError(
                f"{self._file(table)} lacks the column(s) {', '.join(lacking)}, which a run over "
                "it needs. Write the snapshot again."
            )

    def check(self, stages: Sequence[str]) -> None:
        """Raises FaultlineError, before anything is spent, where these stages would find nothing
        to work on, or what they make could be joined to nothing."""
        if not self.scenarios:
            raise FaultlineError(f"The snapshot {self.folder} holds no query: there is no work.")
        if "respond" in stages or not {"score", "judge"} & {*stages}:
            return
        if not self._has_texts():
            raise FaultlineError(
                f"The snapshot {self.folder} holds no answer's words, and these stages read "
                "answers. Write it again from a study with texts, or have models answer (add the "
                "stage respond)."
            )
        if "score" in stages and "rubric" not in stages and not self.rubrics:
            raise FaultlineError(
                f"The snapshot {self.folder} holds no rubrics, by which answers are placed: add "
                "the stage rubric."
            )
        if "score" in stages and not any(s.value1 for s in self.scenarios):
            raise FaultlineError(
                f"No query of the snapshot {self.folder} names two values: there is nothing to "
                "place answers on. Leave out the stages rubric and score."
            )

    def _has_texts(self) -> bool:
        import pyarrow.parquet as pq

        if not self._file("response_texts").is_file():
            return False
        self._require("response_texts", _TEXTS)
        return bool(pq.read_metadata(self._file("response_texts")).num_rows)

    def _file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _rows(self, table: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Rows of a table with the columns it has, the others None; none without the file."""
        import pyarrow.parquet as pq

        if not self._file(table).is_file():
            return
        with pq.ParquetFile(self._file(table)) as file:
            have = [name for name in columns if name in file.schema_arrow.names]
            empty = dict.fromkeys(columns)
            for batch in file.iter_batches(batch_size=4_096, columns=have):
                for row in batch.to_pylist():
                    yield {**empty, **row}

    @cached_property
    def study(self) -> dict[str, Any]:
        columns = ("id", "title", "simulated", "content_hash")
        return next(self._rows("study", columns), dict.fromkeys(columns))

    @cached_property
    def making(self) -> Making:
        """How the study that this was written from was made, as far as it says."""
        import pyarrow.parquet as pq

        file = self._file("study")
        if not file.is_file():
            return Making()
        notes = pq.read_schema(file).metadata or {}
        return of_note(notes.get(NOTE.encode(), b"").decode("utf-8", "replace"))

    @cached_property
    def scenarios(self) -> list[Scenario]:
        told = ("scenario", "family", "nudge", "value1", "value2", "generator", "query", "rank")
        rows = self._rows("scenarios", (*told, "draw", "arm"))
        return [_scenario(row) for row in rows]

    @cached_property
    def models(self) -> list[str]:
        return sorted({row["model"] for row in self._rows("responses", ("model",))})

    @cached_property
    def answers_stored(self) -> list[int]:
        """How many answers each scenario has, repeats of a model's answer among them, the most
        first: so many may be labelled and judged."""
        counts = Counter(row["scenario"] for row in self._rows("responses", ("scenario",)))
        return sorted(counts.values(), reverse=True)

    @cached_property
    def longest_query(self) -> int:
        """Bytes, as of the other two."""
        return max((_size(s.query) for s in self.scenarios), default=0)

    @cached_property
    def longest_rubric(self) -> int:
        """Of a family's two spectrums together."""
        return max(
            (sum(map(_size, (*r.value1, *r.value2))) for r in self.rubrics.values()), default=0
        )

    @cached_property
    def longest_answer(self) -> int:
        return max((_size(row["text"] or "") for row in self._texts()), default=0)

    @cached_property
    def placements(self) -> dict[str, list[Placement]]:
        """Scenario -> placements of the answers that have both positions."""
        columns = ("scenario", "model", "replicate", "value1_position", "value2_position")
        found: dict[str, list[Placement]] = defaultdict(list)
        for row in self._rows("responses", columns):
            if row["value1_position"] is not None and row["value2_position"] is not None:
                found[row["scenario"]].append(_placement(row))
        return found

    @cached_property
    def rubrics(self) -> dict[str, Rubric]:
        """Family -> rubric, where the study has one."""
        columns = ("scenario", "value_no", "position", "strategy")
        scenarios = {scenario.scenario: scenario for scenario in self.scenarios}
        pairs: dict[str, tuple[str, str]] = {}
        for one in self.scenarios:
            pairs.setdefault(one.family, (one.value1, one.value2))
        found: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: {1: {}, 2: {}})
        for row in self._rows("rubrics", columns):
            scenario = scenarios[row["scenario"]]
            side = _side(pairs[scenario.family], scenario, row["value_no"])
            if side:
                found[scenario.family][side][row["position"]] = row["strategy"]
        return {
            family: Rubric(family, _spectrum(sides[1]), _spectrum(sides[2]), pairs[family])
            for family, sides in found.items()
            if len(sides[1]) == 7 and len(sides[2]) == 7
        }

    @cached_property
    def _unanswered(self) -> dict[tuple[str, str, int], Outcome]:
        """What came back instead of an answer, where the study says so."""
        columns = ("scenario", "model", "replicate", "outcome")
        known = {outcome.value for outcome in Outcome}
        return {
            (row["scenario"], row["model"], row["replicate"] or 0): Outcome(
                row["outcome"] if row["outcome"] in known else Outcome.ERROR
            )
            for row in self._rows("responses", columns)
            if row["outcome"] not in (None, Outcome.ANSWERED)
        }

    def answers(self, wanted: Sequence[Scenario]) -> Iterator[tuple[Scenario, list[Answer]]]:
        """Scenario with its answers, texts included; models in the order of their ids."""
        named = {scenario.scenario: scenario for scenario in wanted}
        groups = self._streamed(set(named)) if self._in_order else self._gathered(named)
        for name, rows in groups:
            answers = [self._answer(row) for row in rows]
            yield named[name], sorted(answers, key=lambda a: (a.model, a.replicate))

    @cached_property
    def _in_order(self) -> bool:
        """Whether the answers of a scenario stand together, so that they can be streamed."""
        if not self._file("response_texts").is_file():
            raise FaultlineError(
                f"The snapshot {self.folder} has no texts (response_texts.parquet): these stages "
                "read answers. Write the snapshot again from a study with texts."
            )
        last, done = "", set[str]()
        for row in self._rows("response_texts", ("scenario",)):
            if row["scenario"] != last:
                if row["scenario"] in done:
                    return False
                last = row["scenario"]
                done.add(last)
        return True

    def _texts(self) -> Iterator[dict[str, Any]]:
        return self._rows("response_texts", ("scenario", "model", "replicate", "text"))

    def _streamed(self, names: set[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for name, rows in groupby(self._texts(), key=lambda row: row["scenario"]):
            if name in names:
                yield name, list(rows)

    def _gathered(self, names: Iterable[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for row in self._texts():
            if row["scenario"] in found:
                found[row["scenario"]].append(row)
        yield from ((name, rows) for name, rows in found.items() if rows)

    def _answer(self, row: dict[str, Any]) -> Answer:
        text, key = row["text"] or "", (row["scenario"], row["model"], row["replicate"] or 0)
        plain = Outcome.ANSWERED if text.strip() else Outcome.ERROR
        return Answer(*key, self._unanswered.get(key, plain), text)


def _scenario(row: dict[str, Any]) -> Scenario:
    place = PLACE.fullmatch(row["family"] or "")
    varied = VARIANT.fullmatch(row["scenario"])
    return Scenario(
        scenario=row["scenario"],
        family=row["family"],
        nudge=row["nudge"] or "",
        value1=row["value1"],
        value2=row["value2"],
        generator=row["generator"] or "",
        query=row["query"],
        chunk_index=int(place[1]) if place else None,
        entry_idx=int(place[2]) if place else None,
        parent=varied[1] if varied else "",
        variant=varied[2] if varied else "",
        rank=row["rank"],
        draw=row["draw"] or "",
        arm=row["arm"] or "",
    )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _placement(row: dict[str, Any]) -> Placement:
    return Placement(
        scenario=row["scenario"],
        model=row["model"],
        replicate=row["replicate"] or 0,
        value1=row["value1_position"],
        value2=row["value2_position"],
        reason="",
        confidence=0.0,
    )


def _side(pair: tuple[str, str], scenario: Scenario, value_no: int) -> int:
    """Which value of the family's pair (1 or 2) a scenario's value is, by name; 0 for neither."""
    mine = (scenario.value1, scenario.value2)
    if mine == pair:
        return value_no
    return 3 - value_no if mine[::-1] == pair else 0


def _spectrum(sides: dict[int, str]) -> tuple[str, ...]:
    return tuple(sides[i] for i in sorted(sides))
