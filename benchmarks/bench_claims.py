"""Does a study in which nothing differs say that something does? And is what was planted found?

    python benchmarks/bench_claims.py [--studies 300] [--seed 1] [--processes 2] [--kept FILE]

Simulated studies of four shapes (models by families, three wordings each), with nothing planted
and with one thing planted in every subject: a provider leans by 0.8 positions on one of six
categories (as the paper says Anthropic's models do), a model refuses 20 points more, wording moves
a model a position further, non-compliance grows with D, of the decisions that cite one clause of
twelve a third more are turned round, a model has three times as many outliers, half of the models
answer as a kind of their own, and Anthropic's models refuse 20 points more, as the paper says. Each
goes through the measures and `analysis.measure.claims`, which decides what pages and briefing may
say. *Any claim* is how many null studies said anything at all: at most 24 of 300 are asked for. The
other columns are how many planted studies named the planted one, by subject. Outliers need seven
models, kinds four. Who lies outside of the grey marks of a ranking, and ranks that the pairs of
models settle, count as claims like the sentences.

Each study is kept as it is done, in FILE (by default one of the temporary folder, named after the
code that is measured), and a second start goes on from there.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.vocabulary import SUBJECT_ALPHA

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure import archetypes, chance, claims, refusals
from analysis.measure import values as value_measure
from analysis.measure.clauses import tested
from analysis.measure.compliance.compliance import ratio_of_bins
from analysis.measure.compliance.prediction import auc
from analysis.measure.estimates.grouped import (
    means_by_group,
    measured,
    rates_by_group,
)
from analysis.measure.paper import value_patterns
from analysis.measure.paper.published import TENDENCIES
from analysis.vocabulary import Topic

SHAPES = ((2, 30), (4, 40), (12, 30), (12, 120))
MOST_FALSE = 0.08
NAMED = list(dict.fromkeys(c for held in TENDENCIES.values() for c in held))
"""The categories that the paper's patterns name, six."""
CATEGORIES = len(NAMED)
PROVIDERS = ("anthropic", "openai", "google", "xai")
FEATURES = 8
CLAUSES = 12
WORDINGS = 3
KINDS = {"soft": 0, "firm": 1, "complete": 2}
_FIRST = ("claude_opus_4", "gpt_4_1", "gemini_2_5_pro", "grok_4")
WHO = {
    2: _FIRST[:2],
    4: _FIRST,
    12: (
        *("claude_opus_4", "claude_sonnet_4", "claude_3_7", "claude_3_5", "claude_3_opus"),
        *("gpt_4_1", "gpt_4_1_mini", "gpt_4o", "o3", "o4_mini", *_FIRST[2:]),
    ),
}
"""Models by their number, in the order of `groups`; the patterns name two of them."""


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
    """The estimates behind the section `values.by_provider`, by the arithmetic of the queries."""
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
                    "key": NAMED[c],
                    "kind": "provider",
                    "name": PROVIDERS[g],
                    "n": cell.size,
                    "mean": mean.mean(),
                    "squares": np.square(influence).sum(),
                    "families": int((sizes > 0).sum()),
                    "nn": (sizes**2).sum(),
                    "n4": (sizes**4).sum(),
                }
            )
    return value_measure.estimates(pd.DataFrame(rows))


def by_provider(found):
    """The section `values.by_provider`."""
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
    return _cells(rates_by_group(frame, ["model"])), beyond(hits, np.full(hits.shape, WORDINGS))


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
    return _cells(means_by_group(frame, ["model"])), beyond(moved * 2, np.full(moved.shape, 2))


def beyond(y, n):
    """What the grey marks and the ranks beside a ranking say, as who lies outside and whose rank
    the pairs settle."""
    names = [str(m) for m in range(y.shape[1])]
    found = chance.beside(_sums(y, n), names, SUBJECT_ALPHA).assign(value=y.sum(0) / n.sum(0))
    more, fewer = chance.stands_out(found.to_dict("records"))
    ranked = {f"rank {m}" for m in found.loc[found["rank_low"] > 1, "model"]}
    return {*more, *(f"-{m}" for m in fewer), *ranked}


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
    return [
        {"clause": clause, "cited": 1, "q": None if pd.isna(q) else q}
        for clause, q in tested(judgements, citations)["q"].items()
    ]


def outlying(rng, models, families, planted):
    """Outliers per model; only where the rule is defined, with seven models or more."""
    if models < 7:
        return set()
    rate = 0.05 * np.exp(rng.normal(0, 1, (families, 1))) * np.ones(models)
    if planted:
        rate[:, 0] *= 3
    hits = rng.binomial(WORDINGS, np.clip(rate, 0, 1))
    return beyond(hits, np.full(hits.shape, WORDINGS))


