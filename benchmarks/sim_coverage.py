"""Do the 95% intervals cover? Simulations with a known truth and correlated families.

    python benchmarks/sim_coverage.py [--sims 4000] [--seed 1] [--write]

Prints a Markdown table: how often each interval held the truth. `--write` puts the same page
at docs/coverage.md. A family here is up to three scenarios answered by five models; what its
members share is drawn once a family. Truths are set by hand where the model gives them, else
taken from one sample of 200,000 families. About four minutes on two cores.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure.agreement import agreement
from analysis.measure.agreement_ratings import ratings
from analysis.measure.compliance import ratio_of_bins
from analysis.measure.compliance_prediction import auc
from analysis.measure.compliance_weights import weighted_rate, weighting
from analysis.measure.estimates import Estimate, paired_difference, quantile
from analysis.measure.estimates_grouped import means_by_group, rates_by_group
from analysis.measure.refusals import difference
from analysis.measure.robustness import shifts
from analysis.measure.values import estimates as value_estimates

PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
LOW, HIGH = 0.93, 0.97
MODELS = 5
TRUTH_FAMILIES = 200_000
POPULATION = (0.55, 0.2, 0.13, 0.08, 0.04)  # shares of the bins of D
SEVERITY = np.array([0.04, 0.08, 0.12, 0.2, 0.35])  # non-compliance by bin of D
SLICES = (
    (60, 0.4, "binary"),
    (300, 0.4, "binary"),
    (300, 0.1, "binary"),
    (300, 0.4, "three_way"),
)
COMPLIANCE = (
    "AUC of D, clustered DeLong",
    "ratio of outer bins, delta on the log",
    "rate weighted to a population",
)

INTRO = """# Do the intervals cover?

Simulations with a known truth and correlated families; nominal coverage is 95%, and 93 to 97%
is what we ask. Made by `python benchmarks/sim_coverage.py --write` ({sims} simulations a row,
seed {seed}; the share itself is uncertain by about {error:.1f} points). A family is one to three
scenarios by five models that share an effect drawn once a family, so rows inside it are not
independent. `naive` is what the same formula covers when the families are ignored; `undefined`
is how often no interval was given (a ratio over a bin without a violation), left out of the rest.

"""
NOTES = """
Rates use Wilson's interval at the families' effective n. With few families that show the rarer
outcome it errs to the wide side on purpose: the design effect can't be seen there. Means, ratios
and differences use the linearised family-clustered error with t at G - 1; agreement resamples
families (500 resamples a simulation here, 2,000 in the app).
"""


def sizes(rng, families):
    return rng.integers(1, 4, families) * MODELS


def share_held(low, high, truth):
    return float(np.mean((low <= truth) & (truth <= high)))


class Tally:
    """How often an interval was given at all, and then held the truth."""

    def __init__(self):
        self.given = self.hits = self.tries = 0

    def add(self, found, truth):
        self.tries += 1
        if isinstance(found, Estimate):
            self.given += 1
            self.hits += found.low <= truth <= found.high

    @property
    def covered(self):
        return self.hits / self.given

    @property
    def undefined(self):
        return 1 - self.given / self.tries


def means(rng, sims, families):
    """Leans: a family effect two thirds the size of an answer's own noise."""
    n = rng.integers(1, 4, (sims, families)) * MODELS
    effect = rng.normal(0, 1, (sims, families))
    noise = rng.normal(0, 1.5, (sims, families)) / np.sqrt(n)
    y = (0.3 + effect + noise) * n
    frame = grouped(n, y=y)
    return covers(means_by_group(frame, ["sim"]), means_by_group(single(frame, "y"), ["sim"]), 0.3)


def rates(rng, sims, families, share, correlation):
    n = rng.integers(1, 4, (sims, families)) * MODELS
    a = share * (1 - correlation) / correlation
    chance = rng.beta(a, a * (1 - share) / share, (sims, families))
    frame = grouped(n, k=rng.binomial(n, chance))
    clustered = rates_by_group(frame, ["sim"])
    naive = rates_by_group(single(frame, "k"), ["sim"], successes="k")
    return covers(clustered, naive, share)


