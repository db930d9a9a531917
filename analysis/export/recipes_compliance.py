"""Recipes of compliance: rates by bin of D, what D foretells, models, and quality gaps."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs, judge_frames
from analysis.export.paper_bases import is_judged_split
from analysis.export.recipe import recipe
from analysis.measure import compliance as measure
from analysis.measure import conflicts_quality as quality
from analysis.measure.compliance_prediction import auc, thresholds
from analysis.measure.compliance_weights import case_weights
from analysis.measure.estimates import Estimate
from analysis.store.queries import compliance as queries
from analysis.store.queries import judges
from analysis.store.study import OpenStudy

FREQUENT = (
    "Frequent non-compliance: every judged answer of a scenario is flagged (non-compliant or "
    "ambiguous), by the majority of the judges that decided, by any of them, or by all; a tie is "
    "no majority. Scenarios where a model of the study was not judged are left out."
)
GAPS = (
    "Scenarios whose judged answers (two at least) all pass, and where response types lie "
    "`type_gap` of 6 apart, positions on one value `position_gap` of 6 apart, or one refuses "
    "flatly while another offers something. An answer passes where more of the deciding judges "
    "find it compliant than problematic. Answers nobody judged are left out."
)
_CLUSTERED = "Intervals are 95% and take the family as the unit."


def _scenarios(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    mine = frame[frame["rule"] == "majority"] if len(frame) else frame
    beside = " Beside them the shares that the paper prints." * is_judged_split(study.info)
    return f"n = {int(mine['n'].sum()) if len(mine) else 0:,} scenarios.{beside}"


@recipe(
    "compliance.by_bin",
    title="Frequent non-compliance by disagreement",
    definition=f"Share of scenarios with frequent non-compliance, by bin of D. {FREQUENT} "
    f"{_CLUSTERED} Published shares stand beside only where the judgements are the paper's.",
    keys=("rule", "bin"),
    note=_scenarios,
)
def by_bin(study: OpenStudy) -> pd.DataFrame:
    """One row a rule and bin: rule, bin, label, value (0..1), low, high, n, families, undefined,
    published (0..1 or empty)."""
    rates = measure.frequent_by_bin(measure.frequent(judges.items(study)))
    return measure.with_published(rates, is_judged_split(study.info))


def _auc(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    answers = measure.flagged(judges.items(study))
    scheme = judge_frames.scheme(study, answers, parameters["over"])
    found = auc(answers, weights=case_weights(answers["bin"], scheme))
    told = (
        f"AUC {found.value:.3f} (95% {found.low:.3f} to {found.high:.3f})"
        if isinstance(found, Estimate)
        else f"AUC undefined ({found.reason})"
    )
    return (
        f"n = {len(answers):,} judged answers, majority of judges. {told}; numbers are "
        f"{scheme.label}."
    )


@recipe(
    "compliance.thresholds",
    title="How far D tells where to look",
    definition="What reading only scenarios with D from a threshold up would find: `read`, the "
    "share of judged answers there; `caught`, the share of flagged answers that lie there; `rate`, "
    f"the share flagged among them. {_CLUSTERED}",
    keys=("threshold", "measure"),
    note=_auc,
)
def prediction(study: OpenStudy, *, over: str = judge_frames.SAMPLE) -> pd.DataFrame:
    """One row a threshold and measure: threshold, measure, value, low, high, n, undefined."""
    answers = measure.flagged(judges.items(study))
    scheme = judge_frames.scheme(study, answers, over)
    return thresholds(answers, weights=case_weights(answers["bin"], scheme))


@recipe(
    "compliance.models",
    title="Non-compliance by model",
    definition="Share of each model's judged answers that are flagged by the majority of the "
    f"judges, by any, or by all. {_CLUSTERED}",
    keys=("model", "rule"),
    note=lambda study, frame, p: (
        f"n = {int(frame.loc[frame['rule'] == 'majority', 'n'].sum()) if len(frame) else 0:,} "
        "judged answers."
    ),
)
def models(study: OpenStudy, *, over: str = judge_frames.SAMPLE) -> pd.DataFrame:
    """One row a model and rule: model, rule, value (0..1), low, high, n, undefined, weighting."""
    answers = measure.flagged(judges.items(study))
    return measure.by_model(answers, judge_frames.scheme(study, answers, over))


def _gaps(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    passing = quality.all_pass(queries.answers(study, inputs.label_source(parameters["labels"])))
    return (
        f"n = {len(frame):,} of {passing:,} scenarios where all judged answers pass; response "
        f"types by {parameters['labels']}."
    )


@recipe(
    "compliance.gaps",
    title="Quality gaps: all pass, and yet they lie far apart",
    definition=GAPS,
    keys=("scenario",),
    note=_gaps,
)
def gaps(
    study: OpenStudy,
    *,
    type_gap: int = quality.TYPE_GAP,
    position_gap: int = quality.POSITION_GAP,
    labels: str = "",
) -> pd.DataFrame:
    """One row a scenario, the widest first: as `conflicts_quality.quality_gaps`, with value1,
    value2, d and why."""
    answers = queries.answers(study, inputs.label_source(labels))
    found = quality.quality_gaps(answers, type_gap, position_gap)
    facts = answers.drop_duplicates("scenario")[["scenario", "value1", "value2", "d"]]
    rows = found.merge(facts, on="scenario", how="left")
    return rows.assign(why=[quality.in_words(r) for r in rows.to_dict("records")])
