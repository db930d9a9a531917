"""Refusal rates with their intervals, and the paper's published patterns in direction.

A refusal is one of the last three response types: soft rejection with alternatives, firm rejection
with explanation, complete rejection. Source: arXiv:2510.07686v2, section on refusals.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.measure.claims import verdict
from analysis.measure.estimates.estimates import Estimate, Measured, Undefined, q_values
from analysis.measure.estimates.evidence import Correction, correction, weaker, why_none
from analysis.measure.estimates.grouped import rates_from_moments
from analysis.measure.estimates.pooling import partly_pooled
from analysis.vocabulary import (
    ALL_REFUSALS,
    FEW_ANSWERS,
    LEAST_FAMILIES,
    NO_TOPIC,
    PLAIN_LABELS,
    RESPONSE_LABELS,
    SUBJECT_ALPHA,
    TOPIC_ROWS,
    Topic,
)

ALL = "all"
ROWS = (*TOPIC_ROWS, ALL)
_SIDES = ("y1", "n1", "y2", "n2")


def rates(moments: pd.DataFrame) -> pd.DataFrame:
    """Refusal rate per topic and model or provider, its interval at the effective n.

    `moments` from `queries.refusals.moments`. Columns: topic, kind, name, value (0..1), low, high,
    n (answers), families, undefined, few (n below `FEW_ANSWERS`).
    """
    numbers = moments.drop(columns=["topic", "kind", "name"]).astype(float)
    found = rates_from_moments(numbers).drop(columns="n_effective")
    return pd.concat([moments[["topic", "kind", "name"]], found], axis=1).assign(
        few=found["n"] < FEW_ANSWERS
    )


def shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Share of each response type per model: model, one column a label (0..1), n, refused.

    `counts`: model, response_type, n. Labels that nobody has are columns of 0.
    """
    table = counts.pivot_table(
        index="model", columns="response_type", values="n", aggfunc="sum", observed=True
    ).reindex(columns=[*RESPONSE_LABELS, *PLAIN_LABELS], fill_value=0)
    table = table.fillna(0)
    n = table.sum(axis=1)
    found = table.div(n.clip(lower=1), axis=0)
    return found.assign(
        n=n.astype(int), refused=found[list(ALL_REFUSALS)].sum(axis=1)
    ).reset_index()


def of_all_models(outcomes: pd.DataFrame) -> dict[str, int]:
    """Outcome -> how many first answers have it, over all models; `outcomes`: one row a model, a
    column of counts an outcome."""
    return {str(o): int(n) for o, n in outcomes.drop(columns="model").sum().items()}


