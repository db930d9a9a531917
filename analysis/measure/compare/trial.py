"""A trial of two wordings: what changed in each group of cases, and what in the clauses nearby.

Every case (an answer) was judged under the old text, under the same once more, and under the new
one. Old against new is compared case by case, with family-clustered intervals
(`estimates.paired`); old against old again tells what judges do by themselves. q is
Benjamini-Hochberg over all metrics of the trial, times the number of attempts at the clause
(Bonferroni): who tries ten wordings finds one that looks better.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.agreement.ratings import decision_codes
from analysis.measure.compare import verdicts
from analysis.measure.compare.metric_differences import Metric, metrics
from analysis.measure.compare.verdicts import Panel
from analysis.measure.conflicts import conflicts as kinds
from analysis.measure.estimates.estimates import Estimate
from analysis.measure.estimates.evidence import exact_bounds
from analysis.measure.estimates.paired import Paired
from analysis.parse.trials import Arm, Group

KINDS = (kinds.Conflict.INTERPRETIVE, kinds.Conflict.ACTIVATION)
METRICS = ("interpretive", "activation", "agreement", "non_compliance")
"""Of a group's cases: the share over which two judges have an interpretive, an activation conflict;
the share of pairs of judges that agree (compliant against problematic, not corrected for chance,
since an edit moves the share that is flagged, too); the share that most judges flag."""
OF_CLAUSE = ("interpretive", "activation", "non_compliant")
"""Of a neighbouring clause, over the cases that cite it under either wording."""
BETTER_HIGHER = frozenset({"agreement"})
NEITHER = frozenset({"non_compliance", "non_compliant"})
"""Neither better nor worse: how many answers a clause flags is for its writer to say."""


@dataclass(frozen=True)
class Rows:
    """What judges said in a trial. `judgements`: a row a case x arm x judge, with scenario, model,
    family, group, arm, judge, decision (a word, null where none could be read). `citations`: a
    row a case x arm x judge x clause, with `above`, the headings over the clause."""

    judgements: pd.DataFrame
    citations: pd.DataFrame


@dataclass(frozen=True)
class Outcome:
    """A trial's numbers: metric -> old against new by group; clause -> the same by neighbour;
    `harm`: clause -> kind of conflict -> the largest rise of it that fits (95%), as a share;
    `noise`: metric -> old against old again over all cases; `changed_minds`: the share of a
    judge's decisions that were others the second time under the old text, over all judges."""

    groups: dict[Group, dict[str, Metric]]
    neighbours: dict[str, dict[str, Metric]]
    harm: dict[str, dict[str, float]]
    noise: dict[str, Metric]
    changed_minds: float
    attempts: int
    tests: int


def outcome(rows: Rows, neighbours: Sequence[str], attempts: int = 1) -> Outcome:
    """Everything that a trial tells, over the groups and neighbours that it has cases of."""
    ground = _Ground.of(rows)
    old, again, new = (_Said.of(ground.panel(rows, arm)) for arm in (Arm.OLD, Arm.AGAIN, Arm.NEW))
    found: list[tuple[str, Paired]] = []
    for group in Group:
        if mine := ground.responses(rows, group):
            both = (old.on(mine), new.on(mine))
            found += [(f"{group}.{name}", one) for name, one in _group(*both, ground)]
    near = _neighbours(old.panel, new.panel, ground, neighbours)
    found += [(f"clause.{name}", one) for name, one in near]
    told = _corrected(metrics(found, identical=False), attempts)
    by_clause = _by_clause(told)
    return Outcome(
        groups={g: _named(told, f"{g}.") for g in Group if _named(told, f"{g}.")},
        neighbours=by_clause,
        harm=_harm(by_clause, old.panel, new.panel, ground),
        noise=metrics(_group(old, again, ground), identical=False),
        changed_minds=_changed(old.panel, again.panel),
        attempts=attempts,
        tests=sum(not math.isnan(m.p) for m in told.values()),
    )


