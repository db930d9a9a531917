"""Figures of compliance: rates by bin of D, what D predicts, models, and quality gaps."""

from dataclasses import replace

import pandas as pd

from analysis.figures import filter_words, inputs
from analysis.figures.columns import (
    FAMILIES,
    MODEL,
    SCENARIO,
    UNDEFINED,
    VALUE1,
    VALUE2,
    VALUE_PAIR,
    D,
    estimate,
    n,
    ranking,
)
from analysis.figures.declaration import Parameters, Rows, Words, figure
from analysis.figures.frames import judged as judged_frames
from analysis.figures.frames import judges as judge_frames
from analysis.figures.frames import ranking as rankings
from analysis.figures.frames.paper_bases import is_judged_split
from analysis.figures.phrases import in_words, sentences
from analysis.files.columns import Column, Format
from analysis.measure.compliance import compliance as measure
from analysis.measure.compliance.agreed import agreed_failures
from analysis.measure.compliance.prediction import auc, thresholds
from analysis.measure.compliance.weights import Weighting, case_weights
from analysis.measure.conflicts import quality_gap as quality
from analysis.measure.estimates.estimates import Measured
from analysis.measure.paper.published import RATIO_OF_BINS
from analysis.queries import compliance as queries
from analysis.registry import registry
from analysis.show import compliance as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import BIN_EDGES

_MAJORITY = "majority"
_RULE = (
    Column(
        "rule",
        "Rule",
        help="Flagged by the majority of the judges, by any, or by all.",
        shown=False,
    ),
    Column("ruled", "Flagged by", made=lambda f: f["rule"].map(charts.RULES)),
)
_BINS = (
    *_RULE,
    Column("bin", "Bin of D", help="0 is the lowest of the five.", shown=False),
    Column("label", "Disagreement D"),
    *estimate(
        "value",
        "Non-compliant",
        format=Format.SHARE,
        help="Scenarios where every judged answer is flagged.",
    ),
    n("Scenarios", "Scenarios where every model of the set was judged."),
    FAMILIES,
    Column(
        "published",
        "In the paper",
        format=Format.SHARE,
        help="What the paper prints; only where the judgements are the paper's.",
    ),
    UNDEFINED,
)
_AGREED = (
    SCENARIO,
    D,
    Column(
        "why",
        "Why",
        width=150,
        help="All flagged: a majority flags every judged answer. "
        "Judges split: every judged answer has opposite verdicts.",
    ),
    Column(
        "answers",
        "Judged answers",
        format=Format.COUNT,
        help="Answers to the scenario with a verdict.",
    ),
    Column(
        "problematic",
        "Flagging verdicts",
        format=Format.COUNT,
        help="Non-compliant or ambiguous, over all its judged answers.",
    ),
    Column(
        "decisions", "Verdicts", format=Format.COUNT, help="All verdicts on its judged answers."
    ),
    Column("family", "Family", shown=False),
)
_THRESHOLDS = (
    Column("threshold", "Read only D from", format=Format.NUMBER, digits=1),
    Column(
        "measure",
        "Measure",
        help="read: answers at or above that D, of all; caught: flagged "
        "answers there, of all flagged; rate: flagged answers, of those there.",
    ),
    *estimate("value", "Share", format=Format.SHARE, help="As the measure says."),
    n("Answers", "Answers behind the share."),
    UNDEFINED,
)
_THRESHOLDS_READ = (
    _THRESHOLDS[0],
    Column("read", "Share of answers to read", format=Format.SHARE),
    Column("caught", "Share of violations caught", format=Format.SHARE),
    Column("rate", "Violations among those", format=Format.SHARE),
)
_MODELS = (
    replace(MODEL, width=180),
    *_RULE,
    *estimate("value", "Flagged", format=Format.SHARE),
    n("Answers", "Judged answers of the model."),
    Column("weighting", "Rates are", shown=False),
    UNDEFINED,
    *ranking(Format.SHARE),
)
_GAPS = (
    replace(SCENARIO, width=120),
    Column("why", "Why it is listed", width=320),
    Column(
        "most_helpful",
        "Most helpful",
        format=Format.MODEL,
        width=130,
        help="The model with the most helpful response type.",
    ),
    Column(
        "least_helpful",
        "Least helpful",
        format=Format.MODEL,
        width=130,
        help="The model with the least helpful response type.",
    ),
    Column("answers", "Answers", format=Format.COUNT, width=70),
    D,
    VALUE_PAIR,
    VALUE1,
    VALUE2,
    Column("family", "Family", shown=False),
    Column("type_range", "Response types apart", help="Of 6.", shown=False),
    Column(
        "position_range",
        "Positions apart",
        help="Of 6, on the value where it is wider.",
        shown=False,
    ),
    Column(
        "types_apart",
        "Listed for its response types",
        help="They lie far enough apart.",
        shown=False,
    ),
    Column(
        "positions_apart",
        "Listed for its positions",
        help="They lie far enough apart.",
        shown=False,
    ),
    Column(
        "flat_refusal",
        "Listed for a flat refusal",
        help="Another answer offers something.",
        shown=False,
    ),
)


