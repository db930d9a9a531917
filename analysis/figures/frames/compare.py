"""Two studies compared: what they share, and every metric on both sides."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.frames import judges
from analysis.measure.compare import answers, verdicts
from analysis.measure.compare.all_metrics import Metrics, PairedStudies, all_metrics, model_metrics
from analysis.measure.compare.matching import BY_WORDS, MatchedQueries, match
from analysis.measure.compare.metric_differences import Comparison, metrics
from analysis.measure.disagreement import spreads
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
    matched: MatchedQueries
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


def between(
    study: OpenStudy, other: str, taxonomy: str = "", model: str = "", other_model: str = ""
) -> Comparison:
    """`compared` of another study (A; id or id@hash, "" for the same) and this one (B); with
    `model` (B's) and `other_model` (A's) of these two alone. Costly, so pages and figures ask for
    it through a cache."""
    made: Callable[[OpenStudy, OpenStudy, str], Comparison] = compared
    if model or other_model:
        made = partial(compared_models, models=(other_model or model, model or other_model))
    if _is_same(study, other):
        return made(study, study, taxonomy)
    with closing(inputs.other_study(study, other)) as opened:
        return made(opened, study, taxonomy)


def _is_same(study: OpenStudy, other: str) -> bool:
    return other in ("", study.info.id, inputs.study_key(study.info))


def compared_models(
    a: OpenStudy, b: OpenStudy, taxonomy: str = "", *, models: tuple[str, str]
) -> Comparison:
    """Every metric of one model of A and one of B, B - A, on the queries that both answered; told
    under the name of B's. Leans are against the models of other providers than either's that both
    studies have. Raises FaultlineError for a model that its study does not have."""
    a, b = (s if s.reading.spec else study_specs.under(s) for s in (a, b))
    both = _two_models(a, b, models)
    path = inputs.taxonomy(b, taxonomy or inputs.taxonomy_key(b))
    whole = [_side(both, s, w) for s, w in ((a, "a"), (b, "b"))]
    at = [both.columns.index(m) for m in models]
    asked = [~np.isnan(s.facts["answered"][:, i]) for s, i in zip(whole, at, strict=True)]
    identical = models[0] == models[1] and a.info.content_hash == b.info.content_hash
    leans = [
        answers.leans_beside(s.positions, i, both.aside) for s, i in zip(whole, at, strict=True)
    ]
    sides = [_column(s, i) for s, i in zip(whole, at, strict=True)]
    panels = _panels_of(both, models)
    ground = replace(
        _ground(both, path), models=(models[1],), providers=(both.provider_of(models[1]),)
    )
    found = model_metrics(
        ground, (sides[0], sides[1]), (leans[0], leans[1]), (panels[0], panels[1])
    )
    pairs = both.matched.pairs
    return Comparison(
        a=f"{a.info.id}:{models[0]}",
        b=f"{b.info.id}:{models[1]}",
        identical=identical,
        matched=int((asked[0] & asked[1]).sum()),
        by_words=int((pairs["how"] == BY_WORDS).sum()),
        only_a=int((asked[0] & ~asked[1]).sum()) + both.matched.only_a,
        only_b=int((asked[1] & ~asked[0]).sum()) + both.matched.only_b,
        families=both.families,
        metrics=metrics(found, identical=identical) if len(pairs) else {},
    )


@dataclass(frozen=True)
class TwoModels(Shared):
    """Two studies with one model of each: `columns` are those two and the models that both have,
    with their providers; `aside` those that leans are not told against."""

    aside: tuple[bool, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.models

    def provider_of(self, model: str) -> str:
        return self.providers[self.models.index(model)]


def _two_models(a: OpenStudy, b: OpenStudy, models: tuple[str, str]) -> TwoModels:
    known = [pairing.models(s) for s in (a, b)]
    for study, mine, model in zip((a, b), known, models, strict=True):
        if model not in mine.ids:
            raise FaultlineError(
                f"“{study.info.id}” has no model “{model}”. It has: {', '.join(mine.ids)}."
            )
    found = match(pairing.scenarios(a), pairing.scenarios(b))
    providers = dict(zip(known[0].ids, known[0].providers, strict=True))
    providers |= dict(zip(known[1].ids, known[1].providers, strict=True))
    shared_ids = [m for m in known[1].ids if m in known[0].ids]
    columns = tuple(dict.fromkeys((*models, *shared_ids)))
    makers = {providers[m] for m in models}
    aside = tuple(providers[m] in makers for m in columns)
    if all(aside):  # of one provider all: the models that are not compared
        aside = tuple(m in models for m in columns)
    return TwoModels(a, b, found, columns, tuple(providers[m] for m in columns), aside)


def _sides(both: Shared) -> tuple[tuple[OpenStudy, str], tuple[OpenStudy, str]]:
    return (both.a, "a"), (both.b, "b")


def _column(side: answers.Side, at: int) -> answers.Side:
    """One model's column of a side."""
    facts = {name: table[:, [at]] for name, table in side.facts.items()}
    return answers.Side(side.positions[:, [at]], facts, side.stated)


def _panels_of(both: TwoModels, models: tuple[str, str]) -> list[verdicts.Panel]:
    """Both sides' judgements of their model, told under the name of B's."""
    pairs = zip(_sides(both), models, strict=True)
    return [_told_as(_panel(both, s, w), m, models[1]) for (s, w), m in pairs]


