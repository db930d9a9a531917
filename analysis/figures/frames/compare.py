"""Two studies compared: what they share, and every metric on both sides."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.frames import judges
from analysis.measure.compare import answers, verdicts
from analysis.measure.compare.all_metrics import Found, Ground, all_metrics
from analysis.measure.compare.comparison import Comparison, metrics
from analysis.measure.compare.matching import BY_WORDS, Matched, match
from analysis.measure.specs.diff import diff_specs
from analysis.parse.specs.clause import Spec
from analysis.queries import clauses as clause_queries
from analysis.queries import pairing, values
from analysis.store import labels, study_specs
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Shared:
    """Two studies on what they share: queries, and the models that both have, in B's order."""

    a: OpenStudy
    b: OpenStudy
    matched: Matched
    models: tuple[str, ...]
    providers: tuple[str, ...]

    @property
    def family(self) -> npt.NDArray[np.int64]:
        return self.matched.pairs["family"].to_numpy(dtype=np.int64)

    @property
    def families(self) -> int:
        return self.matched.families


def shared(a: OpenStudy, b: OpenStudy) -> Shared:
    """Which queries and models two studies share."""
    found = match(pairing.scenarios(a), pairing.scenarios(b))
    known, mine = set(pairing.models(a).ids), pairing.models(b)
    both = [i for i, m in enumerate(mine.ids) if m in known]
    names, providers = (tuple(x[i] for i in both) for x in (mine.ids, mine.providers))
    return Shared(a, b, found, names, providers)


def compared(a: OpenStudy, b: OpenStudy, taxonomy: str = "") -> Comparison:
    """Every metric of two studies on the queries and models that both have, B - A.

    `taxonomy`: key of the one that leans are told by; "" for the one in use. Judgements are those
    under the spec that each study is read by."""
    a, b = (s if s.reading.spec else study_specs.under(s) for s in (a, b))
    both = shared(a, b)
    identical = a.info.content_hash == b.info.content_hash
    path = inputs.taxonomy(b, taxonomy or inputs.taxonomy_key(b))
    pairs = both.matched.pairs
    found = metrics(_all(both, path), identical=identical) if len(pairs) else {}
    return Comparison(
        a=a.info.id,
        b=b.info.id,
        identical=identical,
        matched=len(pairs),
        by_words=int((pairs["how"] == BY_WORDS).sum()),
        only_a=both.matched.only_a,
        only_b=both.matched.only_b,
        families=both.families,
        metrics=found,
    )


def between(study: OpenStudy, other: str, taxonomy: str = "") -> Comparison:
    """`compared` of another study (A; id or id@hash, "" for the same) and this one (B). Costly, so
    pages and figures ask for it through a cache."""
    if other in ("", study.info.id, inputs.study_key(study.info)):
        return compared(study, study, taxonomy)
    with closing(inputs.other_study(study, other)) as opened:
        return compared(opened, study, taxonomy)


def cases(study: OpenStudy, other: str, metric: str, taxonomy: str = "") -> pd.DataFrame:
    """The cases behind one metric that differ between another study (A) and this one (B), the
    farthest apart first: scenario, scenario_a, model ("" for a query as a whole), value (of a
    lean), a, b, difference. Of judges' metrics a and b are the share of decisions that flag an
    answer. Raises FaultlineError for a metric that the comparison does not have."""
    if other in ("", study.info.id, inputs.study_key(study.info)):
        return pd.DataFrame(columns=list(CASES))
    with closing(inputs.other_study(study, other)) as opened:
        a, b = (s if s.reading.spec else study_specs.under(s) for s in (opened, study))
        both = shared(a, b)
        path = inputs.taxonomy(b, taxonomy or inputs.taxonomy_key(b))
        found = _cases(both, metric, path)
    query = found.pop("query").to_numpy(dtype=np.int64)
    named = both.matched.pairs.iloc[query].reset_index(drop=True)
    found = found.reset_index(drop=True).assign(
        scenario=named["scenario_b"], scenario_a=named["scenario_a"]
    )
    found["difference"] = found["b"] - found["a"]
    moved = found[found["difference"].abs() > 1e-12]
    order = moved["difference"].abs().sort_values(ascending=False, kind="stable").index
    return moved.loc[order, list(CASES)].reset_index(drop=True)


CASES = ("scenario", "scenario_a", "model", "value", "a", "b", "difference")
JUDGED_GROUPS = ("agreement", "flag_rates", "non_compliance", "clauses")


