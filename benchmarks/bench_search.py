"""Does the search find more high-D scenarios for a dollar, and tell the rate as it is?

    python benchmarks/bench_search.py [--seeds 20] [--families 150] [--landscape even] [--small]

Whole runs on the simulator through journal and runner, from drawing pairs to scores, once with
`search` and once without, on the same seeds and as many families. Every simulated model is given a
price ($3 and $15 per million tokens), so that a run has dollars: those that its journal confirms,
the uniform share's among them. Both landscapes have a base rate of high D of about 10%: in
*pockets* it is planted where two of 26 categories are touched, in *even* nothing is heterogeneous.

*High a dollar*: scenarios with D of at least 1.5, by the dollars of the run; the ratio is of the
sums over all seeds, its interval from a bootstrap over seeds, *least* is the worst seed. *Uniform
share* is the rate of high D that the search runs estimate from that share, *all* what all of their
families would have said, *truth* the rate in the runs without search.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.settings import Settings
from analysis.vocabulary import HIGH_D, Draw
from pipeline.journal.journal import reading
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import Plan, read_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.flow import Flow
from pipeline.run.state import PLAN, State, run_folder
from pipeline.run.status import status
from pipeline.select.disagreement import at_least
from pipeline.simulator.personas import APART
from pipeline.stages.pairs import SearchPart

STAGES = ("pairs", "generate", "respond", "rubric", "score")
PRICE = {"input": 3.0, "output": 15.0}
AT_ONCE = 2
TWICE, ALIKE = 2.0, (0.8, 1.25)
GOALS = {"pockets": "at least 2", "even": "0.8 to 1.25"}


@dataclass(frozen=True)
class Found:
    """One run: dollars, scenarios and those with high D, and the same of its uniform share."""

    usd: float
    scenarios: int
    high: int
    uniform: int
    uniform_high: int

    @property
    def a_dollar(self) -> float:
        return self.high / self.usd


def planned(settings: Settings, landscape: str, families: int, seed: int, search: bool) -> Plan:
    """A plan over the embedded taxonomy, its models priced and asked in a landscape."""
    wish = Wish(
        families=families,
        stages=STAGES,
        seed=seed,
        budget_usd=10_000.0,
        search=SearchPart() if search else None,
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    for name in data["roles"]["targets"]:
        data["models"][name]["name"] = f"{name}{APART}{landscape}"
    for entry in data["models"].values():
        entry["price"] |= PRICE
    return Plan.model_validate(data)


def found(landscape: str, families: int, search: bool, seed: int) -> Found:
    """What one run found, and for how much."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        plan = planned(settings, landscape, families, seed, search)
        run = runs.launch(plan, settings, load(settings.home))
        result = runs.work(settings, run)
        if result.state is not State.DONE:
            raise RuntimeError(result.sentence)
        usd = status(settings, run)["confirmed_usd"]
        return _counted(settings, run, usd)


def _counted(settings: Settings, run: str, usd: float) -> Found:
    folder = run_folder(settings, run)
    plan = read_plan(folder / PLAN)
    with reading(folder) as connection:
        flow = Flow(plan, Inputs(plan, folder), connection)
        high = [(s.draw, at_least(flow.placements[s.scenario], HIGH_D)) for s in flow.scenarios]
    mine = [one for draw, one in high if draw != Draw.SEARCH]
    return Found(usd, len(high), sum(one for _, one in high), len(mine), sum(mine))


def ratio(searched: list[Found], plain: list[Found]) -> float:
    """High-D scenarios for a dollar with the search, by those without."""
    a_dollar = [sum(f.high for f in runs) / sum(f.usd for f in runs) for runs in (searched, plain)]
    return a_dollar[0] / a_dollar[1]


def interval(searched: list[Found], plain: list[Found]) -> tuple[float, float]:
    """The middle 95% of the ratio over seeds drawn anew."""
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, len(plain), len(plain)) for _ in range(2_000)]
    ratios = [ratio([searched[i] for i in ids], [plain[i] for i in ids]) for ids in drawn]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def rate(high: int, scenarios: int) -> str:
    return f"{high / scenarios:.1%}"


def row(landscape: str, searched: list[Found], plain: list[Found]) -> tuple[str, bool]:
    """One line of the table, and whether its goal holds."""
    value, (low, high) = ratio(searched, plain), interval(searched, plain)
    least = min(s.a_dollar / p.a_dollar for s, p in zip(searched, plain, strict=True))
    holds = value >= TWICE if landscape == "pockets" else ALIKE[0] <= value <= ALIKE[1]
    cells = [
        landscape,
        f"{np.mean([f.high for f in plain]):.1f} for ${np.mean([f.usd for f in plain]):.2f}",
        f"{np.mean([f.high for f in searched]):.1f} for ${np.mean([f.usd for f in searched]):.2f}",
        f"{value:.2f} ({low:.2f} to {high:.2f})",
        f"{least:.2f}",
        rate(sum(f.uniform_high for f in searched), sum(f.uniform for f in searched)),
        rate(sum(f.high for f in searched), sum(f.scenarios for f in searched)),
        rate(sum(f.high for f in plain), sum(f.scenarios for f in plain)),
        GOALS[landscape],
        "yes" if holds else "**no**",
    ]
    return f"| {' | '.join(cells)} |", holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--families", type=int, default=150)
    parser.add_argument("--landscape", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    seeds, families = (1, 20) if args.small else (args.seeds, args.families)
    print(f"{seeds} seeds, {families} families a run, 12 models, 3 scenarios a family.\n")
    heads = "landscape | without search | with search | high a dollar, ratio | least"
    print(f"| {heads} | uniform share | all | truth | goal | holds |")
    print(f"|{' --- |' * 10}")
    missed = 0
    with ProcessPoolExecutor(AT_ONCE) as processes:
        for landscape in args.landscape:
            ways = [True] * seeds + [False] * seeds
            each = [*range(1, seeds + 1)] * 2
            done = list(processes.map(partial(found, landscape, families), ways, each))
            line, holds = row(landscape, done[:seeds], done[seeds:])
            print(line, flush=True)
            missed += not holds
    if missed:
        print(f"goals missed: {missed}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
