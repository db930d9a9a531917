"""Ratios that mean something on a shared machine: two ways in turns, compared pair by pair.

Absolute times drift by a factor of two while a benchmark runs; the ratio of two runs that stand
next to each other drifts far less. Every goal is on the median of those ratios.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MISSED = "goals missed"
HEADER = (
    "| work | ours | bare | ratio (range) | goal | holds |\n| --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True)
class Pairs:
    """Seconds of both ways, run by run."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.bare, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def in_turns(ours: Callable[[], float], bare: Callable[[], float], runs: int) -> Pairs:
    """Run both `runs` times, the first of each pair changing, after one of each that is thrown
    away (imports, the page cache)."""
    ways = {"ours": ours, "bare": bare}
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for run in range(-1, runs):
        for name in ("ours", "bare") if run % 2 else ("bare", "ours"):
            seconds = ways[name]()
            if run >= 0:
                taken[name].append(seconds)
    return Pairs(tuple(taken["ours"]), tuple(taken["bare"]))


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """The mean time of one call among `repeat` in a row."""
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def row(name: str, pairs: Pairs, goal: float | None, unit: str = "s") -> str:
    """One line of the table under `HEADER`; `goal` is the highest ratio, None for no goal."""
    factor, digits = (1, 2) if unit == "s" else (1000, 1)
    ours, bare = (statistics.median(times) * factor for times in (pairs.ours, pairs.bare))
    asked = "none | " if goal is None else f"{goal:g} | {verdict(pairs.ratio <= goal)}"
    spread = f"{min(pairs.ratios):.2f} to {max(pairs.ratios):.2f}"
    return (
        f"| {name} | {ours:.{digits}f} {unit} | {bare:.{digits}f} {unit} "
        f"| {pairs.ratio:.2f} ({spread}) | {asked} |"
    )


def verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"


def elsewhere(script: str, *arguments: str) -> dict[str, float]:
    """Run one measurement in a process of its own; it prints one JSON object as its last line."""
    done = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_mb() -> float:
    """The most memory that this process has held, in MB (Linux counts in KB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def report(rows: Sequence[str]) -> None:
    """Print the table; the process ends with a word on the goals that were missed, if any."""
    print("\n".join([HEADER, *rows]))
    missed = [row.split(" | ")[0].strip("| ") for row in rows if verdict(False) in row]
    if missed:
        sys.exit(f"{MISSED}: {'; '.join(missed)}")
