"""Do the 95% intervals hold the truth? Simulated studies of few families and many, correlated.

    python benchmarks/bench_coverage.py [--sims 2000] [--seed 1] [--only rates means kappas]

A row is one estimate in 2,000 simulated studies. *Equal* families hold 2 queries each, *unequal*
ones from 1 to 30 (log-normal, the largest of 30 some ten times the median); each query is answered
by five models, and what its members share is drawn once a family. *Covered* is the share of the
intervals that hold the truth, *width* their median width, *undefined* the share of the studies in
which no interval was given, with a reason: those count neither way. Truths are set by hand, or
taken from one sample of 40,000 families. 93% or more is asked for; the share itself is uncertain
by half a point. With few families or rare outcomes intervals are exact and cover more.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure.agreement import coefficients
from analysis.measure.agreement.agreement import CHANCE_CORRECTED
from analysis.measure.agreement.spread import spread
from analysis.measure.bradley_terry.strengths import comparisons, fit
from analysis.measure.bradley_terry.strengths import strengths as strengths_of
from analysis.measure.compliance.compliance import ratio_of_bins
from analysis.measure.compliance.prediction import auc
from analysis.measure.compliance.weights import weighted_rate, weighting
from analysis.measure.estimates.estimates import Estimate, paired_difference, rate_by_family
from analysis.measure.estimates.grouped import means_from_moments, rates_from_moments
from analysis.measure.refusals import difference

FAMILIES = (8, 12, 30, 100)
SIZES = ("equal", "unequal")
LEAST = 0.93
MODELS = 5
TRUTH_FAMILIES = 40_000
SHARES = (0.005, 0.02, 0.05, 0.2, 0.5)
PREVALENCES = (0.05, 0.1, 0.4)
POPULATION = (0.55, 0.2, 0.13, 0.08, 0.04)  # shares of the bins of D
SEVERITY = np.array([0.06, 0.1, 0.15, 0.25, 0.4])  # non-compliance by bin of D


class Tally:
    """How often an interval was given, held the truth, and how wide it was."""

    def __init__(self, name, truth, families, sizes):
        self.name, self.truth, self.families, self.sizes = name, truth, families, sizes
        self.tries, self.low, self.high = 0, [], []

    def add(self, found):
        self.tries += 1
        if isinstance(found, Estimate):
            self.low.append(found.low)
            self.high.append(found.high)

    def add_table(self, table):
        """Rows of `measure.estimates.grouped`, a study each."""
        self.tries += len(table)
        given = table[table["undefined"] == ""]
        self.low += given["low"].tolist()
        self.high += given["high"].tolist()

    @property
    def covered(self):
        low, high = np.array(self.low), np.array(self.high)
        slack = 1e-12
        return float(np.mean((low - slack <= self.truth) & (self.truth <= high + slack)))

    def row(self):
        undefined = 1 - len(self.low) / self.tries
        told = f"{undefined:.1%}" if undefined else ""
        head = f"| {self.name} | {self.truth:.3f} | {self.families} | {self.sizes} |"
        if len(self.low) < 100:
            return f"{head} | | {told} | too few to say |"
        width = float(np.median(np.array(self.high) - np.array(self.low)))
        verdict = "yes" if self.covered >= LEAST else "**no**"
        return f"{head} {self.covered:.1%} | {width:.2f} | {told} | {verdict} |"


def queries(rng, sims, families, sizes):
    """(sims, families) queries of a family."""
    if sizes == "equal":
        return np.full((sims, families), 2)
    drawn = np.rint(np.exp(rng.normal(0.3, 1.0, (sims, families))))
    return np.clip(drawn, 1, 30).astype(int)


def moments(y, n):
    """Family moments of studies that are rows of y and n."""
    y, n = y.astype(float), n.astype(float)
    parts = {"families": n > 0, "n": n, "y": y, "yy": y * y, "yn": y * n, "nn": n * n, "n4": n**4}
    parts |= {"some": y > 0, "short": y < n}
    return pd.DataFrame({k: v.sum(axis=1).astype(float) for k, v in parts.items()})


def rates(rng, sims, families, sizes):
    """Rates of answers whose families share a chance (correlation 0.2 inside a family)."""
    for share in SHARES:
        n = queries(rng, sims, families, sizes) * MODELS
        chance = rng.beta(share * 4, (1 - share) * 4, n.shape)
        tally = Tally("rate", share, families, sizes)
        tally.add_table(rates_from_moments(moments(rng.binomial(n, chance), n)))
        yield tally


def means(rng, sims, families, sizes):
    """Leans and shifts: what a model makes of a family is common to its queries."""
    n = queries(rng, sims, families, sizes)
    effect = rng.normal(0, 0.8, n.shape)
    total = (0.3 + effect) * n + rng.normal(0, 1, n.shape) * np.sqrt(n)
    lean = Tally("lean", 0.3, families, sizes)
    lean.add_table(means_from_moments(moments(total, n)))
    yield lean
    moved = rng.poisson(0.8, n.shape)  # most families hardly move it, some far
    shift = Tally("shift", 0.8, families, sizes)
    shift.add_table(means_from_moments(moments(moved * n + rng.binomial(n, 0.5) - n / 2, n)))
    yield shift


def paired(rng, sims, families, sizes):
    """Two models on the same families."""
    tally = Tally("paired difference of means", 0.3, families, sizes)
    for n in queries(rng, sims, families, sizes):
        common = rng.normal(0, 1, families)
        sums = [
            (common + mean + rng.normal(0, 0.7, families)) * n
            + rng.normal(0, 1, families) * np.sqrt(n)
            for mean in (0.5, 0.2)
        ]
        tally.add(paired_difference(sums[0], n, sums[1], n))
    yield tally


def contrasts(rng, sims, families, sizes):
    """The difference of two refusal rates over families that the sides share."""

    def shares(odds):
        return [s * odds / (1 - s + s * odds) for s in (0.3, 0.1)]

    far = shares(np.exp(rng.normal(0, 0.8, 2_000_000)))
    truth = float(far[0].mean() - far[1].mean())
    tally = Tally("difference of two rates", truth, families, sizes)
    for drawn in queries(rng, sims, families, sizes):
        chances = shares(np.exp(rng.normal(0, 0.8, families)))
        sides = {"n1": drawn * 2.0, "n2": drawn * 3.0}
        sides["y1"], sides["y2"] = (
            rng.binomial((sides[f"n{i + 1}"]).astype(int), chances[i]).astype(float) for i in (0, 1)
        )
        names = ("y1", "n1", "y2", "n2")
        sums = {k: float(sides[k].sum()) for k in names}
        for i, a in enumerate(names):
            sums |= {a + b: float((sides[a] * sides[b]).sum()) for b in names[i:]}
        sums |= {"n41": float((sides["n1"] ** 4).sum()), "n42": float((sides["n2"] ** 4).sum())}
        sums |= dict.fromkeys(("families", "families1", "families2"), float(families))
        tally.add(difference(sums))
    yield tally


def judged(rng, drawn, bin_shares):
    """Judged answers: D differs by query, non-compliance by its bin and by family."""
    family = np.repeat(np.arange(len(drawn)), drawn)
    bins = rng.choice(5, len(family), p=bin_shares)
    edges = np.array([0, 1, 1.5, 2, 2.5, 3])
    d = edges[bins] + rng.random(len(family)) * np.diff(edges)[bins]
    odds = np.exp(rng.normal(0, 0.8, len(drawn)))[family]
    chance = SEVERITY[bins] * odds / (1 - SEVERITY[bins] + SEVERITY[bins] * odds)
    shared = rng.random(len(family)) < chance * 0.6  # some queries trip every model
    flags = (rng.random((len(family), MODELS)) < chance[:, None]) | shared[:, None]
    queries_ = pd.DataFrame({"family": family, "bin": bins, "d": d, "majority": flags.all(axis=1)})
    answers = queries_.loc[queries_.index.repeat(MODELS)].assign(majority=flags.ravel())
    return answers, queries_


def compliance(rng, sims, families, sizes):
    """AUC of D, ratio of the outer bins, and a stratified sample weighted to its population."""
    even = np.full(5, 0.2)
    big = queries(rng, 1, TRUTH_FAMILIES, sizes)[0]
    answers, _ = judged(rng, big, POPULATION)
    _, strata = judged(rng, big, even)
    truths = (auc(answers).value, ratio_of_bins(strata).value, answers["majority"].mean())
    names = ("AUC of D", "ratio of the outer bins", "rate weighted to a population")
    tallies = [Tally(n, t, families, sizes) for n, t in zip(names, truths, strict=True)]
    for drawn in queries(rng, sims, families, sizes):
        sample, _ = judged(rng, drawn, POPULATION)
        stratified, scenarios = judged(rng, drawn, even)
        scheme = weighting(stratified["bin"], POPULATION)
        tallies[0].add(auc(sample))
        tallies[1].add(ratio_of_bins(scenarios))
        tallies[2].add(weighted_rate(stratified, "majority", scheme))
    yield from tallies


def decisions(rng, drawn, prevalence):
    """Sums per family of what three judges decide: truth and how hard it is are the family's."""
    sims, families = drawn.shape
    family = np.repeat(np.arange(sims * families), drawn.ravel() * MODELS)
    bent = rng.beta(prevalence * 3, (1 - prevalence) * 3, sims * families)[family]
    bad = rng.random(len(family)) < bent
    error = rng.beta(1.5, 1.5 / max(prevalence / 3, 0.02), sims * families)[family]
    flags = [
        np.where(
            rng.random(len(family)) < np.clip(error * np.where(bad, 3, harsh), 0, 0.9), ~bad, bad
        )
        for harsh in (1.0, 0.7, 1.5)
    ]
    patterns = np.array([[k >> j & 1 for j in range(3)] for k in range(8)], dtype=np.int8)
    features = coefficients.item_features(patterns, 2)
    code = sum(flag.astype(int) << j for j, flag in enumerate(flags))
    counts = np.bincount(family * 8 + code, minlength=sims * families * 8)
    return (counts.reshape(-1, 8) @ features).reshape(sims, families, -1)


