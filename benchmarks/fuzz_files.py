"""Mutated files of every kind that somebody may bring, through what reads them.

    python benchmarks/fuzz_files.py [--small] [--files N] [--seed N]

Files that load (studies as parquet, CSV and JSONL, taxonomies, specs, reports, labels, exported
figures) are damaged at random: bits turned, bytes cut, repeated, inserted or replaced, parts of
other kinds put in, names changed. Each goes to the child that reads it for a page; labels and
exported files, which no page takes, go to their command. It should be loaded, refused with a
sentence, or ended at a limit; a trace, a crash or a study left half-way is a failure, and the exit
code is 1.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from analysis.settings import EMBEDDED_SPEC, EMBEDDED_TAXONOMY

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.load.subprocess_load import SMALL, run_task  # noqa: E402
from analysis.settings import Settings  # noqa: E402
from analysis.store.annotations import reports  # noqa: E402
from analysis.subprocesses import talk  # noqa: E402
from analysis.subprocesses.limits import Limits, out_of_time  # noqa: E402
from benchmarks.generate import generate  # noqa: E402

LOAD = Limits(wall_seconds=120, cpu_seconds=120, memory_mb=4_000, file_mb=1_000)
OUTCOMES = ("loaded", "refused with a sentence", "ended at a limit", "failed")
FIGURE = "disagreement.histogram"
AT_ONCE = 2


@dataclass(frozen=True)
class Kind:
    """A kind of file: intact ones to start from, how it is read, its share of all files."""

    name: str
    seeds: tuple[Path, ...]
    read: Callable[[Path, Path], tuple[str, str]]
    share: float
    known: bool = False  # read in the home that holds the study which it is about


def told(last: dict, code: int) -> tuple[str, str]:
    """The outcome of a child, and what is to be seen of a failure."""
    if code == 0 and "done" in last:
        return OUTCOMES[0], ""
    if "error" in last and code == talk.ERROR:
        return OUTCOMES[1], ""
    if code == talk.MEMORY or out_of_time(code):
        return OUTCOMES[2], ""
    return OUTCOMES[3], f"exit code {code} {last.get('fault', '')}"


def study(path: Path, home: Path) -> tuple[str, str]:
    asked = {"task": "files", "paths": [str(path)], "study": "fuzz", "copy_texts": True}
    found = told(*run_task(asked, Settings(home=home), LOAD))
    left = [p for p in home.rglob("*") if p.is_file()]
    if found[0] != OUTCOMES[0] and left and found[0] != OUTCOMES[2]:
        return OUTCOMES[3], f"left behind: {left[0]}"
    return found


def small(task: str, **more: object) -> Callable[[Path, Path], tuple[str, str]]:
    def read(path: Path, home: Path) -> tuple[str, str]:
        asked = {"task": task, "path": str(path), **more}
        return told(*run_task(asked, Settings(home=home), SMALL))

    return read


def command(*words: str) -> Callable[[Path, Path], tuple[str, str]]:
    """By the command line, on the home that the study of these files lies in."""

    def read(path: Path, home: Path) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "analysis", *words, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, "FAULTLINE_HOME": str(home)},
        )
        if "Traceback" in done.stderr or done.returncode < 0 or done.returncode > 2:
            return OUTCOMES[3], f"exit code {done.returncode} {done.stderr[-800:]}"
        if "needs more than" in done.stderr:
            return OUTCOMES[2], ""
        # `verify` also says with 1 that a file does not hold, which is what it is asked.
        return OUTCOMES[0 if done.returncode == 0 else 1], ""

    return read


def analysis(home: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "analysis", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FAULTLINE_HOME": str(home)},
    )


def intact(folder: Path) -> tuple[list[Kind], Path]:
    """Intact files of every kind, and the home with the study that some of them are about."""
    home = folder / "known"
    rows = folder / "rows.parquet"
    shutil.copy(generate(folder / "made", 60, 200, shards=1)[0], rows)
    table = pq.read_table(rows)
    pa_csv.write_csv(table, folder / "rows.csv")
    lines = [json.dumps(r, ensure_ascii=False, default=str) for r in table.to_pylist()]
    (folder / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    analysis(home, "load", "files", str(rows), "--study", "known", "--copy-texts")
    exported = [folder / f"figure.{e}" for e in ("svg", "html", "parquet", "zip", "md", "png")]
    for path in exported:
        analysis(home, "figure", "known", FIGURE, "--out", str(path))
    taxonomy = folder / "values.csv"
    shutil.copy(EMBEDDED_TAXONOMY, taxonomy)
    pq.write_table(pa_csv.read_csv(taxonomy), folder / "values.parquet")
    spec = folder / "spec-2026.md"
    shutil.copy(EMBEDDED_SPEC, spec)
    return [
        Kind("study, parquet", (rows,), study, 0.15),
        Kind("study, CSV", (folder / "rows.csv",), study, 0.15),
        Kind("study, JSONL", (folder / "rows.jsonl",), study, 0.15),
        Kind("taxonomy", (taxonomy, folder / "values.parquet"), small("taxonomy"), 0.15),
        Kind("spec", (spec,), small("spec", version=None), 0.12),
        Kind("report", (report(folder),), small("report"), 0.12),
        Kind(
            "labels", labels(folder, home), command("labels", "import", "known"), 0.06, known=True
        ),
        Kind("exported figure", tuple(exported), command("verify"), 0.10, known=True),
    ], home


def report(folder: Path) -> Path:
    findings = tuple(
        reports.Finding(
            kind="figure",
            title=f"Finding {i}",
            text="Words.",
            recipe=FIGURE,
            params={"filter": ["a", i]},
        )
        for i in range(6)
    )
    path = folder / "report.json"
    path.write_text(json.dumps(reports.Report("r", "A report", findings).body))
    return path


def labels(folder: Path, home: Path) -> tuple[Path, ...]:
    from analysis.store.study import open_study

    opened = open_study(Settings(home=home), "known")
    with opened.cursor() as con:
        keys = [k for (k,) in con.execute("SELECT query_key FROM scenarios LIMIT 20").fetchall()]
    opened.close()
    path = folder / "labels.csv"
    rows = [f"{key},topics,politics,ann,2026-05-01T12:00:00" for key in keys]
    path.write_text("query_key,kind,value,author,at\n" + "\n".join(rows) + "\n")
    pq.write_table(pa_csv.read_csv(path), folder / "labels.parquet")
    return path, folder / "labels.parquet"


JUNK = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"\r",
    b"\n" * 50,
    b"\xed\xa0\x80",
    b"PAR1",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"9" * 400,
    b"-1e999",
    b"NaN",
    b"[" * 3_000,
    b'{"a":' * 3_000,
    b"," * 5_000,
    b"\x89PNG\r\n\x1a\n",
    b"<!--",
    b"\xe2\x80\xae",
    b"]]>",
    b"=cmd|' /C calc'!A0",
    b"x" * 70_000,
)


def mutated(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """One to eight damages, each somewhere else."""
    raw = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 8))):
        at = dice.randrange(len(raw) + 1)
        # A file's ends say what it is: they are hit more often than chance would.
        at = dice.choice((at, at, min(at, 64), max(len(raw) - 64, 0) + at % 64))
        end = min(len(raw), at + dice.choice((1, 2, 8, 100, 4_000)))
        deed = dice.randrange(7)
        if deed == 0 and at < len(raw):
            raw[at] ^= 1 << dice.randrange(8)
        elif deed == 1:
            raw[at:end] = dice.randbytes(end - at)
        elif deed == 2:
            del raw[at:end]
        elif deed == 3:
            raw[at:at] = raw[at:end] * dice.choice((1, 3, 50))
        elif deed == 4:
            raw[at:at] = dice.choice(JUNK)
        elif deed == 5:
            other = dice.choice(others)
            start = dice.randrange(len(other))
            raw[at:end] = other[start : start + dice.choice((8, 500, 20_000))]
        else:
            del raw[at:]
    return bytes(raw)


def run(count: int, seed: int, folder: Path) -> tuple[dict[str, Counter], list[str]]:
    kinds, home = intact(folder)
    everything = [s.read_bytes() for k in kinds for s in k.seeds]
    endings = sorted({s.suffix for k in kinds for s in k.seeds})
    found: dict[str, Counter] = defaultdict(Counter)
    failures: list[str] = []

    def one(kind: Kind, number: int) -> None:
        dice = random.Random(f"{seed} {kind.name} {number}")
        source = dice.choice(kind.seeds)
        own = folder / f"{kind.name}-{number}".replace(", ", "-").replace(" ", "-")
        own.mkdir()
        ending = dice.choice(endings) if dice.random() < 0.04 else source.suffix
        path = own / f"{source.stem}{ending}"
        path.write_bytes(mutated(source.read_bytes(), dice, everything))
        outcome, why = kind.read(path, home if kind.known else own / "home")
        found[kind.name][outcome] += 1
        if why:
            failures.append(f"{kind.name} {number}: {why}")
        shutil.rmtree(own)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(one, kind, number)
            for kind in kinds
            for number in range(max(1, round(kind.share * count)))
        ]
        for job in jobs:
            job.result()
    return found, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, failures = run(24 if args.small else args.files, args.seed, Path(folder))
    print(f"| kind | files | {' | '.join(OUTCOMES)} |")
    print(f"| --- |{' ---: |' * (len(OUTCOMES) + 1)}")
    total: Counter = sum(found.values(), Counter())
    for name, counts in [*found.items(), ("all", total)]:
        cells = [sum(counts.values()), *(counts[o] for o in OUTCOMES)]
        print(f"| {name} | {' | '.join(f'{c:,}' for c in cells)} |")
    if failures:
        print("\n".join(failures), file=sys.stderr)
        print(f"{len(failures)} files failed, the first: {failures[0][:200]}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
