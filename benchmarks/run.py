"""Run every benchmark and fuzz, each in a process of its own, and write what they found.

    python benchmarks/run.py [--only NAME ...] [--small]

`make bench` calls it. NAME is a file's name without `.py`, and without `bench_`: what the files
`bench_*.py` print stands in docs/performance.md (of the simulations in docs/coverage.md, of the
search in docs/search.md), and what
`fuzz_*.py` print in docs/security.md, under "Fuzzing". A page keeps one block for each between two
marks; a run replaces the blocks of what it ran and leaves the rest, the words between them
included. `--small` runs everything with
little data to see that it works, and prints instead of writing. Exit code 1 where one failed or,
at its real size, missed a goal.
"""

import argparse
import ast
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "performance.md"
SECURITY = ROOT / "docs" / "security.md"
FUZZ = "fuzz_"
SEARCH = ROOT / "docs" / "search.md"
COVERAGE = ROOT / "docs" / "coverage.md"
SIMULATED = ("coverage", "claims", "noise", "false_alarms")
"""Benchmarks of how often what is said is right, not of how fast."""
INTRO = """# Performance

Made by `make bench`. Times drift by a factor of two on a shared machine, so every goal is a ratio
of two ways that ran in turns; the times beside it only give its scale.
"""
# What "small" means where a benchmark has no --small of its own.
SMALL = {
    "agreement": ["--items", "2400", "--slow", "2"],
    "claims": ["--studies", "3"],
    "coverage": ["--sims", "100"],
    "false_alarms": ["--pairs", "4", "--families", "12", "--judged", "10", "--drifts", "1"],
    "kcenter": ["--rows", "20000", "--dimensions", "64", "--keep", "1000"],
    "noise": ["--studies", "5"],
    "providers": ["--calls", "200", "--rounds", "1", "--only", "overhead"],
    "run": ["--calls", "500", "--rounds", "1"],
    "simulation": ["--families", "5"],
}


@dataclass(frozen=True)
class Outcome:
    """What one benchmark printed and how it ended."""

    name: str
    command: str
    output: str
    problem: str
    seconds: float

    def block(self) -> str:
        """Its part of the page, marks included."""
        title, told = described(self.name)
        table = any(line.startswith("|") for line in self.output.splitlines())
        shown = self.output if table else f"```\n{self.output}\n```"
        ended = f"\n\nIt ended with: {self.problem}" if self.problem else ""
        return (
            f"{mark('begin', self.name)}\n{heading(self.name)}: {title}\n\n`{self.command}`, "
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, took {self.seconds:.0f} s on {machine()}."
            f"\n\n{told}\n\n{shown}{ended}\n{mark('end', self.name)}\n"
        )


def mark(which: str, name: str) -> str:
    return f"<!-- {which} {name} -->"


def heading(name: str) -> str:
    return f"### {name.removeprefix(FUZZ)}" if name.startswith(FUZZ) else f"## {name}"


def page_of(name: str) -> Path:
    if name in SIMULATED:
        return COVERAGE
    if name == "search":
        return SEARCH
    return SECURITY if name.startswith(FUZZ) else PAGE


def script_of(name: str) -> Path:
    return HERE / (f"{name}.py" if name.startswith(FUZZ) else f"bench_{name}.py")


def names() -> list[str]:
    found = [*HERE.glob("bench_*.py"), *HERE.glob(f"{FUZZ}*.py")]
    return sorted(path.stem.removeprefix("bench_") for path in found)


def described(name: str) -> tuple[str, str]:
    """A benchmark's docstring: its first line, and the rest without the command."""
    doc = ast.get_docstring(ast.parse(script_of(name).read_text())) or name
    first, _, rest = doc.partition("\n")
    told = re.sub(r"^ {4}python .*\n(?: {5,}.*\n)*", "", rest, flags=re.M)
    return first.rstrip("."), told.strip()


def machine() -> str:
    """Processor, memory, versions and how busy the machine is: what the times depend on."""
    cpu = re.search(r"model name\s*: (.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    parts = [
        f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()})",
        f"{int(memory[1]) / 1e6:.0f} GB" if memory else "memory unknown",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in ("duckdb", "pandas", "numpy")),
        f"load average {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(parts)


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def run(name: str, small: bool) -> Outcome:
    script = script_of(name)
    options = []
    if small:
        options = SMALL.get(name, ["--small"] if "--small" in script.read_text() else [])
    command = ["python", f"benchmarks/{script.name}", *options]
    print(f"{name}: {' '.join(command)}", flush=True)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - start
    said = done.stderr.strip().splitlines()
    problem = (said[-1] if said else f"exit code {done.returncode}") if done.returncode else ""
    if small and problem.startswith("goals missed"):
        problem = ""  # the goals are for the real size
    print(f"{done.stdout.strip()}\n{problem}\n", flush=True)
    return Outcome(name, " ".join(command), done.stdout.strip(), problem, taken)


def written(page: str, block: str, name: str) -> str:
    """The page with one benchmark's block replaced, or added at its end."""
    old = re.compile(
        f"{re.escape(mark('begin', name))}.*?{re.escape(mark('end', name))}\n", re.DOTALL
    )
    if old.search(page):
        return old.sub(lambda _: block, page)
    return f"{page.rstrip()}\n\n{block}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=names(), metavar="NAME", default=names())
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    bad = []
    for name in args.only:
        outcome = run(name, args.small)
        bad += [name] if outcome.problem else []
        if not args.small:
            place = page_of(name)
            page = place.read_text() if place.exists() else INTRO
            place.write_text(written(page, outcome.block(), name))
    if bad:
        print(f"Failed or missed a goal: {', '.join(bad)}.", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
