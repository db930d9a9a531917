"""Figures of a trial of a clause's new wording: what changed in each group of cases and in the
clauses nearby, which cases got better or worse, and the judges' arguments before and after."""

from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.columns import DIFFERENCE_ENDS, FAMILIES, JUDGE, SCENARIO, UNDEFINED
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import trials as frames
from analysis.figures.trial_words import OF_GROUP
from analysis.files.columns import Column, Format
from analysis.number_text import counted
from analysis.parse.trials import Group
from analysis.registry import registry
from analysis.show import trials as charts
from analysis.store.study import OpenStudy
from analysis.text_safety import contained
from analysis.vocabulary import SIGNIFICANT, with_minus

_ARMS = {"old": "old wording", "again": "old wording again", "new": "new wording"}
_Q = (
    "Benjamini-Hochberg over all metrics of the trial, times the number of wordings of the "
    "clause that were tried."
)
_NUMBERS = (
    Column("metric", "Id of the metric", shown=False),
    Column("what", "Metric", width=190),
    Column("old", "Old", format=Format.SHARE, width=60, help="Judged anew under the old text."),
    Column("new", "New", format=Format.SHARE, width=60, help="Judged under the new text."),
    Column("difference", "Difference", help="New minus old, as a share.", interval=("low", "high")),
    *DIFFERENCE_ENDS,
    Column("q", "q", format=Format.NUMBER, digits=3, width=70, help=_Q),
    Column("verdict", "Verdict", width=75, help=f"Where q is {SIGNIFICANT:g} or less."),
    Column("n", "Cases", format=Format.COUNT, width=70, help="Answers judged under both wordings."),
    FAMILIES,
    UNDEFINED,
)
_METRICS = (Column("group", "Group of cases", width=125), *_NUMBERS)
_BOUND = Column(
    "most_harm",
    "Most harm",
    format=Format.SHARE,
    width=95,
    help="The largest rise of conflicts that fits (95%): the upper end of the interval; without "
    "an interval, of the exact interval of the share of families in which a case got worse.",
)
_NEIGHBOURS = (Column("clause", "Clause", width=150), *_NUMBERS, _BOUND)
_DIFFERENCE = Column("difference", "Difference (95%)", width=165, help="New minus old, in points.")


def _columns(*names: str) -> tuple[Column, ...]:
    """Columns of a table as people read it."""
    known = {c.name: c for c in (*_METRICS, *_NEIGHBOURS)} | {"difference": _DIFFERENCE}
    return tuple(known[name] for name in names)


_READ = ("what", "old", "new", "difference", "q", "verdict", "n")
_CASES = (
    Column("group", "Group of cases", width=100),
    replace(SCENARIO, width=110),
    Column("model", "Model", format=Format.MODEL, width=110),
    Column("change", "Change", width=80),
    Column("kind", "Conflict", width=110, help="Its kind, under the wording that has it."),
    Column("old", "Under the old wording", width=320, help="What each judge decided."),
    Column("new", "Under the new wording", width=320, help="What each judge decided."),
)
_ARGUMENTS = (
    JUDGE,
    Column("arm", "Wording", width=90),
    Column("decision", "Decision", width=120),
    Column("clauses", "Clauses cited", width=180),
    Column("reasoning", "Reasoning", width=620),
)


_SAID = (
    Column("who", "Judge, wording and decision", width=220),
    Column("reasoning", "Reasoning", width=620),
)


def _as_said(frame: pd.DataFrame) -> pd.DataFrame:
    """Who said what under which wording in one cell, so that the reasoning has room on a phone."""
    book = registry()
    rows = frame.to_dict("records")
    who = [
        f"{book.judge(str(r['judge'])).label}, {_ARMS[str(r['arm'])]}: "
        f"{r['decision'] or 'no decision'}" + (f", by {r['clauses']}" if r["clauses"] else "")
        for r in rows
    ]
    return frame.assign(who=who)


def wording(study: OpenStudy, p: Parameters) -> str:
    """The clause and the version that a trial tries, in words."""
    trial = frames.tried(study, str(p["trial"]))
    if trial is None:
        return "a trial"
    title = next((c.title for c in trial.new.clauses if c.anchor == trial.clause), trial.clause)
    return f"“{contained(title)}” in {contained(trial.new.version)}"


def _n(frame: pd.DataFrame, group: str) -> int:
    counts = frame.loc[frame["group"] == group, "n"]
    return int(counts.max()) if len(counts) else 0