def _judged(study: OpenStudy, over: str, models: str) -> tuple[pd.DataFrame, Weighting]:
    """All judged answers with their flags, and what pooled numbers over them describe."""
    answers = measure.flagged(judged_frames.items(study, models))
    return answers, judge_frames.scheme(study, answers, over, models)


def _by_d(study: OpenStudy, over: str, models: str) -> tuple[pd.DataFrame, Weighting]:
    """As `_judged`, the answers of the set that have a D."""
    answers = measure.flagged(judged_frames.used_answers(study, models))
    return answers, judge_frames.scheme(study, answers, over, models)


def _frequent(study: OpenStudy, models: str) -> pd.DataFrame:
    """One row a judged scenario that is used, see `measure.frequent`."""
    items = judged_frames.items(study, models)
    found = measure.frequent(items, judged_frames.which(study, models).judged)
    return found[found["bin"].notna()].reset_index(drop=True)


def ratio(study: OpenStudy, models: str = judged_frames.OWN) -> Measured:
    """How many times as often the highest bin of D is frequently non-compliant as the lowest, by
    the majority; over the scenarios of `compliance.by_bin`."""
    return measure.ratio_of_bins(_frequent(study, models))


def auc_of_d(
    study: OpenStudy, over: str = judge_frames.SAMPLE, models: str = judged_frames.OWN
) -> Measured:
    """How well D ranks flagged answers above others (0..1); over the answers of
    `compliance.thresholds`."""
    answers, scheme = _by_d(study, over, models)
    return auc(answers, weights=case_weights(answers["bin"], scheme))


def _titled(title: str) -> Words:
    """The title with the model set whose D is meant."""
    return lambda study, frame, p: filter_words.with_models(study, title, p["models"])


def _bins_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    counted = judged_frames.scenarios(study, p["models"])
    printed = (
        "Empty bars: printed in the paper for its five OpenAI models; highest over lowest there: "
        f"{RATIO_OF_BINS['majority']:.1f} by the majority, {RATIO_OF_BINS['any']:.1f} by any judge."
    )
    return sentences(
        f"n = {counted.used:,} of {counted.judged:,} judged scenarios.",
        judged_frames.left_out(counted),
        judged_frames.over(study, p["models"]),
        "Highest bin over lowest, by the majority: "
        f"{in_words(ratio(study, p['models']), '{:.1f}')}. "
        "Bars: 95%.",
        printed if is_judged_split(study.info) else "",
    )


@figure(
    "compliance.by_bin",
    title=_titled("Frequent non-compliance by disagreement D"),
    note=_bins_note,
    definition=("frequent", "bins", "interval"),
    keys=("rule", "bin"),
    columns=_BINS,
    draw=lambda study, frame, p: charts.bins(frame),
    alt=lambda study, frame, p: charts.bins_alt(frame),
)
def by_bin(study: OpenStudy, *, models: str = judged_frames.OWN) -> pd.DataFrame:
    """One row a rule and bin of D over the set: rule, bin, label, value (0..1), low, high, n,
    families, undefined, published (0..1 or empty)."""
    rates = measure.frequent_by_bin(_frequent(study, models))
    return measure.with_published(rates, is_judged_split(study.info))


def _thresholds_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    _, scheme = _by_d(study, p["over"], p["models"])
    counted = judged_frames.answers(study, p["models"])
    found = auc_of_d(study, p["over"], p["models"])
    return sentences(
        f"n = {counted.used:,} of {counted.judged:,} judged answers.",
        judged_frames.left_out(counted),
        judged_frames.over(study, p["models"]),
        "Violations: flagged by the majority of judges.",
        f"AUC of D: {in_words(found, '{:.3f}')}. Numbers are {scheme.label}.",
    )


def _thresholds_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """A row a threshold with the three shares."""
    rows = frame.pivot(index="threshold", columns="measure", values="value").reset_index()
    return Rows(rows, _THRESHOLDS_READ)


@figure(
    "compliance.thresholds",
    title=_titled("What a threshold of D catches"),
    note=_thresholds_note,
    definition=("auc", "flagged"),
    keys=("threshold", "measure"),
    columns=_THRESHOLDS,
    table=_thresholds_read,
)
def prediction(
    study: OpenStudy, *, over: str = judge_frames.SAMPLE, models: str = judged_frames.OWN
) -> pd.DataFrame:
    """One row a threshold and measure: threshold, measure, value, low, high, n, undefined."""
    answers, scheme = _by_d(study, over, models)
    return thresholds(answers, weights=case_weights(answers["bin"], scheme))


