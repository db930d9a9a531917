"""Loading a study from parquet, against a bare `CREATE TABLE AS` over the same columns.

    python benchmarks/bench_load.py [--small] [--runs 7] [--data FOLDER]

Generated parquet of the public dataset's shape. Both ways start from closed files in a fresh
process, write a DuckDB file and close it; the bare one has DuckDB's default settings and does
nothing else (no numbering, no D, no keys, no content hash, no digest of the source files, no
sync). The interpreter's start and the imports are in neither. Two cases:
1. 411,000 scenarios x 12 models, texts left where they are (answers of 300 characters, which are
   read only for the SHA-256 of the files): within 2x, and under 1.5 GB of memory in all;
2. 10,000 scenarios x 12 answers of 2.5 KB, copied: within 1.5x.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import pairs
from benchmarks.generate import MODELS, generate

FACTS = "rank, query_generator, value1, value2, nudge_direction, query, chunk_index, entry_idx"
GOAL_MB = 1_500


def bare(files, target, copy):
    """DuckDB alone: the columns that a load keeps, and the answers where it copies them."""
    import duckdb

    columns = [FACTS, *(f"{m}_value{v}_position" for m in MODELS for v in (1, 2))]
    columns += [f"response_{m}" for m in MODELS] if copy else []
    start = time.perf_counter()
    con = duckdb.connect(str(target / "bare.duckdb"))
    con.execute(
        f"CREATE TABLE bare AS SELECT {', '.join(columns)} FROM read_parquet($files)",
        {"files": [str(f) for f in files]},
    )
    con.close()
    return time.perf_counter() - start


def ours(files, target, copy):
    from analysis.load.files.files import load_files
    from analysis.settings import Settings

    settings = Settings(home=target)
    start = time.perf_counter()
    load_files(files, "bench", settings, copy_texts=copy, read_answers=False)
    return time.perf_counter() - start


def one(way, folder, copy):
    """Inside the measured process: run one way once and say what it took."""
    files = sorted(folder.glob("*.parquet"))
    with tempfile.TemporaryDirectory(dir=folder.parent) as target:
        taken = {"ours": ours, "bare": bare}[way](files, Path(target), copy)
    print(json.dumps({"s": taken, "cpu_s": pairs.cpu_seconds(), "mb": pairs.peak_mb()}))


def compare(folder, copy, runs):
    """Both ways in turns; gives the pairs, and every run's figures by way."""
    seen = {"ours": [], "bare": []}

    def way(name):
        flags = ["--copy"] if copy else []
        seen[name].append(pairs.elsewhere(__file__, "--way", name, "--data", str(folder), *flags))
        return seen[name][-1]["s"]

    return pairs.in_turns(lambda: way("ours"), lambda: way("bare"), runs), seen


def lines(name, folder, copy, runs, goal):
    timed, seen = compare(folder, copy, runs)
    highest = {way: max(run["mb"] for run in found) for way, found in seen.items()}
    cpu = {way: statistics.median(run["cpu_s"] for run in found) for way, found in seen.items()}
    rows = [pairs.row(name, timed, goal)]
    rows.append(
        f"| the same, processor time | {cpu['ours']:.1f} s | {cpu['bare']:.1f} s "
        f"| {cpu['ours'] / cpu['bare']:.2f} | none | |"
    )
    limit = "none" if copy else f"{GOAL_MB:,} MB"
    holds = "" if copy else pairs.verdict(highest["ours"] < GOAL_MB)
    rows.append(
        f"| the same, most memory of any run | {highest['ours']:,.0f} MB "
        f"| {highest['bare']:,.0f} MB | {highest['ours'] / highest['bare']:.2f} "
        f"| {limit} | {holds} |"
    )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the rows: a smoke test")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--data", type=Path, help="parquet of the first case, made before")
    parser.add_argument("--way", choices=["ours", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--copy", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        one(args.way, args.data, args.copy)
        return
    part = 10 if args.small else 1
    with tempfile.TemporaryDirectory() as place:
        wide, long = args.data or Path(place) / "wide", Path(place) / "long"
        if args.data is None:
            generate(wide, 411_000 // part, chars=300)
        rows = lines(f"{411_000 // part:,} scenarios, texts linked", wide, False, args.runs, 2)
        generate(long, 10_000 // part, chars=2_500)
        rows += lines(f"{10_000 // part:,} scenarios, texts copied", long, True, args.runs, 1.5)
    print(f"Median of {args.runs} pairs.\n")
    pairs.report(rows)


if __name__ == "__main__":
    main()