def _metrics_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    if frame.empty:
        return "n = 0 cases: no trial's verdict was read yet."
    cases = counted(_n(frame, Group.TARGET), "case", "cases")
    tried = counted(int(p["attempts"]), "wording", "wordings")
    return (
        f"n = {cases} that cite the clause, {_n(frame, Group.CONTROL):,} control and "
        f"{_n(frame, Group.HELD_OUT):,} held out, each judged under both wordings; {tried} of the "
        f"clause tried so far. {study.read(frames.said, p['trial'], p['attempts'])}"
    )


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Differences in points with their interval; groups in words."""
    told = frame.assign(difference=[_points(r) for r in frame.to_dict("records")])
    if "group" in told:
        told = told.assign(group=told["group"].map(OF_GROUP))
    return told


def _points(row: dict[Any, Any]) -> str:
    if row["difference"] != row["difference"]:
        return f"– ({row['undefined']})" if row["undefined"] else "–"
    value = _signed(row["difference"])
    if row["low"] != row["low"]:
        return f"{value} (no interval)"
    return f"{value} ({_signed(row['low'])} to {_signed(row['high'])})"


def _signed(share: float) -> str:
    return with_minus(f"{100 * share:+.1f}")


@figure(
    "trials.metrics",
    title=lambda study, frame, p: f"What the new wording changes: {wording(study, p)}",
    note=_metrics_note,
    definition=("trial", "interpretive", "activation", "interval"),
    keys=("group", "metric"),
    columns=_METRICS,
    table=lambda study, frame, p: Rows(_in_words(frame), _columns("group", *_READ)),
)
def metrics(study: OpenStudy, *, trial: str = "", attempts: int = 0) -> pd.DataFrame:
    """One row a group of cases and metric: group, metric, what, old, new, difference (new - old)
    with low and high, q, verdict, n, families, undefined. The group `noise` is the old text against
    itself. `trial` is a run that was read (the last for ""), with 12 hex of what it gave;
    `attempts` the wordings of the clause that were launched."""
    return frames.groups(study.read(frames.found, trial, attempts))


def _drawn(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.differences(frame.assign(where=frame["group"].map(OF_GROUP)))


def _differences_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    moved = frame[frame["verdict"] != ""].to_dict("records")
    told = "; ".join(f"{OF_GROUP[r['group']]}, {r['what']}: {_points(r)} points" for r in moved)
    return f"{len(moved)} of {len(frame)} differences are shown. {told}".strip()


@figure(
    "trials.differences",
    title=lambda study, frame, p: f"Differences between the wordings: {wording(study, p)}",
    note=lambda study, frame, p: (
        f"n = {counted(_n(frame, Group.TARGET), 'case', 'cases')} that cite the clause. Bars: 95%, "
        f"over families. Filled: q of {SIGNIFICANT:g} or less."
    ),
    definition=("trial", "interval"),
    keys=("group", "metric"),
    columns=_METRICS,
    draw=_drawn,
    alt=_differences_alt,
)
def differences(study: OpenStudy, *, trial: str = "", attempts: int = 0) -> pd.DataFrame:
    """The same rows as `trials.metrics`, drawn."""
    return frames.groups(study.read(frames.found, trial, attempts))


def _neighbours_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    clauses = counted(frame["clause"].nunique(), "clause", "clauses")
    return (
        f"n = {clauses} that the edit might harm, over the cases that cite them under either "
        "wording. Flags are neither better nor worse by themselves."
    )


@figure(
    "trials.neighbours",
    title=lambda study, frame, p: f"What it does to clauses nearby: {wording(study, p)}",
    note=_neighbours_note,
    definition=("trial", "interpretive", "activation", "interval"),
    keys=("clause", "metric"),
    columns=_NEIGHBOURS,
    table=lambda study, frame, p: Rows(
        _in_words(frame), _columns("clause", *_READ[:-1], "most_harm", "n")
    ),
)
def neighbours(study: OpenStudy, *, trial: str = "", attempts: int = 0) -> pd.DataFrame:
    """One row a neighbouring clause and metric: clause, the columns of `trials.metrics`, and
    most_harm, the largest rise of conflicts that fits."""
    return frames.neighbours(study.read(frames.found, trial, attempts))


def _cases_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    better = int((frame["change"] == "better").sum())
    return (
        f"n = {counted(len(frame), 'case', 'cases')}: in {better:,} a conflict between two judges "
        f"is gone under the new wording, in {len(frame) - better:,} there is one that was not "
        "there. Single cases change by chance, too: see the old text against itself."
    )


@figure(
    "trials.cases",
    title=lambda study, frame, p: f"Cases that got better or worse: {wording(study, p)}",
    note=_cases_note,
    definition=("trial", "interpretive", "activation"),
    keys=("scenario", "model"),
    columns=_CASES,
    table=lambda study, frame, p: Rows(frame.assign(group=frame["group"].map(OF_GROUP)), _CASES),
)
def cases(study: OpenStudy, *, trial: str = "") -> pd.DataFrame:
    """One row a case with a conflict under one wording and none under the other: group, scenario,
    model, change (better, worse), kind, old, new (each judge's decision)."""
    found: pd.DataFrame = study.read(frames.cases, trial)
    return found


@figure(
    "trials.arguments",
    title=lambda study, frame, p: (
        f"The judges on {contained(str(p['scenario'])) or 'a case'}: {wording(study, p)}"
    ),
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'verdict', 'verdicts')} on one answer, under the old wording, "
        "the same again and the new one."
    ),
    definition="trial",
    keys=("judge", "arm"),
    columns=_ARGUMENTS,
    table=lambda study, frame, p: Rows(_as_said(frame), _SAID),
)
def arguments(
    study: OpenStudy, *, trial: str = "", scenario: str = "", model: str = ""
) -> pd.DataFrame:
    """One row a judge and wording of one case: judge, arm (old, again, new), decision, clauses,
    reasoning."""
    found: pd.DataFrame = study.read(frames.arguments, trial, scenario, model)
    return found
