"""Questions to a loaded study, against the barest SQL over the same data.

    python benchmarks/bench_queries.py [--small] [--runs 15] [--data FOLDER]

A study of 411,000 generated scenarios x 12 models, opened read-only as the app opens it; both
sides in one process, in turns, results fetched. Two questions:
1. D of all scenarios for a set of models that no load has precomputed (eleven of twelve, summed
   from 4.9 million responses), against one scan that adds up the two position columns: within 6x;
2. the first page of the scenario table at every kind of filter, against a hand-written
   `SELECT ... WHERE ... ORDER BY d DESC LIMIT 100` on one flat table of a DuckDB file of its own
   that holds the same scenarios in the same order, with D (and both categories) in place: within
   3x. For a model set of one's own the flat table has no D: there the bare query groups the
   responses with `stddev_pop`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import pandas as pd

from analysis.load.files.files import load_files
from analysis.queries.filters import ScenarioFilter, disagreement_relation
from analysis.queries.scenarios import page
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import open_study
from benchmarks import pairs
from benchmarks.generate import MODELS, generate

OWN_SET = MODELS[:11]
COLUMNS = (
    "scenario, family, nudge, value1, value2, category1, category2, generator, rank, models, "
    "d AS disagreement, substr(query, 1, 180) AS query"
)
OWN_D = (
    "SELECT scenario_no, greatest(stddev_pop(value1_position), stddev_pop(value2_position)) AS d "
    "FROM study.responses WHERE model IN $members GROUP BY scenario_no"
)
TOPIC = "scenario_no IN (SELECT scenario_no FROM topics WHERE topic = 'topic 3')"
CASES = {
    "no filter": (ScenarioFilter(), "true"),
    "one nudge": (ScenarioFilter(nudges=("value1",)), "nudge = 'value1'"),
    "one generator": (ScenarioFilter(generators=("o3",)), "generator = 'o3'"),
    "one value of 3,307": (
        ScenarioFilter(values=("value 0007",)),
        "(value1 = 'value 0007' OR value2 = 'value 0007')",
    ),
    "one category of 26": (
        ScenarioFilter(categories=("category 5",)),
        "(category1 = 'category 5' OR category2 = 'category 5')",
    ),
    "one topic": (ScenarioFilter(topics=("topic 3",)), TOPIC),
    "D from 1.5 to 2.0": (ScenarioFilter(d_min=1.5, d_max=2.0), "d BETWEEN 1.5 AND 2.0"),
    "one family": (ScenarioFilter(families=("3_7",)), "family = '3_7'"),
    "a common word": (ScenarioFilter(text="tha"), "contains(lower(query), 'tha')"),
    "words that nothing holds": (ScenarioFilter(text="xq zv"), "contains(lower(query), 'xq zv')"),
    "word, nudge and D together": (
        ScenarioFilter(text="tha", nudges=("neutral",), d_min=1.0),
        "contains(lower(query), 'tha') AND nudge = 'neutral' AND d >= 1.0",
    ),
}


def taxonomy(folder):
    """A taxonomy of the real one's size over the generated values."""
    path = folder / "taxonomy.parquet"
    values = [f"value {i:04d}" for i in range(3_307)]
    categories = [f"category {i % 26}" for i in range(3_307)]
    groups = [f"group {i % 5}" for i in range(3_307)]
    pd.DataFrame({"value": values, "category": categories, "grp": groups}).to_parquet(path)
    return path


def label(study):
    """One to two topics a scenario, put where a labeller puts them."""
    numbers = pd.Series(range(1, study.info.scenarios + 1), dtype="int32")
    first = pd.DataFrame({"scenario_no": numbers, "topic": "topic " + (numbers % 12).astype(str)})
    second = first[numbers % 3 == 0].assign(topic="topic 3")
    both = pd.concat([first, second]).drop_duplicates().assign(source="bench")
    labels.store(study, "topics", "bench", both)
    return both


