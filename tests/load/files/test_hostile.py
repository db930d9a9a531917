"""Files that mean harm, through the child that reads what somebody brings: each ends in a sentence
and leaves nothing, and whoever waits for one can cancel."""

import gzip
import json
import os
import threading
from pathlib import Path

import command_kit
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_rows import many, parquet

from analysis.errors import FaultlineError
from analysis.load import subprocess_load
from analysis.load.subprocess_load import (
    load_files_in_child,
    load_spec_in_child,
    load_taxonomy_in_child,
    read_report_in_child,
)
from analysis.settings import Settings
from analysis.store.annotations import reports
from analysis.store.build.build import BuildCancelledError
from analysis.subprocesses import talk

ROOT = Path(__file__).resolve().parents[3]
READERS = {
    "study": lambda path, settings: load_files_in_child([path], "planted", settings),
    "taxonomy": load_taxonomy_in_child,
    "spec": lambda path, settings: load_spec_in_child(path, None, settings),
}
ENDINGS = {"study": ".parquet", "taxonomy": ".csv", "spec": ".md"}


def sentence(reader: str, path: Path, settings: Settings) -> str:
    with pytest.raises(FaultlineError) as caught:
        READERS[reader](path, settings)
    said = str(caught.value)
    assert "unexpectedly" not in said
    assert "Traceback" not in said
    assert [p for p in settings.home.rglob("*") if p.is_file()] == []
    return said


@pytest.mark.parametrize("reader", list(READERS))
@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, settings: Settings, reader: str, kind: str
) -> None:
    path = tmp_path / f"x{ENDINGS[reader]}"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        import socket

        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path has at most 108 bytes
        try:
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(path.name)
        finally:
            os.chdir(here)
    assert f"is a {kind}, not a file" in sentence(reader, path, settings)


def test_a_folder_of_devices_and_pipes_is_refused(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.parquet").symlink_to("/dev/zero")
    os.mkfifo(folder / "b.csv")
    assert "not a file" in sentence("study", folder, settings)


@pytest.mark.parametrize("reader", list(READERS))
def test_links_in_a_circle_are_no_file(tmp_path: Path, settings: Settings, reader: str) -> None:
    one, other = tmp_path / f"a{ENDINGS[reader]}", tmp_path / f"b{ENDINGS[reader]}"
    one.symlink_to(other)
    other.symlink_to(one)
    assert "no file" in sentence(reader, one, settings) or "read" in sentence(reader, one, settings)


@pytest.mark.parametrize(
    "command",
    [
        ["load", "files", "x.csv", "--study", "planted"],
        ["load", "taxonomy", "x.csv"],
        ["load", "spec", "x.csv"],
        ["verify", "x.csv"],
    ],
    ids=" ".join,
)
def test_the_command_line_refuses_a_pipe_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    os.mkfifo(tmp_path / "x.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    code, heard, wrong = command_kit.said(command)
    assert code in (1, 2)
    assert "is a pipe, not a file" in wrong + heard
    assert "Traceback" not in wrong


def claims(path: Path, rows: int = 1_000_000, text: int = 100_000) -> Path:
    """Some kilobytes that hold `rows` rows with an answer of `text` characters each."""
    constant = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), ["x" * text])
    table = pa.table(
        {
            "query": constant,
            "value1": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), ["a"]),
            "value2": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), ["b"]),
            "response_model_a": constant,
        }
    )
    pq.write_table(table, path, compression="zstd", store_schema=False)
    return path