def refusal_patterns(rng, models, families, planted):
    """The paper's refusal patterns, by the sums of their queries: each third family has a topic of
    which a pattern speaks, and what is refused at all is soft, firm or complete."""
    provider = dict(zip(WHO[models], (PROVIDERS[g] for g in groups(models)), strict=True))
    odds = np.exp(rng.normal(0, 1, families))[:, None]
    share = np.full(models, 0.2)
    if planted:
        share[[p == "anthropic" for p in provider.values()]] += 0.2
    chance = share * odds / (1 - share + share * odds)
    kinds = rng.random((families, WORDINGS, models, 2))
    refused = kinds[..., 0] < chance[:, None, :]
    which = np.digitize(kinds[..., 1], [0.5, 0.8])  # soft, firm, complete
    topics = [Topic.GROOMING.value, Topic.CHEMICAL.value, Topic.BIOLOGICAL.value, "", "", ""]
    topic = rng.choice(topics, families)
    found = []
    for claim in refusals.claims(provider):
        hit = refused if claim.kind == "any" else refused & (which == KINDS[claim.kind])
        case = refused if claim.of == "refusals" else np.ones_like(refused)
        sides = []
        for row, who in (claim.one, claim.other):
            of = (
                np.isin(list(provider), who)
                & ((topic == row) | (row == refusals.ALL))[:, None, None]
            )
            sides += [(x & of).sum(axis=(1, 2)).astype(float) for x in (hit, case)]
        found.append((claim, contrast(sides)))
    rows = refusals.compared(found).to_dict("records")
    return {f"{r['verdict']}: {r['claim']}" for r in rows if r["verdict"] != claims.TOO_LITTLE}


def contrast(sides):
    """`queries.refusals.contrast` of sums by family: y1, n1, y2, n2."""
    names = ("y1", "n1", "y2", "n2")
    sums = {a: x.sum() for a, x in zip(names, sides, strict=True)}
    for i, a in enumerate(names):
        sums |= {a + b: (sides[i] * sides[i + j]).sum() for j, b in enumerate(names[i:])}
    for i in (1, 2):
        n = sides[2 * i - 1]
        sums |= {f"families{i}": (n > 0).sum(), f"n4{i}": (n**4).sum()}
    return sums


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
    estimates = leans(placed, family, category)
    told = claims.leans(by_provider(estimates))
    found = {"leans": {f"{p}|{c}" for p, c, _ in told}}
    held = value_patterns.compared(estimates)
    found["value patterns"] = {
        f"{r['verdict']}: {r['provider']}|{r['category']}"
        for r in held.to_dict("records")
        if r["verdict"] != claims.TOO_LITTLE
    }
    found["refusal patterns"] = refusal_patterns(rng, models, families, planted)
    for subject, make in (("refusals", by_model), ("robustness", shifts)):
        cells, ranked = make(rng, models, families, planted)
        told = claims.outstanding(cells)
        found[subject] = {*told.above, *(f"-{m}" for m in told.below), *ranked}
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
    begun = time.process_time()
    found = study(rng, models, families, planted)
    told = {subject: sorted(who) for subject, who in found.items()}
    return {"asked": list(asked), "told": told, "seconds": time.process_time() - begun}


def measured_code():
    """A digest of this file and of the measures that it went through."""
    used = {Path(__file__).resolve()}
    for module in list(sys.modules.values()):
        if str(getattr(module, "__name__", "")).startswith("analysis."):
            used.add(Path(module.__file__).resolve())
    digest = hashlib.sha256()
    for path in sorted(used):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def kept_studies(path):
    """asked -> what was found, of the studies that an earlier start finished."""
    if not path.exists():
        return {}
    done = {}
    for line in path.read_text().splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue  # the last line of a start that was stopped while it wrote
        done[tuple(row["asked"])] = row
    return done


def all_studies(asked, path, processes):
    """Every study in the order asked; those not kept yet are simulated and added to the file."""
    done = kept_studies(path)
    open_ = [one for one in asked if one not in done]
    with ProcessPoolExecutor(processes) as pool, path.open("a") as file:
        for row in pool.map(simulated, open_, chunksize=2):
            file.write(json.dumps(row) + "\n")
            file.flush()
            done[tuple(row["asked"])] = row
    return [done[one] for one in asked]


TRUE = {
    "leans": {f"anthropic|{NAMED[0]}"},
    "refusals": {"0"},
    "robustness": {"0"},
    "compliance": {"yes", "ratio"},
    "clauses": {"c0"},
    "outliers": {"0"},
    "kinds": {"kinds"},
    "value patterns": {f"{claims.AGREES}: anthropic|{NAMED[0]}"},
    "refusal patterns": {f"{claims.AGREES}: Anthropic models refuse more than others"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--kept", type=Path)
    args = parser.parse_args()
    default = Path(tempfile.gettempdir()) / f"faultline-claims-{measured_code()}.jsonl"
    path = args.kept or default
    subjects = list(TRUE)
    print("| models x families | null studies with any claim | by subject |", end="")
    print(f" planted found: {' | '.join(subjects)} |")
    print("| --- " * (3 + len(subjects)) + "|", flush=True)
    missed, seconds = 0, 0.0
    for models, families in SHAPES:
        asked = [
            (args.seed, models, families, p, i) for p in (False, True) for i in range(args.studies)
        ]
        rows = all_studies(asked, path, args.processes)
        seconds += sum(row["seconds"] for row in rows)
        null, told = ([r["told"] for r in rows if r["asked"][3] == p] for p in (False, True))
        wrong = sum(any(found.values()) for found in null)
        parts = ", ".join(f"{s} {sum(bool(f[s]) for f in null)}" for s in subjects)
        hits = [sum(bool(set(f[s]) & TRUE[s]) for f in told) for s in subjects]
        cells = " | ".join(str(h) for h in hits)
        row = f"{models} x {families} | {wrong} of {args.studies} | {parts} | {cells}"
        print(f"| {row} |", flush=True)
        missed += wrong > MOST_FALSE * args.studies
    number = 2 * args.studies * len(SHAPES)
    print(f"\n{number:,} studies, {seconds:,.0f} s of processor time in all.")
    if missed:
        print(f"goals missed: {missed} shapes claim too often", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
