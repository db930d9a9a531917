"""A report of twelve findings as one page, slides and PDF, against drawing its figures alone.

    python benchmarks/bench_reports.py [--small] [--runs 3]

The example study, a briefing of it filled up to twelve findings with figures of every kind. Ours
draws all findings from the study (queries, measures, charts) and writes the whole file; the bare
way draws the same findings and writes nothing. In turns. Goals: the page in less than 10 s with its
drawing, below 8 MB, and within 2x of drawing alone.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.brief.draft import draft
from analysis.decks import files as report_files
from analysis.decks import findings
from analysis.settings import Settings
from analysis.store.annotations.reports import FIGURE, Finding, Report
from analysis.store.study import open_study
from pages.ui import example

SECONDS, BYTES, RATIO = 10.0, 8_000_000, 2.0
MORE = ("judges.pairs", "refusals.types", "robustness.shift", "outliers.cases", "clauses.rivals")
COUNT = 12


def report(settings):
    """A briefing of the example and further figures, twelve findings that are drawn."""
    study = open_study(settings, "example")
    try:
        made = [f for f in draft(study, settings) if f.drawn]
        info = study.info
    finally:
        study.close()
    made += [Finding(FIGURE, r, "", info.id, info.content_hash, r) for r in MORE]
    return Report("bench", "Bench", tuple(made[:COUNT]))


def timed(work):
    """(seconds, what came of it)"""
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def measure(settings, held, formats, runs):
    """{way: [seconds]} and {format: bytes}; every way once a round."""
    times, sizes = {"drawing alone": []}, {}
    for _ in range(runs):
        seconds, _ = timed(lambda: findings.drawn(held, settings))
        times["drawing alone"].append(seconds)
        for kind in formats:
            seconds, raw = timed(
                lambda kind=kind: report_files.content(held, findings.drawn(held, settings), kind)
            )
            times.setdefault(kind, []).append(seconds)
            sizes[kind] = len(raw)
    return times, sizes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        example.build(settings)
        held = report(settings)
        problems = [d.problem for d in findings.drawn(held, settings) if d.problem]
        if problems:
            sys.exit(f"a finding can't be drawn: {problems[0]}")
        formats = ("html",) if asked.small else ("html", "pptx", "pdf")
        times, sizes = measure(settings, held, formats, 1 if asked.small else asked.runs)
    middle = {way: statistics.median(t) for way, t in times.items()}
    bare = middle["drawing alone"]
    print("| way | findings | seconds | against drawing alone | MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way, seconds in middle.items():
        size = f"{sizes[way] / 1e6:.1f}" if way in sizes else "–"
        print(f"| {way} | {len(held.findings)} | {seconds:.1f} | {seconds / bare:.1f}x | {size} |")
    missed = middle["html"] >= SECONDS or sizes["html"] >= BYTES or middle["html"] > RATIO * bare
    if missed and not asked.small:
        sys.exit("the page misses a goal")


if __name__ == "__main__":
    main()