def _cases(both: Shared, metric: str, taxonomy: Path) -> pd.DataFrame:
    """As `cases`, with `query` (the number of the pair) in the place of names."""
    group, _, name = metric.partition(".")
    if group in JUDGED_GROUPS:
        return _judged_cases(both, group, name)
    one, other = (_side(both, s, w) for s, w in ((both.a, "a"), (both.b, "b")))
    if group == "disagreement":
        d = [answers.with_stated(*answers.spreads(s.positions), s.stated)[0] for s in (one, other)]
        return _apart(d[0][:, None], d[1][:, None], [""])
    if group == "values":
        return _lean_cases(both, name, one, other, taxonomy)
    if group not in one.facts or name not in both.models:
        raise FaultlineError(f"The comparison has no metric “{metric}”.")
    at = both.models.index(name)
    return _apart(one.facts[group][:, [at]], other.facts[group][:, [at]], [name])


def _apart(a: pairing.Floats, b: pairing.Floats, models: Sequence[str]) -> pd.DataFrame:
    """One row a query and column that both sides have."""
    query, column = np.nonzero(~np.isnan(a) & ~np.isnan(b))
    return pd.DataFrame(
        {
            "query": query,
            "model": [models[int(c)] for c in column],
            "value": "",
            "a": a[query, column],
            "b": b[query, column],
        }
    )


def _lean_cases(
    both: Shared, name: str, one: answers.Side, other: answers.Side, taxonomy: Path
) -> pd.DataFrame:
    provider, _, category = name.partition(".")
    ground = _ground(both, taxonomy)
    if provider not in both.providers or category not in ground.categories:
        raise FaultlineError(f"The comparison has no metric “values.{name}”.")
    mine = [i for i, p in enumerate(both.providers) if p == provider]
    number = list(ground.categories).index(category)
    leans = [answers.leans(s.positions, both.providers)[:, mine] for s in (one, other)]
    told = pairing.scenarios(both.b).set_index("scenario_no")[["value1", "value2"]]
    pairs, parts = both.matched.pairs, []
    for v in (0, 1):
        here = ground.category[:, v] == number
        sides = [np.where(here[:, None], s[:, :, v], np.nan) for s in leans]
        found = _apart(sides[0], sides[1], [both.models[i] for i in mine])
        at = pairs.iloc[found["query"].to_numpy(dtype=np.int64)]
        turned = at["swapped"].to_numpy(dtype=bool)
        values_of = told.loc[at["no_b"]]
        straight, crossed = (values_of[f"value{k}"].to_numpy() for k in (v + 1, 2 - v))
        parts.append(found.assign(value=np.where(turned, crossed, straight)))
    return pd.concat(parts, ignore_index=True)


def _judged_cases(both: Shared, group: str, name: str) -> pd.DataFrame:
    panels = [_panel(both, s, w) for s, w in ((both.a, "a"), (both.b, "b"))]
    shares = [verdicts.flagged_share(p, name if group == "flag_rates" else "") for p in panels]
    found = pd.DataFrame({"a": shares[0], "b": shares[1]}).dropna()
    found = found.rename_axis(["query", "model"]).reset_index().assign(value="")
    if group == "non_compliance" and name != verdicts.ALL:
        found = found[found["model"] == name]
    if group == "clauses":
        clause = name.rpartition(".")[0]
        renamed = _renamed(study_specs.spec_of(both.a), study_specs.spec_of(both.b))
        cited = [panels[0].citations.replace({"clause": renamed}), panels[1].citations]
        citing = {r for c in cited for r in c.loc[c["clause"] == clause, "response"]}
        named = found["query"].astype(str) + "|" + found["model"].astype(str)
        found = found[named.isin(citing)]
    return found


def _all(both: Shared, taxonomy: Path) -> Found:
    panels = (_panel(both, both.a, "a"), _panel(both, both.b, "b"))
    sides = (_side(both, both.a, "a"), _side(both, both.b, "b"))
    return all_metrics(_ground(both, taxonomy), sides, panels)