def test_a_small_file_of_endless_rows_ends_with_a_cancel(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = claims(tmp_path / "claims.parquet")
    assert path.stat().st_size < 300_000
    stop, children = threading.Event(), []

    class Kept(talk.Child):
        def __init__(self, *asked) -> None:
            super().__init__(*asked)
            children.append(self)

    monkeypatch.setattr(talk, "Child", Kept)

    def begun(step) -> None:
        if "reading" in step.what:
            threading.Timer(1, stop.set).start()

    with pytest.raises(BuildCancelledError, match="was cancelled"):
        load_files_in_child(
            [path], "planted", settings, copy_texts=True, report=begun, cancelled=stop.is_set
        )
    assert children[0].done.is_set()
    assert [p for p in settings.home.rglob("*") if p.is_file()] == []
    assert talk.GRACE < 1


def test_a_small_file_of_endless_rows_ends_by_itself(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = claims(tmp_path / "claims.parquet")
    monkeypatch.setattr(subprocess_load, "LEAST_SECONDS", 8)
    said = sentence("study", path, settings)
    assert "stopped after" in said or "needs more" in said


@pytest.mark.parametrize(
    ("ending", "size"),
    [
        (".csv", 200_000_000),
        (".jsonl", 200_000_000),
        pytest.param(".csv", 2_000_000_000, marks=pytest.mark.slow),
    ],
)
def test_a_line_of_hundreds_of_megabytes_is_a_row_that_is_too_long(
    tmp_path: Path, settings: Settings, ending: str, size: int
) -> None:
    path = tmp_path / f"line{ending}"
    with path.open("wb") as out:
        out.truncate(size)  # zeros without a line's end; takes no room on disk
    assert path.name in sentence("study", path, settings)


def test_json_nested_without_end_is_a_rejected_line(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 5_000_000 + "\n" + '{"a":' * 1_000_000 + "\n")
    assert "not a JSON object" in sentence("study", path, settings)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", gzip.compress(bytes(1_000_000), mtime=0), "gzip archive"),
        ("rows.jsonl", b"PK\x03\x04" + bytes(100), "ZIP archive"),
        ("rows.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG picture"),
        ("rows.jsonl", b"PAR1" + bytes(100), "parquet file by its content"),
        ("rows.parquet", b"query,value1,value2\n", "is not a parquet file"),
    ],
)
def test_content_and_ending_have_to_agree(
    tmp_path: Path, settings: Settings, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said in sentence("study", path, settings)


def test_a_taxonomy_that_begins_like_a_parquet_is_not_unpacked(
    tmp_path: Path, settings: Settings
) -> None:
    """885 KB under the name of a CSV took 5.6 GB of the server."""
    names = ("cluster_id", "name", "level", "parent_cluster_id", "description")
    zeros = pa.array([0] * 60_000, pa.int32())
    table = pa.table({n: pa.DictionaryArray.from_arrays(zeros, ["x" * 100_000]) for n in names})
    path = tmp_path / "values.csv"
    pq.write_table(table, path, compression="zstd", store_schema=False)
    assert "parquet file by its content" in sentence("taxonomy", path, settings)
    named = path.rename(tmp_path / "values.parquet")
    assert "unpacks to more than the" in sentence("taxonomy", named, settings)


def report_with(**parts: object) -> bytes:
    finding = {"kind": "text", "text": "words", **parts}
    body = {"faultline_report": reports.FORM, "title": "t", "findings": [finding]}
    return json.dumps(body).encode()


def test_a_report_is_read_in_the_child(settings: Settings) -> None:
    found = read_report_in_child(report_with(), settings)
    assert (found.title, found.findings[0].text) == ("t", "words")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[" * 10_000_000, "not in JSON"),
        (b"[" + b"[]," * 5_000_000 + b"[]]", "no report"),
        (b"x" * 20_000_000, "at most 16 MB"),
        (report_with(params={"a": [[]] * 100_000}), "too long"),
        (report_with(recipe="x" * 100_000), "too long"),
        (gzip.compress(b"{}", mtime=0), "not text"),
    ],
)
def test_a_report_that_is_none_ends_in_a_sentence(
    settings: Settings, raw: bytes, said: str
) -> None:
    with pytest.raises(FaultlineError, match=said):
        read_report_in_child(raw, settings)


def test_every_limit_is_told_in_the_words_of_what_was_done(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path / "rows.parquet", many(3_000, seed=5))
    monkeypatch.setattr(subprocess_load, "LEAST_FILE_MB", 0)
    monkeypatch.setattr(subprocess_load, "TIMES_THE_SOURCE", 1)
    with pytest.raises(FaultlineError, match="disk is full"):
        load_files_in_child([path], "planted", settings, copy_texts=True)
