"""Figures of two studies compared: every metric, and the cases behind one of them."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.columns import DIFFERENCE_ENDS, FAMILIES, SCENARIO, UNDEFINED, P
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import compare as frames
from analysis.figures.frames import trend as trend_frames
from analysis.figures.phrases import name_of, span
from analysis.files.columns import Column, Format
from analysis.measure.compare.metric_differences import Comparison, Metric
from analysis.measure.estimates.estimates import Undefined, estimate_cells
from analysis.number_text import counted
from analysis.registry import registry
from analysis.show import trend as charts
from analysis.store.study import OpenStudy, StudyInfo
from analysis.text_safety import contained
from analysis.vocabulary import HIGH_D, SIGNIFICANT, with_minus

GROUPS = {
    "disagreement": "Disagreement",
    "refusals": "Refusals",
    "values": "Leans",
    "outliers": "Outliers",
    "answered": "Whole answers",
    "length": "Length of answers",
    "latency": "Latency",
    "diversity": "Variety of words",
    "agreement": "Agreement of judges",
    "flag_rates": "Flags by judge",
    "non_compliance": "Non-compliance",
    "clauses": "Clauses",
}
"""Group of metrics -> what its numbers are, in the order of a comparison."""
_SHARES = ("refusals", "outliers", "answered", "flag_rates", "non_compliance", "clauses")
_NAMES = {
    "disagreement.mean": "Mean disagreement D",
    "disagreement.high": f"Share of D from {HIGH_D:g} up",
    "agreement.fleiss_kappa": "Fleiss' kappa of the judges",
    "agreement.gwet_ac1": "Gwet's AC1 of the judges",
    "agreement.krippendorff_alpha": "Krippendorff's alpha of the judges",
    "agreement.raw_agreement": "Raw agreement of the judges",
    "non_compliance.all": "Answers flagged by a majority",
}
_OF_MODEL = {
    "refusals": "Refusals of {}",
    "outliers": "Outlier answers of {}",
    "answered": "Whole answers of {}",
    "length": "Characters of an answer of {}",
    "latency": "Seconds for an answer of {}",
    "diversity": "Variety of words of {}",
    "non_compliance": "Answers of {} flagged by a majority",
}
_KINDS = {
    "interpretive": "interpretive conflicts over",
    "activation": "activation conflicts over",
    "non_compliant": "flagged decisions citing",
}
_PAIRED = glossary.find("paired_difference").definition
_METRICS = (
    Column("metric", "Metric", help="Its name on the command line and in guards.", shown=False),
    Column("what", "What is compared", width=330, pinned=True),
    Column("group", "Kind of metric", shown=False),
    Column("a", "A", help="In the study before, over the cases of both."),
    Column("b", "B", help="In this study, over the cases of both."),
    Column("difference", "B − A", help=_PAIRED, interval=("low", "high")),
    *DIFFERENCE_ENDS,
    Column("q", "q", format=Format.NUMBER, digits=3, width=70, help=_PAIRED),
    P,
    Column("n", "Cases", format=Format.COUNT, help="Cases that both studies have."),
    FAMILIES,
    UNDEFINED,
)
_READ = (
    Column("what", "What is compared", width=280),
    Column("verdict", "Differs", width=70, help=f"q of {SIGNIFICANT:g} or less."),
    Column("a", "A", width=85, help="In the study before, over the cases of both."),
    Column("b", "B", width=85, help="In this study, over the cases of both."),
    Column("difference", "B − A (95%)", width=230, help=_PAIRED),
    _METRICS[8],
    _METRICS[10],
)
_CASES = (
    SCENARIO,
    Column("scenario_a", "Scenario in A", help="Its id in the study before.", shown=False),
    Column("model", "Model", format=Format.MODEL, width=150),
    Column("value", "Value", width=200, help="Of a lean; empty for other metrics."),
    Column("a", "A", format=Format.NUMBER, help="In the study before."),
    Column("b", "B", format=Format.NUMBER, help="In this study."),
    Column("difference", "Difference B − A", format=Format.SIGNED, help="Of this case alone."),
)


def _case_columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    """Without a value where none is meant, and in whole numbers where all are whole: characters,
    or 1 for refused and 0 for not."""
    ends = frame[["a", "b"]].to_numpy(dtype=float)
    digits = 0 if (ends == ends.round()).all() else 2
    named = bool(frame["value"].fillna("").ne("").any())
    return tuple(
        replace(c, shown=named) if c.name == "value" else replace(c, digits=digits) for c in _CASES
    )


def what(metric: str, *, alone: bool = False) -> str:
    """A metric's name in words; `alone`, of two models, without the model's name."""
    group, _, name = metric.partition(".")
    book = registry()
    if alone and group in _OF_MODEL:
        return _OF_MODEL[group].replace(" of {}", "")
    if alone and group == "values":
        return f"Lean: {contained(name.partition('.')[2])}"
    if metric in _NAMES:
        return _NAMES[metric]
    if group in _OF_MODEL:
        return _OF_MODEL[group].format(book.model(name).label)
    if group == "values":
        provider, _, category = name.partition(".")
        is_model = any(m.id == provider for m in book.models)
        who = book.model(provider) if is_model else book.provider(provider)
        return f"Lean of {who.label}: {contained(category)}"
    if group == "flag_rates":
        return f"Answers that {book.judge(name).label} flags"
    clause, _, kind = name.rpartition(".")
    return f"Share of {_KINDS.get(kind, kind)} “{contained(clause)}”"


def is_share(metric: str) -> bool:
    """Whether a metric is a share, read in percent."""
    group = metric.partition(".")[0]
    return group in _SHARES or metric in ("disagreement.high", "agreement.raw_agreement")


def number(metric: str, value: float | None, sign: str = "") -> str:
    """A metric's number as people read it: shares in percent, differences of them in points."""
    if value is None or math.isnan(value):
        return "–"
    group = metric.partition(".")[0]
    if is_share(metric):
        written = f"{100 * value:{sign}.1f}" + (" points" if sign else "%")
    elif group == "length":
        written = f"{value:{sign},.0f}"
    else:
        written = f"{value:{sign}.2f}"
    return with_minus(written)


