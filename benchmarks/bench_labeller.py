"""Labelling answers by the classifier against reading them once.

    python benchmarks/bench_labeller.py [--answers 50000] [--runs 3] [--small]

Answers of 2 KB, made of our own labelled texts in a seeded order, lie in a parquet file. Reading
fetches them in batches into Python, as a labelling pass does; labelling also labels each batch. One
process each way, in turns, by processor time; a study is labelled by all cores but one. Goal:
labelling, reading included, within 10x of reading.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.measure.label_classifier import label_answers
from analysis.queries.answers import BATCH

LENGTH = 2_000
GOAL = 10
OWN = Path(__file__).resolve().parents[1] / "tests" / "measure" / "labelled" / "answers.jsonl"


def write(path: Path, answers: int) -> None:
    """The answers, each of `LENGTH` characters: texts of our own one after the other."""
    chance = random.Random(14)
    own = [json.loads(line)["text"] for line in OWN.read_text(encoding="utf-8").splitlines()]
    texts = []
    for _ in range(answers):
        text = ""
        while len(text) < LENGTH:
            text += chance.choice(own) + "\n\n"
        texts.append(text[:LENGTH])
    pq.write_table(pa.table({"text": texts}), path, compression="zstd")


def passed(path: Path, *, label: bool) -> float:
    """Seconds of processor time of one pass over the file."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    began = time.process_time()
    batches = con.execute("SELECT text FROM read_parquet($p)", {"p": str(path)})
    while True:
        batch = batches.fetch_df_chunk(max(BATCH // 2048, 1))
        if batch.empty:
            return time.process_time() - began
        texts = batch["text"].tolist()
        if label:
            label_answers(texts)


def main() -> None:
    """Run both ways in turns, print the times and the ratio, and end with 1 beyond the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--small", action="store_true")
    chosen = parser.parse_args()
    answers = 2_000 if chosen.small else chosen.answers
    label_answers(["Warm up."])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        write(path, answers)
        pairs = [(passed(path, label=False), passed(path, label=True)) for _ in range(chosen.runs)]
    read, labelled = (min(times) for times in zip(*pairs, strict=True))
    ratio = labelled / read
    print("| way | processor time per answer | of reading |")
    print("| --- | --- | --- |")
    print(f"| read | {1e6 * read / answers:.1f} µs | 1 |")
    print(f"| read and label | {1e6 * labelled / answers:.1f} µs | {ratio:.1f} |")
    print(f"\n{answers:,} answers of {LENGTH:,} characters. Goal: within {GOAL}x.")
    if ratio > GOAL and not chosen.small:
        sys.exit(1)


if __name__ == "__main__":
    main()
