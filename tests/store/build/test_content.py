"""The content hash: the same for the same content, another for any change of a fact."""

import random
from pathlib import Path

import pytest
from make_rows import judged, load, many, parquet

from analysis.settings import Settings

ROWS = many(12)
JUDGED = [judged(ROWS[0], "o3", {"claude_4": "compliant"})]


def hashed(settings: Settings, folder: Path, rows: list, judgements: list, name: str = "a") -> str:
    files = [parquet(folder / name / "wide.parquet", rows)]
    if judgements:
        files.append(parquet(folder / name / "judged.parquet", judgements))
    return load(settings, *files, study=name, copy_texts=True).content_hash


def test_loading_again_gives_the_same_hash(settings: Settings, tmp_path: Path) -> None:
    first = hashed(settings, tmp_path, ROWS, JUDGED, "a")
    assert hashed(settings, tmp_path, ROWS, JUDGED, "a") == first


def test_order_of_rows_and_shards_does_not_matter(settings: Settings, tmp_path: Path) -> None:
    first = hashed(settings, tmp_path, ROWS, [], "a")
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    assert hashed(settings, tmp_path, shuffled, [], "b") == first
    shards = [parquet(tmp_path / f"s{i}.parquet", ROWS[i::3]) for i in range(3)]
    assert load(settings, *shards, study="c", copy_texts=True).content_hash == first


@pytest.mark.parametrize(
    "change",
    [
        {"query": "Another question?"},
        {"o3_value1_position": 6 if ROWS[0]["o3_value1_position"] != 6 else 0},
        {"response_o3": "another answer"},
        {"value1": "another value"},
    ],
    ids=["query", "position", "answer", "value"],
)
def test_a_changed_fact_changes_the_hash(settings: Settings, tmp_path: Path, change: dict) -> None:
    first = hashed(settings, tmp_path, ROWS, [], "a")
    assert hashed(settings, tmp_path, [ROWS[0] | change, *ROWS[1:]], [], "b") != first


def test_a_changed_decision_changes_the_hash(settings: Settings, tmp_path: Path) -> None:
    first = hashed(settings, tmp_path, ROWS, JUDGED, "a")
    other = [JUDGED[0] | {"claude_4_decision": "ambiguous"}]
    assert hashed(settings, tmp_path, ROWS, other, "b") != first


def test_linked_answers_count_through_their_files(settings: Settings, tmp_path: Path) -> None:
    changed = [ROWS[0] | {"response_o3": "another answer"}, *ROWS[1:]]
    one = load(settings, parquet(tmp_path / "one.parquet", ROWS), study="a")
    other = load(settings, parquet(tmp_path / "two.parquet", changed), study="b")
    assert one.texts == other.texts == "linked"
    assert one.content_hash != other.content_hash
