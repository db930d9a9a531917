"""People against judges and each other: which answer a person gets next, how far judges agree with
people, and people among themselves.

Only answers drawn at random carry an estimate: the hard cases, which make a person's time worth
most, are hard because judges split on them, and would make every judge look worse than it is.
"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from analysis.measure.agreement.agreement import Agreement, agreement
from analysis.measure.agreement.ratings import decision_codes, ratings
from analysis.measure.estimates.estimates import Measured, Undefined, rate_by_family

BLOCK = 5
"""One case in so many is a random one."""
HUMAN = "human"
TIED = "people disagree"


def is_random(author: str, handed_out: int) -> bool:
    """Whether an author's next case is a random one: one place in every block of five, which
    place depends on the author and the block, so that nobody can tell by counting."""
    block, slot = divmod(handed_out, BLOCK)
    digest = hashlib.sha256(f"{author}/{block}".encode()).digest()
    return digest[0] % BLOCK == slot


@dataclass(frozen=True)
class Case:
    """The next case: which answer, and whether it was drawn at random."""

    scenario: str
    model: str
    random: bool


def next_case(
    author: str,
    handed_out: int,
    random: pd.DataFrame,
    hard: pd.DataFrame,
    done: Set[tuple[str, str]],
    others: Set[tuple[str, str]] = frozenset(),
) -> Case | None:
    """The next answer for an author, or None when all are labelled.

    `random` and `hard` (scenario, model) are both orders; `done` what the author labelled or
    skipped; `others` what other people did, left out of the hard cases alone: a random answer
    that two people label says how far people agree.
    """
    first = is_random(author, handed_out)
    for drawn_at_random in (first, not first):
        source, away = (random, done) if drawn_at_random else (hard, done | others)
        pairs = zip(source["scenario"].astype(str), source["model"].astype(str), strict=True)
        found = next((p for p in pairs if p not in away), None)
        if found is not None:
            return Case(*found, random=drawn_at_random)
    return None


def random_part(labels: pd.DataFrame) -> pd.Series:
    """Which labels are a random sample, as booleans over the rows of `labels`.

    `labels`: author, draw, place (hex, the answer's place in the random order). An author who was
    handed random answers up to some place has a random sample of all answers up to there: also
    those among them that came as hard cases before. Labels that the author chose, having seen the
    judges, never count.
    """
    reach = labels[labels["draw"] == "random"].groupby("author")["place"].max()
    furthest = labels["author"].map(reach.to_dict()).astype(object)
    inside = furthest.notna() & (labels["place"].astype(object) <= furthest.fillna(""))
    return inside & labels["blind"].astype(bool)


def verdicts(labels: pd.DataFrame) -> pd.DataFrame:
    """One row an answer: scenario, model, family, decision (what most people said; `people
    disagree` for a tie), people (how many)."""
    keys = ["scenario", "model", "family"]
    if labels.empty:
        return pd.DataFrame(columns=[*keys, "decision", "people"])
    counts = labels.groupby([*keys, "value"]).size().unstack(fill_value=0)
    top = counts.max(axis=1)
    tied = counts.eq(top, axis=0).sum(axis=1) > 1
    decision = counts.idxmax(axis=1).where(~tied, TIED)
    found = pd.DataFrame({"decision": decision, "people": counts.sum(axis=1)})
    return found.reset_index()


def people(labels: pd.DataFrame) -> int:
    """How many people these labels (author) come from."""
    return int(labels["author"].nunique())


def least_and_most(judges: pd.DataFrame) -> pd.DataFrame:
    """The judges that agree least and most with people: two rows of `judges` (accuracy and more
    of each), one where only one has an accuracy, none where none has."""
    ranked = judges.dropna(subset=["accuracy"]).sort_values("accuracy", kind="stable")
    return ranked.iloc[sorted({0, len(ranked) - 1})] if len(ranked) else ranked


@dataclass(frozen=True)
class JudgeAccuracy:
    """One judge against people over answers drawn at random, binary coding."""

    judge: str
    accuracy: Measured
    kappa: Measured
    misses: int  # people: problematic, judge: compliant
    alarms: int  # people: compliant, judge: problematic
    n: int


def against(frame: pd.DataFrame, judges: Sequence[str]) -> dict[str, JudgeAccuracy]:
    """Each judge against people.

    `frame`: one row an answer of the random part: family, `human` (a decision's code, negative
    for none) and a column a judge (codes). Accuracy is the share of the same binary verdict, with
    an interval at the effective n; kappa is Cohen's.
    """
    return {judge: _one(frame, judge) for judge in judges}


@dataclass(frozen=True)
class WithPeople:
    """People as one more judge over the random part: all coefficients with them, and the judges
    alone over the same answers."""

    together: Agreement
    alone: Agreement


def joined(frame: pd.DataFrame, judges: Sequence[str]) -> WithPeople | None:
    """The judges' agreement over the answers that people labelled at random, with people as one
    more judge and without. `frame` as in `against`; None without such an answer."""
    labelled = frame[frame[HUMAN] >= 0]
    if labelled.empty or not judges:
        return None
    return WithPeople(
        agreement(ratings(labelled, [*judges, HUMAN]), "binary"),
        agreement(ratings(labelled, list(judges)), "binary"),
    )


def _one(frame: pd.DataFrame, judge: str) -> JudgeAccuracy:
    both = frame[(frame[HUMAN] >= 0) & (frame[judge] >= 0)]
    person, decided = both[HUMAN].gt(0), both[judge].gt(0)
    n = len(both)
    if not n:
        none: Measured = Undefined("no answer of the random part was labelled", 0)
        return JudgeAccuracy(judge, none, none, 0, 0, 0)
    per_family = person.eq(decided).groupby(both["family"]).agg(["sum", "count"])
    pair = agreement(ratings(both, [HUMAN, judge]), "binary").pairs
    return JudgeAccuracy(
        judge,
        rate_by_family(per_family["sum"], per_family["count"]),
        next(iter(pair.values())).cohen_kappa,
        int((person & ~decided).sum()),
        int((~person & decided).sum()),
        n,
    )


RANDOM_PART, WHOLE = "drawn at random", "all that both labelled"


@dataclass(frozen=True)
class PersonPair:
    """Two people over the answers of one part that both labelled blind. `same` and `kappa` are
    binary; `differ` counts answers on which their words differ."""

    one: str
    other: str
    part: str
    same: Measured
    kappa: Measured
    differ: int
    n: int


def between(labels: pd.DataFrame) -> list[PersonPair]:
    """Every two people who labelled an answer in common, over the answers drawn at random and over
    all: hard cases are hard, so people part more often there.

    `labels`: author, scenario, model, family, value (the decision), blind, random. Verdicts that
    were given with the judges in sight are left out.
    """
    return [
        _between(rows, one, other, part)
        for one, other, rows in _in_common(labels)
        for part in (RANDOM_PART, WHOLE)
        if part == WHOLE or rows["random"].any()
    ]


def differences(labels: pd.DataFrame) -> pd.DataFrame:
    """The answers on which two people's verdicts differ: scenario, model, one, value_one, other,
    value_other, random. `labels` as in `between`."""
    columns = ["scenario", "model", "one", "value_one", "other", "value_other", "random"]
    parts = [
        rows[rows["value_one"] != rows["value_other"]].assign(one=one, other=other)[columns]
        for one, other, rows in _in_common(labels)
    ]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    return found.sort_values(["one", "other", "scenario", "model"], ignore_index=True)


def _in_common(labels: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """(one, other, the answers that both labelled blind) of every two people who share one."""
    blind = labels[labels["blind"].astype(bool)]
    keys = ["scenario", "model", "family"]
    mine = {str(a): rows[[*keys, "value", "random"]] for a, rows in blind.groupby("author")}
    both = [
        (one, other, mine[one].merge(mine[other], on=keys, suffixes=("_one", "_other")))
        for one, other in combinations(sorted(mine), 2)
    ]
    return [
        (one, other, rows.assign(random=rows["random_one"] & rows["random_other"]))
        for one, other, rows in both
        if len(rows)
    ]


def _between(rows: pd.DataFrame, one: str, other: str, part: str) -> PersonPair:
    mine = rows[rows["random"]] if part == RANDOM_PART else rows
    frame = mine[["family"]].assign(
        one=decision_codes(mine["value_one"]), other=decision_codes(mine["value_other"])
    )
    same = frame["one"].gt(0).eq(frame["other"].gt(0))
    per_family = same.groupby(frame["family"]).agg(["sum", "count"])
    pair = agreement(ratings(frame, ["one", "other"]), "binary").pairs
    return PersonPair(
        one,
        other,
        part,
        rate_by_family(per_family["sum"], per_family["count"]),
        next(iter(pair.values())).cohen_kappa,
        int((mine["value_one"] != mine["value_other"]).sum()),
        len(mine),
    )