def sentence(metric: Metric, models: tuple[str, str] | None = None) -> str:
    """One metric in a sentence: what, from where to where, and how sure; of two models (A's and
    B's) where they are named."""
    a, b = (number(metric.name, m.value) for m in (metric.a, metric.b))
    if models is not None:
        one, other = (contained(registry().model(m).label) for m in models)
        sure = _with_interval(_row(metric)).replace("(", "(95% ", 1)
        told = what(metric.name, alone=True)
        return f"{told}: {other} {b}, {one} {a}, a difference of {sure}, {_q(metric)}"
    by = _with_interval(_row(metric)).replace("(", "(95% ", 1)
    return f"{what(metric.name)}: from {a} to {b}, {by}, {_q(metric)}"


def _q(metric: Metric) -> str:
    return "q < 0.001" if metric.q < 0.001 else f"q = {metric.q:.3f}"


def _compared(study: OpenStudy, p: Parameters) -> Comparison:
    return study.read(frames.between, p["other"], p["taxonomy"], p["model"], p["other_model"])


def _between(study: OpenStudy, p: Parameters) -> str:
    other = name_of(str(p["other"])) or study.info.id
    if p["model"] or p["other_model"]:
        pair = (p["other_model"] or p["model"], p["model"] or p["other_model"])
        named = [registry().model(str(m)).label for m in pair]
        where = ["", ""] if other == study.info.id else [f" in “{other}”", f" in “{study.info.id}”"]
        return f"{named[0]}{where[0]} (A) and {named[1]}{where[1]} (B)"
    return f"“{other}” (A) and “{study.info.id}” (B)"


def _title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    kind = f", {GROUPS[p['group']].lower()}" if p["group"] else ""
    return f"What differs between {_between(study, p)}{kind}"


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    found = _compared(study, p)
    tested = sum(not math.isnan(m.p) for m in found.metrics.values())
    head = (
        f"n = {counted(found.matched, 'query')} in {found.families:,} families that "
        f"both have; {found.only_a:,} only in A and {found.only_b:,} only in B are left out."
    )
    if found.identical:
        return f"{head} Both hold the same content, so nothing differs."
    return (
        f"{head} Most certain differences first. q is over all "
        f"{counted(tested, 'metric')} that could be tested."
    )