@dataclass(frozen=True)
class _Ground:
    """The number of each query, and its family's."""

    queries: dict[str, int]
    family: npt.NDArray[np.int64]
    families: int

    @classmethod
    def of(cls, rows: Rows) -> "_Ground":
        named = rows.judgements.drop_duplicates("scenario").sort_values("scenario")
        codes, names = pd.factorize(named["family"], sort=True)
        numbers = {str(name): i for i, name in enumerate(named["scenario"])}
        return cls(numbers, codes.astype(np.int64), len(names))

    def panel(self, rows: Rows, arm: Arm) -> Panel:
        """What was said under one arm, as comparisons take it."""
        said, cited = (t[t["arm"] == arm.value] for t in (rows.judgements, rows.citations))
        said, cited = self._numbered(said), self._numbered(cited)
        wide = said.assign(code=decision_codes(said["decision"])).pivot(
            index=["query", "model"], columns="judge", values="code"
        )
        codes = wide.fillna(-1).astype(np.int8)
        judgements = said[["response", "family", "judge", "decision"]]
        return Panel(codes, judgements, cited[["response", "judge", "clause", "above"]])

    def _numbered(self, table: pd.DataFrame) -> pd.DataFrame:
        query = table["scenario"].map(self.queries).astype("int64")
        response = query.astype(str) + "|" + table["model"].astype(str)
        return table.assign(query=query, response=response)

    def named(self, rows: Rows) -> dict[str, dict[str, str]]:
        """Response -> its group, scenario and model."""
        cases = self._numbered(rows.judgements).drop_duplicates("response")
        told = cases[["group", "scenario", "model"]].to_dict("records")
        return dict(zip(cases["response"], told, strict=True))

    def responses(self, rows: Rows, group: Group) -> set[str]:
        mine = rows.judgements[rows.judgements["group"] == group.value]
        return set(self._numbered(mine)["response"])


@dataclass(frozen=True)
class _Said:
    """What judges said under one arm, with the answers over which two of them have a conflict."""

    panel: Panel
    apart: Mapping[kinds.Conflict, frozenset[str]]

    @classmethod
    def of(cls, panel: Panel) -> "_Said":
        found = kinds.conflicts(panel.judgements, panel.citations)
        of_kind = found.groupby("kind")["response"].agg(frozenset)
        return cls(panel, {k: of_kind.get(k.value, frozenset()) for k in KINDS})

    def on(self, responses: set[str]) -> "_Said":
        """The same on some answers alone."""
        index, panel = self.panel.codes.index, self.panel
        named = index.get_level_values(0).astype(str) + "|" + index.get_level_values(1).astype(str)
        return _Said(
            Panel(panel.codes[named.isin(responses)], panel.judgements, panel.citations), self.apart
        )


def _group(a: _Said, b: _Said, ground: _Ground) -> Iterator[tuple[str, Paired]]:
    """The metrics of one group, in the order of `METRICS`."""
    at = (ground.family, ground.families)
    cases = sorted(_decided_by_two(a.panel) & _decided_by_two(b.panel))
    query = np.array([int(r.partition("|")[0]) for r in cases], dtype=np.int64)
    everything = np.ones(len(cases), dtype=bool)
    for kind in KINDS:
        x, y = (np.array([c in side.apart[kind] for c in cases], dtype=bool) for side in (a, b))
        yield kind.value, verdicts.rates(everything, x, y, ground.family[query], ground.families)
    yield "agreement", verdicts.raw_agreement(a.panel, b.panel, *at)
    yield "non_compliance", verdicts.non_compliance_of_all(a.panel, b.panel, *at)


def _decided_by_two(panel: Panel) -> set[str]:
    enough = panel.codes[(panel.codes >= 0).sum(axis=1) >= 2].index
    return {f"{query}|{model}" for query, model in enough}


def _neighbours(
    a: Panel, b: Panel, ground: _Ground, clauses: Sequence[str]
) -> Iterator[tuple[str, Paired]]:
    at = (ground.family, ground.families)
    return verdicts.clauses(a, b, *at, renamed={}, only=frozenset(clauses))


