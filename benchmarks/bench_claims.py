"""Does a study in which nothing differs say that something does? And is what was planted found?

    python benchmarks/bench_claims.py [--studies 300] [--seed 1] [--processes 2]

Simulated studies of four shapes (models by families, three wordings each), with nothing planted
and with one thing planted in every subject: a provider leans by 0.8 positions on one of six
categories, a model refuses 20 points more, wording moves a model a position further,
non-compliance grows with D, of the decisions that cite one clause of twelve a third more are
turned round, a model has three times as many outliers, and half of the models answer as a kind of
their own. Each goes through the measures and `analysis.measure.claims`, which decides what
pages and briefing may say. *Any claim* is how many null studies said anything at all: at most 24
of 300 are asked for. The other columns are how many planted studies named the planted one, by
subject.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure import archetypes, chance, claims
from analysis.measure import values as value_measure
from analysis.measure.clauses import by_clause
from analysis.measure.compliance.compliance import ratio_of_bins
from analysis.measure.compliance.prediction import auc
from analysis.measure.estimates.grouped import (
    means_by_group,
    measured,
    rates_by_group,
)

SHAPES = ((2, 30), (4, 40), (12, 30), (12, 120))
MOST_FALSE = 0.08
CATEGORIES = 6
FEATURES = 8
CLAUSES = 12
WORDINGS = 3


def groups(models):
    """Provider of each model: two, then five, five, one and one as in the public dataset."""
    return np.arange(models) if models < 12 else np.array([0] * 5 + [1] * 5 + [2, 3])


def positions(rng, models, families, planted):
    """(scenario, value, model) positions 0..6, the scenarios' family, the values' category."""
    family = np.repeat(np.arange(families), WORDINGS)
    category = rng.integers(0, CATEGORIES, (families, 2))
    centre = rng.normal(3, 1, (families, 2, 1))
    taste = rng.normal(0, 0.9, (families, 2, models))
    if planted:
        taste[:, :, groups(models) == 0] += 0.8 * (category == 0)[:, :, None]
    own = rng.normal(0, 0.7, (len(family), 2, models))
    placed = np.clip(np.rint(centre[family] + taste[family] + own), 0, 6)
    return placed, family, category[family]


def leans(placed, family, category):
    """The section `values.by_provider`, by the same arithmetic as the queries."""
    who = groups(placed.shape[2])
    rows = []
    for g in np.unique(who):
        base = placed[:, :, who != g].mean(axis=2, keepdims=True)
        y = placed[:, :, who == g] - base
        for c in range(CATEGORIES):
            scenario, value = np.nonzero(category == c)
            if not len(scenario):
                continue
            cell, at = y[scenario, value], family[scenario]
            mean = cell.mean(axis=0)
            influence = np.zeros(family.max() + 1)
            np.add.at(influence, at, ((cell - mean) / len(cell)).mean(axis=1))
            sizes = np.bincount(at) * float(cell.shape[1])
            rows.append(
                {
                    "key": str(c),
                    "kind": "provider",
                    "name": str(g),
                    "n": cell.size,
                    "mean": mean.mean(),
                    "squares": np.square(influence).sum(),
                    "families": int((sizes > 0).sum()),
                    "nn": (sizes**2).sum(),
                    "n4": (sizes**4).sum(),
                }
            )
    found = value_measure.estimates(pd.DataFrame(rows))
    section = {}
    for row in found.to_dict("records"):
        known = not row["undefined"]
        cell = {"lean": row["value"], **{k: row[k] for k in ("low", "high", "n", "q")}}
        section.setdefault(row["name"], {})[row["key"]] = cell if known else {"n": row["n"]}
    return section


def by_model(rng, models, families, planted):
    """Refusals: the rate per model, families differ in how much is refused."""
    odds = np.exp(rng.normal(0, 1, families))[:, None]
    share = np.full(models, 0.2)
    if planted:
        share[0] += 0.2
    chance = share * odds / (1 - share + share * odds)
    hits = rng.binomial(WORDINGS, chance)
    frame = pd.DataFrame(
        {
            "model": np.tile(np.arange(models), families),
            "family": np.repeat(np.arange(families), models),
            "k": hits.ravel(),
            "n": WORDINGS,
        }
    )
    return _cells(rates_by_group(frame, ["model"]))


def shifts(rng, models, families, planted):
    common = rng.normal(0.6, 0.6, (families, 1))
    own = rng.normal(0, 0.9, (families, models))
    if planted:
        own[:, 0] += 1.0
    moved = np.rint(common + own + rng.normal(0, 0.5, (families, models)))
    frame = pd.DataFrame(
        {
            "model": np.tile(np.arange(models), families),
            "family": np.repeat(np.arange(families), models),
            "y": moved.ravel() * 2,
            "n": 2,
        }
    )
    return _cells(means_by_group(frame, ["model"]))


def _cells(table):
    cells = zip(table.index, measured(table), strict=True)
    return {str(m): c.to_json() for m, c in cells}


def compliance(rng, placed, family, planted):
    """Judged answers of five models at most: AUC and ratio of the outer bins."""
    d = placed.std(axis=2).max(axis=1)
    models = min(placed.shape[2], 5)
    odds = np.exp(rng.normal(0, 0.8, family.max() + 1))[family]
    # in quarters of the study, so that every shape has both ends
    rank = d.argsort().argsort() / len(d)
    base = 0.04 + 0.5 * rank**2 if planted else np.full(len(d), 0.2)
    chance = base * odds / (1 - base + base * odds)
    flags = rng.random((len(d), models)) < chance[:, None]
    bins = np.digitize(d, [1, 1.5, 2, 2.5])
    scenarios = pd.DataFrame({"family": family, "bin": bins, "majority": flags.all(axis=1)})
    answers = pd.DataFrame(
        {"family": np.repeat(family, models), "d": np.repeat(d, models), "majority": flags.ravel()}
    )
    return auc(answers).to_json(), ratio_of_bins(scenarios).to_json()


def clauses(rng, families, planted):
    """Three judges; each cites one or two of the clauses that a family is about."""
    judged, cited = [], []
    about = [rng.choice(CLAUSES, 3, replace=False) for _ in range(families)]
    for f, mine in enumerate(about):
        hard = rng.beta(1, 12)
        for w in range(WORDINGS):
            for m in range(3):
                response = f"{f}_{w}|m{m}"
                clause = int(rng.choice(mine))
                fought = hard + 0.35 if planted and clause == 0 else hard
                bad = rng.random() < 0.25
                for judge in ("a", "b", "c"):
                    wrong = rng.random() < fought
                    word = "non-compliant" if bad != wrong else "compliant"
                    judged.append((response, f"f{f}", judge, word))
                    named = clause if rng.random() < 0.8 else int(rng.choice(mine))
                    cited.append((response, judge, f"c{named}"))
    judgements = pd.DataFrame(judged, columns=["response", "family", "judge", "decision"])
    citations = pd.DataFrame(cited, columns=["response", "judge", "clause"])
    table = by_clause(judgements, citations, judgements.drop_duplicates("response").assign(d=1.0))
    return [
        {"clause": r["clause"], "cited": r["cited"], "q": None if pd.isna(r["q"]) else r["q"]}
        for r in table.to_dict("records")
    ]


def outlying(rng, models, families, planted):
    """Outliers per model; only where the rule is defined, with seven models or more."""
    if models < 7:
        return set()
    rate = 0.05 * np.exp(rng.normal(0, 1, (families, 1))) * np.ones(models)
    if planted:
        rate[:, 0] *= 3
    hits = rng.binomial(WORDINGS, np.clip(rate, 0, 1))
    sums = _sums(hits, np.full(hits.shape, float(WORDINGS)))
    names = [str(m) for m in range(models)]
    found = chance.beside(sums, names, claims.SUBJECT_ALPHA).assign(
        value=hits.mean(axis=0) / WORDINGS
    )
    more, fewer = chance.stands_out(found.to_dict("records"))
    ranked = {f"rank {m}" for m in found.loc[found["rank_low"] > 1, "model"]}
    return {*more, *(f"-{m}" for m in fewer), *ranked}


def kinds(rng, models, families, planted):
    """Whether the models fall into kinds, by features that a family moves for all of them."""
    common = rng.normal(0, 1, (families, 1, FEATURES))
    y = common + rng.normal(0, 1, (families, models, FEATURES))
    if planted:
        y[:, : models // 2, ::2] += 1.0
    sums = pd.concat(
        [
            _sums(y[:, :, f], np.ones((families, models))).assign(feature=str(f))
            for f in range(FEATURES)
        ]
    )
    found = archetypes.cluster(sums, rng, draws=archetypes.CHANCE_DRAWS)
    return set() if found is None or found.none else {"kinds"}


def _sums(y, n):
    families, models = y.shape
    return pd.DataFrame(
        {
            "block": np.repeat(np.arange(families), models),
            "model": np.tile([str(m) for m in range(models)], families),
            "y": y.ravel().astype(float),
            "n": n.ravel(),
        }
    )


def study(rng, models, families, planted):
    """Subject -> what is claimed about whom."""
    placed, family, category = positions(rng, models, families, planted)
    found = {"leans": {f"{p}|{c}" for p, c, _ in claims.leans(leans(placed, family, category))}}
    for subject, make in (("refusals", by_model), ("robustness", shifts)):
        told = claims.outstanding(make(rng, models, families, planted))
        found[subject] = {*told.above, *(f"-{m}" for m in told.below)}
    ranked, ratio = compliance(rng, placed, family, planted)
    foretold = claims.predicts(ranked) if claims.is_number(ranked) else "open"
    found["compliance"] = ({foretold} & {"yes", "contrary"}) | (
        {"ratio"} if claims.ratio_holds(ratio) else set()
    )
    named = claims.clauses(clauses(rng, families, planted))
    found["clauses"] = {r["clause"] for r in named}
    found["outliers"] = outlying(rng, models, families, planted)
    found["kinds"] = kinds(rng, models, families, planted)
    return found


def simulated(asked):
    """One study, by (seed, models, families, planted, number): any order, any process."""
    seed, models, families, planted, number = asked
    rng = np.random.default_rng([seed, models, families, int(planted), number])
    return study(rng, models, families, planted)


TRUE = {
    "leans": {"0|0"},
    "refusals": {"0"},
    "robustness": {"0"},
    "compliance": {"yes", "ratio"},
    "clauses": {"c0"},
    "outliers": {"0"},
    "kinds": {"kinds"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    subjects = list(TRUE)
    print("| models x families | null studies with any claim | by subject |", end="")
    print(f" planted found: {' | '.join(subjects)} |")
    print("| --- " * (3 + len(subjects)) + "|")
    missed = 0
    with ProcessPoolExecutor(args.processes) as pool:
        for models, families in SHAPES:
            null, told = (
                list(
                    pool.map(
                        simulated,
                        [(args.seed, models, families, p, i) for i in range(args.studies)],
                        chunksize=5,
                    )
                )
                for p in (False, True)
            )
            wrong = sum(any(found.values()) for found in null)
            parts = ", ".join(f"{s} {sum(bool(f[s]) for f in null)}" for s in subjects)
            hits = [sum(bool(f[s] & TRUE[s]) for f in told) for s in subjects]
            cells = " | ".join(str(h) for h in hits)
            row = f"{models} x {families} | {wrong} of {args.studies} | {parts} | {cells}"
            print(f"| {row} |", flush=True)
            missed += wrong > MOST_FALSE * args.studies
    if missed:
        print(f"goals missed: {missed} shapes claim too often", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
