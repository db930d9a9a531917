"""Citations of 75,000 reasonings under 80 clauses: matched once on one core, then read.

    python benchmarks/bench_citations.py [--small] [--reasonings 75000] [--clauses 80]

A study of three judges is loaded with reasonings that are made up: filler words, and clauses named
by anchor, title, part or quote, in sentences of their own. The spec is made up too, as large as
OpenAI's. The goal counts seconds of processor time of this process, which a busy machine does not
stretch: matching and storing under 60 s. The slow way searches every name by a pattern of its own
and every quote in every clause; it is timed on some reasonings in this run and multiplied up. What
is read later comes from the stored table.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pairs
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.load.files.files import load_files
from analysis.measure.citations.matcher import matcher
from analysis.measure.citations.words import quotable, words
from analysis.parse.specs.spec import parse_spec
from analysis.queries import clauses as queries
from analysis.settings import Settings
from analysis.store.study import open_study

GOAL = 60
CHARS = 1_500
NAMED = (
    "Under `{a}` this fails.",
    "“{t}” is the section to apply.",
    "The {t} principle decides.",
    "The spec says “{q}”, and so it is.",
    "See #{a}.",
    "`{a}` does not apply.",
)


def made_words(dice, count):
    letters = "etaoinshrdlucmfwypvbgk"
    return ["".join(dice.choices(letters, k=dice.randint(2, 9))) for _ in range(count)]


def made_spec(clauses, dice, stock):
    """Clauses with titles of two to five words and about 2,800 characters of text each."""
    parts = ["# All of it {#all_of_it}\n"]
    for number in range(clauses - 1):
        title = " ".join(dice.choices(stock, k=dice.randint(2, 5)))
        anchor = "_".join([*title.split()[:3], str(number)])
        text = ". ".join(" ".join(dice.choices(stock, k=14)) for _ in range(31))
        parts.append(f"## {title.capitalize()} {{#{anchor} authority=user}}\n\n{text}.\n")
    return parse_spec("\n".join(parts), "made.1.0.md")


def made_reasoning(spec, dice, stock):
    """About 1,500 characters, one to three clauses named."""
    said = [" ".join(dice.choices(stock, k=12)).capitalize() + "." for _ in range(CHARS // 78)]
    for _ in range(dice.randint(1, 3)):
        clause = dice.choice(spec.clauses[1:])
        quoted = clause.text.split()
        at = dice.randrange(len(quoted) - 8)
        line = dice.choice(NAMED).format(
            a=clause.anchor, t=clause.title, q=" ".join(quoted[at : at + 8])
        )
        said.insert(dice.randrange(len(said)), line)
    return " ".join(said)


def write_judgements(path, spec, reasonings, dice):
    stock = made_words(dice, 6_000)
    judges = ("one", "two", "three")
    columns = {
        "prompt": [f"What about case {i}?" for i in range(reasonings // 3)],
        "response": ["An answer."] * (reasonings // 3),
        "model": ["o3"] * (reasonings // 3),
        "chunk_idx": list(range(reasonings // 3)),
        "entry_idx": [0] * (reasonings // 3),
        "query_key": ["neutral_query"] * (reasonings // 3),
        "value1": ["calm"] * (reasonings // 3),
        "value2": ["order"] * (reasonings // 3),
    }
    for judge in judges:
        columns[f"{judge}_reasoning"] = [
            made_reasoning(spec, dice, stock) for _ in range(reasonings // 3)
        ]
        columns[f"{judge}_decision"] = dice.choices(
            ("compliant", "non-compliant"), k=reasonings // 3
        )
    pq.write_table(pa.table(columns), path)
    return columns["one_reasoning"]


def slow_way(spec):
    """One pattern a name, every quote in every clause."""
    patterns = [
        re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for clause in spec.clauses
        for name in (clause.anchor, clause.title)
    ]
    texts = [" ".join(words(quotable(clause.text))) for clause in spec.clauses]
    quoted = re.compile(r"[\"“]([^\"”]{3,400})[\"”]")

    def find(reasoning):
        named = [pattern.search(reasoning) for pattern in patterns]
        passages = [" ".join(words(match[1])) for match in quoted.finditer(reasoning)]
        return named, [[passage in text for text in texts] for passage in passages]

    return find


def cpu(work):
    start = pairs.cpu_seconds()
    done = work()
    return done, pairs.cpu_seconds() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reasonings", type=int, default=75_000)
    parser.add_argument("--clauses", type=int, default=80)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    reasonings = 3_000 if args.small else args.reasonings
    dice = random.Random(4)
    spec = made_spec(args.clauses, dice, made_words(dice, 4_000))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        path = Path(folder) / "judged.parquet"
        some = write_judgements(path, spec, reasonings, dice)
        load_files([path], "judged", settings)
        study = open_study(settings, "judged")
        _, ready = cpu(lambda: matcher(spec.clauses))
        found, rest = cpu(lambda: queries.citations(study, spec))
        start = time.perf_counter()
        queries.citations(study, spec)
        again = time.perf_counter() - start
        find = slow_way(spec)
        _, slow = cpu(lambda: [find(text) for text in some[:300]])
        study.close()
    first = ready + rest
    slow *= reasonings / min(300, len(some))
    size = sum(map(len, some)) / len(some)
    print(
        f"{reasonings:,} reasonings of {size:,.0f} characters, {args.clauses} clauses, "
        f"{len(found):,} citations.\n"
    )
    print("| work | time | goal | holds |\n| --- | --- | --- | --- |")
    print(
        f"| match and store, processor time | {first:.1f} s | {GOAL} s | "
        f"{pairs.verdict(first <= GOAL)} |"
    )
    print(f"| of it: make the spec ready | {ready:.2f} s | none | |")
    print(f"| read what is stored | {again:.2f} s | none | |")
    print(f"| a pattern a name, each quote in each clause* | {slow:.0f} s | none | |")
    print("\n*multiplied up from 300 reasonings timed in this run.")
    if first > GOAL:
        sys.exit(f"{pairs.MISSED}: match and store")


if __name__ == "__main__":
    main()