def _harm(
    told: Mapping[str, Mapping[str, Metric]], a: Panel, b: Panel, ground: _Ground
) -> dict[str, dict[str, float]]:
    """The upper end of the interval; without one, of the exact interval of the share of families
    in which a case got worse, which no rise of the conflicts of equal families passes."""
    exact: dict[str, float] = {}
    for name, worse, families in verdicts.worsened(a, b, ground.family, frozenset(told)):
        exact[name] = float(exact_bounds(worse / families, families)[1])
    return {
        clause: {
            kind: d.high
            if isinstance(d := metrics[kind].difference, Estimate)
            else exact[f"{clause}.{kind}"]
            for kind in map(str, KINDS)
        }
        for clause, metrics in told.items()
    }


def _changed(old: Panel, again: Panel) -> float:
    """The share of decisions that were others the second time, of those given both times."""
    shared = old.codes.index.intersection(again.codes.index)
    judges = [j for j in old.codes.columns if j in again.codes.columns]
    a, b = (p.codes.loc[shared, judges].to_numpy() for p in (old, again))
    both = (a >= 0) & (b >= 0)
    return float((a != b)[both].mean()) if both.any() else math.nan


def _corrected(found: dict[str, Metric], attempts: int) -> dict[str, Metric]:
    return {
        name: m if math.isnan(m.q) else replace(m, q=min(1.0, m.q * attempts))
        for name, m in found.items()
    }


def _named(found: dict[str, Metric], prefix: str) -> dict[str, Metric]:
    return {n.removeprefix(prefix): m for n, m in found.items() if n.startswith(prefix)}


def _by_clause(found: dict[str, Metric]) -> dict[str, dict[str, Metric]]:
    told: dict[str, dict[str, Metric]] = {}
    for name, one in _named(found, "clause.").items():
        clause, _, metric = name.rpartition(".")
        told.setdefault(clause, {})[metric] = one
    return told


def direction(name: str, metric: Metric) -> str:
    """`better`, `worse` or `changed` where a metric differs; "" where no difference is shown."""
    change = metric.difference.value
    if not metric.differs or change is None:
        return ""
    if name in NEITHER:
        return "changed"
    return "better" if (change > 0) == (name in BETTER_HIGHER) else "worse"


def changed_cases(rows: Rows) -> pd.DataFrame:
    """The cases that got better or worse: group, scenario, model, change (`better`: a conflict
    between two judges under the old text and none under the new; `worse`: the other way round),
    kind (of that conflict), old and new (each judge's decision, "judge: word; ..."). Those of
    the target first, in each group the better first."""
    ground = _Ground.of(rows)
    old, new = (_Said.of(ground.panel(rows, arm)) for arm in (Arm.OLD, Arm.NEW))
    apart = [frozenset().union(*(side.apart[k] for k in KINDS)) for side in (old, new)]
    both = _decided_by_two(old.panel) & _decided_by_two(new.panel)
    known = ground.named(rows)
    found = []
    for change, side, responses in (
        ("better", old, apart[0] - apart[1]),
        ("worse", new, apart[1] - apart[0]),
    ):
        for response in sorted(responses & both):
            kind = next(str(k) for k in KINDS if response in side.apart[k])
            found.append({**known[response], "change": change, "kind": kind, "response": response})
    columns = ["group", "scenario", "model", "change", "kind", "old", "new"]
    if not found:
        return pd.DataFrame(columns=columns)
    frame = pd.DataFrame(found)
    for name, said in (("old", old), ("new", new)):
        words = _in_words(said.panel)
        frame[name] = [words[r] for r in frame["response"]]
    order = {g.value: i for i, g in enumerate(Group)}
    frame["place"] = frame["group"].map(order)
    frame = frame.sort_values(["place", "change", "scenario", "model"], ignore_index=True)
    return frame[columns]


def _in_words(panel: Panel) -> dict[str, str]:
    """What each judge decided of a case, by judge."""
    said = panel.judgements.sort_values("judge").dropna(subset=["decision"])
    told = said["judge"] + ": " + said["decision"]
    return {str(r): "; ".join(words) for r, words in told.groupby(said["response"])}
