"""The numbers of a study that the paper's printed ones are set beside, by their keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from analysis.figures.frames.paper_bases import bases, loaded_splits, papers_data
from analysis.measure import refusals
from analysis.measure.agreement import agreement
from analysis.measure.agreement.ratings import ratings, wide
from analysis.measure.compliance import compliance
from analysis.measure.compliance.weights import Weighting, weighted_rate, weighting
from analysis.measure.estimates.estimates import Measured
from analysis.measure.estimates.grouped import measured as estimates_of
from analysis.measure.outliers import PAPER, by_model, directed
from analysis.measure.paper import published
from analysis.measure.paper.comparison import Computed, compared, from_estimate
from analysis.measure.paper.numbers import COMPLETE
from analysis.queries import disagreement, judges, outliers, studies
from analysis.queries import refusals as refusal_queries
from analysis.queries.judged_sets import choices, judged_set
from analysis.store.library.library import TaxonomyInfo, list_taxonomies
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_BIN, OPENAI, ResponseType

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


def _sizes(study: OpenStudy, taxonomy: TaxonomyInfo) -> dict[str, Computed]:
    info = study.info
    computed = {
        "size.values": Computed(taxonomy.values, taxonomy.values),
        "size.scenarios": Computed(info.scenarios, info.scenarios),
    }
    stored = set(studies.sets(study)["model_set"])
    loaded = loaded_splits(info)
    for split, (_, model_set, _) in published.SUBSETS.items():
        if model_set not in stored:
            continue
        found_here = disagreement.summary(study, model_set)
        n, high, lowest = (found_here[k] for k in ("scenarios", "high", "lowest"))
        if n:
            size = loaded.get(split, int(high or 0))
            computed[f"subset.{split}"] = Computed(size, int(n))
        if n and (split in loaded or not loaded) and COMPLETE not in loaded and len(loaded) < 2:
            computed[f"lowest.{split}"] = Computed(float(lowest or 0), int(n))
    return computed


def _outliers(study: OpenStudy) -> dict[str, Computed]:
    tested = outliers.defined(study)
    if not tested:
        return {}
    rows = by_model(directed(outliers.found(study, PAPER)), study.info.models)
    return {
        f"outliers.{model}": Computed(float(total), tested)
        for model, total in zip(rows["model"], rows["total"], strict=True)
    }


def _full_compliance(study: OpenStudy, source: str | None) -> dict[str, Computed]:
    model = published.FULL_COMPLIANCE[0]
    shares = refusals.shares(refusal_queries.types(study, source))
    mine = shares[shares["model"] == model]
    return {
        f"refusals.full.{model}": Computed(100 * float(share), int(n))
        for share, n in zip(mine[ResponseType.FULL], mine["n"], strict=True)
    }


def _judged(study: OpenStudy) -> dict[str, Computed]:
    if not study.info.judgements:
        return {}
    return {**_frequent(study), **_agreement(study)}


def _frequent(study: OpenStudy) -> dict[str, Computed]:
    """Frequent non-compliance by bin of D over the OpenAI models (else those that were
    judged), and table 2."""
    own = judged_set(study, OPENAI if OPENAI in choices(study) else "")
    scenarios = compliance.frequent(judges.items(study, models=own.id), own.judged)
    measured: dict[str, Measured] = {}
    rates = compliance.frequent_by_bin(scenarios)
    for rule in published.FREQUENT:
        mine = rates[rates["rule"] == rule]
        for bin_no, rate in zip(mine["bin"], estimates_of(mine), strict=True):
            measured[f"frequent.{rule}.{bin_no}"] = rate
    shares = {key: from_estimate(rate, 100) for key, rate in measured.items()}
    ratios = {
        f"ratio.{rule}": from_estimate(compliance.ratio_of_bins(scenarios, rule))
        for rule in published.FREQUENT
    }
    sets = {**_sets(study, scenarios, own.id), **_high_set(study)}
    return _there({**shares, **ratios, **_passing(sets)})


def _sets(study: OpenStudy, scenarios: pd.DataFrame, own: str) -> dict[str, Sample]:
    """The random set and S_OpenAI, weighted to a loaded population's bins where there is one."""
    loaded = loaded_splits(study.info)
    high = scenarios[scenarios["bin"] >= HIGH_BIN] if "bin" in scenarios else scenarios[:0]
    counts = list(disagreement.bins(study, own)["scenarios"]) if loaded else []
    sets: dict[str, Sample] = {}
    if COMPLETE in loaded:
        sets["random"] = (scenarios, weighting(scenarios["bin"], counts))
    elif not papers_data(study.info):
        sets["random"] = (scenarios, Weighting())
    if len(high):
        known = {COMPLETE, "openai_models"} & set(loaded)
        above = [0] * HIGH_BIN + counts[HIGH_BIN:]
        sets["S_OpenAI"] = (high, weighting(high["bin"], above if known else None))
    return sets


def _high_set(study: OpenStudy) -> dict[str, Sample]:
    """Judged scenarios with a high D over all models, where those have positions."""
    everyone = judged_set(study, "all")
    scenarios = compliance.frequent(judges.items(study, models="all"), everyone.judged)
    high = scenarios[scenarios["bin"] >= HIGH_BIN]
    return {"S_high-dis": (high, Weighting())} if len(high) else {}


def _passing(sets: Mapping[str, Sample]) -> dict[str, Computed | None]:
    """Table 2: shares of scenarios where all pass, some fail, all fail; and the folds."""
    computed: dict[str, Computed | None] = {}
    failing: dict[str, Computed | None] = {}
    for name, (scenarios, scheme) in sets.items():
        flagged = scenarios["flagged_answers"]
        outcomes = scenarios.assign(
            all_pass=flagged == 0, some_fail=flagged > 0, all_fail=scenarios["majority"]
        )
        for outcome in _OUTCOMES:
            share = from_estimate(weighted_rate(outcomes, outcome, scheme), 100)
            computed[f"passing.{name}.{outcome}"] = share
        failing[name] = computed[f"passing.{name}.all_fail"]
    base = failing.get("random")
    for name in published.FOLD:
        mine = failing.get(name)
        if base and mine and base.value:
            computed[f"fold.{name}"] = Computed(mine.value / base.value, mine.n)
    return computed


def _agreement(study: OpenStudy) -> dict[str, Computed]:
    """What each judge flags, how often pairs agree, and Fleiss' kappa, in the binary coding."""
    who = [str(j) for j in judges.judges(study)["judge"]]
    rated = ratings(wide(judges.decisions(study), ["scenario", "model"]), who)
    measured = agreement.agreement(rated, "binary")
    flags = {
        f"judges.flags.{judge}": from_estimate(rate, 100)
        for judge, rate in agreement.flag_rates(rated).items()
    }
    pairs = {frozenset(key): pair for key, pair in measured.pairs.items()}
    alike = {
        f"judges.alike.{a}.{b}": from_estimate(pairs[frozenset((a, b))].agreement, 100)
        for a, b in published.ALIKE
        if frozenset((a, b)) in pairs
    }
    return _there({**flags, **alike, "judges.kappa": from_estimate(measured.fleiss_kappa)})


def _there(computed: Mapping[str, Computed | None]) -> dict[str, Computed]:
    return {key: value for key, value in computed.items() if value is not None}
