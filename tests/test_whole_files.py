"""A file is whole or not there: whoever writes one writes it beside its place, whatever goes wrong
leaves what was there, and no source writes in another way."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.whole_files import filling, replacing, write_all, write_bytes, write_text

ROOT = Path(__file__).resolve().parents[1]
WRITERS = {
    "write_text",
    "write_bytes",
    "to_parquet",
    "to_csv",
    "to_excel",
    "write_table",
    "ParquetWriter",
    "savez",
    "write_image",
    "write_html",
    "savefig",
}
OURS = {"replacing", "filling", "write_atomic"}
IN_MEMORY_OR_OWN_FOLDER = {
    # place -> why it needs no care
    "analysis/files/tables.py:parquet": "into a buffer",
    "analysis/decks/pdf.py:pdf": "a temporary folder of the call",
    "analysis/load/files/answer_cells.py:_clean": "the workspace of a build, removed with it",
    "analysis/load/files/answer_cells.py:_flush": "the workspace of a build, removed with it",
    "analysis/load/files/containers.py:_arrow": "the workspace of a build, removed with it",
    "analysis/load/files/containers.py:_as_utf8": "the workspace of a build, removed with it",
    "analysis/load/files/containers.py:_decompressed": "the workspace of a build, removed with it",
    "analysis/load/files/containers.py:_inspect": "the workspace of a build, removed with it",
    "analysis/store/build/long_form.py:_write": "the workspace of a build, removed with it",
    "analysis/store/build/long_form.py:pivot": "the workspace of a build, removed with it",
    "analysis/store/build/long_form.py:_further": "the workspace of a build, removed with it",
    "analysis/store/build/long_form.py:pivot_judges": "the workspace of a build, removed with it",
    "analysis/load/files/text_rows.py:_write": "the workspace of a build, removed with it",
    "analysis/load/files/query_cells.py:_write": "the workspace of a build, removed with it",
    "analysis/queries/source_files.py:_copy": "the workspace of a build, removed with it",
    "analysis/store/build/places.py:workspace": "a lock",
    "analysis/store/build/places.py:_abandoned": "a lock",
    "analysis/store/study.py:_publishing": "a lock",
    "analysis/queries/snapshot.py:_tables": "inside `filling`, by its caller",
    "analysis/queries/snapshot.py:_write": "inside `filling`, by its caller",
    "analysis/store/sql_console/child.py:_send": "a pipe",
    "analysis/load/hub/download.py:_append": "a part that is checked, then renamed by `keep`",
    "analysis/whole_files.py:replacing": "the one home",
    "analysis/whole_files.py:write_all": "the one home",
    "pages/parts/criteria/editing.py:_take": "a temporary folder of the call",
    "pages/parts/data/library.py:on_disk": "a folder of its own, removed after the call",
    "pages/parts/data/load.py:_kept": "a folder of its own, removed where it can't be filled",
    "pages/ui/example.py:_alone": "a lock",
    "pipeline/plan/inputs.py:copy_inputs": "a run's folder in the making, renamed when whole",
    "pipeline/run/control.py:_made": "a run's folder in the making, renamed when whole",
    "pipeline/run/control.py:detach": "a log, which grows",
}


def writes(tree: ast.AST) -> list[tuple[str, int]]:
    """(function, line) of all calls that write a file outside the blocks of `OURS`."""
    found: list[tuple[str, int]] = []

    def name_of(call: ast.expr) -> str:
        function = call.func if isinstance(call, ast.Call) else call
        return getattr(function, "attr", None) or getattr(function, "id", "")

    def is_written(call: ast.Call) -> bool:
        name = name_of(call)
        if name in ("to_lock", "to_append"):
            return True
        if name in WRITERS:
            # `to_csv()` without a place gives a text.
            with_place = bool(call.args) or not name.startswith("to_")
            return isinstance(call.func, ast.Attribute) and with_place
        arguments = [*call.args, *(k.value for k in call.keywords)]
        modes = [
            a.value
            for argument in arguments
            for a in ast.walk(argument)
            if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        return name == "open" and any(
            set(m) <= set("rwaxbt+") and set(m) & set("wax+") for m in modes
        )

    def visit(node: ast.AST, function: str, safe: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.With):
            safe = safe or any(name_of(item.context_expr) in OURS for item in node.items)
        if isinstance(node, ast.Call):
            if is_written(node) and not safe:
                found.append((function, node.lineno))
            safe = safe or name_of(node) in OURS  # write_atomic(path, lambda to: …)
        if isinstance(node, ast.Constant) and "COPY (" in str(node.value):
            found.append((function, node.lineno))
        for child in ast.iter_child_nodes(node):
            visit(child, function, safe)

    visit(tree, "", False)
    return found


def test_no_source_writes_a_file_in_another_way():
    by_hand = {}
    for part in ("analysis", "pipeline", "pages"):
        for path in sorted((ROOT / part).rglob("*.py")):
            for function, line in writes(ast.parse(path.read_text(encoding="utf-8"))):
                place = f"{path.relative_to(ROOT)}:{function}"
                by_hand.setdefault(place, line)
    assert {p: line for p, line in by_hand.items() if p not in IN_MEMORY_OR_OWN_FOLDER} == {}
    assert set(IN_MEMORY_OR_OWN_FOLDER) - set(by_hand) == set(), "these write no more"


@pytest.mark.parametrize(
    "source",
    [
        "path.write_text('x')",
        "frame.to_parquet(path)",
        "open(path, 'w')",
        "path.open('ab')",
        "pq.write_table(t, path)",
        "con.execute(f'COPY ({q}) TO x')",
    ],
)
def test_the_search_finds_a_writer(source):
    assert writes(ast.parse(f"def f():\n    {source}"))
    if "COPY" not in source:
        assert not writes(ast.parse(f"def f():\n    with replacing(p) as path:\n        {source}"))


def test_what_fails_in_the_middle_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "before")
    with pytest.raises(ZeroDivisionError), replacing(target) as aside:
        aside.write_text(f"half {1 / 0}")
    assert target.read_text() == "before"
    other = tmp_path / "gone" / "deep" / "b.txt"
    write_bytes(other, b"new")
    assert other.read_bytes() == b"new"
    with pytest.raises(OSError), replacing(tmp_path / ("n" * 300)):
        pass
    with pytest.raises(IsADirectoryError):
        write_all({tmp_path / "c": b"1", target: b"2", tmp_path / "gone": b"3"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "gone"]
    assert target.read_text() == "before"


def test_a_folder_is_filled_whole_or_not_at_all(tmp_path):
    with pytest.raises(ZeroDivisionError), filling(tmp_path / "s") as aside:
        (aside / "one").write_text(f"{1 / 0}")
    assert list((tmp_path / "s").iterdir()) == []
    with filling(tmp_path / "s") as aside:
        (aside / "one").write_text("1")
        (aside / "two").write_text("2")
        assert not (tmp_path / "s" / "one").exists()
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == ["one", "two"]


def test_links_and_pipes_are_written_through(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    write_text(link, "after")
    assert link.is_symlink()
    assert target.read_text() == "after"
    read, write = os.pipe()
    write_bytes(Path(f"/dev/fd/{write}"), b"through", make_folder=False)  # as somebody typed it
    assert os.read(read, 100) == b"through"


def test_a_pipe_in_the_place_of_a_file_of_the_home_gives_way(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    write_text(tmp_path / "a.json", "{}")
    assert (tmp_path / "a.json").read_text() == "{}"
    (tmp_path / "b.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_text(tmp_path / "b.json", "{}")


def test_a_name_of_any_length_that_the_file_system_takes(tmp_path):
    for name in ("é" * 127, "n" * 255, "a b\nc"):
        write_text(tmp_path / name, name)
        assert (tmp_path / name).read_text() == name


KILLED = """
import sys, time
from pathlib import Path
from analysis.whole_files import filling, replacing
with {writer}(Path(sys.argv[1])) as aside:
    ({inside}).write_text("half")
    print("now", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("writer", "inside"), [("replacing", "aside"), ("filling", "aside / 'one'")]
)
def test_what_a_killed_writer_left_is_swept_and_a_living_ones_is_not(tmp_path, writer, inside):
    target, code = tmp_path / "t", KILLED.format(writer=writer, inside=inside)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(target)], cwd=ROOT, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in writers:
        assert process.stdout.readline() == b"now\n"
    writers[0].send_signal(signal.SIGKILL)
    writers[0].wait()
    folder = target if writer == "filling" else tmp_path
    assert len(list(folder.glob(".*.part"))) == 2
    again = replacing if writer == "replacing" else filling
    with again(target) as aside:
        (aside if writer == "replacing" else aside / "one").write_text("whole")
    assert len(list(folder.glob(".*.part"))) == 1
    assert (target if writer == "replacing" else target / "one").read_text() == "whole"
    writers[1].kill()
    writers[1].wait()
    time.sleep(0.01)
