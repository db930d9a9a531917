"""Leans with family-clustered intervals, the pages' data, and Bradley-Terry against choix.

    python benchmarks/bench_values.py [--small] [--runs 9] [--data FOLDER]

A study of 411,000 generated scenarios x 12 models, read as the pages read it:
1. leans of providers and models by category with intervals and q-values, against the plain means
   of positions by provider and category, summed by value first: within 10x;
2. all that the Values page reads when it opens, and all that a model's profile reads, cold: under
   2 s each (a time, so it depends on the machine);
3. strengths of 3,300 values from 44,000 comparisons, against each of choix's solvers with its
   nearest settings (it has no nudge term): at least 20 times faster than the fastest of them.
   choix is no dependency; where it can't be imported its rows say so.
"""

import argparse
import importlib.util
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from analysis.figures.frames import models as model_frames
from analysis.figures.frames import values as value_reads
from analysis.load.files.files import load_files
from analysis.measure import values as measure
from analysis.measure.bradley_terry import strengths as bt
from analysis.queries import values as queries
from analysis.queries.filters import ScenarioFilter
from analysis.settings import Settings
from analysis.store.study import open_study
from benchmarks import pairs
from benchmarks.generate import generate

VALUES = 3_307
PLAIN = (
    "WITH v AS (SELECT s.value1 AS value, m.provider, sum(r.value1_position) AS y, "
    "count(r.value1_position) AS n FROM responses r JOIN scenarios s USING (scenario_no) "
    "JOIN models m USING (model) GROUP BY 1, 2 UNION ALL SELECT s.value2, m.provider, "
    "sum(r.value2_position), count(r.value2_position) FROM responses r JOIN scenarios s "
    "USING (scenario_no) JOIN models m USING (model) GROUP BY 1, 2) "
    "SELECT t.category, provider, sum(y) / sum(n), sum(n) FROM v "
    "LEFT JOIN read_parquet($t) t USING (value) GROUP BY 1, 2"
)
SOLVERS = {
    "opt_pairwise": {"alpha": 2.0, "method": "Newton-CG"},
    "mm_pairwise": {"alpha": 0.01, "max_iter": 10_000},
    "ilsr_pairwise": {"alpha": 0.01},
}


def taxonomy(folder):
    """A taxonomy of the real one's size over the generated values."""
    path = folder / "taxonomy.parquet"
    number = range(VALUES)
    pd.DataFrame(
        {
            "value": [f"value {i:04d}" for i in number],
            "category": [f"category {i % 26:02d}" for i in number],
            "grp": [f"group {i % 26 % 5}" for i in number],
        }
    ).to_parquet(path)
    return path


def leans(study, path, runs):
    """Both grids of leans with intervals, against plain means of positions."""

    def ours():
        measure.estimates(queries.sums(study, path))

    def plain():
        with study.cursor() as con:
            con.execute(PLAIN, {"t": str(path)}).fetchall()

    times = pairs.in_turns(lambda: pairs.seconds(ours), lambda: pairs.seconds(plain), runs)
    return pairs.row("leans with intervals; plain means", times, 10, "ms")


def pages(settings, path):
    """Seconds of what each page reads when it is opened, one after the other, on a study that was
    opened for it: nothing is kept from before."""
    everything = ScenarioFilter()

    def values(study):
        queries.members(study, "all")
        queries.categories(study, path)
        found = value_reads.by_category(study, path, "lean", everything)
        top = found[found["kind"] == "provider"].iloc[0]
        unit = (str(top["key"]), "provider", str(top["name"]))
        value_reads.inside(study, path, "lean", everything, *unit)
        queries.drivers(study, path, (study.info.models[-1],), unit[0], limit=6)

    def profile(study):
        model = study.info.models[-1]
        value_reads.by_category(study, path, "lean", everything)
        value_reads.of_unit(study, path, everything, "model", model)
        model_frames.choosing(study, model)
        model_frames.neighbours(study, model)

    def cold(work):
        study = open_study(settings, "bench")
        taken = pairs.seconds(lambda: work(study))
        study.close()
        return taken

    rows = []
    for name, work in (("Values", values), ("Models", profile)):
        taken = min(cold(work) for _ in range(3))
        spoken = f"| all that {name} reads, cold | {taken * 1000:.0f} ms | 2000 ms "
        rows.append(f"{spoken}| {taken / 2:.2f} | 1 | {pairs.verdict(taken <= 2)} |")
    return rows


def comparisons(n, seed=0):
    """Choices between values of known strengths, three nudges a family."""
    rng = np.random.default_rng(seed)
    theta, family = rng.normal(size=VALUES), np.arange(n) // 3
    first = rng.integers(0, VALUES, n // 3 + 1)
    second = (first + rng.integers(1, VALUES, n // 3 + 1)) % VALUES
    nudge = np.tile([0.0, 1.0, -1.0], n // 3 + 1)[:n]
    z = theta[first[family]] - theta[second[family]] + 1.2 * nudge
    won = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    names = tuple(f"value {i:04d}" for i in range(VALUES))
    return theta, bt.Comparisons(names, first[family], second[family], nudge, won, family)


def strengths(n, runs):
    """Our fit against choix's solvers, as ratios of theirs to ours turned round (lower is ours)."""
    theta, c = comparisons(n)
    seen = np.corrcoef(theta, bt.fit(c).strengths)[0, 1]
    rows = [f"strengths of {VALUES:,} values, {n:,} comparisons (r with the truth {seen:.2f})"]
    if importlib.util.find_spec("choix") is None:
        taken = min(pairs.seconds(lambda: bt.fit(replace(c))) for _ in range(runs))
        why = "choix is not installed: `pip install choix` beside it to compare"
        return [f"| {rows[0]}; {why} | {taken * 1000:.0f} ms | – | – | – | – |"]
    import choix

    won = c.won > 0.5
    data = list(
        zip(
            *(np.where(won, a, b).tolist() for a, b in ((c.first, c.second), (c.second, c.first))),
            strict=True,
        )
    )
    found = []
    for name, how in SOLVERS.items():
        solver = getattr(choix, name)
        times = pairs.in_turns(
            lambda: pairs.seconds(lambda: bt.fit(replace(c))),
            lambda solver=solver, how=how: pairs.seconds(lambda: solver(VALUES, data, **how)),
            1,
        )
        found.append(pairs.row(f"{rows[0]}; choix {name}", times, 1 / 20))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the rows: a smoke test")
    parser.add_argument("--runs", type=int, default=9)
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
        path = taxonomy(place)
        rows = [leans(study, path, args.runs), *pages(settings, path)]
        print(f"{study.info.scenarios:,} scenarios, {study.info.responses:,} responses.\n")
        study.close()
    pairs.report([*rows, *strengths(4_400 if args.small else 44_000, args.runs)])


if __name__ == "__main__":
    main()