def grouped(n, **columns):
    sims, families = n.shape
    frame = pd.DataFrame({name: value.ravel() for name, value in columns.items()})
    frame["sim"] = np.repeat(np.arange(sims), families)
    frame["family"] = np.tile(np.arange(families), sims)
    return frame.assign(n=n.ravel())


def single(frame, column):
    """The same cases, each its own family: what ignoring families comes to.

    For means each case carries its family's mean plus noise of the size the model gives it.
    """
    rows = frame.loc[frame.index.repeat(frame["n"])].reset_index(drop=True)
    rank = rows.groupby(["sim", "family"]).cumcount()
    if column == "k":
        value = (rank < rows["k"]).astype(float)
    else:
        value = rows["y"] / rows["n"] + np.random.default_rng(0).normal(0, 1.5, len(rows))
    return pd.DataFrame({"sim": rows["sim"], "family": np.arange(len(rows)), column: value, "n": 1})


def covers(clustered, naive, truth):
    return tuple(share_held(t["low"], t["high"], truth) for t in (clustered, naive))


def differences(rng, sims, families):
    """Two models on the same scenarios: the family's effect is common, its answer to each not."""
    tally = Tally()
    for _ in range(sims):
        n_a, n_b = rng.integers(1, 4, (2, families))
        common, own = rng.normal(0, 1, families), rng.normal(0, 0.7, (2, families))
        sums = [
            (common + mean + own[i]) * n + rng.normal(0, 1, families) * np.sqrt(n)
            for i, (mean, n) in enumerate(((0.5, n_a), (0.2, n_b)))
        ]
        tally.add(paired_difference(sums[0], n_a, sums[1], n_b), 0.3)
    return tally


PROVIDERS = (0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3)  # as in the public dataset: five, five, one, one
LEANS = np.array([0.5, 0.3, 0.1, 0, 0.2, -0.4, -0.2, 0, 0.1, -0.1, 0.8, -0.6])


def leans(rng, sims, families):
    """Leans of one model and of its provider: what a model makes of a family is shared by its
    scenarios, what a provider makes of it by its models; the rubric cancels out."""
    groups = np.array(PROVIDERS)
    rest = [LEANS[groups != g].mean() for g in groups]
    true = LEANS - rest
    tallies = [Tally(), Tally()]
    for _ in range(sims):
        family = np.repeat(np.arange(families), rng.integers(1, 4, families))
        made = rng.normal(0, 0.6, (families, 4))[:, groups] + rng.normal(0, 0.8, (families, 12))
        placed = LEANS + made[family] + rng.normal(0, 1, (len(family), 12))
        base = np.stack([placed[:, groups != g].mean(axis=1) for g in groups], axis=1)
        y = placed - base
        influence = np.zeros((families, 12))
        np.add.at(influence, family, (y - y.mean(axis=0)) / len(family))
        rows = pd.DataFrame(
            {
                "key": "category", "kind": ["model", "provider"], "name": ["m", "p"],
                "n": [len(family), 5 * len(family)], "families": families,
                "mean": [y[:, 0].mean(), y[:, :5].mean()],
                "squares": [
                    (influence[:, 0] ** 2).sum(), (influence[:, :5].mean(axis=1) ** 2).sum()
                ],
            }
        )  # fmt: skip
        found = value_estimates(rows)
        for tally, row, truth in zip(
            tallies, found.to_dict("records"), (true[0], true[:5].mean()), strict=True
        ):
            tally.add(Estimate(row["value"], row["low"], row["high"], row["n"]), truth)
    return [("lean of a model", true[0], tallies[0]),
            ("lean of a provider of five", true[:5].mean(), tallies[1])]  # fmt: skip