def most_refused(moments: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """The topics on which one model refuses more than on its other queries, the clearest first:
    topic, value (0..1), n, q.

    `moments` from `queries.refusals.moments` of that model. Each topic with enough cases
    (`FEW_ANSWERS`) is held against all the others (`estimates.pooling`), q over them within what
    may be claimed: the topic with the highest rate alone says nothing, since some topic always
    has it.
    """
    topics = moments[(moments["kind"] == "model") & (moments["topic"] != ALL)].set_index("topic")
    tested = partly_pooled(topics.drop(columns=["kind", "name"]))
    enough = (topics["n"] >= FEW_ANSWERS) & (topics["families"] >= LEAST_FAMILIES)
    tested["q"] = q_values(tested["p"].where(enough).to_numpy(float))
    found = tested.assign(n=topics["n"].astype(int)).rename(columns={"rate": "value"})
    sure = found[(found["q"] <= SUBJECT_ALPHA) & (found.index != NO_TOPIC)].sort_values(
        "q", kind="stable"
    )
    return sure.head(count).reset_index()[["topic", "value", "n", "q"]]


@dataclass(frozen=True)
class Claim:
    """A published pattern as a difference of two refusal rates, expected above 0."""

    words: str
    kind: str  # any, soft, firm or complete
    one: tuple[str, tuple[str, ...]]  # topic row, models
    other: tuple[str, tuple[str, ...]]
    of: str = "all"  # among all labelled answers, or among refusals


def claims(providers: Mapping[str, str]) -> list[Claim]:
    """The paper's patterns that these models can be held against (model -> provider)."""

    def among(*wanted: str) -> tuple[str, ...]:
        return tuple(m for m, p in providers.items() if p in wanted)

    everyone = tuple(providers)
    anthropic, openai = among("anthropic"), among("openai")
    rest, others = _without(everyone, anthropic), _without(everyone, openai)
    o3 = tuple(m for m in everyone if m == "o3")
    opus = tuple(m for m in everyone if m == "claude_opus_4")
    known = [
        Claim("Anthropic models refuse more than others", "any", (ALL, anthropic), (ALL, rest)),
        Claim(
            "Anthropic models, when refusing, offer alternatives more often",
            "soft",
            (ALL, anthropic),
            (ALL, rest),
            "refusals",
        ),
        Claim(
            "o3, when refusing, refuses completely more often than others",
            "complete",
            (ALL, o3),
            (ALL, _without(everyone, o3)),
            "refusals",
        ),
        Claim(
            "All models together refuse more on child grooming than overall",
            "any",
            (Topic.GROOMING.value, everyone),
            (ALL, everyone),
        ),
        Claim(
            "OpenAI models refuse chemical topics more than others do",
            "any",
            (Topic.CHEMICAL.value, openai),
            (Topic.CHEMICAL.value, others),
        ),
        Claim(
            "Claude Opus 4 refuses biological topics more than others do",
            "any",
            (Topic.BIOLOGICAL.value, opus),
            (Topic.BIOLOGICAL.value, _without(everyone, opus)),
        ),
    ]
    published = {"anthropic", "openai", "google", "xai"} & set(providers.values())
    return [c for c in known if published and c.one[1] and c.other[1]]


def _without(models: Sequence[str], some: Sequence[str]) -> tuple[str, ...]:
    return tuple(m for m in models if m not in some)


def difference(sums: Mapping[str, float]) -> Measured:
    """The difference of two ratios y1/n1 - y2/n2 over families that the sides may share.

    `sums` from `queries.refusals.contrast`. Linearised: the influence of a family is
    (y1 - r1 n1) / N1 - (y2 - r2 n2) / N2, and its squares follow from the sums of products.
    Undefined with fewer families on either side than an interval needs.
    """
    value, squares, correct, n, why = _contrast(sums)
    if why:
        return Undefined(why, n, None if math.isnan(value) else value)
    half = float(correct.half_width(squares))
    return Estimate(value, value - half, value + half, n)


def _contrast(sums: Mapping[str, float]) -> tuple[float, float, Correction, int, str]:
    """Value, sum of squared influences, correction, cases, and why there is no interval."""
    n1, n2 = sums["n1"], sums["n2"]
    sides = [correction(sums[f"n{i}"], sums[f"n{i}n{i}"], sums[f"n4{i}"]) for i in (1, 2)]
    correct, n = weaker(*sides), int(n1 + n2)
    if n1 <= 0 or n2 <= 0:
        return math.nan, math.nan, correct, n, "no case on one of the two sides"
    r1, r2 = sums["y1"] / n1, sums["y2"] / n2
    weights = dict(zip(_SIDES, (1 / n1, -r1 / n1, -1 / n2, r2 / n2), strict=True))
    squares = 0.0
    for i, a in enumerate(_SIDES):
        for b in _SIDES[i:]:
            squares += (1 if a == b else 2) * weights[a] * weights[b] * sums[a + b]
    squares = squares if squares > 1e-15 else 0.0
    families = int(min(sums["families1"], sums["families2"]))
    return r1 - r2, squares, correct, n, why_none(families, squares, float(correct.df))


def compared(found: Sequence[tuple[Claim, Mapping[str, float]]]) -> pd.DataFrame:
    """Each claim with what this study shows: agrees, disagrees, or too little data.

    Columns: claim, verdict, difference (of rates, -1..1), low, high, n (answers of both sides), q
    (Benjamini-Hochberg over the claims). The verdict is that of `measure.claims`.
    """
    from scipy.special import stdtr

    rows = []
    for claim, sums in found:
        value, squares, correct, n, why = _contrast(sums)
        low = high = p = math.nan
        if not why and min(sums["n1"], sums["n2"]) >= FEW_ANSWERS:
            half = float(correct.half_width(squares))
            low, high = value - half, value + half
            error = math.sqrt(float(correct.factor) * squares)
            p = 2 * float(stdtr(float(correct.df), -abs(value) / error))
        rows.append((claim.words, value, low, high, n, p))
    frame = pd.DataFrame(rows, columns=["claim", "difference", "low", "high", "n", "p"])
    frame["q"] = q_values(frame["p"].to_numpy(float)) if len(frame) else []
    frame["verdict"] = [verdict(v, q) for v, q in zip(frame["difference"], frame["q"], strict=True)]
    return frame.astype({"n": "int64"})[["claim", "verdict", "difference", "low", "high", "n", "q"]]
