"""Rows that met before: what agrees is merged, what contradicts is rejected, whatever the order."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from make_rows import MODELS, Row, load, parquet, wide

from analysis.queries.cases import rubric
from analysis.settings import Settings
from analysis.store.build.merge import CONTRADICTS
from analysis.store.study import StudyInfo, open_study


def held(settings: Settings, sql: str) -> list[tuple]:
    opened = open_study(settings, "planted")
    with opened.cursor() as con:
        found = con.execute(sql).fetchall()
    opened.close()
    return found


def built(settings: Settings, folder: Path, *sources: list[Row], copy: bool = True) -> StudyInfo:
    """Each source a file with a column of its own, so that each is a source of its own."""
    kinds = {f"{m}_value{v}_position": pa.int64() for m in MODELS for v in (1, 2)}
    kinds |= {f"response_{m}": pa.string() for m in MODELS} | {"rank": pa.int64()}
    kinds |= {"query_generator": pa.string()}
    files = [
        parquet(folder / f"{i}.parquet", [r | {f"only_{i}": 1} for r in rows], kinds)
        for i, rows in enumerate(sources)
    ]
    return load(settings, *files, copy_texts=copy)


def test_two_later_rows_that_contradict_each_other(settings: Settings, tmp_path: Path) -> None:
    """The first row leaves a position open; the second fills it, the third says otherwise."""
    open_, three, four = (wide(1, 1, o3_value1_position=p) for p in (None, 3, 4))
    for order, expected in (([open_, three, four], 3), ([open_, four, three], 4)):
        info = built(settings, tmp_path, *([r] for r in order))
        assert info.rejected == {CONTRADICTS: 1}
        assert held(settings, "SELECT value1_position FROM responses WHERE model = 'o3'") == [
            (expected,)
        ]


def test_a_row_that_was_rejected_fills_nothing(settings: Settings, tmp_path: Path) -> None:
    first = wide(1, 1, o3_value1_position=None)
    wrong = wide(1, 1, query="Something else?", o3_value1_position=6, response_o3="not this one")
    info = built(settings, tmp_path, [first], [wrong])
    assert info.rejected == {CONTRADICTS: 1}
    assert held(settings, "SELECT value1_position FROM responses WHERE model = 'o3'") == [(None,)]
    assert held(settings, "SELECT text FROM response_texts WHERE model = 'o3'") == [
        (first["response_o3"],)
    ]


@pytest.mark.parametrize("copy", [False, True])
def test_models_of_two_sources_stand_in_one_scenario(
    settings: Settings, tmp_path: Path, copy: bool
) -> None:
    one = wide(1, 1, "neutral", {"o3": (0, 1), "grok_4": (2, 2)})
    other = wide(1, 1, "neutral", {"o3": (0, 1), "gpt_4o": (6, 1)})
    info = load(
        settings,
        parquet(tmp_path / "a.parquet", [one]),
        parquet(tmp_path / "b.parquet", [other]),
        copy_texts=copy,
    )
    assert (info.scenarios, info.responses, info.rejected) == (1, 3, {})
    assert held(settings, "SELECT models, d FROM disagreement WHERE model_set = 'all'") == [
        (3, pytest.approx((56 / 9) ** 0.5))
    ]


CELL = st.sampled_from([None, None, 2, 5])
SPLITS = st.lists(st.tuples(CELL, CELL, st.booleans(), st.booleans()), min_size=1, max_size=5)


@examples(
    max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(splits=SPLITS)
def test_repeats_fold_as_a_loop_folds_them(
    settings: Settings, tmp_path: Path, splits: list[tuple]
) -> None:
    rows = [
        wide(1, 1, "neutral", {"o3": (a, b), "grok_4": (1, 1)})
        | ({} if named else {"query_generator": None, "rank": None})
        | ({} if told else {"response_o3": None})
        for a, b, named, told in splits
    ]
    first, rejected = dict(rows[0]), 0
    positions = ("o3_value1_position", "o3_value2_position")
    for row in rows[1:]:
        if any(None not in (first[p], row[p]) and first[p] != row[p] for p in positions):
            rejected += 1
        else:
            first |= {k: v for k, v in row.items() if first[k] is None}
    info = built(settings, tmp_path, *([row] for row in rows))
    assert info.rejected == ({CONTRADICTS: rejected} if rejected else {})
    assert sum(s["repeated"] for s in info.sources) == len(rows) - 1 - rejected
    assert held(settings, "SELECT rank, generator FROM scenarios") == [
        (first["rank"], first["query_generator"])
    ]
    assert held(
        settings, "SELECT value1_position, value2_position FROM responses WHERE model = 'o3'"
    ) == [tuple(first[p] for p in positions)]
    told = held(settings, "SELECT text FROM response_texts WHERE model = 'o3'")
    assert told == ([(first["response_o3"],)] if first["response_o3"] else [])


STEPS = [{"position": p, "response": f"step {p}"} for p in range(7)]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("copy", [False, True])
def test_rubrics_of_all_sources_are_there_once(
    settings: Settings, tmp_path: Path, copy: bool, as_json: bool
) -> None:
    odd = [{"position": 9, "response": "nowhere"}, {"position": None, "response": "?"}]
    cells = {"value1_spectrum": [*STEPS, *odd, STEPS[0]], "value2_spectrum": STEPS[:3]}
    rubrics = {k: json.dumps(v) if as_json else v for k, v in cells.items()}
    sources = [
        [wide(1, 1, **rubrics), wide(1, 2, **rubrics)],
        [wide(1, 1, **rubrics), wide(1, 3, **rubrics)],
    ]
    built(settings, tmp_path, *sources, copy=copy)
    opened = open_study(settings, "planted")
    for scenario in ("1_1_neutral", "1_2_neutral", "1_3_neutral"):
        found = rubric(opened, scenario)
        assert found["value_no"].tolist() == [1] * 7 + [2] * 3
        assert found["strategy"].tolist() == [f"step {p}" for p in (*range(7), *range(3))]
    opened.close()
