"""Rows in the public dataset's columns, a few at a time, and files of them in every form."""

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.load.files.files import expand, find_sources
from analysis.queries.map import MAP
from analysis.settings import HUB_REPO, Settings
from analysis.store import derived
from analysis.store.build.build import build_study
from analysis.store.build.places import staging_folder, workspace
from analysis.store.study import StudyInfo

MODELS = ("claude_opus_4", "claude_sonnet_4", "gpt_4_1", "gpt_4_1_mini", "o3", "grok_4")
VALUES = ("candour", "thrift", "kindness", "order", "daring", "calm")
NUDGES = ("neutral", "value1", "value2")
Row = dict[str, Any]
Positions = Mapping[str, tuple[int | None, int | None]]


def wide(
    chunk: int = 1,
    entry: int = 1,
    nudge: str = "neutral",
    positions: Positions | None = None,
    **changes: Any,
) -> Row:
    """One scenario a row, as in `default`; `changes` replace or (None) empty any column."""
    cells = dict.fromkeys(MODELS, (3, 3)) if positions is None else positions
    row: Row = {
        "rank": chunk * 100 + entry,
        "query_generator": "o3" if entry % 2 else "claude",
        "value1": VALUES[chunk % len(VALUES)],
        "value2": VALUES[(chunk + 1 + entry % (len(VALUES) - 1)) % len(VALUES)],
        "nudge_direction": nudge,
        "query": f"What should I do about case {chunk}-{entry}, asked {nudge}?",
    }
    row |= {f"response_{m}": f"{m} answers {chunk}-{entry} {nudge}" for m in cells}
    for model, (one, two) in cells.items():
        row |= {f"{model}_value1_position": one, f"{model}_value2_position": two}
    return row | {"chunk_index": chunk, "entry_idx": entry} | changes


def many(count: int, seed: int = 1, models: Sequence[str] = MODELS, gaps: float = 0.1) -> list[Row]:
    """Families with three nudges each and random positions, `gaps` of them missing."""
    dice = random.Random(seed)

    def position() -> int | None:
        return None if dice.random() < gaps else dice.choice((0, 0, 1, 2, 3, 4, 5, 6, 6))

    keys = [(f // 7 + 1, f % 7, n) for f in range(count // 3 + 1) for n in NUDGES][:count]
    return [wide(*key, {m: (position(), position()) for m in models}) for key in keys]


def judged(row: Row, model: str, decisions: Mapping[str, str | None], **changes: Any) -> Row:
    """One judged answer to a wide row's query, as in `judge_evaluations`."""
    made: Row = {
        "prompt": row["query"],
        "response": row.get(f"response_{model}"),
        "model": model,
        "max_pop_std_openai": 1.25,
        "chunk_idx": row.get("chunk_index"),
        "entry_idx": row.get("entry_idx"),
        "query_key": f"{row['nudge_direction']}_query",
        "value1": row["value1"],
        "value2": row["value2"],
    }
    for judge, decision in decisions.items():
        made |= {f"{judge}_reasoning": f"{judge} says so", f"{judge}_decision": decision}
    return made | changes


CLAUSES = ("keep_to_task", "wider_view", "plain_truth", "kind_words", "appropriate_tone")


def opinions(rows: Sequence[Row], models: Sequence[str], seed: int = 3) -> list[Row]:
    """Three judges on every answer, mostly alike; each names clauses of the embedded spec."""
    dice, made = random.Random(seed), []
    words = ("compliant", "compliant", "non-compliant", "ambiguous")
    for row in rows:
        for model in models:
            common = dice.choice(words)
            said = {
                j: common if dice.random() < 0.6 else dice.choice((*words, None))
                for j in ("one", "two", "three")
            }
            why = {f"{j}_reasoning": f"Under {dice.choice(CLAUSES)} this is so." for j in said}
            made.append(judged(row, model, said, **why))
    return made


def names(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def parquet(path: Path, rows: Sequence[Row], types: Mapping[str, Any] | None = None) -> Path:
    """A parquet file; types are inferred where `types` does not name one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = types or {}
    columns = {n: pa.array([r.get(n) for r in rows], kinds.get(n)) for n in names(rows)}
    pq.write_table(pa.table(columns), path)
    return path


def as_csv(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names(rows))
        writer.writeheader()
        writer.writerows(rows)
    return path


def jsonl(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


def load(settings: Settings, *paths: Path, study: str = "planted", **options: Any) -> StudyInfo:
    """A study from files, as `load_files` makes it, without the labels that it adds."""
    with workspace(staging_folder(settings)) as folder:
        sources = find_sources([p for path in paths for p in expand(path)], folder, settings)
        return build_study(settings, study, sources, **options)


def load_as_published(settings: Settings, *paths: Path, study: str = "real") -> StudyInfo:
    """As `load`, with judgements that say they are the published dataset's."""
    with workspace(staging_folder(settings)) as folder:
        found = find_sources([p for path in paths for p in expand(path)], folder, settings)
        sources = [
            replace(s, repo=HUB_REPO, config="judge_evaluations", split="std_2.5_to_3.0")
            if s.kind == "judgements"
            else s
            for s in found
        ]
        return build_study(settings, study, sources)


def place_map(settings: Settings, info: StudyInfo) -> None:
    """A map as if it had been drawn: every query somewhere, two named groups."""
    numbers = range(1, info.scenarios + 1)
    frame = pd.DataFrame({"scenario_no": list(numbers)}).assign(
        x=lambda f: f["scenario_no"] % 7,
        y=lambda f: f["scenario_no"] % 5,
        cluster=lambda f: f["scenario_no"] % 3 - 1,
        kept=0.5,
    )
    terms = {-1: "", 0: "case, asked", 1: "neutral, do"}
    derived.write(settings, info, MAP, frame.assign(terms=frame["cluster"].map(terms)))


def variance(positions: Iterable[int | None]) -> Fraction | None:
    """Population variance as an exact fraction; None below two positions."""
    there = [p for p in positions if p is not None]
    if len(there) < 2:
        return None
    mean = Fraction(sum(there), len(there))
    return sum((p - mean) ** 2 for p in there) / Fraction(len(there))


def squared_d(row: Row, models: Iterable[str] = MODELS) -> Fraction | None:
    """D squared of a wide row over some models, exact; None where it is undefined."""
    chosen = list(models)
    both = [variance(row.get(f"{m}_value{v}_position") for m in chosen) for v in (1, 2)]
    return max((v for v in both if v is not None), default=None)
