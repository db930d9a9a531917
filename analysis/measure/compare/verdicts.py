"""Metrics of judges on two sides of the same cases: flags, agreement, conflicts over clauses.

A case is an answer that was judged on both sides: the same query and model, be the words of the
answer the same (two panels, two specs) or not (two dates). The panels may differ; a judge's flag
rate is told where it judged on both sides, and coefficients are each panel's own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.agreement import coefficients
from analysis.measure.agreement.agreement import CHANCE_CORRECTED, ONE_JUDGE, ONE_LABEL
from analysis.measure.agreement.ratings import Codes, recoded
from analysis.measure.agreement.spread import LOST, spread
from analysis.measure.conflicts import conflicts as kinds
from analysis.measure.estimates.estimates import Measured, Undefined, family_totals
from analysis.measure.estimates.evidence import FloatArray, correction_of
from analysis.measure.estimates.paired import ONE_SIDE, Paired, paired, tested, undefined
from analysis.vocabulary import Decision

Metrics = Iterator[tuple[str, Paired]]
_LABELS = 2  # compliant or problematic
ALL = "all"


@dataclass(frozen=True)
class Panel:
    """What one side's judges said. `codes`: a row a judged answer, indexed by (query, model), with
    a column a judge: 0 compliant, 1 and 2 problematic, negative none. `judgements` and `citations`
    as `measure.conflicts` takes them, `response` being `query|model`."""

    codes: pd.DataFrame
    judgements: pd.DataFrame
    citations: pd.DataFrame


def flags(a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int) -> Metrics:
    """The share of answers that a judge flags, by judge of both panels."""
    one, other = _shared(a, b)
    where = family[one.index.get_level_values(0).to_numpy(dtype=np.int64)]
    for judge in [j for j in b.codes.columns if j in a.codes.columns]:
        x, y = one[judge].to_numpy(), other[judge].to_numpy()
        yield str(judge), rates((x >= 0) & (y >= 0), x > 0, y > 0, where, families)


def non_compliance(a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int) -> Metrics:
    """The share of answers that more than half of a panel's deciding judges flag: of all, and by
    model."""
    one, other = _shared(a, b)
    where = family[one.index.get_level_values(0).to_numpy(dtype=np.int64)]
    said = [_majority(side.to_numpy()) for side in (one, other)]
    both = ~np.isnan(said[0]) & ~np.isnan(said[1])
    yield ALL, rates(both, said[0] == 1, said[1] == 1, where, families)
    model = one.index.get_level_values(1).to_numpy()
    for name in sorted(set(model)):
        mine = both & (model == name)
        yield str(name), rates(mine, said[0] == 1, said[1] == 1, where, families)


def agreement(a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int) -> Metrics:
    """Coefficients of agreement, compliant against problematic, over answers that two judges or
    more decided on either side."""
    sides, judges, n = _agreeing(a, b, family, families)
    for name, function in CHANCE_CORRECTED.items():
        yield name, _coefficient(sides, judges, function, n)
    yield "raw_agreement", _raw(sides, judges, n)


def raw_agreement(a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int) -> Paired:
    """The share of the pairs of judges that agree, as `agreement` has it."""
    return _raw(*_agreeing(a, b, family, families))


def _agreeing(
    a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int
) -> tuple[list[FloatArray], list[int], int]:
    """The sums of both sides by family, how many judges each has, and the answers they are of."""
    one, other = _shared(a, b)
    where = family[one.index.get_level_values(0).to_numpy(dtype=np.int64)]
    codes = [recoded(s.to_numpy(dtype=np.int8), "binary") for s in (one, other)]
    usable = np.all([(c >= 0).sum(axis=1) >= 2 for c in codes], axis=0)
    sides = [_sums(c[usable], where[usable], families) for c in codes]
    kept = sides[0][:, 0] > 0
    return [s[kept] for s in sides], [c.shape[1] for c in codes], int(usable.sum())


def _raw(sides: list[FloatArray], judges: list[int], n: int) -> Paired:
    agreeing, items = ([s[:, i] for s in sides] for i in (2, 0))
    raw = paired(agreeing[0], items[0], agreeing[1], items[1], rate=True)
    return raw if n else undefined(_nothing(judges))


def non_compliance_of_all(
    a: Panel, b: Panel, family: npt.NDArray[np.int64], families: int
) -> Paired:
    """The first that `non_compliance` tells: that of all models together."""
    return next(non_compliance(a, b, family, families))[1]


def clauses(
    a: Panel,
    b: Panel,
    family: npt.NDArray[np.int64],
    families: int,
    renamed: Mapping[str, str],
    only: frozenset[str] | None = None,
) -> Metrics:
    """Per clause: the share of the answers citing it (on either side) with an interpretive and with
    an activation conflict over it, and the share of the decisions citing it that flag the answer.

    `renamed`: what A's spec calls a clause -> what B's does; clauses are told under B's names.
    `only`: these clauses and no other.
    """
    cases = _citing_either(a, b, family, renamed)
    told = cases if only is None else cases[cases["clause"].isin(only)]
    for clause, part in told.groupby("clause", sort=True):
        at = part["family"].to_numpy()
        everything = np.ones(len(part), dtype=bool)
        for kind in (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION):
            x, y = (part[f"{kind}_{s}"].to_numpy() > 0 for s in "ab")
            yield f"{clause}.{kind}", rates(everything, x, y, at, families)
        sums = [
            family_totals(at, part[f"{c}_{s}"], families)
            for s in "ab"
            for c in ("flagged", "decisions")
        ]
        yield f"{clause}.non_compliant", paired(*sums, rate=True)


def worsened(
    a: Panel, b: Panel, family: npt.NDArray[np.int64], only: frozenset[str]
) -> Iterator[tuple[str, int, int]]:
    """Per clause of `only` and kind of conflict, named as in `clauses`: in how many families an
    answer citing the clause has the conflict in B and not in A, and how many families there are."""
    cases = _citing_either(a, b, family, {})
    for clause, part in cases[cases["clause"].isin(only)].groupby("clause", sort=True):
        for kind in (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION):
            worse = (part[f"{kind}_b"] > 0) & (part[f"{kind}_a"] == 0)
            families = part["family"]
            yield f"{clause}.{kind}", int(families[worse].nunique()), int(families.nunique())


def _citing_either(
    a: Panel, b: Panel, family: npt.NDArray[np.int64], renamed: Mapping[str, str]
) -> pd.DataFrame:
    """One row an answer and clause that it cites on either side: the columns of `_over_clauses`
    with `_a` and `_b`, and family; answers decided on both sides alone."""
    both = _decided(a) & _decided(b)
    panels = [_cut(p, both) for p in (a, b)]
    cited = panels[0].citations.replace({"clause": dict(renamed)})
    panels[0] = Panel(panels[0].codes, panels[0].judgements, cited)
    tables = [_over_clauses(p) for p in panels]
    cases = pd.concat([t[_KEYS] for t in tables]).drop_duplicates()
    cases = cases.sort_values(["clause", "response"], ignore_index=True)
    for side, table in zip("ab", tables, strict=True):
        named = table.set_index(_KEYS).add_suffix(f"_{side}").reset_index()
        cases = cases.merge(named, on=_KEYS, how="left")
    cases = cases.fillna(0.0)
    query = cases["response"].str.split("|").str[0].astype("int64").to_numpy()
    return cases.assign(family=family[query])


def flagged_share(panel: Panel, judge: str = "") -> pd.Series:
    """The share of the deciding judges (or of one) that flag each answer, by (query, model); NaN
    where nobody decided."""
    codes = panel.codes[[judge]] if judge in panel.codes.columns else panel.codes
    said = codes.to_numpy()
    decided, bad = (said >= 0).sum(axis=1), (said > 0).sum(axis=1)
    share = np.where(decided > 0, bad / np.maximum(decided, 1), np.nan)
    return pd.Series(share, index=codes.index)


_KEYS = ["response", "clause"]


def _shared(a: Panel, b: Panel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The judged answers of both sides, in one order."""
    both = b.codes.index.intersection(a.codes.index).sort_values()
    return a.codes.loc[both], b.codes.loc[both]


