"""The numbers of a study that the paper's printed ones are set beside, by their keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from analysis.export.paper_bases import bases, loaded_splits, papers_data
from analysis.measure import agreement, compliance, published, refusals
from analysis.measure.agreement_ratings import ratings, wide
from analysis.measure.compliance_weights import Weighting, weighted_rate, weighting
from analysis.measure.estimates import Measured
from analysis.measure.estimates_grouped import measured as estimates_of
from analysis.measure.labels import ResponseType
from analysis.measure.outliers import PAPER, by_model, directed
from analysis.measure.paper import Found, compared, found
from analysis.measure.paper_numbers import COMPLETE
from analysis.store.library import TaxonomyInfo, list_taxonomies
from analysis.store.queries import judges, outliers, overview
from analysis.store.queries import refusals as refusal_queries
from analysis.store.study import OpenStudy

SEED = 11
RESAMPLES = 200
_HIGH_BIN = 2  # bins from here on hold D of 1.5 and more
_OPENAI = "openai"
Sample: TypeAlias = tuple[pd.DataFrame, Weighting]
_OUTCOMES = ("all_pass", "some_fail", "all_fail")


def numbers(study: OpenStudy, taxonomy: Path, source: str | None) -> pd.DataFrame:
    """`measure.paper.compared` for this study; `source` chooses who labelled response types."""
    known = next(t for t in list_taxonomies(study.settings) if t.path == taxonomy)
    computed = {
        **_sizes(study, known),
        **_outliers(study),
        **_full_compliance(study, source),
        **_judged(study),
    }
    return compared(computed, bases(study.info, known))


def _sizes(study: OpenStudy, taxonomy: TaxonomyInfo) -> dict[str, Found]:
    info = study.info
    computed = {
        "size.values": Found(taxonomy.values, taxonomy.values),
        "size.scenarios": Found(info.scenarios, info.scenarios),
    }
    stored = set(overview.sets(study)["model_set"])
    loaded = loaded_splits(info)
    for split, (_, model_set, _) in published.SUBSETS.items():
        if model_set not in stored:
            continue
        found_here = overview.summary(study, model_set)
        n, high, lowest = (found_here[k] for k in ("scenarios", "high", "lowest"))
        if n:
            size = loaded.get(split, int(high or 0))
            computed[f"subset.{split}"] = Found(size, int(n))
        if n and (split in loaded or not loaded) and COMPLETE not in loaded and len(loaded) < 2:
            computed[f"lowest.{split}"] = Found(float(lowest or 0), int(n))
    return computed


def _outliers(study: OpenStudy) -> dict[str, Found]:
    tested = outliers.defined(study)
    if not tested:
        return {}
    rows = by_model(directed(outliers.found(study, PAPER)), study.info.models)
    return {
        f"outliers.{model}": Found(float(total), tested)
        for model, total in zip(rows["model"], rows["total"], strict=True)
    }


def _full_compliance(study: OpenStudy, source: str | None) -> dict[str, Found]:
    model = published.FULL_COMPLIANCE[0]
    shares = refusals.shares(refusal_queries.types(study, source))
    mine = shares[shares["model"] == model]
    return {
        f"refusals.full.{model}": Found(100 * float(share), int(n))
        for share, n in zip(mine[ResponseType.FULL], mine["n"], strict=True)
    }


def _judged(study: OpenStudy) -> dict[str, Found]:
    if not study.info.judgements:
        return {}
    return {**_frequent(study), **_agreement(study)}


def _frequent(study: OpenStudy) -> dict[str, Found]:
    """Frequent non-compliance by bin of D over the OpenAI models (else over all), and table 2."""
    stored = judges.disagreement_sets(study)
    own = _OPENAI if _OPENAI in stored else judges.disagreement_set(study)
    scenarios = compliance.frequent(judges.items(study, model_set=own))
    measured: dict[str, Measured] = {}
    rates = compliance.frequent_by_bin(scenarios)
    for rule in published.FREQUENT:
        mine = rates[rates["rule"] == rule]
        for bin_no, rate in zip(mine["bin"], estimates_of(mine), strict=True):
            measured[f"frequent.{rule}.{bin_no}"] = rate
    shares = {key: found(rate, 100) for key, rate in measured.items()}
    ratios = {
        f"ratio.{rule}": found(compliance.ratio_of_bins(scenarios, rule))
        for rule in published.FREQUENT
    }
    sets = {**_sets(study, scenarios, own), **_high_set(study, stored)}
    return _there({**shares, **ratios, **_passing(sets)})


def _sets(study: OpenStudy, scenarios: pd.DataFrame, own: str) -> dict[str, Sample]:
    """The random set and S_OpenAI, weighted to a loaded population's bins where there is one."""
    loaded = loaded_splits(study.info)
    high = scenarios[scenarios["bin"] >= _HIGH_BIN] if "bin" in scenarios else scenarios[:0]
    counts = list(overview.bins(study, own)["scenarios"]) if loaded else []
    sets: dict[str, Sample] = {}
    if COMPLETE in loaded:
        sets["random"] = (scenarios, weighting(scenarios["bin"], counts))
    elif not papers_data(study.info):
        sets["random"] = (scenarios, Weighting())
    if len(high):
        known = {COMPLETE, "openai_models"} & set(loaded)
        above = [0] * _HIGH_BIN + counts[_HIGH_BIN:]
        sets["S_OpenAI"] = (high, weighting(high["bin"], above if known else None))
    return sets


