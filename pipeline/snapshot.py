"""A study's tables as parquet files, read in place of the stages that came before.

`python -m analysis snapshot` writes them: `scenarios`, `responses`, `response_texts` and, where
there are any, `rubrics` and `study`, joined on `scenario_no`.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from pipeline.providers.types import Outcome
from pipeline.records import Answer, Placement, Rubric, Scenario

NEEDED = ("scenarios", "responses")
TAIL = 65_536  # a parquet file ends with its footer: sizes, offsets and statistics of everything
PLACE = re.compile(r"(\d+)_(\d+)")


def fingerprint(folder: Path) -> str:
    """64 hex over every table's name, size and footer: a changed snapshot has another one."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.parquet")):
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            found.update(f"{path.name}:{size}:".encode())
            found.update(file.read())
    return found.hexdigest()


class SnapshotReader:
    """The records of one snapshot folder. Raises FaultlineError when a table is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for table in NEEDED:
            if not self._file(table).is_file():
                raise FaultlineError(
                    f"{folder} is no snapshot: {table}.parquet is missing. Write one with "
                    "`python -m analysis snapshot STUDY --out DIR`."
                )

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
    def _numbered(self) -> dict[int, Scenario]:
        columns = ("scenario_no", "scenario", "family", "nudge", "value1", "value2", "generator")
        rows = self._rows("scenarios", (*columns, "query", "rank"))
        return {row["scenario_no"]: _scenario(row) for row in rows}

    @cached_property
    def scenarios(self) -> list[Scenario]:
        return list(self._numbered.values())

    @cached_property
    def models(self) -> list[str]:
        return sorted({row["model"] for row in self._rows("responses", ("model",))})

    @cached_property
    def placements(self) -> dict[str, list[Placement]]:
        """Scenario -> placements of the answers that have both positions."""
        columns = ("scenario_no", "model", "replicate", "value1_position", "value2_position")
        found: dict[str, list[Placement]] = defaultdict(list)
        for row in self._rows("responses", columns):
            if row["value1_position"] is not None and row["value2_position"] is not None:
                name = self._numbered[row["scenario_no"]].scenario
                found[name].append(_placement(name, row))
        return found

    @cached_property
    def rubrics(self) -> dict[str, Rubric]:
        """Family -> rubric, where the study has one."""
        columns = ("scenario_no", "value_no", "position", "strategy")
        found: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: {1: {}, 2: {}})
        for row in self._rows("rubrics", columns):
            family = self._numbered[row["scenario_no"]].family
            found[family][row["value_no"]][row["position"]] = row["strategy"]
        return {
            family: Rubric(family, _spectrum(sides[1]), _spectrum(sides[2]))
            for family, sides in found.items()
            if len(sides[1]) == 7 and len(sides[2]) == 7
        }

    def answers(self, wanted: Sequence[Scenario]) -> Iterator[tuple[Scenario, list[Answer]]]:
        """Scenario with its answers, texts included, in the order of the file."""
        names = {scenario.scenario for scenario in wanted}
        group: list[Answer] = []
        number = -1
        for row in self._texts():
            if row["scenario_no"] != number and group:
                yield self._numbered[number], group
                group = []
            number = row["scenario_no"]
            scenario = self._numbered[number].scenario
            if scenario in names:
                group.append(_answer(scenario, row))
        if group:
            yield self._numbered[number], group

    def _texts(self) -> Iterator[dict[str, Any]]:
        """Rows of response_texts, all of a scenario together."""
        if not self._file("response_texts").is_file():
            raise FaultlineError(
                f"The snapshot {self.folder} has no texts (response_texts.parquet): these stages "
                "read answers. Load the study with --copy-texts and write the snapshot again."
            )
        columns = ("scenario_no", "model", "replicate", "text")
        last, done = -1, set[int]()
        for row in self._rows("response_texts", columns):
            if row["scenario_no"] != last:
                done.add(last)
                last = row["scenario_no"]
                if last in done:
                    raise FaultlineError(
                        f"The texts of the snapshot {self.folder} are not ordered by scenario: "
                        "write it again."
                    )
            yield row


def _scenario(row: dict[str, Any]) -> Scenario:
    place = PLACE.fullmatch(row["family"] or "")
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
        rank=row["rank"],
    )


def _answer(scenario: str, row: dict[str, Any]) -> Answer:
    text = row["text"] or ""
    outcome = Outcome.ANSWERED if text.strip() else Outcome.ERROR
    return Answer(scenario, row["model"], row["replicate"] or 0, outcome, text)


def _placement(scenario: str, row: dict[str, Any]) -> Placement:
    return Placement(
        scenario=scenario,
        model=row["model"],
        replicate=row["replicate"] or 0,
        value1=row["value1_position"],
        value2=row["value2_position"],
        reason="",
        confidence=0.0,
    )


def _spectrum(sides: dict[int, str]) -> tuple[str, ...]:
    return tuple(sides[i] for i in sorted(sides))