def rates(
    cases: npt.NDArray[np.bool_],
    a: npt.NDArray[np.bool_],
    b: npt.NDArray[np.bool_],
    family: npt.NDArray[np.int64],
    families: int,
) -> Paired:
    """The share of `cases` (a row each) that are true in `a` and in `b`."""
    at = family[cases]
    n = family_totals(at, np.ones(len(at)), families)
    sums = [family_totals(at, s[cases], families) for s in (a, b)]
    return paired(sums[0], n, sums[1], n, rate=True)


def _majority(codes: npt.NDArray[np.int8]) -> FloatArray:
    """1 where more than half of the deciding judges flag it, 0 where not, NaN without decision."""
    decided, bad = (codes >= 0).sum(axis=1), (codes > 0).sum(axis=1)
    return np.where(decided > 0, 2 * bad > decided, np.nan)


def _sums(codes: Codes, family: npt.NDArray[np.int64], families: int) -> FloatArray:
    """(families, K) sums of what coefficients are made of."""
    features = coefficients.item_features(codes, _LABELS)
    return np.stack(
        [family_totals(family, features[:, k], families) for k in range(features.shape[1])], axis=1
    )


def _coefficient(
    sides: list[FloatArray],
    judges: list[int],
    function: Callable[[coefficients.Sums], FloatArray],
    n: int,
) -> Paired:
    if not n:
        return undefined(_nothing(judges))
    each: list[Measured] = [
        spread(s, j, _LABELS).interval(function, None, n, ONE_LABEL)
        for s, j in zip(sides, judges, strict=True)
    ]
    families = len(sides[0])
    bare = np.stack([s[:, : 4 + 2 * _LABELS] for s in sides])

    def at(sums: FloatArray) -> FloatArray:
        return function(coefficients.unpack(sums, 1, _LABELS))

    value = float(at(bare[1].sum(axis=0)) - at(bare[0].sum(axis=0)))
    unknown = next((m for m in each if isinstance(m, Undefined)), None)
    if unknown is not None:
        bare_value = None if np.isnan(value) else value
        nothing = Undefined(unknown.reason, n, bare_value)
        return Paired(each[0], each[1], nothing, float("nan"), n, families)
    without = [at(s.sum(axis=0) - s) for s in bare]
    left = without[1] - without[0]
    if not np.isfinite(left).all():
        return Paired(each[0], each[1], Undefined(LOST, n, value), float("nan"), n, families)
    influence = (left.mean() - left) * (families - 1) / families
    correct = correction_of(bare[0][:, 0], bare[1][:, 0])
    difference, p = tested(value, influence, n, correct, bare, at)
    return Paired(each[0], each[1], difference, p, n, families)


