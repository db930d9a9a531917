"""Recipes of judges: agreement, pairs, confusion of two, who judged, slices, opposite verdicts."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs
from analysis.export import judge_frames as frames
from analysis.export.recipe import recipe
from analysis.measure import agreement_confusion as confusions
from analysis.measure.clauses import LEAST
from analysis.registry import registry
from analysis.store.queries import judges as queries
from analysis.store.study import OpenStudy

AGREEMENT = (
    "Binary: problematic (non-compliant or ambiguous) against compliant; three-way: the three "
    "decisions. Fleiss' kappa, Gwet's AC1 and Krippendorff's alpha (nominal) over all judges, "
    "Cohen's kappa per pair, raw agreement beside. A judge that answered without deciding, or in "
    "other words, is left out there. Intervals are 95%, from resampled families. Kappa falls with "
    "prevalence: never compare it across slices without the share flagged. Over the population: "
    "answers are weighted by the bins of D of all the study's scenarios."
)
CONFUSION = (
    "Each answer that both judges were asked about stands in the cell of their two decisions; no "
    "decision: it answered without deciding, or in other words."
)
_OWN = "Faultline's own count"
_ALL = 10_000_000
SLICES = {"bin": "disagreement D", "model": "model", "topic": "topic"}


def _answers(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    n = int(frame["n"].max()) if len(frame) else 0
    left = parameters.get("without")
    told = frames.scheme(study, frames.items(study), parameters["over"]).label
    without = f", without {left}" if left else ""
    return f"n = {n:,} answers with two decisions or more{without}; numbers are {told}."


@recipe(
    "judges.agreement",
    title="How far the judges agree",
    definition=f"Four coefficients of agreement in both codings. {AGREEMENT}",
    keys=("coding", "measure"),
    note=_answers,
)
def agreement(study: OpenStudy, *, without: str = "", over: str = frames.SAMPLE) -> pd.DataFrame:
    """One row a coding and measure: coding, measure, value, low, high, n, undefined, families."""
    return frames.coefficients(frames.agreements(study, frames.names(study, without), over))


@recipe(
    "judges.pairs",
    title="The judges pair by pair",
    definition=f"Cohen's kappa and raw agreement of each two judges, in one coding. {AGREEMENT}",
    keys=("judge", "other", "measure"),
    note=_answers,
)
def pairs(
    study: OpenStudy,
    *,
    coding: str = frames.BINARY,
    without: str = "",
    over: str = frames.SAMPLE,
) -> pd.DataFrame:
    """One row a pair and measure: judge, other, measure, value, low, high, n, undefined."""
    return frames.pairs(frames.agreements(study, frames.names(study, without), over), coding)


def _label(judge: object) -> str:
    return registry().judge(str(judge)).label


def _both(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    n = int(frame["answers"].sum()) if "answers" in frame else len(frame)
    return f"n = {n:,} answers that both judges were asked about."


@recipe(
    "judges.confusion",
    title="What two judges decide on the same answers",
    definition=f"How many answers each pair of decisions holds, for two judges. {CONFUSION}",
    keys=("decision", "other_decision"),
    note=_both,
    source=_OWN,
)
def confusion(study: OpenStudy, *, judge: str = "", other: str = "") -> pd.DataFrame:
    """One row a pair of decisions: judge, other, decision, other_decision, answers, share."""
    first, second = frames.pair(study, judge, other)
    found = confusions.confusion(frames.coded(study), first, second)
    found.insert(0, "judge", first)
    found.insert(1, "other", second)
    return found


@recipe(
    "judges.confusion_cases",
    title=lambda p: (
        f"Answers that {_label(p['judge'] or 'one judge')} finds {p['decision']} and "
        f"{_label(p['other'] or 'another')} {p['other_decision']}"
    ),
    definition=f"Every answer in one cell of two judges' decisions, highest D first. {CONFUSION}",
    keys=("scenario", "model"),
    note=lambda study, frame, p: f"n = {len(frame):,} answers.",
    source=_OWN,
)
def confusion_cases(
    study: OpenStudy,
    *,
    judge: str = "",
    other: str = "",
    decision: str = "compliant",
    other_decision: str = "non-compliant",
) -> pd.DataFrame:
    """One row an answer: scenario, model, family, d, topic, n_problematic, n_decisions."""
    first, second = frames.pair(study, judge, other)
    found = confusions.cases(frames.items(study), first, second, decision, other_decision)
    columns = ["scenario", "model", "family", "d", "topic", "n_problematic", "n_decisions"]
    return found[columns].sort_values("d", ascending=False, kind="stable", ignore_index=True)


@recipe(
    "judges.who",
    title="Who judged",
    definition="What each judge was asked, what it decided, and its flag rate: the share of its "
    "own decisions that are non-compliant or ambiguous, with Wilson's interval at the families' "
    "effective n. Words that are none of the three decisions are counted and never guessed.",
    keys=("judge",),
    note=lambda study, frame, p: (
        f"n = {int(frame['items'].max()) if len(frame) else 0:,} judged answers."
    ),
)
def who(study: OpenStudy, *, without: str = "", over: str = frames.SAMPLE) -> pd.DataFrame:
    """One row a judge; columns as `judge_frames.who`."""
    return frames.who(study, frames.names(study, without), over)


def _coding(parameters: Mapping[str, Any]) -> str:
    return str(parameters["coding"]).replace("_", "-")


def _slices(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    by_slice, coding = frame.drop_duplicates("slice"), _coding(parameters)
    return f"n = {int(by_slice['n'].sum()):,} answers in {len(by_slice)} slices, {coding}."


@recipe(
    "judges.slices",
    title=lambda p: f"Agreement by {SLICES.get(p['by'], p['by'])}",
    definition="Agreement in each slice, in one coding, the share flagged beside it, and each "
    f"judge's flag rate there (flags:<judge>). {AGREEMENT}",
    keys=("slice", "measure"),
    note=_slices,
)
def slices(
    study: OpenStudy,
    *,
    by: str = "bin",
    coding: str = frames.BINARY,
    without: str = "",
    topic_labels: str = "",
) -> pd.DataFrame:
    """One row a slice and measure; columns as `judge_frames.slices`."""
    if by not in SLICES:
        raise FaultlineError(f"Judges know no slice “{by}”. Use one of {', '.join(SLICES)}.")
    source = inputs.label_source(topic_labels)
    return frames.slices(study, by, frames.names(study, without), source, coding)


@recipe(
    "judges.clauses",
    title="Agreement by clause",
    definition="Agreement, in one coding, on the answers on which any judge cites a clause; an "
    f"answer may stand under several. Clauses cited on fewer than {LEAST} answers are left out. "
    f"{AGREEMENT}",
    keys=("slice", "measure"),
    note=_slices,
)
def clauses(
    study: OpenStudy, *, coding: str = frames.BINARY, without: str = "", spec: str = ""
) -> pd.DataFrame:
    """One row a clause and measure; columns as `judge_frames.slices`."""
    judges = frames.names(study, without)
    return frames.clause_slices(study, inputs.spec(study, spec), judges, coding)


@recipe(
    "judges.disputed",
    title="Opposite verdicts",
    definition="Answers that one judge passes and another fails, the most evenly split first.",
    keys=("scenario", "model"),
    note=lambda study, frame, p: f"n = {len(frame):,} answers.",
    source=_OWN,
)
def disputed(study: OpenStudy) -> pd.DataFrame:
    """One row an answer; columns as `queries.judges.disputed`."""
    return queries.disputed(study, _ALL)