def _ground(both: Shared, taxonomy: Path) -> Ground:
    listed = values.categories(both.b, taxonomy)
    names = [str(c) for c in listed.loc[listed["scenarios"] > 0, "category"]]
    rows = both.matched.pairs["no_b"].to_numpy(dtype=np.int64) - 1
    where = pairing.categories(both.b, str(taxonomy), names)[rows]
    turned = both.matched.pairs["swapped"].to_numpy(dtype=bool)
    where[turned] = where[turned][:, ::-1]
    specs = [study_specs.spec_of(s) for s in (both.a, both.b)]
    return Ground(
        family=both.family,
        families=both.families,
        models=both.models,
        providers=both.providers,
        category=where,
        categories=names,
        renamed=_renamed(*specs),
        unlabelled=_unlabelled(both),
    )


def _side(both: Shared, study: OpenStudy, which: str) -> answers.Side:
    rows = both.matched.pairs[f"no_{which}"].to_numpy(dtype=np.int64) - 1
    positions = pairing.positions(study, both.models)[rows].astype(float)
    if which == "b":
        turned = both.matched.pairs["swapped"].to_numpy(dtype=bool)
        positions[turned] = positions[turned][:, :, ::-1]
    small = all(inputs.texts_at_hand(s) for s in (both.a, both.b))
    facts = pairing.answers(study, both.models, texts_too=small)
    source = _labeller(both)
    if source:
        facts |= {"refusals": pairing.refused(study, both.models, source)["refused"]}
    if all(inputs.style_at_hand(s) for s in (both.a, both.b)):
        facts |= pairing.diversity(study, both.models)
    known = {name: table[rows] for name, table in facts.items()}
    known["outliers"] = answers.outlying(positions)
    nothing = np.full(positions.shape[:2], np.nan)
    for name in (*answers.RATES, *answers.MEANS):
        known.setdefault(name, nothing)
    return answers.Side(positions, known, pairing.stated(study)[rows])


def _labeller(both: Shared) -> str:
    """Who labelled the response types of both: the first of B's labellers that A has, too. People
    label a few answers only, and are never compared with all."""
    known = labels.sources(both.a, "response_types")
    mine = labels.sources(both.b, "response_types")
    return next((s for s in mine if s in known and s != labels.PEOPLE), "")


def _unlabelled(both: Shared) -> str:
    """Why refusals can't be compared; "" where they can, or nobody labelled any."""
    sources = [labels.sources(s, "response_types") for s in (both.a, both.b)]
    if _labeller(both) or not any(sources):
        return ""
    words = [", ".join(x for x in s if x != labels.PEOPLE) or "nobody" for s in sources]
    return f"no labeller labelled both: A is labelled by {words[0]}, B by {words[1]}"


def _panel(both: Shared, study: OpenStudy, which: str) -> verdicts.Panel:
    """One side's judgements of the shared queries, each answer named by its pair."""
    numbers = pd.Series(
        both.matched.pairs.index.to_numpy(), index=both.matched.pairs[f"scenario_{which}"]
    )
    coded = judges.coded(study)
    coded = coded[coded["scenario"].isin(numbers.index)]
    query = coded["scenario"].map(numbers).astype("int64")
    codes = coded.drop(columns=["scenario", "family"]).assign(query=query)
    codes = codes.set_index(["query", "model"])
    cited = clause_queries.citations(study, study_specs.spec_of(study)) if len(codes) else None
    said = clause_queries.judgements(study) if len(codes) else _NOTHING
    return verdicts.Panel(
        codes,
        _renumbered(said, numbers),
        _renumbered(cited[cited["known"]] if cited is not None else _NOT_CITED, numbers),
    )


_NOTHING = pd.DataFrame(columns=["response", "family", "judge", "decision"])
_NOT_CITED = pd.DataFrame(columns=["response", "judge", "clause", "above"])


def _renumbered(rows: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """Rows whose `response` names the pair of queries, `query|model`; others left out."""
    if rows.empty:
        return rows
    parts = rows["response"].str.rpartition("|")
    query = parts[0].map(numbers)
    known = rows[query.notna().to_numpy()]
    named = query.dropna().astype("int64").astype(str) + "|" + parts.loc[known.index, 2]
    return known.assign(response=named.to_numpy())


def _renamed(old: Spec, new: Spec) -> dict[str, str]:
    """What A's spec calls a clause -> what B's calls it, where that differs."""
    if old.content_hash == new.content_hash:
        return {}
    changes = diff_specs(*(pd.DataFrame([vars(c) for c in s.clauses]) for s in (old, new)))
    known = changes.dropna(subset=["anchor", "old_anchor"])
    renamed = known[known["anchor"] != known["old_anchor"]]
    return dict(zip(renamed["old_anchor"], renamed["anchor"], strict=True))
