"""Linking every query of a study to the clauses near it, against plain TF-IDF of all at once.

    python benchmarks/bench_near.py [--small] [--runs 3]

Queries of the simulator (seeded, about 60 words) and the embedded spec, each way in a process of
its own, in turns, by processor time, since both use one core. Ours works in batches of 5,000 and
writes the links beside the study; the bare way holds all queries, fits scikit-learn's TF-IDF on the
clauses, multiplies, and takes the three largest. Goals: within 3x of its time (ours also looks up
subjects), and memory that ten times the queries do not double.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pairs
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.load.files.files import find_sources
from analysis.queries import near
from analysis.settings import Settings
from analysis.store import derived
from analysis.store.build.build import build_study
from analysis.store.build.places import staging_folder, workspace
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study
from pipeline.simulator import simulator as sim

TIME_GOAL, MEMORY_GOAL = 3.0, 2.0


def build(home: Path, count: int) -> None:
    """A study of so many queries, one model's positions each; in a process of its own, since a
    child's peak begins at what its parent held."""
    nudges, rows = ("neutral", "value1", "value2"), range(count)
    table = pa.table(
        {
            "query": [
                f"{sim.make_query('privacy', 'caution', nudges[i % 3], i // 3)} ({i})" for i in rows
            ],
            "value1": ["privacy"] * count,
            "value2": ["caution"] * count,
            "nudge_direction": [nudges[i % 3] for i in rows],
            "o3_value1_position": [i % 7 for i in rows],
            "o3_value2_position": [i % 5 for i in rows],
            "chunk_index": [i // 4_500 for i in rows],
            "entry_idx": [i // 3 % 1_500 for i in rows],
        }
    )
    settings, path = Settings(home=home), home.parent / f"{count}.parquet"
    pq.write_table(table, path)
    with workspace(staging_folder(settings)) as folder:
        build_study(settings, "near", find_sources([path], folder, settings))
    print("{}")


def ours(home: str) -> None:
    import sklearn.feature_extraction.text  # noqa: F401 - neither way pays for the import

    settings = Settings(home=Path(home))
    study, spec = open_study(settings, "near"), read_spec(settings)
    for made in derived.found(settings, study.info, "near-"):
        made.unlink()
    start = pairs.cpu_seconds()
    near.link(study, spec)
    print(json.dumps({"seconds": pairs.cpu_seconds() - start, "mb": pairs.peak_mb()}))


def bare(home: str) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    settings = Settings(home=Path(home))
    study, spec = open_study(settings, "near"), read_spec(settings)
    start = pairs.cpu_seconds()
    with study.cursor() as con:
        queries = [q for (q,) in con.execute("SELECT query FROM scenarios").fetchall()]
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    clauses = words.fit_transform([f"{c.title} {c.text}" for c in spec.clauses])
    likeness = (words.transform(queries) @ clauses.T).toarray()
    np.argsort(-likeness, axis=1)[:, :3]
    print(json.dumps({"seconds": pairs.cpu_seconds() - start, "mb": pairs.peak_mb()}))


def measured(home: Path, runs: int) -> tuple[pairs.Pairs, float, float]:
    """Seconds of both ways in turns, and the most memory that each held."""
    memory = {"ours": 0.0, "bare": 0.0}

    def run(way: str) -> float:
        found = pairs.elsewhere(__file__, "--way", way, str(home))
        memory[way] = max(memory[way], found["mb"])
        return found["seconds"]

    taken = pairs.in_turns(lambda: run("ours"), lambda: run("bare"), runs)
    return taken, memory["ours"], memory["bare"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="2,000 and 20,000 queries")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        way, home = asked.way
        if way.isdigit():
            build(Path(home), int(way))
        else:
            {"ours": ours, "bare": bare}[way](home)
        return
    rows, memory = [], []
    for count in (2_000, 20_000) if asked.small else (44_000, 411_000):
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch) / "home"
            pairs.elsewhere(__file__, "--way", str(count), str(home))
            taken, ours_mb, bare_mb = measured(home, asked.runs)
        rows.append(pairs.row(f"{count:,} queries", taken, TIME_GOAL))
        memory.append(ours_mb)
        print(f"{count:,} queries: {ours_mb:,.0f} MB ours, {bare_mb:,.0f} MB bare.")
    ratio = memory[1] / memory[0]
    rows.append(
        f"| memory, ten times the queries | {memory[1]:,.0f} MB | {memory[0]:,.0f} MB "
        f"| {ratio:.2f} | {MEMORY_GOAL:g} | {pairs.verdict(ratio <= MEMORY_GOAL)} |"
    )
    print()
    pairs.report(rows)


if __name__ == "__main__":
    main()
