"""Children end by themselves: at their limits, with their parent, with whoever cancels."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.subprocesses import slots, talk
from analysis.subprocesses.child import ROOT, Child
from analysis.subprocesses.limits import Limits, memory_bounded, out_of_time
from analysis.subprocesses.slots import BusyError, Slots

HERE = Path(__file__).parent
USUAL = Limits(wall_seconds=60, cpu_seconds=60, memory_mb=1_000, file_mb=10)
DEEDS = "tests.subprocesses.work_child"


def alive(pid: int) -> bool:
    """Whether a process runs: a zombie, which only waits to be counted, does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def do(deed: str, limits: Limits = USUAL, **more):
    pids = []
    last, code = talk.run(
        DEEDS, {"deed": deed, **more}, limits, on_record=lambda r: pids.append(r["pid"])
    )
    return last, code, pids


def test_a_child_says_its_steps_and_its_result() -> None:
    last, code, pids = do("nothing", echo="ü\ud800")
    assert (last, code, len(pids)) == ({"result": "ü\ud800"}, 0, 1)


def test_a_mistake_and_a_fault_are_told_apart() -> None:
    assert do("mistake")[:2] == ({"error": "That file is no file."}, talk.ERROR)
    last, code, _ = do("fault")
    assert code == talk.FAULT
    assert "ZeroDivisionError: a bug" in last["fault"]


@pytest.mark.parametrize("deed", ["sleep", "spin in C", "deaf"])
def test_the_wall_clock_ends_a_child_that_nobody_asks_after(deed: str) -> None:
    limits = Limits(wall_seconds=1.5, cpu_seconds=60, memory_mb=1_000, file_mb=10)
    child = Child(DEEDS, {"deed": deed}, limits, lambda: None)
    assert gone(child.pid)
    assert out_of_time(child.code)


def test_processor_time_is_bounded_inside_a_library() -> None:
    _, code, _ = do("spin in C", Limits(60, 1, 1_000, 10))
    assert code == -signal.SIGXCPU


def test_memory_is_bounded() -> None:
    assert do("take memory")[:2] == ({}, talk.MEMORY)


def test_the_size_of_a_file_is_bounded(tmp_path: Path) -> None:
    last, code, _ = do("write", path=str(tmp_path / "large"))
    assert code == talk.FAULT
    assert "File too large" in last["fault"]
    assert (tmp_path / "large").stat().st_size <= 10_000_000


def test_cancel_ends_a_child_that_does_not_listen_and_all_that_it_started() -> None:
    stop, pids = threading.Event(), []

    def heard(record):
        pids.append(record["pid"])
        if len(pids) == 2:
            stop.set()

    talk.run(DEEDS, {"deed": "children"}, USUAL, on_record=heard, cancelled=stop.is_set)
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def test_what_a_child_leaves_behind_ends_with_it() -> None:
    _, code, pids = do("leave a child")
    assert code == 0
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


SERVER = """
import json, sys, threading, time
from analysis.subprocesses import talk
from analysis.subprocesses.limits import Limits
say = lambda record: print(json.dumps(record), flush=True)
def session():  # its thread ends, as a page's does; the child has to live on
    threading.Thread(target=talk.run, args=(
        "tests.subprocesses.work_child", {"deed": sys.argv[1]}, Limits(300, 300, 1000, 10)),
        kwargs={"on_record": say}).start()
threading.Thread(target=session).start()
time.sleep(300)
"""


@pytest.mark.parametrize("deed", ["spin in C", "children"])
def test_a_server_that_is_killed_takes_its_children_and_theirs_along(deed: str) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, deed], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None
    pids = [json.loads(server.stdout.readline())["pid"] for _ in range(1 + (deed == "children"))]
    assert all(alive(pid) for pid in pids)
    server.kill()
    server.wait()
    server.stdout.close()
    assert all(gone(pid, 5) for pid in pids)


def test_so_many_at_once_and_no_more_over_all_threads() -> None:
    places = Slots(2)
    frees = [places.take(), places.take()]
    with pytest.raises(BusyError, match="busy: 2 others are running"):
        talk.run(DEEDS, {"deed": "nothing"}, USUAL, slots=places)
    last, _ = {}, 0
    waiter = threading.Thread(
        target=lambda: last.update(
            talk.run(DEEDS, {"deed": "nothing", "echo": 1}, USUAL, slots=places, wait=True)[0]
        )
    )
    waiter.start()
    frees[0]()
    frees[0]()  # a slot is given back once, however often it is said
    waiter.join(60)
    assert last == {"result": 1}
    places.take()
    with pytest.raises(BusyError):
        places.take()


def test_waiting_for_a_slot_can_be_cancelled() -> None:
    places = Slots(1)
    places.take()
    asked = talk.run(
        DEEDS, {"deed": "nothing"}, USUAL, slots=places, wait=True, cancelled=lambda: True
    )
    assert asked == ({}, -signal.SIGTERM)


@pytest.mark.parametrize("deed", ["mistake", "fault", "take memory", "nothing", "killed", "time"])
def test_a_slot_is_free_again_whatever_happened(deed: str) -> None:
    places = Slots(1)

    def heard(record) -> None:
        if deed == "killed":
            os.kill(record["pid"], signal.SIGKILL)

    limits = Limits(1.0, 60, 1_000, 10) if deed == "time" else USUAL
    does = "sleep" if deed in ("time", "killed") else deed
    talk.run(DEEDS, {"deed": does}, limits, slots=places, on_record=heard)
    places.take()


def test_a_slot_is_free_again_where_no_process_could_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = Slots(1)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(FileNotFoundError):
        talk.run(DEEDS, {"deed": "nothing"}, USUAL, slots=places)
    places.take()


def test_the_server_has_one_set_of_slots() -> None:
    assert slots.of_process() is slots.of_process()
    assert slots.of_process().most == slots.AT_ONCE


def test_a_command_bounds_its_own_memory() -> None:
    with (
        pytest.raises(FaultlineError, match="Reading x needs more"),
        memory_bounded(500, "reading x"),
    ):
        len(b"x" * 3_000_000_000)
    assert len(b"x" * 600_000_000) == 600_000_000


def test_what_a_process_holds_already_takes_nothing_of_its_bound() -> None:
    held = [bytes([i % 251]) * 1_000_000 for i in range(300)]  # on the heap, beside larger blocks
    with memory_bounded(60, "reading x"):
        assert len(b"x" * 30_000_000) == 30_000_000
    with (
        pytest.raises(FaultlineError, match="Reading x needs more"),
        memory_bounded(60, "reading x"),
    ):
        len(b"x" * 900_000_000)
    assert len(held) == 300
