"""How often a comparison of two dates raises an alarm where nothing drifted.

    python benchmarks/bench_false_alarms.py [--pairs 200] [--families 60] [--judged 40] [--seed 1]

Each pair is 3 x `families` queries of its own, answered twice by the simulator's twelve models:
the same personas, another day. The first `judged` queries are judged by its three judges on both
days. An alarm is a metric with a q-value of 0.05 or less (Benjamini-Hochberg over all metrics of a
pair). Then one model's persona is changed on the second day of as many pairs as `--drifts` says,
and it is counted how often that model is found.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.settings import EMBEDDED_SPEC

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure.agreement.ratings import wide
from analysis.measure.compare.all_metrics import PairedStudies, all_metrics
from analysis.measure.compare.answers import Side, outlying
from analysis.measure.compare.metric_differences import metrics
from analysis.measure.compare.verdicts import Panel
from analysis.measure.style import style
from analysis.parse.specs.spec import read_spec
from analysis.vocabulary import REFUSALS, Outcome
from pipeline.simulator import simulator as sim
from pipeline.simulator.personas import cast
from pipeline.simulator.texts import known_values
from tests.two_dates import Day, day

MOST = 18
"""Alarms that 200 pairs without drift may raise, over all metrics together."""
DRIFT = {"cobble_one": {"refuses": 0.6}}


def side(told: Day) -> Side:
    """What the loader would read of a day, from the simulator itself."""
    place = [[g.stand.positions if g.text else {} for g in row] for row in told.given]
    positions = np.array(
        [
            [[p.get(r.value1, np.nan), p.get(r.value2, np.nan)] for p in line]
            for r, line in zip(told.rows, place, strict=True)
        ]
    )

    def fact(of):
        return np.array([[of(g) for g in row] for row in told.given], dtype=float)

    facts = {
        "refusals": fact(lambda g: g.stand.type in REFUSALS if g.text else np.nan),
        "answered": fact(lambda g: g.outcome is Outcome.ANSWERED),
        "length": fact(lambda g: len(g.text) or np.nan),
        "latency": fact(lambda g: g.latency_s),
        "diversity": fact(lambda g: style(g.text).diversity or np.nan),
        "outliers": outlying(positions),
    }
    return Side(positions, facts, np.full(len(told.rows), np.nan))


def panel(told: Day, name: str, judged: int, spec) -> Panel:
    """What the simulator's judges say of the first queries, with the clauses they name."""
    said, cited = [], []
    for i, row in enumerate(told.rows[:judged]):
        for model, given in zip(sim.models(), told.given[i], strict=True):
            if not given.text:
                continue
            for judge in sim.judges():
                verdict = sim.judge(judge, row.query, given.text, spec.clauses, name)
                key = {"query": i, "model": model, "response": f"{i}|{model}", "judge": judge}
                said.append(key | {"family": row.key.rpartition("_")[0]})
                said[-1]["decision"] = verdict.decision or None
                cited += [
                    {"response": key["response"], "judge": judge, "clause": c.anchor}
                    for c in spec.clauses
                    if f"#{c.anchor}" in verdict.reasoning or c.anchor in verdict.reasoning
                ]
    rows = pd.DataFrame(said)
    codes = wide(rows, ["query", "model"]).drop(columns="family").set_index(["query", "model"])
    return Panel(codes, rows, pd.DataFrame(cited, columns=["response", "judge", "clause"]))


def pair(seed: int, families: int, judged: int, spec, drift=None):
    """One pair of dates compared: name -> metric."""
    one, two = (day(f"{seed} {name}", families, seed, d) for name, d in (("a", None), ("b", drift)))
    values, people = known_values(), cast().models
    names = sorted({v.category for v in values.values()})
    where = [[names.index(values[v].category) for v in (r.value1, r.value2)] for r in one.rows]
    family = pd.factorize(pd.Series([r.key.rpartition("_")[0] for r in one.rows]))[0]
    ground = PairedStudies(
        family=family.astype(np.int64),
        families=families,
        models=sim.models(),
        providers=[people[m].provider for m in sim.models()],
        category=np.array(where),
        categories=names,
    )
    panels = (panel(one, f"{seed} a", judged, spec), panel(two, f"{seed} b", judged, spec))
    return metrics(all_metrics(ground, (side(one), side(two)), panels), identical=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--drifts", type=int, default=20)
    parser.add_argument("--families", type=int, default=60)
    parser.add_argument("--judged", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    spec = read_spec(EMBEDDED_SPEC, None, 1_000_000)
    alarms, pairs, below, tested = Counter(), 0, Counter(), Counter()
    for number in range(args.pairs):
        found = pair(args.seed * 10_000 + number, args.families, args.judged, spec)
        raised = [m for m in found.values() if m.differs]
        pairs += bool(raised)
        for m in raised:
            print(f"pair {number}: {m.name} p = {m.p:.2g} q = {m.q:.2g}", flush=True)
        alarms.update(m.group for m in raised)
        for m in found.values():
            tested[m.group] += not np.isnan(m.p)
            below[m.group] += m.p <= 0.05
    print("\n| metrics | tested | p of 0.05 or less | alarms |\n| --- | --- | --- | --- |")
    for group in tested:
        share = below[group] / max(tested[group], 1)
        print(f"| {group} | {tested[group]:,} | {share:.1%} | {alarms[group]} |")
    print(f"\n{args.pairs} pairs: {alarms.total()} alarms, in {pairs} of the pairs")
    (drifted,) = DRIFT
    caught = 0
    for number in range(args.drifts):
        found = pair(args.seed * 10_000 + 5_000 + number, args.families, args.judged, spec, DRIFT)
        caught += found[f"refusals.{drifted}"].differs
    print(f"{args.drifts} pairs with a drift of {drifted}: {caught} found")
    missed = alarms.total() > MOST * args.pairs / 200
    if missed:
        print(f"goal missed: {alarms.total()} alarms, at most {MOST}", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