def flat(study, categories, topics, path):
    """The bare side: one table in a file of its own, and the study's responses beside it."""
    con = duckdb.connect(str(path))
    con.register("labelled", topics)
    con.execute(f"ATTACH '{study.info.path}' AS study (READ_ONLY)")
    con.execute(
        "CREATE TABLE flat AS SELECT s.*, d.models, d.d, a.category AS category1, "
        "b.category AS category2 FROM study.scenarios s JOIN study.disagreement d "
        "USING (scenario_no) LEFT JOIN read_parquet($t) a ON a.value = s.value1 "
        "LEFT JOIN read_parquet($t) b ON b.value = s.value2 WHERE d.model_set = 'all' "
        "ORDER BY scenario_no",
        {"t": str(categories)},
    )
    con.execute("CREATE TABLE topics AS SELECT scenario_no, topic FROM labelled")
    con.execute("CHECKPOINT")
    return con


def own_set(study, bare, runs):
    """D of all scenarios for a set of one's own, against the scan of both columns."""
    relation, bound = disagreement_relation(study, OWN_SET)

    def ours():
        with study.cursor() as con:
            con.execute(f"SELECT count(d), avg(d) FROM {relation}", bound).fetchall()

    def scan():
        with study.cursor() as con:
            con.execute(
                "SELECT sum(value1_position), sum(value2_position) FROM responses"
            ).fetchall()

    def same_rows():
        with study.cursor() as con:
            con.execute(
                "SELECT sum(value1_position), sum(value2_position) FROM responses "
                "WHERE replicate = 0 AND model IN $members",
                {"members": list(OWN_SET)},
            ).fetchall()

    def grouped():
        bare.execute(
            f"SELECT count(d), avg(d) FROM ({OWN_D})", {"members": list(OWN_SET)}
        ).fetchall()

    return [
        pairs.row("D of all, own set of 11; a scan", timed(ours, scan, runs), 6, "ms"),
        pairs.row("the same; a scan of those models", timed(ours, same_rows, runs), None, "ms"),
        pairs.row("the same; `stddev_pop` by scenario", timed(ours, grouped, runs), None, "ms"),
    ]


def first_pages(study, bare, categories, runs):
    """The first page at every kind of filter, against the flat table."""
    rows = []
    for name, (chosen, condition) in CASES.items():
        sql = f"SELECT {COLUMNS} FROM flat WHERE {condition} ORDER BY d DESC LIMIT 100"
        found = page(study, chosen, taxonomy=categories)
        assert len(found) == len(bare.execute(sql).df()), name
        times = timed(
            lambda chosen=chosen: page(study, chosen, taxonomy=categories),
            lambda sql=sql: bare.execute(sql).df(),
            runs,
        )
        rows.append(pairs.row(f"first page, {name}", times, 3, "ms"))
    own = f"SELECT {COLUMNS.replace('d AS', 'own.d AS')} FROM flat JOIN ({OWN_D}) own"
    own += " USING (scenario_no) ORDER BY own.d DESC LIMIT 100"
    times = timed(
        lambda: page(study, ScenarioFilter(model_set=OWN_SET), taxonomy=categories),
        lambda: bare.execute(own, {"members": list(OWN_SET)}).df(),
        runs,
    )
    return [*rows, pairs.row("first page, own set of 11", times, 3, "ms")]


def timed(ours, bare, runs):
    return pairs.in_turns(lambda: pairs.seconds(ours, 3), lambda: pairs.seconds(bare, 3), runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the rows: a smoke test")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--data", type=Path, help="parquet made before")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        data = args.data or place / "parquet"
        if args.data is None:
            generate(data, 41_100 if args.small else 411_000, chars=40)
        settings = Settings(home=place / "home")
        load_files([data], "bench", settings)
        study = open_study(settings, "bench")
        categories = taxonomy(place)
        bare = flat(study, categories, label(study), place / "flat.duckdb")
        rows = own_set(study, bare, args.runs)
        rows += first_pages(study, bare, categories, args.runs)
        print(f"{study.info.scenarios:,} scenarios, {study.info.responses:,} responses. ", end="")
        print(f"Median of {args.runs} pairs, three calls each.\n")
        bare.close()
        study.close()
    pairs.report(rows)


if __name__ == "__main__":
    main()
