"""Frames of trials: what a clause's new wording changed, from what judges said under both."""

from typing import Any

import pandas as pd

from analysis.figures.trial_words import OF_TRIAL, sentence
from analysis.load import trials as load
from analysis.measure.compare.metric_differences import Metric
from analysis.measure.compare.trial import Outcome, changed_cases, direction, outcome
from analysis.measure.estimates.estimates import estimate_cells
from analysis.parse.trials import Arm, Trial
from analysis.store import trials as store
from analysis.store.study import OpenStudy

NUMBERS = (
    "metric",
    "what",
    "old",
    "new",
    "difference",
    "low",
    "high",
    "q",
    "verdict",
    "n",
    "families",
    "undefined",
)


def settled(study: OpenStudy, key: str) -> str:
    """`run@12 hex` of a trial of the study: its latest reading for a run alone, that of the last
    run for ""; "" where none was read."""
    if "@" in key:
        return key
    found = store.of_study(study.settings, study.info.id)
    mine = [one for one in found if key in ("", one.run_id)]
    return mine[0].key if mine else key


def tried(study: OpenStudy, key: str) -> Trial | None:
    """What the trial tries; None where it is not here."""
    read = store.latest(study.settings, key.partition("@")[0]) if key else None
    return read.trial if read else None


def attempts(study: OpenStudy, key: str) -> int:
    """How many wordings of the trial's clause were launched on the study by now."""
    trial = tried(study, key)
    return load.attempts(trial, study.settings) if trial else 1


def found(study: OpenStudy, key: str, attempts: int) -> Outcome | None:
    """Everything that the trial tells; None without one."""
    trial = tried(study, key)
    if trial is None and not key:
        return None
    rows = store.rows_of(study.settings, key)
    return outcome(rows, trial.neighbours if trial else (), max(1, attempts))


def said(study: OpenStudy, key: str, attempts: int) -> str:
    """The verdict in sentences; "" without a trial."""
    told = study.read(found, key, attempts)
    return sentence(told) if told else ""


def groups(told: Outcome | None) -> pd.DataFrame:
    """One row a group and metric; old against old again are the group `noise`."""
    known = {} if told is None else {g.value: m for g, m in told.groups.items()}
    noise = {} if told is None else {"noise": told.noise}
    rows = [
        {"group": group, **row(name, metric)}
        for group, metrics in (known | noise).items()
        for name, metric in metrics.items()
    ]
    return pd.DataFrame(rows, columns=["group", *NUMBERS])


def neighbours(told: Outcome | None) -> pd.DataFrame:
    """One row a neighbouring clause and metric; `most_harm`: the largest rise that fits."""
    known, harm = (told.neighbours, told.harm) if told else ({}, {})
    rows = [
        {
            "clause": clause,
            **row(name, metric),
            "most_harm": harm[clause].get(name, float("nan")),
        }
        for clause, metrics in known.items()
        for name, metric in metrics.items()
    ]
    return pd.DataFrame(rows, columns=["clause", *NUMBERS, "most_harm"])


def row(name: str, metric: Metric) -> dict[str, Any]:
    """One metric under both wordings."""
    cells = estimate_cells(metric.difference)
    return {
        "metric": name,
        "what": OF_TRIAL[name],
        "old": float("nan") if metric.a.value is None else metric.a.value,
        "new": float("nan") if metric.b.value is None else metric.b.value,
        "difference": cells["value"],
        "low": cells["low"],
        "high": cells["high"],
        "q": metric.q,
        "verdict": direction(name, metric),
        "n": metric.n,
        "families": metric.families,
        "undefined": cells["undefined"],
    }


def cases(study: OpenStudy, key: str) -> pd.DataFrame:
    """Cases that got better or worse, as `changed_cases`."""
    if not key:
        columns = ["group", "scenario", "model", "change", "kind", "old", "new"]
        return pd.DataFrame(columns=columns)
    return changed_cases(store.rows_of(study.settings, key))


def arguments(study: OpenStudy, key: str, scenario: str, model: str) -> pd.DataFrame:
    """What each judge said of one case: judge, arm, decision, clauses (anchors with commas
    between them), reasoning; the old text before the new."""
    columns = ["judge", "arm", "decision", "clauses", "reasoning"]
    if not key:
        return pd.DataFrame(columns=columns)
    rows = store.rows_of(study.settings, key)
    said, cited = (
        t[(t["scenario"] == scenario) & (t["model"] == model)]
        for t in (rows.judgements, rows.citations)
    )
    named = cited.groupby(["judge", "arm"])["clause"].agg(lambda c: ", ".join(dict.fromkeys(c)))
    said = said.assign(
        clauses=[named.get(at, "") for at in zip(said["judge"], said["arm"], strict=True)],
        place=said["arm"].map({arm.value: i for i, arm in enumerate(Arm)}),
        reasoning=said["reasoning"].fillna(said["why"]).fillna(""),
        decision=said["decision"].fillna(""),
    )
    return said.sort_values(["judge", "place"], ignore_index=True)[columns]
