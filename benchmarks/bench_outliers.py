"""Outliers at 411,000 x 12: against a scan of the positions, and against a self-join.

    python benchmarks/bench_outliers.py [--small] [--runs 15] [--data FOLDER]

A study is loaded from generated parquet of the public dataset's shape (seeded, texts linked).
The scan sums both position columns of all responses. The self-join compares every response with
every other one of its scenario on both values, which is the rule as the paper words it; it has
to find the same responses, or the benchmark ends. "Found" are the responses and how many others
they differ from; "the page's frame" adds values, medians and response types, fetched into pandas.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pairs
from generate import generate

from analysis.load.files.files import load_files
from analysis.measure.outliers import PAPER, OutlierRule
from analysis.queries import outliers
from analysis.settings import Settings
from analysis.store.study import OpenStudy, open_study

SCAN = "SELECT sum(value1_position), sum(value2_position) FROM responses"


def self_join(rule: OutlierRule) -> str:
    """The rule, pair by pair."""
    sides = " OR ".join(
        f"(count(b.value{v}_position) >= 6 AND a.value{v}_position IS NOT NULL AND "
        f"count(*) FILTER (abs(a.value{v}_position::INTEGER - b.value{v}_position) "
        f">= {rule.distance}) * {rule.of} >= {rule.others} * count(b.value{v}_position))"
        for v in (1, 2)
    )
    return (
        "SELECT count(*) FROM (SELECT a.scenario_no, a.model FROM responses a JOIN responses b "
        "ON a.scenario_no = b.scenario_no AND a.model <> b.model "
        "GROUP BY a.scenario_no, a.model, a.value1_position, a.value2_position "
        f"HAVING {sides})"
    )


def clock(study: OpenStudy, sql: str) -> float:
    with study.cursor() as con:
        start = time.perf_counter()
        con.execute(sql).fetchall()
        return time.perf_counter() - start


def rows(study: OpenStudy, runs: int) -> list[str]:
    """One line a comparison."""
    found = (
        "SELECT count(*) FROM (SELECT DISTINCT scenario_no, model FROM "
        f"{outliers.matches(study, PAPER)})"
    )
    with study.cursor() as con:
        ours, theirs = (con.execute(q).fetchall() for q in (found, self_join(PAPER)))
    if ours != theirs:
        raise SystemExit(f"The two ways differ: {ours} and {theirs}.")

    def asked() -> float:
        start = time.perf_counter()
        sql = (
            "SELECT count(*) FROM (SELECT DISTINCT scenario_no, model FROM "
            f"{outliers.matches(study, PAPER)})"
        )
        return time.perf_counter() - start + clock(study, sql)

    def framed() -> float:
        return pairs.seconds(lambda: outliers.found(study, PAPER))

    def scan() -> float:
        return clock(study, SCAN)

    joined = pairs.in_turns(asked, lambda: clock(study, self_join(PAPER)), max(3, runs // 5))
    return [
        pairs.row("found; a scan of both positions", pairs.in_turns(asked, scan, runs), 15, "ms"),
        pairs.row("the page's frame; the scan", pairs.in_turns(framed, scan, runs), None, "ms"),
        pairs.row("found; the self-join", joined, 1 / 3, "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="4,000 scenarios, to try it out")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--data", type=Path, help="keep and reuse the generated parquet here")
    asked = parser.parse_args()
    size = 4_000 if asked.small else 411_000
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.data or Path(scratch)) / f"outliers-{size}"
        paths = sorted(folder.glob("*.parquet")) or generate(folder, size, chars=40)
        settings = Settings(home=Path(scratch) / "home")
        load_files(paths, "bench", settings)
        study = open_study(settings, "bench")
        print(f"{size:,} scenarios x 12 models, median of {asked.runs} pairs.\n")
        pairs.report(rows(study, asked.runs))
        study.close()


if __name__ == "__main__":
    main()