def shifts_of(rng, sims, families):
    """Mean shift: both values of a family share how far its wording moves the model."""
    tally = Tally()
    for _ in range(sims):
        common = rng.normal(0.8, 0.9, (families, 1))
        moved = np.clip(np.rint(common + rng.normal(0, 1, (families, 2))), -6, 6)
        frame = pd.DataFrame(moved, columns=["d1", "d2"]).astype("Int64")
        frame = frame.assign(model="m", provider="p", cases=2, flips=0, families=1)
        row = shifts(frame).iloc[0]
        tally.add(Estimate(row["value"], row["low"], row["high"], int(row["n"])), 0.8)
    return tally


def contrasts(rng, sims, families):
    """The difference of two refusal rates over shared families (published patterns)."""
    tally = Tally()
    for _ in range(sims):
        n1, n2 = (rng.integers(1, 4, families) * k for k in (5, 7))
        odds = np.exp(rng.normal(0, 0.8, families))
        y1, y2 = (
            rng.binomial(n, share * odds / (1 - share + share * odds))
            for n, share in ((n1, 0.3), (n2, 0.2))
        )
        sides = dict(zip(("y1", "n1", "y2", "n2"), (y1, n1, y2, n2), strict=True))
        sums = {"families": float(families)} | {k: float(v.sum()) for k, v in sides.items()}
        names = list(sides)
        for i, a in enumerate(names):
            for b in names[i:]:
                sums[a + b] = float((sides[a] * sides[b]).sum())
        value, error = difference(sums)
        half = quantile(families) * error
        tally.add(Estimate(value, value - half, value + half, int(sums["n1"])), _CONTRAST)
    return tally


def _contrast_truth():
    odds = np.exp(np.random.default_rng(0).normal(0, 0.8, 4_000_000))
    shares = [(s * odds / (1 - s + s * odds)).mean() for s in (0.3, 0.2)]
    return float(shares[0] - shares[1])


_CONTRAST = _contrast_truth()


def judged(rng, families, bin_shares=POPULATION):
    """Judged answers: D differs by scenario, non-compliance by its bin and by family."""
    scenario_family = np.repeat(np.arange(families), rng.integers(1, 4, families))
    scenarios = len(scenario_family)
    bins = rng.choice(5, scenarios, p=bin_shares)
    edges = np.array([0, 1, 1.5, 2, 2.5, 3])
    d = edges[bins] + rng.random(scenarios) * np.diff(edges)[bins]
    odds = np.exp(rng.normal(0, 1, families))[scenario_family]
    chance = SEVERITY[bins] * odds / (1 - SEVERITY[bins] + SEVERITY[bins] * odds)
    flags = rng.random((scenarios, MODELS)) < chance[:, None]
    shared = rng.random(scenarios) < chance * 0.5  # some scenarios trip every model
    flags |= shared[:, None]
    scenario = pd.DataFrame({"family": scenario_family, "bin": bins, "d": d})
    answers = scenario.loc[scenario.index.repeat(MODELS)].reset_index(drop=True)
    return answers.assign(majority=flags.ravel()), scenario.assign(majority=flags.all(axis=1))


def compliance(rng, sims, families):
    """AUC of D, ratio of the outer bins, and a stratified sample weighted to its population."""
    answers, scenarios = judged(rng, TRUTH_FAMILIES)
    truth = (auc(answers).value, ratio_of_bins(scenarios).value, answers["majority"].mean())
    tallies = [Tally() for _ in truth]
    even = np.full(5, 0.2)
    for _ in range(sims):
        sample, _ = judged(rng, families)
        strata, scenarios = judged(rng, families, even)
        weighted = weighted_rate(strata, "majority", weighting(strata["bin"], POPULATION))
        found = (auc(sample), ratio_of_bins(scenarios), weighted)
        for tally, one, known in zip(tallies, found, truth, strict=True):
            tally.add(one, known)
    return list(zip(COMPLIANCE, truth, tallies, strict=True))