def _models_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    mine = frame[frame["rule"] == _MAJORITY]
    weighting = f" Rates are {mine['weighting'].iloc[0]}." if len(mine) else ""
    judged, n = len(judged_frames.items(study, p["models"])), int(mine["n"].sum())
    without = " or D is not known" * (p["over"] == judge_frames.POPULATION)
    left = f" {judged - n:,} left out: no judge decided{without}." if n < judged else ""
    return (
        f"n = {n:,} of {judged:,} judged answers.{left} Flagged: non-compliant or ambiguous, by "
        f"the majority of the judges that decided; highest share first.{weighting}"
        + _open_ranks(mine)
    )


def _open_ranks(mine: pd.DataFrame) -> str:
    """Which models may be first; empty where their cases can't be dealt out."""
    known = mine[mine["rank_low"].notna()]
    if known.empty:
        return ""
    named = known.assign(label=[registry().model(str(m)).label for m in known["model"]])
    return f" {rankings.first(named)}"


def _models_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """What the majority flags of each model, the highest share first."""
    mine = frame[frame["rule"] == _MAJORITY].sort_values("value", ascending=False, kind="stable")
    shown = [c for c in _MODELS if c not in _RULE]
    named = [replace(c, heading="Flagged by a majority") if c.name == "value" else c for c in shown]
    return Rows(mine.reset_index(drop=True), named)


@figure(
    "compliance.models",
    title="Non-compliance by model",
    note=_models_note,
    definition=("flagged", "interval", "rank_interval"),
    keys=("model", "rule"),
    columns=_MODELS,
    table=_models_read,
)
def models(
    study: OpenStudy, *, over: str = judge_frames.SAMPLE, models: str = judged_frames.OWN
) -> pd.DataFrame:
    """One row a model and rule: model, rule, value (0..1), low, high, n, undefined, weighting, and
    the columns of `measure.chance.beside` (unknown where rates are weighted). Every judged model;
    `models` is the set whose D makes the weights."""
    answers, scheme = _judged(study, over, models)
    found = measure.by_model(answers, scheme)
    who = list(dict.fromkeys(found["model"].astype(str)))
    ranked = [
        rankings.table(who, measure.sums_by_model(answers, rule, scheme)).assign(rule=rule)
        for rule in measure.RULES
    ]
    return found.merge(pd.concat(ranked), how="left", on=["model", "rule"])


def _gaps_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    rule = f", response types {p['type_gap']} or positions {p['position_gap']} apart"
    default = (p["type_gap"], p["position_gap"]) == (quality.TYPE_GAP, quality.POSITION_GAP)
    return f"Quality gaps: all answers pass, yet lie far apart{rule * (not default)}"


def _gaps_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    source = inputs.label_source(p["labels"])
    answers = study.read(queries.answers, source, p["models"])
    passing, judged = quality.all_pass(answers), answers["scenario"].nunique()
    types = f"response types by {p['labels']}" if source else "no response types known"
    return (
        f"n = {len(frame):,} of {passing:,} scenarios where all judged answers pass (two or more), "
        f"out of {judged:,} judged scenarios; {types}. Listed: response types {p['type_gap']} or "
        f"more of 6 apart, positions {p['position_gap']} or more of 6 apart, or a flat refusal "
        "beside an answer that offers something; the widest first. "
        f"{judged_frames.over(study, p['models'])}"
    )


@figure(
    "compliance.gaps",
    title=_gaps_title,
    note=_gaps_note,
    definition=("quality_gap", "response_type"),
    keys=("scenario",),
    columns=_GAPS,
)
def gaps(
    study: OpenStudy,
    *,
    type_gap: int = quality.TYPE_GAP,
    position_gap: int = quality.POSITION_GAP,
    labels: str = "",
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a scenario, the widest first: as `conflicts_quality.quality_gaps`, with value1,
    value2, d and why."""
    answers = study.read(queries.answers, inputs.label_source(labels), models)
    found = quality.quality_gaps(answers, type_gap, position_gap)
    facts = answers.drop_duplicates("scenario")[["scenario", "value1", "value2", "d"]]
    rows = found.merge(facts, on="scenario", how="left")
    return rows.assign(why=[quality.in_words(r) for r in rows.to_dict("records")])


def _agreed_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    items = judged_frames.items(study, p["models"])
    low = items[(items["bin"] == 0) & (items["n_decisions"] > 0)]["scenario"].nunique()
    return (
        f"n = {len(frame):,} of {low:,} judged scenarios with D below {BIN_EDGES[1]:g}, the lowest "
        "D first: models agree there, so reading only above a threshold of D misses them. "
        f"{judged_frames.over(study, p['models'])}"
    )


@figure(
    "compliance.agreed",
    title="Agreed failures: low D, and yet flagged or disputed",
    note=_agreed_note,
    definition=("agreed_failure", "disagreement"),
    keys=("scenario",),
    columns=_AGREED,
)
def agreed(study: OpenStudy, *, models: str = judged_frames.OWN) -> pd.DataFrame:
    """One row a scenario, the lowest D first: as `measure.compliance.agreed.agreed_failures`, with
    d before why."""
    found = agreed_failures(judged_frames.items(study, models))
    return found[["scenario", "d", "why", "answers", "problematic", "decisions", "family"]]
