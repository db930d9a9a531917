"""Twelve people at once for two minutes on one server: errors, memory, how often a study is opened.

    python benchmarks/bench_sessions.py [--small] [--sessions 12] [--seconds 120] [--home FOLDER]

Each session is a WebSocket as a browser holds it: it changes pages (all that read a study), sets
filters that nobody set before, opens cases, and thinks for a quarter of a second in between. The
study has 44,000 scenarios x 12 models and 24,600 judged answers. Goals: no exception in any page
and no traceback in the log; memory in the second half at most 1.25x that of the first; the
study's file open once in the server, however many read it. Waits are told, without a goal.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from analysis.settings import Settings
from benchmarks import pairs
from benchmarks.bench_pages import study
from benchmarks.browsing import server

THINK = 0.25
GROWTH = 1.25
TROUBLE = ("Something went wrong here", "This did not work")
SETS = ("all", "openai", "anthropic")


@dataclass
class Session:
    """One person: what they waited for, and what went wrong."""

    number: int
    base: str
    study: str
    waits: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)

    def work(self, until: float) -> None:
        dice = random.Random(self.number)
        address = self.base.replace("http", "ws") + "/_stcore/stream"
        try:
            with connect(
                address, subprotocols=["streamlit"], origin=self.base, max_size=None
            ) as line:
                self.ask(line, "", {})
                while time.monotonic() < until:
                    self.ask(line, *self.choice(dice))
                    time.sleep(THINK)
        except Exception as error:
            self.problems.append(f"{type(error).__name__}: {error}"[:300])

    def choice(self, dice: random.Random) -> tuple[str, dict[str, str]]:
        """A page and its parameters: often what nobody asked before."""
        page = dice.choice([p for p in self.hashes if p not in ("stress_test", "data")])
        low = round(dice.uniform(0, 2), 1)
        more = {
            "scenarios": {
                "models": dice.choice(SETS),
                "d": f"{low}-{low + 0.5}",
                "page": str(dice.randint(1, 40)),
            },
            "overview": {"models": dice.choice(SETS)},
            "values": {"models": dice.choice(SETS), "measure": dice.choice(("lean", "raw"))},
            "models": {"model": dice.choice(("o3", "gpt_4o", "claude_opus_4", "grok_4"))},
        }
        if page == "scenarios" and dice.random() < 0.4:
            entry = dice.randint(0, 1_400)
            return page, {"scenario": f"0_{entry}_neutral"}
        return page, more.get(page, {})

    def ask(self, line, page: str, query: dict[str, str]) -> None:
        """ModelCall for a run of a page and read until it has ended."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode({"study": self.study, **query})
        message.rerun_script.page_script_hash = self.hashes.get(page, "")
        start = time.monotonic()
        line.send(message.SerializeToString())
        while not self.heard(ForwardMsg.FromString(line.recv(timeout=120)), page):
            pass
        self.waits.append(time.monotonic() - start)

    def heard(self, message: ForwardMsg, page: str) -> bool:
        """Take a message in; whether the run has ended with it."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.hashes |= {
                p.url_pathname or "overview": p.page_script_hash
                for p in message.navigation.app_pages
            }
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                self.problems.append(f"{page}: {element.exception.message}"[:300])
            elif any(told in element.markdown.body for told in TROUBLE):
                self.problems.append(f"{page}: {element.markdown.body}")
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self.problems.append(f"{page}: did not compile")
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def times_open(pid: int, ending: str = ".duckdb") -> dict[str, int]:
    """How often each study's file is open in a process (Linux)."""
    counts: dict[str, int] = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = str(entry.readlink())
        except OSError:
            continue
        if name.endswith(ending):
            counts[name] = counts.get(name, 0) + 1
    return counts


def run(base: str, pid: int, name: str, count: int, seconds: float):
    """All sessions at once; the sessions, memory by second, and the open files at the end."""
    until = time.monotonic() + seconds
    sessions = [Session(i, base, name) for i in range(count)]
    threads = [threading.Thread(target=s.work, args=(until,)) for s in sessions]
    for thread in threads:
        thread.start()
    memory, opened = [], 0
    while time.monotonic() < until:
        time.sleep(1)
        memory.append(resident_mb(pid))
        opened = max(opened, *times_open(pid).values(), 0)
    for thread in threads:
        thread.join(150)
    return sessions, memory, opened


def told(sessions, memory, opened, count, seconds, traces):
    """The table: what was asked for, how it went, and the goals."""
    waits = sorted(w for s in sessions for w in s.waits)
    problems = [p for s in sessions for p in s.problems]
    half = len(memory) // 2
    growth = max(memory[half:]) / max(memory[:half])
    rows = [
        f"| page runs in {seconds:.0f} s by {count} sessions | {len(waits):,} | | |",
        f"| wait, median and 95% | {statistics.median(waits):.2f} s, "
        f"{waits[int(0.95 * len(waits))]:.2f} s | none | |",
        f"| exceptions and broken connections | {len(problems)} | 0 | "
        f"{pairs.verdict(not problems)} |",
        f"| tracebacks in the log | {traces} | 0 | {pairs.verdict(not traces)} |",
        f"| memory: first page, most in the first half, most in the second | {memory[0]:.0f}, "
        f"{max(memory[:half]):.0f}, {max(memory[half:]):.0f} MB | second at most {GROWTH}x the "
        f"first | {pairs.verdict(growth <= GROWTH)} |",
        f"| the study's file, times open at once | {opened} | 1 | {pairs.verdict(opened == 1)} |",
    ]
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="4,400 scenarios, 20 s: a smoke test")
    parser.add_argument("--sessions", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--home", type=Path, help="a home that keeps the study for the next run")
    args = parser.parse_args()
    scenarios, seconds = (4_400, 20) if args.small else (44_000, args.seconds)
    with tempfile.TemporaryDirectory() as folder:
        place = args.home or Path(folder)
        settings, log = Settings(home=place / "home"), Path(folder) / "server.log"
        name = study(settings, place, scenarios)
        with server("app.py", log=log, FAULTLINE_HOME=str(settings.home)) as (base, pid):
            found = run(base, pid, name, args.sessions, seconds)
        traces = log.read_text(encoding="utf-8", errors="replace").count("Traceback")
    rows = told(*found, args.sessions, seconds, traces)
    print("| what | measured | goal | holds |\n| --- | --- | --- | --- |")
    print("\n".join(rows))
    if any(pairs.verdict(False) in row for row in rows):
        sys.exit(f"{pairs.MISSED}: sessions")


if __name__ == "__main__":
    main()