def _read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """Numbers in the unit of their metric, the difference with its interval."""
    rows = frame.to_dict("records")
    read = frame.assign(
        verdict=["yes" if r["q"] <= SIGNIFICANT else "" for r in rows],
        a=[number(r["metric"], r["a"]) for r in rows],
        b=[number(r["metric"], r["b"]) for r in rows],
        difference=[_with_interval(r) for r in rows],
    )
    return Rows(read, _READ)


def _with_interval(row: dict[Any, Any]) -> str:
    value = number(row["metric"], row["difference"], "+")
    if math.isnan(row["low"]):
        return value if math.isnan(row["difference"]) else f"{value} (no interval)"
    ends = [number(row["metric"], row[end], "+").removesuffix(" points") for end in ("low", "high")]
    return f"{value} ({' to '.join(ends)})"


@figure(
    "compare.metrics",
    title=_title,
    note=_note,
    definition=("paired_difference", "guard", "interval"),
    keys=("metric",),
    columns=_METRICS,
    table=_read,
)
def metrics(
    study: OpenStudy,
    *,
    other: str = "",
    group: str = "",
    taxonomy: str = "",
    model: str = "",
    other_model: str = "",
) -> pd.DataFrame:
    """One row a metric, the surest difference first: metric, what, group, a, b, difference (B - A;
    this study is B), low, high, q, p, n, families, undefined. `other` is the study A, id or
    id@hash; `group` keeps one kind of metrics (`GROUPS`). With `model` and `other_model` one model
    of this study is compared with one of A, which may be this study, too."""
    if group:
        inputs.one_of("kind of metric", group, tuple(GROUPS))
    found = study.read(frames.between, other, taxonomy, model, other_model)
    alone = bool(model or other_model)
    rows = [_row(m, alone=alone) for m in found.by_evidence() if group in ("", m.group)]
    return pd.DataFrame(rows, columns=[c.name for c in _METRICS])


def _row(metric: Metric, *, alone: bool = False) -> dict[str, Any]:
    cells = estimate_cells(metric.difference)
    return {
        "metric": metric.name,
        "what": what(metric.name, alone=alone),
        "group": metric.group,
        "a": math.nan if metric.a.value is None else metric.a.value,
        "b": math.nan if metric.b.value is None else metric.b.value,
        "difference": cells["value"],
        "low": cells["low"],
        "high": cells["high"],
        "q": metric.q,
        "p": metric.p,
        "n": metric.n,
        "families": metric.families,
        "undefined": cells["undefined"],
    }


def _cases_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    about = what(str(p["metric"]), alone=bool(p["model"] or p["other_model"]))
    return f"Cases that differ most between {_between(study, p)}: {about}"


def _cases_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    judged = str(p["metric"]).partition(".")[0] in frames.JUDGED_GROUPS
    of = " A and B: the share of the deciding judges that flag the answer." * judged
    return f"n = {counted(len(frame), 'case')} that differ.{of} Farthest apart first."


@figure(
    "compare.cases",
    title=_cases_title,
    note=_cases_note,
    definition=("paired_difference",),
    keys=("scenario", "model", "value"),
    columns=_case_columns,
)
def cases(
    study: OpenStudy,
    *,
    other: str = "",
    metric: str = "disagreement.mean",
    taxonomy: str = "",
    model: str = "",
    other_model: str = "",
) -> pd.DataFrame:
    """One row a case behind a metric that differs, the farthest apart first: scenario, scenario_a,
    model, value, a, b, difference."""
    found: pd.DataFrame = study.read(frames.cases, other, metric, taxonomy, model, other_model)
    return found


# ---- a series of studies -------------------------------------------------------------------------