def _told_as(panel: verdicts.Panel, model: str, name: str) -> verdicts.Panel:
    """A panel's judgements of one model, under another name."""
    codes = panel.codes[panel.codes.index.get_level_values("model") == model]
    parts = []
    for rows in (panel.judgements, panel.citations):
        response = rows["response"].astype(str)
        mine = rows[response.str.endswith(f"|{model}")]
        query = mine["response"].astype(str).str.removesuffix(model)
        parts.append(mine.assign(response=query + name))
    return verdicts.Panel(codes.rename(index={model: name}, level="model"), *parts)


def cases(
    study: OpenStudy,
    other: str,
    metric: str,
    taxonomy: str = "",
    model: str = "",
    other_model: str = "",
) -> pd.DataFrame:
    """The cases behind one metric that differ between another study (A) and this one (B), the
    farthest apart first: scenario, scenario_a, model ("" for a query as a whole), value (of a
    lean), a, b, difference. Of judges' metrics a and b are the share of decisions that flag an
    answer. Raises FaultlineError for a metric that the comparison does not have."""
    pair = (other_model or model, model or other_model)
    same = _is_same(study, other)
    if same and pair[0] == pair[1]:
        return pd.DataFrame(columns=list(CASES))
    with closing(inputs.other_study(study, other or study.info.id)) as opened:
        a, b = (s if s.reading.spec else study_specs.under(s) for s in (opened, study))
        both = _two_models(a, b, pair) if pair[1] else shared(a, b)
        path = inputs.taxonomy(b, taxonomy or inputs.taxonomy_key(b))
        if isinstance(both, TwoModels):
            found = _model_cases(both, metric, path, pair)
        else:
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
        d = [answers.with_stated(*spreads(s.positions), s.stated)[0] for s in (one, other)]
        return _apart(d[0][:, None], d[1][:, None], [""])
    if group == "values":
        return _lean_cases(both, name, one, other, taxonomy)
    if group not in one.facts or name not in both.models:
        raise FaultlineError(f"The comparison has no metric “{metric}”.")
    at = both.models.index(name)
    return _apart(one.facts[group][:, [at]], other.facts[group][:, [at]], [name])


def _model_cases(
    both: TwoModels, metric: str, taxonomy: Path, models: tuple[str, str]
) -> pd.DataFrame:
    """The same of one model on either side, under the name of B's."""
    group, _, name = metric.partition(".")
    if group in JUDGED_GROUPS:
        return _of_panels(both, _panels_of(both, models), group, name)
    at = [both.columns.index(m) for m in models]
    whole = [_side(both, s, w) for s, w in _sides(both)]
    if group == "values":
        leans = [
            answers.leans_beside(s.positions, i, both.aside) for s, i in zip(whole, at, strict=True)
        ]
        return _category_cases(both, name.partition(".")[2], leans, [models[1]], taxonomy)
    if group not in whole[0].facts or name != models[1]:
        raise FaultlineError(f"The comparison has no metric “{metric}”.")
    facts = [s.facts[group][:, [i]] for s, i in zip(whole, at, strict=True)]
    return _apart(facts[0], facts[1], [models[1]])


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
    if provider not in both.providers:
        raise FaultlineError(f"The comparison has no metric “values.{name}”.")
    mine = [i for i, p in enumerate(both.providers) if p == provider]
    leans = [answers.leans(s.positions, both.providers)[:, mine] for s in (one, other)]
    return _category_cases(both, category, leans, [both.models[i] for i in mine], taxonomy)


def _category_cases(
    both: Shared,
    category: str,
    leans: Sequence[pairing.Floats],
    models: Sequence[str],
    taxonomy: Path,
) -> pd.DataFrame:
    """Leans (queries, models, 2) of both sides on the values of one category."""
    ground = _ground(both, taxonomy)
    if category not in ground.categories:
        raise FaultlineError(f"The comparison has no lean on the category “{category}”.")
    number = list(ground.categories).index(category)
    told = pairing.scenarios(both.b).set_index("scenario_no")[["value1", "value2"]]
    pairs, parts = both.matched.pairs, []
    for v in (0, 1):
        here = ground.category[:, v] == number
        sides = [np.where(here[:, None], s[:, :, v], np.nan) for s in leans]
        found = _apart(sides[0], sides[1], models)
        at = pairs.iloc[found["query"].to_numpy(dtype=np.int64)]
        turned = at["swapped"].to_numpy(dtype=bool)
        values_of = told.loc[at["no_b"]]
        straight, crossed = (values_of[f"value{k}"].to_numpy() for k in (v + 1, 2 - v))
        parts.append(found.assign(value=np.where(turned, crossed, straight)))
    return pd.concat(parts, ignore_index=True)


def _judged_cases(both: Shared, group: str, name: str) -> pd.DataFrame:
    return _of_panels(both, [_panel(both, s, w) for s, w in _sides(both)], group, name)


def _of_panels(
    both: Shared, panels: Sequence[verdicts.Panel], group: str, name: str
) -> pd.DataFrame:
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


def _all(both: Shared, taxonomy: Path) -> Metrics:
    panels = (_panel(both, both.a, "a"), _panel(both, both.b, "b"))
    sides = (_side(both, both.a, "a"), _side(both, both.b, "b"))
    return all_metrics(_ground(both, taxonomy), sides, panels)


def _ground(both: Shared, taxonomy: Path) -> PairedStudies:
    listed = values.categories(both.b, taxonomy)
    names = [str(c) for c in listed.loc[listed["scenarios"] > 0, "category"]]
    rows = both.matched.pairs["no_b"].to_numpy(dtype=np.int64) - 1
    where = pairing.categories(both.b, str(taxonomy), names)[rows]
    turned = both.matched.pairs["swapped"].to_numpy(dtype=bool)
    where[turned] = where[turned][:, ::-1]
    specs = [study_specs.spec_of(s) for s in (both.a, both.b)]
    return PairedStudies(
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
