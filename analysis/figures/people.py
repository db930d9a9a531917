"""Figures of people's labels: each judge against people, and people as one more judge."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.columns import JUDGE, MODEL, SCENARIO, UNDEFINED, estimate, n
from analysis.figures.declaration import Parameters, figure
from analysis.figures.frames import judges as judge_frames
from analysis.figures.frames import people as frames
from analysis.figures.judges import CODED
from analysis.figures.phrases import in_words
from analysis.files.columns import Column, Format
from analysis.measure.estimates.estimates import defined_cells
from analysis.measure.human_labels import HUMAN
from analysis.number_text import counted
from analysis.registry import registry
from analysis.show import judges as charts
from analysis.store.study import OpenStudy

_PEOPLE = "People"
_WHY = {"accuracy": "Why there is no accuracy", "kappa": "Why there is no kappa"}
_JUDGES = (
    replace(JUDGE, width=120),
    replace(
        n("Answers", "Answers of the random part that people and the judge decided on."), width=75
    ),
    *estimate(
        "accuracy", "Same verdict", format=Format.SHARE, low="accuracy_low", high="accuracy_high"
    ),
    *estimate(
        "kappa",
        "Kappa",
        low="kappa_low",
        high="kappa_high",
        help="Cohen's kappa of the judge and people, binary.",
    ),
    Column(
        "misses",
        "Missed",
        format=Format.COUNT,
        width=70,
        help="Answers that people flag and the judge passes.",
    ),
    Column(
        "alarms",
        "False alarms",
        format=Format.COUNT,
        width=100,
        help="Answers that the judge flags and people pass.",
    ),
    *(replace(UNDEFINED, name=f"{name}_undefined", heading=words) for name, words in _WHY.items()),
)


def _named(judges: pd.Series) -> list[str]:
    return [_PEOPLE if j == HUMAN else registry().judge(str(j)).label for j in judges]


_PAIRS = (
    Column("judge", "Id of the judge", shown=False),
    Column("other", "Id of the other judge", shown=False),
    Column("judge_named", "Judge", made=lambda f: _named(f["judge"])),
    Column("other_named", "Other judge", made=lambda f: _named(f["other"])),
    Column("measure", "Measure", help="cohen_kappa, or agreement: the share of the same decision."),
    *estimate("value", "Agreement", help="As the measure says; 1 is full agreement."),
    n("Answers", "Answers of the random part that both decided on."),
    UNDEFINED,
)


def _judges_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    labels = study.read(frames.labels, p["people"])
    random = int(labels["random"].sum())
    skips = study.read(frames.skips, p["people"])
    rest = counted(len(labels) - random, "other label")
    left = f" {rest}, of hard cases or chosen by hand, left out." * (len(labels) > random)
    return (
        f"n = {counted(random, 'label')} by "
        f"{counted(labels['author'].nunique(), 'person', 'people')} on answers drawn at random "
        f"({counted(skips, 'random case')} skipped).{left} "
        f"{CODED[judge_frames.BINARY]} Where people differ the majority decides; ties are left out."
    )


@figure(
    "people.judges",
    title="Judges against people",
    note=_judges_note,
    definition=("people", "kappa", "interval"),
    keys=("judge",),
    columns=_JUDGES,
)
def judges(study: OpenStudy, *, people: str = "") -> pd.DataFrame:
    """One row a judge; columns as `people_frames.against`. `people` names the labels that it rests
    on, by default those of this moment: revision@hash."""
    return study.read(frames.against, people)


def _labels(study: OpenStudy) -> Mapping[str, str]:
    known = judge_frames.names(study)
    return {**{j: registry().judge(j).label for j in known}, HUMAN: _PEOPLE}


def _draw_pairs(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.matrix(frame, _labels(study))


def _pairs_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    found = study.read(frames.joined, p["people"])
    if found is None:
        return "n = 0 answers: people have labelled none of those drawn at random."
    with_people, alone = found.together, found.alone
    return (
        f"n = {counted(with_people.items, 'answer')} drawn at random, with two or more "
        f"decisions. Fleiss' kappa with people {in_words(with_people.fleiss_kappa)}, of the judges "
        f"alone on the same answers {in_words(alone.fleiss_kappa)}; AC1 "
        f"{in_words(with_people.gwet_ac1)} and {in_words(alone.gwet_ac1)}. "
        f"{CODED[judge_frames.BINARY]}"
    )


@figure(
    "people.pairs",
    title="People as one more judge",
    note=_pairs_note,
    definition=("pairs", "kappa", "people"),
    keys=("judge", "other", "measure"),
    columns=_PAIRS,
    draw=_draw_pairs,
    alt=lambda study, frame, p: charts.matrix_alt(frame, _labels(study)),
)
def pairs(study: OpenStudy, *, people: str = "") -> pd.DataFrame:
    """One row a pair and measure: judge, other, measure, value, low, high, n, undefined; people are
    the judge `human`. `people` names the labels that it rests on: revision@hash."""
    found = study.read(frames.joined, people)
    rows = [
        {"judge": a, "other": b, "measure": kind, **defined_cells(cell)}
        for (a, b), pair in (found.together.pairs if found else {}).items()
        for kind, cell in (("cohen_kappa", pair.cohen_kappa), ("agreement", pair.agreement))
    ]
    columns = ["judge", "other", "measure", "value", "low", "high", "n", "undefined"]
    return pd.DataFrame(rows, columns=columns)


_BOTH = (
    Column("one", "One person", width=130),
    Column("other", "Another", width=130),
)
_BETWEEN = (
    *_BOTH,
    Column("part", "Answers", width=170, help="Hard cases are left out of those drawn at random."),
    n("Number", "Answers of that part that both labelled before they saw the judges."),
    *estimate("same", "Same verdict", format=Format.SHARE, low="same_low", high="same_high"),
    *estimate(
        "kappa",
        "Kappa",
        low="kappa_low",
        high="kappa_high",
        help="Cohen's kappa of the two people, binary.",
    ),
    Column("differ", "Differ", format=Format.COUNT, help="Answers on which their words differ."),
    *(
        replace(UNDEFINED, name=f"{name}_undefined", heading=f"Why there is no {what}")
        for name, what in (("same", "share"), ("kappa", "kappa"))
    ),
)
_DIFFERENCES = (
    replace(SCENARIO, width=150),
    replace(MODEL, width=150),
    Column("one", "One person", width=120),
    Column("value_one", "Says", width=120),
    Column("other", "Another", width=120),
    Column("value_other", "Says", width=120),
    Column(
        "random",
        "Random",
        shown=False,
        help="Whether the answer was drawn at random for both.",
    ),
)


def _between_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    pairs = len(frame.drop_duplicates(["one", "other"]))
    return (
        f"n = {counted(pairs, 'pair')} of people who labelled an answer in common, each "
        "before seeing the judges. Only the answers drawn at random show how far people agree in "
        f"general. {CODED[judge_frames.BINARY]}"
    )


@figure(
    "people.between",
    title="People against each other",
    note=_between_note,
    definition=("people", "kappa", "interval"),
    keys=("one", "other", "part"),
    columns=_BETWEEN,
)
def between(study: OpenStudy, *, people: str = "") -> pd.DataFrame:
    """One row two people and part; columns as `people_frames.between`. `people` names the labels
    that it rests on: revision@hash."""
    return frames.between(study, people)


@figure(
    "people.differences",
    title="Answers on which people differ",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'answer')} on which two people gave different "
        "verdicts, each before seeing the judges; by all three words, so ambiguous differs from "
        "both others."
    ),
    definition="people",
    keys=("scenario", "model", "one", "other"),
    columns=_DIFFERENCES,
)
def differences(study: OpenStudy, *, people: str = "") -> pd.DataFrame:
    """One row two people and answer; columns as `people_frames.differences`."""
    return frames.differences(study, people)