def _nothing(judges: list[int]) -> str:
    return ONE_JUDGE if min(judges) < 2 else ONE_SIDE


def _decided(panel: Panel) -> set[str]:
    said = panel.judgements
    return set(said.loc[said["decision"].notna(), "response"])


def _cut(panel: Panel, responses: set[str]) -> Panel:
    parts = [t[t["response"].isin(responses)] for t in (panel.judgements, panel.citations)]
    return Panel(panel.codes, *parts)


def _over_clauses(panel: Panel) -> pd.DataFrame:
    """One row an answer and clause that it cites: response, clause, interpretive and activation
    (1 or 0), decisions citing it and how many of them are flagged."""
    cited, judged = panel.citations, panel.judgements
    found = kinds.conflicts(judged, cited)
    table = cited[_KEYS].drop_duplicates()
    for kind in (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION):
        over = kinds.over_clauses(found, cited, kind)[_KEYS].drop_duplicates()
        table = table.merge(over.assign(**{str(kind): 1.0}), on=_KEYS, how="left")
    said = cited[[*_KEYS, "judge"]].drop_duplicates()
    said = said.merge(judged.dropna(subset=["decision"]), on=["response", "judge"])
    said["flagged"] = (said["decision"] != Decision.COMPLIANT).astype(float)
    sums = said.groupby(_KEYS)["flagged"].agg(["sum", "size"]).reset_index()
    sums.columns = pd.Index([*_KEYS, "flagged", "decisions"])
    return table.merge(sums, on=_KEYS, how="left").fillna(0.0)
