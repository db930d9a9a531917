"""People against judges: whom a person would be handed next, and how far judges agree with people.

Only answers drawn at random carry an estimate: the hard cases, which make a person's time worth
most, are hard because judges split on them, and would make every judge look worse than it is.
"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.measure.agreement import Agreement, agreement
from analysis.measure.agreement_ratings import ratings
from analysis.measure.estimates import Measured, Undefined, rate_by_family

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


@dataclass(frozen=True)
class Against:
    """One judge against people over answers drawn at random, binary coding."""

    judge: str
    accuracy: Measured
    kappa: Measured
    misses: int  # people: problematic, judge: compliant
    alarms: int  # people: compliant, judge: problematic
    n: int


def against(
    frame: pd.DataFrame, judges: Sequence[str], generator: np.random.Generator
) -> dict[str, Against]:
    """Each judge against people.

    `frame`: one row an answer of the random part: family, `human` (a decision's code, negative
    for none) and a column a judge (codes). Accuracy is the share of the same binary verdict, with
    a Wilson interval at the effective n; kappa is Cohen's, families resampled.
    """
    return {judge: _one(frame, judge, generator) for judge in judges}


@dataclass(frozen=True)
class Joined:
    """People as one more judge over the random part: all coefficients with them, and the judges
    alone over the same answers."""

    together: Agreement
    alone: Agreement


def joined(
    frame: pd.DataFrame, judges: Sequence[str], generator: np.random.Generator
) -> Joined | None:
    """The judges' agreement over the answers that people labelled at random, with people as one
    more judge and without. `frame` as in `against`; None without such an answer."""
    labelled = frame[frame[HUMAN] >= 0]
    if labelled.empty or not judges:
        return None
    return Joined(
        agreement(ratings(labelled, [*judges, HUMAN]), "binary", generator),
        agreement(ratings(labelled, list(judges)), "binary", generator),
    )


def _one(frame: pd.DataFrame, judge: str, generator: np.random.Generator) -> Against:
    both = frame[(frame[HUMAN] >= 0) & (frame[judge] >= 0)]
    person, said = both[HUMAN].gt(0), both[judge].gt(0)
    n = len(both)
    if not n:
        none: Measured = Undefined("no answer of the random part was labelled", 0)
        return Against(judge, none, none, 0, 0, 0)
    per_family = person.eq(said).groupby(both["family"]).agg(["sum", "count"])
    pair = agreement(ratings(both, [HUMAN, judge]), "binary", generator).pairs
    return Against(
        judge,
        rate_by_family(per_family["sum"], per_family["count"]),
        next(iter(pair.values())).cohen_kappa,
        int((person & ~said).sum()),
        int((~person & said).sum()),
        n,
    )