_TREND = (
    Column("title", "Study", width=220, pinned=True),
    Column("study", "Study id and content", shown=False),
    Column("built", "Built", width=130, help="When the study was built, UTC."),
    Column("value", "Number", help="Over the cases shared with the study before."),
    Column("low", "95% from", help="Lower end of the interval of the number."),
    Column("high", "95% to", help="Upper end of the interval of the number."),
    Column("n", "Cases", format=Format.COUNT, help="Shared with the study before."),
    Column("difference", "Since the one before", help=_PAIRED),
    Column("difference_low", "Difference, 95% from", help="Lower end of its interval."),
    Column("difference_high", "Difference, 95% to", help="Upper end of its interval."),
    Column("q", "q", format=Format.NUMBER, digits=3, help=_PAIRED),
    Column("differs", "Differs", help=f"From the study before: q of {SIGNIFICANT:g} or less."),
    Column("changed", "What changed", width=320, help="Since the study before, as runs state it."),
    UNDEFINED,
)


def _trend_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return f"Over {counted(len(frame), 'study')}: {what(str(p['metric']))}"


def _trend_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    cases = frame["n"].iloc[1:] if len(frame) > 1 else frame["n"]
    return (
        f"n = {span(cases)} cases a study, those that it shares with the study before; bars: 95%. "
        "Filled: it differs from the study before (q of all metrics of the two). Dashed: what "
        "changed, as runs state it."
    )


def _trend_alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    name = str(p["metric"])
    known = frame.dropna(subset=["value"])
    if known.empty:
        return f"{what(name)}: undefined in all studies."
    ends = [number(name, known["value"].iloc[i]) for i in (0, -1)]
    moved = int(frame["differs"].sum())
    return (
        f"{what(name)} from {ends[0]} in {known['title'].iloc[0]} to {ends[1]} in "
        f"{known['title'].iloc[-1]}; {counted(moved, 'step differs', 'steps differ')}."
    )


def _trend_drawn(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    name = str(p["metric"])
    return charts.line(frame, what(name), is_share(name))


@figure(
    "compare.trend",
    title=_trend_title,
    note=_trend_note,
    definition=("trend", "paired_difference", "interval"),
    keys=("study",),
    columns=_TREND,
    draw=_trend_drawn,
    alt=_trend_alt,
)
def trend(
    study: OpenStudy,
    *,
    series: list[str] | None = None,
    metric: str = "disagreement.mean",
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a study of the series, in its order: title, study (id@hash), built, value, low, high,
    n, difference to the study before with its interval (difference_low, difference_high), q,
    differs, changed (words), undefined. `series`: studies, id or id@hash; without one those whose
    run had a plan of the same title."""
    keys = trend_frames.settled(study, _texts(series))
    found = study.read(trend_frames.steps, tuple(keys), taxonomy)
    if not found:
        return pd.DataFrame(columns=[c.name for c in _TREND])
    rows = [_point(found[0].before, _metric(found[0].found, metric), None, ())]
    rows += [_point(s.after, *(2 * (_metric(s.found, metric),)), s.changed) for s in found]
    return pd.DataFrame(rows, columns=[c.name for c in _TREND])


def _texts(series: object) -> list[str]:
    if series is None:
        return []
    if not isinstance(series, list | tuple) or not all(isinstance(s, str) for s in series):
        raise FaultlineError(f"A series is a list of studies, not “{series}”.")
    return [str(s) for s in series]


def _metric(found: Comparison, name: str) -> Metric:
    if name in found.metrics:
        return found.metrics[name]
    why = "the study and the one before do not share it"
    nothing = Undefined(why)
    if name.partition(".")[0] not in GROUPS:
        raise FaultlineError(f"There is no metric “{name}”. Kinds: {', '.join(GROUPS)}.")
    return Metric(name, nothing, nothing, nothing)


def _point(
    info: StudyInfo, here: Metric, step: Metric | None, changed: tuple[str, ...]
) -> dict[str, Any]:
    told = estimate_cells(here.b if step is not None else here.a)
    moved = estimate_cells(step.difference) if step is not None else estimate_cells(Undefined(""))
    return {
        "title": info.title,
        "study": inputs.study_key(info),
        "built": f"{info.built_at:%Y-%m-%d %H:%M}",
        "value": told["value"],
        "low": told["low"],
        "high": told["high"],
        "n": here.n,
        "difference": moved["value"],
        "difference_low": moved["low"],
        "difference_high": moved["high"],
        "q": step.q if step is not None else math.nan,
        "differs": step is not None and step.differs,
        "changed": "; ".join(changed),
        "undefined": told["undefined"],
    }