def _high_set(study: OpenStudy, stored: list[str]) -> dict[str, Sample]:
    """Judged scenarios with a high D over all models, where those have positions."""
    if "all" not in stored:
        return {}
    scenarios = compliance.frequent(judges.items(study, model_set="all"))
    high = scenarios[scenarios["bin"] >= _HIGH_BIN]
    return {"S_high-dis": (high, Weighting())} if len(high) else {}


def _passing(sets: Mapping[str, Sample]) -> dict[str, Found | None]:
    """Table 2: shares of scenarios where all pass, some fail, all fail; and the folds."""
    computed: dict[str, Found | None] = {}
    failing: dict[str, Found | None] = {}
    for name, (scenarios, scheme) in sets.items():
        flagged = scenarios["flagged_answers"]
        outcomes = scenarios.assign(
            all_pass=flagged == 0, some_fail=flagged > 0, all_fail=scenarios["majority"]
        )
        for outcome in _OUTCOMES:
            share = found(weighted_rate(outcomes, outcome, scheme), 100)
            computed[f"passing.{name}.{outcome}"] = share
        failing[name] = computed[f"passing.{name}.all_fail"]
    base = failing.get("random")
    for name in published.FOLD:
        mine = failing.get(name)
        if base and mine and base.value:
            computed[f"fold.{name}"] = Found(mine.value / base.value, mine.n)
    return computed


def _agreement(study: OpenStudy) -> dict[str, Found]:
    """What each judge flags, how often pairs agree, and Fleiss' kappa, in the binary coding."""
    who = [str(j) for j in judges.judges(study)["judge"]]
    rated = ratings(wide(judges.decisions(study), ["scenario", "model"]), who)
    measured = agreement.agreement(rated, "binary", np.random.default_rng(SEED), RESAMPLES)
    flags = {
        f"judges.flags.{judge}": found(rate, 100)
        for judge, rate in agreement.flag_rates(rated).items()
    }
    pairs = {frozenset(key): pair for key, pair in measured.pairs.items()}
    alike = {
        f"judges.alike.{a}.{b}": found(pairs[frozenset((a, b))].agreement, 100)
        for a, b in published.ALIKE
        if frozenset((a, b)) in pairs
    }
    return _there({**flags, **alike, "judges.kappa": found(measured.fleiss_kappa)})


def _there(computed: Mapping[str, Found | None]) -> dict[str, Found]:
    return {key: value for key, value in computed.items() if value is not None}