def decisions(rng, families, prevalence):
    """Three judges: truth and how hard it is to see are shared inside a family."""
    family = np.repeat(np.arange(families), sizes(rng, families))
    bent = rng.beta(prevalence * 2, (1 - prevalence) * 2, families)[family]
    bad = rng.random(len(family)) < bent
    error = rng.beta(1.5, 8, families)[family]
    frame = pd.DataFrame({"family": family})
    for judge, harsh in (("a", 1.0), ("b", 0.7), ("c", 1.5)):
        wrong = rng.random(len(family)) < np.clip(error * np.where(bad, 1, harsh), 0, 0.9)
        flag = np.where(wrong, ~bad, bad)
        unsure = rng.random(len(family)) < 0.15
        absent = rng.random(len(family)) < 0.03
        frame[judge] = np.where(absent, -1, np.where(flag, np.where(unsure, 2, 1), 0))
    return ratings(frame, ["a", "b", "c"])


def coefficients(rated, coding, rng, resamples):
    found = agreement(rated, coding, rng, resamples)
    pair = found.pairs["a", "b"]
    return {**found.measures(), "cohen_kappa": pair.cohen_kappa, "pair_agreement": pair.agreement}


def judges(rng, sims, families, prevalence, coding):
    truth = coefficients(decisions(rng, TRUTH_FAMILIES // 4, prevalence), coding, rng, 2)
    tallies = {name: Tally() for name in truth}
    for _ in range(sims):
        found = coefficients(decisions(rng, families, prevalence), coding, rng, 500)
        for name, one in found.items():
            tallies[name].add(one, truth[name].value)
    return [(name, truth[name].value, tally) for name, tally in tallies.items()]


def table(rng, sims):
    """Rows of (estimate, truth, families, covered, naive or None, undefined)."""
    rows = []
    for families in (40, 400):
        rows.append(("mean, family-clustered", 0.3, families, *means(rng, sims, families), 0))
        paired = differences(rng, sims, families)
        rows.append(("paired difference", 0.3, families, paired.covered, None, paired.undefined))
    for families in (40, 100, 400):
        for share, rho in ((0.5, 0.2), (0.2, 0.2), (0.05, 0.1)):
            name = f"rate, Wilson at effective n, correlation {rho}"
            rows.append((name, share, families, *rates(rng, sims, families, share, rho), 0))
    for families in (40, 400):
        for name, truth, tally in leans(rng, sims // 2, families):
            rows.append((name, truth, families, tally.covered, None, tally.undefined))
        moved = shifts_of(rng, sims // 2, families)
        rows.append(("mean shift by a nudge", 0.8, families, moved.covered, None, moved.undefined))
        apart = contrasts(rng, sims // 2, families)
        rows.append(("difference of two refusal rates", _CONTRAST, families, apart.covered, None,
                     apart.undefined))  # fmt: skip
    for families in (150, 600):
        for name, truth, tally in compliance(rng, sims // 2, families):
            rows.append((name, truth, families, tally.covered, None, tally.undefined))
    for families, prevalence, coding in SLICES:
        for name, truth, tally in judges(rng, sims // 2, families, prevalence, coding):
            label = f"{name}, {coding}, prevalence {prevalence}"
            rows.append((label, truth, families, tally.covered, None, tally.undefined))
    return rows


def markdown(rows):
    lines = ["| estimate | truth | families | covered | naive | undefined | 93 to 97% |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for name, truth, families, covered, naive, undefined in rows:
        beside = "" if naive is None else f"{naive:.1%}"
        gone = f"{undefined:.1%}" if undefined else ""
        verdict = "yes" if LOW <= covered <= HIGH else "wider" if covered > HIGH else "NO"
        cells = (name, f"{truth:.3f}", families, f"{covered:.1%}", beside, gone, verdict)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sims", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="also write docs/coverage.md")
    args = parser.parse_args()
    start = time.perf_counter()
    rows = table(np.random.default_rng(args.seed), args.sims)
    error = 100 * math.sqrt(0.95 * 0.05 / (args.sims / 2))
    page = INTRO.format(sims=f"{args.sims // 2:,} to {args.sims:,}", seed=args.seed, error=error)
    page += markdown(rows) + NOTES
    print(page)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if args.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