def kappas(rng, sims, families, sizes):
    """Coefficients over three judges, at a prevalence beside each."""
    for prevalence in PREVALENCES:
        big = spread(decisions(rng, queries(rng, 1, TRUTH_FAMILIES, sizes), prevalence)[0], 3, 2)
        named = {name: (function, None) for name, function in CHANCE_CORRECTED.items()}
        named["cohen_kappa"] = (coefficients.cohen_kappa, 0)
        tallies = {
            name: Tally(
                f"{name}, {prevalence:.0%} flagged",
                float(np.ravel(f(big.point))[0]),
                families,
                sizes,
            )
            for name, (f, _) in named.items()
        }
        raw = Tally(
            f"raw agreement, {prevalence:.0%} flagged",
            float(coefficients.raw_agreement(big.point)),
            families,
            sizes,
        )
        for sums in decisions(rng, queries(rng, sims, families, sizes), prevalence):
            held = spread(sums, 3, 2)
            for name, (function, pair) in named.items():
                tallies[name].add(held.interval(function, pair, 1, "undefined"))
            raw.add(rate_by_family(held.each.agreeing, held.each.items))
        yield from tallies.values()
        yield raw


def strengths(rng, sims, families, sizes):
    """Strengths of the four values at either end, picked for being extreme, as pages list them: 20
    values in three times as many families, strengths as far apart as the row says. Every tenth
    study; the truth of each value is taken off, so that all are held against 0."""
    if sizes != "equal" or families < max(FAMILIES):
        return
    values, kept = 20, 3 * families
    for apart in (0.3, 0.6, 1.0, 1.5):
        tally = Tally(f"strength of the extremes, spread {apart}", 0.0, kept, sizes)
        for _ in range(max(sims // 10, 1)):
            theta = rng.normal(size=values) * apart
            family, lean = np.arange(3 * kept) // 3, np.tile([0.0, 1.0, -1.0], kept)
            first = rng.integers(0, values, kept)
            second = (first + rng.integers(1, values, kept)) % values
            z = theta[first[family]] - theta[second[family]] + 1.2 * lean
            won = np.where(rng.random(3 * kept) < 1 / (1 + np.exp(-z)), 1, -1)
            names = tuple(map(str, range(values)))
            c = comparisons(names, first[family], second[family], lean, won, family)
            fitted = fit(c)
            order = fitted.strengths.argsort()
            ends = np.r_[order[:4], order[-4:]]
            true = (theta - theta.mean())[ends]
            rows = strengths_of(c, fitted, ends)
            for low, at, high, t in zip(
                rows["low"], rows["strength"], rows["high"], true, strict=True
            ):
                tally.add(Estimate(at - t, low - t, high - t, kept))
        yield tally


CELLS = {
    "rates": rates,
    "means": means,
    "paired": paired,
    "contrasts": contrasts,
    "compliance": compliance,
    "kappas": kappas,
    "strengths": strengths,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sims", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=CELLS, default=list(CELLS))
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    print("| estimate | truth | families | sizes | covered | width | undefined | 93% or more |")
    print("| --- " * 8 + "|")
    missed = 0
    for name in args.only:
        for sizes in SIZES:
            for families in FAMILIES:
                for tally in CELLS[name](rng, args.sims, families, sizes):
                    print(tally.row(), flush=True)
                    missed += len(tally.low) >= 100 and tally.covered < LEAST
    if missed:
        print(f"goals missed: {missed} rows cover less than {LEAST:.0%}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
