"""Files as people have them: whole, cut, fake, hostile, oddly named, oddly typed."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_rows import MODELS, as_csv, jsonl, judged, load, many, parquet, wide

from analysis.errors import FaultlineError
from analysis.load.files.files import expand, load_files
from analysis.queries import cases, scenarios
from analysis.queries.filters import ScenarioFilter
from analysis.settings import Settings
from analysis.store.library.library import current_taxonomy
from analysis.store.study import StudyInfo, list_studies, open_study

ROWS = many(6)
BAD_POSITION = "position is not a whole number from 0 to 6"


def complaint(settings: Settings, *paths: Path) -> str:
    """The sentence for a source that is refused; nothing may be left of the attempt."""
    before = {p for p in settings.home.rglob("*") if p.is_file()}
    with pytest.raises(FaultlineError) as caught:
        load(settings, *paths)
    said = str(caught.value)
    assert said
    assert "\n" not in said
    assert {p for p in settings.home.rglob("*") if p.is_file()} == before
    return said


def table(settings: Settings, sql: str, study: str = "planted") -> list[tuple[Any, ...]]:
    opened = open_study(settings, study)
    with opened.cursor() as con:
        found = con.execute(sql).fetchall()
    opened.close()
    return found


def positions(settings: Settings, model: str = "o3") -> list[tuple[Any, ...]]:
    return table(
        settings,
        "SELECT value1_position FROM responses JOIN scenarios USING (scenario_no) "
        f"WHERE model = '{model}' ORDER BY rank, nudge",
    )


# Every form gives the same study


def test_every_form_gives_the_same_facts(settings: Settings, tmp_path: Path) -> None:
    rows = [
        *many(20, seed=3),
        wide(9, 1, query='Words, "quoted";\nover lines\té 😀', value1="it's; DROP TABLE x"),
    ]
    paths = [
        parquet(tmp_path / "a.parquet", rows),
        as_csv(tmp_path / "a.csv", rows),
        jsonl(tmp_path / "a.jsonl", rows),
        jsonl(tmp_path / "a.ndjson", rows),
    ]
    infos = [load(settings, p, study=f"s{i}", copy_texts=True) for i, p in enumerate(paths)]
    assert len({i.content_hash for i in infos}) == 1
    assert [i.texts for i in infos] == ["copied"] * 4
    everything = "SELECT * EXCLUDE (split) FROM scenarios ORDER BY scenario"
    assert all(
        table(settings, everything, f"s{i}") == table(settings, everything, "s0") for i in range(4)
    )


def test_a_folder_is_the_files_in_it(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    for i in range(3):
        parquet(folder / f"part-{i}.parquet", ROWS[2 * i : 2 * i + 2])
    (folder / "README.md").write_text("not a source")
    info = load(settings, folder)
    assert (info.scenarios, len(info.sources), len(info.sources[0]["files"])) == (6, 1, 3)
    assert info.sources[0]["name"] == "shards files"


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("hello")
    for path, said in (("none.parquet", "no file"), ("empty", "holds no"), ("notes.txt", "give a")):
        with pytest.raises(FaultlineError, match=said):
            expand(tmp_path / path)


def test_the_same_file_given_twice_is_read_once(settings: Settings, tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS)
    (tmp_path / "link.parquet").symlink_to(path)
    info = (
        load(settings, path, tmp_path / "x" / ".." / "a.parquet", tmp_path / "link.parquet")
        if (tmp_path / "x").mkdir() is None
        else None
    )
    assert info is not None
    assert (len(info.sources), info.sources[0]["repeated"]) == (1, 0)


@pytest.mark.parametrize(
    "name",
    [
        "rows[1].parquet",
        "a*b.parquet",
        "what?.parquet",
        "it's.parquet",
        "a b;c.parquet",
        "{a,b}.parquet",
        "k=v.parquet",
        "model=o3/rows.parquet",
        "query=x/[a-z]/rows.parquet",
    ],
)
def test_names_that_mean_something_to_a_database(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    """Beside each lies a file that the name would match if it were a pattern."""
    parquet((tmp_path / name).parent / "aXb.parquet", many(3, seed=9))
    parquet((tmp_path / name).parent / "rows1.parquet", many(3, seed=9))
    parquet((tmp_path / name).parent / "whats.parquet", many(3, seed=9))
    info = load(settings, parquet(tmp_path / name, ROWS))
    assert (info.scenarios, info.sources[0]["unused"]) == (6, [])
    opened = open_study(settings, "planted")
    found = cases.answers(opened, "1_0_neutral")
    opened.close()
    assert found["text"].str.endswith("answers 1-0 neutral").all()
    assert len(found) == len(MODELS)


# Positions


@pytest.mark.parametrize(
    ("cells", "kind", "kept", "bad"),
    [
        ([7, -1, 3, None, 0, 6], pa.int64(), [None, None, 3, None, 0, 6], 2),
        ([7, 255, 3, None, 0, 6], pa.uint8(), [None, None, 3, None, 0, 6], 2),
        (
            [2.5, 3.0, -0.5, float("nan"), float("inf"), None],
            pa.float64(),
            [None, 3, None, None, None, None],
            3,
        ),
        (["2", " 3 ", "2.5", "seven", "", "4.0"], pa.string(), [2, 3, None, None, None, 4], 2),
        (
            ["-1", "1e0", "0x3", "٣", "+2", "6.0000001"],
            pa.string(),
            [None, 1, None, None, 2, None],
            4,
        ),
        ([True, False, None, True, None, None], pa.bool_(), [None] * 6, 3),
        ([[3], [], None, None, None, None], pa.list_(pa.int64()), [None] * 6, 2),
        ([None] * 6, pa.null(), [None] * 6, 0),
        ([10**18, 3, None, None, None, None], pa.int64(), [None, 3] + [None] * 4, 1),
    ],
)
def test_positions_that_are_none_are_counted_and_the_row_is_kept(
    settings: Settings, tmp_path: Path, cells: list, kind: pa.DataType, kept: list, bad: int
) -> None:
    rows = [r | {"o3_value1_position": c} for r, c in zip(ROWS, cells, strict=True)]
    info = load(settings, parquet(tmp_path / "a.parquet", rows, {"o3_value1_position": kind}))
    assert info.scenarios == 6
    assert [p[0] for p in positions(settings)] == kept
    assert info.rejected == ({BAD_POSITION: bad} if bad else {})


@pytest.mark.parametrize("form", [as_csv, jsonl])
def test_positions_in_text_files(settings: Settings, tmp_path: Path, form: Any) -> None:
    cells = [7, -1, 2.5, "text", None, 6]
    rows = [r | {"o3_value1_position": c} for r, c in zip(ROWS, cells, strict=True)]
    info = load(settings, form(tmp_path / f"a.{form.__name__.removeprefix('as_')}", rows))
    assert [p[0] for p in positions(settings)] == [None, None, None, None, None, 6]
    assert info.rejected == {BAD_POSITION: 4}


# Rows that can't be used


def test_rows_are_rejected_one_by_one_with_a_reason(settings: Settings, tmp_path: Path) -> None:
    rows = [
        ROWS[0],
        wide(5, 1, query=None),
        wide(5, 2, query=" \n\t "),
        wide(5, 3, value1=None),
        wide(5, 4, value2="  "),
        wide(5, 5, nudge="sideways"),
        wide(5, 6, nudge_direction=" Value1 "),
        wide(5, 7, nudge_direction=None),
        wide(5, 8, nudge_direction=""),
    ]
    info = load(settings, parquet(tmp_path / "a.parquet", rows))
    assert info.rejected == {
        "no query": 2,
        "no value pair": 2,
        "nudge is none of neutral, value1, value2": 1,
    }
    assert table(settings, "SELECT nudge FROM scenarios ORDER BY rank") == [
        ("neutral",),
        ("value1",),
        (None,),
        (None,),
    ]
    source = info.sources[0]
    assert (source["rows"], source["kept"], source["rejected"]) == (9, 4, info.rejected)


def test_a_query_of_absurd_length_is_rejected_before_it_fills_the_memory(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [ROWS[0], *(wide(5, i, query="a" * 2_000_000) for i in range(3))]
    info = load(settings, parquet(tmp_path / "a.parquet", rows))
    assert (info.scenarios, info.rejected) == (1, {"query is longer than 1 million bytes": 3})


@pytest.mark.parametrize("rows", [[], [wide(query=None)]])
def test_a_source_of_which_nothing_is_usable_is_refused(
    settings: Settings, tmp_path: Path, rows: list
) -> None:
    load(settings, parquet(tmp_path / "good.parquet", ROWS))
    schema = {k: pa.string() for k in wide()}
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.Table.from_pylist([dict.fromkeys(schema) for _ in rows], pa.schema(schema.items())), path
    )
    said = complaint(settings, path)
    assert said.startswith("Nothing in the sources of “planted” is usable")
    assert ("no query" if rows else "hold no rows") in said
    assert [i.scenarios for i in list_studies(settings)] == [6]


def test_an_empty_file_beside_a_full_one_is_noted(settings: Settings, tmp_path: Path) -> None:
    pq.write_table(
        pq.read_table(parquet(tmp_path / "a.parquet", ROWS)).slice(0, 0), tmp_path / "b.parquet"
    )
    judgements = parquet(tmp_path / "c.parquet", [judged(ROWS[0], "o3", {"a": "compliant"})])
    pq.write_table(pq.read_table(judgements).slice(0, 0), judgements)
    info = load(settings, *(tmp_path / f"{n}.parquet" for n in "abc"))
    assert (info.scenarios, info.judgements) == (6, 0)
    assert [s["rows"] for s in info.sources] == [6, 0]


# Files that are no parquet, or lie


def test_a_file_that_only_bears_the_name(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "fake.parquet"
    for content in (b"", b"a,b\n1,2\n", b"PAR1"[:3]):
        path.write_bytes(content)
        assert complaint(settings, path).startswith("fake.parquet is not a parquet file")
    path.write_bytes(b"PK\x03\x04" + bytes(99))
    assert complaint(settings, path).startswith("fake.parquet is a ZIP archive by its content")
    path.write_bytes(b"PAR1")
    assert "cut off" in complaint(settings, path)
    path.write_bytes(b"PAR1" + b"\xff" * 40 + b"\x10\0\0\0PAR1")
    assert "not a readable parquet file" in complaint(settings, path)
    path.write_bytes(b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7fPAR1")
    assert "not a readable parquet file" in complaint(settings, path)


def test_a_file_cut_anywhere_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "whole.parquet", ROWS).read_bytes()
    path = tmp_path / "cut.parquet"
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert "cut off" in complaint(settings, path)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_are_a_sentence_or_a_study(
    settings: Settings, tmp_path: Path, seed: int
) -> None:
    import random

    dice = random.Random(seed)
    whole = bytearray(parquet(tmp_path / "whole.parquet", many(40)).read_bytes())
    for _ in range(5):
        whole[dice.randrange(4, len(whole) - 8)] ^= 1 << dice.randrange(8)
    path = tmp_path / "flipped.parquet"
    path.write_bytes(whole)
    try:
        info = load(settings, path)
    except FaultlineError as error:
        assert "\n" not in str(error)
        assert list_studies(settings) == []
    else:
        assert info.scenarios + sum(info.rejected.values()) > 0


def zigzag(value: int) -> bytes:
    """An integer of the parquet footer as it is written there: type byte and varint."""
    value *= 2
    parts = [b"\x16"]
    while value > 127:
        parts.append(bytes([value & 127 | 128]))
        value >>= 7
    return b"".join([*parts, bytes([value])])


def claiming(path: Path, rows: int, first: int = 0) -> Path:
    """A file of 1,037 rows whose footer claims others; from the `first` mention on."""
    stream = io.BytesIO(parquet(path, many(1_037, gaps=0)).read_bytes())
    whole = stream.getvalue()
    length = int.from_bytes(whole[-8:-4], "little")
    parts = whole[-8 - length : -8].split(zigzag(1_037))
    footer = parts[0]
    for i, part in enumerate(parts[1:]):
        footer += zigzag(rows if i >= first else 1_037) + part
    path.write_bytes(whole[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    return path


def test_a_file_that_claims_fifty_million_rows(settings: Settings, tmp_path: Path) -> None:
    path = claiming(tmp_path / "a.parquet", 50_000_000)
    assert complaint(settings, path).startswith("a.parquet claims 50,000,000 rows; at most 5,000,0")
    assert "claims" in complaint(settings, claiming(path, 2**61))
    said = complaint(settings, claiming(path, 50_000_000, first=1))
    assert "a.parquet" in said
    assert "untouched" in said or "fetch it again" in said


def test_too_many_columns_and_models(settings: Settings, tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", [wide(**{f"x{i}": 1 for i in range(2_000)})])
    assert "columns; at most 2,000" in complaint(settings, path)
    rows = many(1, models=[f"m{i}" for i in range(201)])
    assert "at most 200" in complaint(settings, parquet(path, rows))


# Columns of other types and names


TYPES: list[Mapping[str, Any]] = [
    {"response_o3": pa.large_string()},
    {"response_o3": pa.binary()},
    {"query": pa.binary(), "value1": pa.large_string()},
    {"response_o3": pa.dictionary(pa.int32(), pa.string())},
    {"chunk_index": pa.float64(), "entry_idx": pa.float64(), "rank": pa.float64()},
    {"chunk_index": pa.string(), "entry_idx": pa.int8(), "rank": pa.string()},
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> StudyInfo:
    """The rows as every other test types them."""
    folder = tmp_path_factory.mktemp("plain")
    path = parquet(folder / "a.parquet", ROWS)
    return load(Settings(home=folder / "home"), path, copy_texts=True)


@pytest.mark.parametrize("types", TYPES)
def test_other_types_of_the_same_content(
    settings: Settings, tmp_path: Path, plain: StudyInfo, types: Mapping[str, Any]
) -> None:
    rows = [{k: (str(v) if types.get(k) == pa.string() else v) for k, v in r.items()} for r in ROWS]
    other = load(settings, parquet(tmp_path / "b.parquet", rows, types), copy_texts=True)
    assert other.content_hash == plain.content_hash
    assert other.rejected == {}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([None] * 6, pa.null()),
        ([1, 2, 3, 4, 5, 6], pa.int64()),
        ([["a"], [], None, ["b"], None, None], pa.list_(pa.string())),
        ([{"a": 1}] * 6, pa.struct([("a", pa.int64())])),
    ],
)
def test_answers_of_any_type_load(
    settings: Settings, tmp_path: Path, cells: list, kind: pa.DataType
) -> None:
    rows = [r | {"response_o3": c} for r, c in zip(ROWS, cells, strict=True)]
    path = parquet(tmp_path / "a.parquet", rows, {"response_o3": kind})
    for copy in (False, True):
        assert load(settings, path, copy_texts=copy).scenarios == 6
        opened = open_study(settings, "planted")
        found = cases.answers(opened, "1_0_neutral")
        opened.close()
        assert len(found) == len(MODELS) - (cells[0] is None)
        assert all(isinstance(t, str) for t in found["text"])


def test_columns_named_like_our_own(settings: Settings, tmp_path: Path) -> None:
    names = ["source_no", "file_no", "row_no", "scenario_no", "p1_0", "reason", "bad", "text"]
    rows = [r | dict.fromkeys(names, 5) for r in ROWS]
    info = load(settings, parquet(tmp_path / "a.parquet", rows))
    assert info.scenarios == 6
    assert set(info.sources[0]["unused"]) == set(names)
    opened = open_study(settings, "planted")
    assert len(cases.answers(opened, "1_0_neutral")) == len(MODELS)
    opened.close()
    reserved = parquet(tmp_path / "b.parquet", [r | {"file_index": 5} for r in ROWS])
    assert "a column named file_index" in complaint(settings, reserved)


MODEL_IDS = [
    "it's",
    'say "hi"',
    "a;b",
    "x'); DROP TABLE scenarios; --",
    "模型",
    "a b",
    "-1",
    "%s{}",
]


@pytest.mark.parametrize("form", [parquet, as_csv, jsonl])
def test_model_ids_with_quotes_and_semicolons(
    settings: Settings, tmp_path: Path, form: Any
) -> None:
    rows = many(3, models=MODEL_IDS, gaps=0)
    info = load(settings, form(tmp_path / f"a.{form.__name__.removeprefix('as_')}", rows))
    assert sorted(info.models) == sorted(MODEL_IDS)
    assert any("provider “other”" in n for n in info.notices)
    opened = open_study(settings, "planted")
    first = scenarios.page(opened, ScenarioFilter(model_set=tuple(MODEL_IDS[:2])))
    found = cases.answers(opened, "1_0_neutral", MODEL_IDS[3:4])
    known = cases.positions(opened, "1_0_neutral")
    opened.close()
    assert len(first) == 3
    assert found["text"].tolist() == [f"{MODEL_IDS[3]} answers 1-0 neutral"]
    assert set(known["provider"]) == {"other"}
    assert set(known["label"]) == set(MODEL_IDS)


# Texts: where they are


def answers(settings: Settings, scenario: str) -> dict[str, str]:
    opened = open_study(settings, "planted")
    found = cases.answers(opened, scenario)
    opened.close()
    return dict(zip(found["model"], found["text"], strict=True))


def expected(row: dict) -> dict[str, str]:
    return {m: row[f"response_{m}"] for m in MODELS if row[f"response_{m}"]}


@pytest.mark.parametrize("copy", [False, True])
def test_texts_read_back_linked_or_copied(settings: Settings, tmp_path: Path, copy: bool) -> None:
    rows = [r | {"response_o3": None, "response_grok_4": ""} for r in ROWS[:2]] + ROWS[2:]
    shards = [
        parquet(tmp_path / "a-0.parquet", rows[:1]),
        parquet(tmp_path / "a-1.parquet", rows[1:]),
    ]
    info = load(settings, *shards, copy_texts=copy)
    assert info.texts == ("copied" if copy else "linked")
    assert table(settings, "SELECT count(*) FROM response_texts")[0][0] == (32 if copy else 0)
    for row in rows:
        key = f"{row['chunk_index']}_{row['entry_idx']}_{row['nudge_direction']}"
        assert answers(settings, key) == expected(row)


@pytest.mark.parametrize("form", [as_csv, jsonl])
def test_texts_of_csv_and_jsonl_are_always_copied(
    settings: Settings, tmp_path: Path, form: Any
) -> None:
    path = form(tmp_path / f"a.{form.__name__.removeprefix('as_')}", ROWS)
    info = load(settings, path)
    path.unlink()
    assert info.texts == "copied"
    assert answers(settings, "1_1_value2") == expected(ROWS[5])
    assert not list((settings.home).glob("staging/*"))


def test_a_linked_file_that_moved_is_a_sentence_and_the_rest_works(
    settings: Settings, tmp_path: Path
) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS)
    load(settings, path)
    path.rename(tmp_path / "b.parquet")
    opened = open_study(settings, "planted")
    with pytest.raises(FaultlineError, match=r"lie in a\.parquet.*no longer.*still works"):
        cases.answers(opened, "1_0_neutral")
    assert cases.missing_files(opened) == [path]
    assert len(scenarios.page(opened, ScenarioFilter())) == 6
    assert len(cases.positions(opened, "1_0_neutral")) == len(MODELS)
    assert cases.one(opened, "1_0_neutral") is not None
    opened.close()
    (tmp_path / "b.parquet").rename(path)
    assert answers(settings, "1_0_neutral") == expected(ROWS[0])


def test_a_linked_file_that_was_replaced_never_answers_for_another(
    settings: Settings, tmp_path: Path
) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS)
    load(settings, path)
    for content in (list(reversed(ROWS)), ROWS[:1]):
        parquet(path, content)
        with pytest.raises(FaultlineError, match=r"a\.parquet.*changed since"):
            answers(settings, "1_0_value2")
    path.write_bytes(b"no parquet at all")
    with pytest.raises(FaultlineError, match=r"a\.parquet.*changed since"):
        answers(settings, "1_0_value2")


def test_a_repeat_fills_what_the_first_lacks(settings: Settings, tmp_path: Path) -> None:
    first = ROWS[0] | {"response_o3": None, "o3_value1_position": None, "rank": None}
    paths = [parquet(tmp_path / "a.parquet", [first], {"rank": pa.int64()})]
    paths.append(parquet(tmp_path / "b.parquet", [ROWS[0] | {"more": 1}]))
    for copy in (False, True):
        info = load(settings, *paths, copy_texts=copy)
        assert (info.scenarios, info.rejected) == (1, {})
        assert answers(settings, "1_0_neutral") == expected(ROWS[0])
        assert positions(settings) == [(ROWS[0]["o3_value1_position"],)]
        assert table(settings, "SELECT rank FROM scenarios") == [(ROWS[0]["rank"],)]


@pytest.mark.parametrize("copy", [False, True])
def test_a_row_that_stands_twice_in_one_file_has_its_answers_once(
    settings: Settings, tmp_path: Path, copy: bool
) -> None:
    info = load(settings, parquet(tmp_path / "a.parquet", [*ROWS, ROWS[0]]), copy_texts=copy)
    assert info.sources[0]["repeated"] == 1
    assert answers(settings, "1_0_neutral") == expected(ROWS[0])
    opened = open_study(settings, "planted")
    assert len(cases.answers(opened, "1_0_neutral")) == len(MODELS)
    opened.close()
    if copy:
        doubled = "SELECT 1 FROM response_texts GROUP BY scenario_no, model HAVING count(*) > 1"
        assert table(settings, doubled) == []


def test_load_files_is_what_the_helper_of_these_tests_does(
    settings: Settings, tmp_path: Path
) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS)
    ours: StudyInfo = load(settings, path)
    theirs = load_files([path], "planted", settings)
    assert theirs.content_hash == ours.content_hash


def test_a_folder_that_looks_like_a_partition_adds_nothing(tmp_path: Path) -> None:
    """`key=value` in a path is a name, of the source and of the home."""
    rows = many(3, seed=4)
    hashes, answers = [], []
    for folder in (tmp_path / "plain", tmp_path / "value1=changed" / "rank=7"):
        folder.mkdir(parents=True)
        home = Settings(home=folder / "home")
        load(home, parquet(folder / "rows.parquet", rows))
        study = open_study(home, "planted")
        hashes.append(study.info.content_hash)
        found = scenarios.page(study, ScenarioFilter(), taxonomy=current_taxonomy(home).path)
        answers.append(cases.answers(study, found["scenario"][0])["text"].tolist())
        study.close()
    assert hashes[0] == hashes[1]
    assert answers[0] == answers[1] != []
