"""A filter in words, as it stands behind the title of what it restricts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.figures import inputs
from analysis.figures.phrases import NUDGES
from analysis.queries import studies
from analysis.queries.filters import ScenarioFilter
from analysis.registry import registry
from analysis.store.study import OpenStudy
from analysis.vocabulary import D_RANGE, Nudge

_NAMED = 3  # more than these and only their number is told
_EVERYTHING = "all"


def titled(study: OpenStudy, title: str, parameters: Mapping[str, Any]) -> str:
    """A title with the filter of its figure behind it, where there is one that restricts."""
    flt = parameters.get("filter")
    described = in_words(study, inputs.scenario_filter(flt)) if flt else ""
    return f"{title} ({described})" if described else title


def with_models(study: OpenStudy, title: str, models: str | Sequence[str]) -> str:
    """A title with the models compared behind it, where they are not all."""
    chosen = model_set(study, models)
    return f"{title} ({chosen})" if chosen else title


def in_words(study: OpenStudy, flt: ScenarioFilter) -> str:
    """What a filter leaves, in a few words; empty for one that restricts nothing."""
    parts = [
        model_set(study, flt.model_set),
        _range(flt.d_min, flt.d_max),
        _wordings(flt.nudges),
        _named("category", "categories", flt.categories),
        _named("group", "groups", flt.groups),
        _named("value", "values", flt.values),
        _named("topic", "topics", flt.topics),
        _near(flt.near),
        _by("written by", flt.generators),
        _by("refused by", flt.refused_by),
        _clauses("citing clause", "citing any of {} clauses", flt.cited),
        " or ".join(flt.verdicts),
        _flagged(flt.flagged_by),
        f"with “{flt.text}”" if flt.text else "",
        "a selection made by hand" if flt.picked else "",
        _counted(flt.families, "family", "families"),
        _counted(flt.scenarios, "scenario", "scenarios"),
    ]
    return ", ".join(p for p in parts if p)


def model_set(study: OpenStudy, chosen: str | Sequence[str]) -> str:
    """The models compared, by the name of their set or one by one; empty for all of them."""
    if chosen == _EVERYTHING or not chosen:
        return ""
    if isinstance(chosen, str):
        known = study.read(studies.sets)
        labels = dict(zip(known["model_set"], known["label"], strict=True))
        if chosen in labels:
            return str(labels[chosen]).replace(" (", ", ").removesuffix(")")
        chosen = [m.strip() for m in chosen.split(",")]
    if len(chosen) > _NAMED:
        return f"{len(chosen)} models"
    return _joined([_model(m) for m in chosen])


def _range(low: float, high: float) -> str:
    return "" if (low, high) == D_RANGE else f"D from {low:g} to {high:g}"


def _wordings(nudges: Sequence[str]) -> str:
    if not nudges:
        return ""
    if {*nudges} == {Nudge.VALUE1, Nudge.VALUE2}:
        return "leaning queries only"
    return f"{_joined([NUDGES.get(n, n) for n in nudges])} queries only"


def _named(one: str, several: str, names: Sequence[str]) -> str:
    """category “Care”; categories “Care” and “Tact”; 5 categories."""
    if len(names) > _NAMED:
        return f"{len(names)} {several}"
    return f"{one if len(names) == 1 else several} {_joined(map(_quoted, names))}" if names else ""


def _near(clauses: Sequence[str]) -> str:
    return _clauses("near clause", "near any of {} clauses", clauses)


def _clauses(one: str, many: str, clauses: Sequence[str]) -> str:
    if len(clauses) > _NAMED:
        return many.format(len(clauses))
    return f"{one} {' or '.join(map(_quoted, clauses))}" if clauses else ""


def _flagged(judges: Sequence[str]) -> str:
    names = [registry().judge(j).label for j in judges]
    return f"flagged by {' or '.join(names)}" if names else ""


def _by(before: str, models: Sequence[str]) -> str:
    """refused by GPT-4o or Grok 4; refused by any of 5 models."""
    if len(models) > _NAMED:
        return f"{before} any of {len(models)} models"
    return f"{before} {' or '.join(map(_model, models))}" if models else ""


def _counted(names: Sequence[str], one: str, many: str) -> str:
    return "" if not names else f"one {one}" if len(names) == 1 else f"{len(names):,} {many}"


def _joined(names: Iterable[str]) -> str:
    words = [*names]
    return " and ".join(w for w in (", ".join(words[:-1]), *words[-1:]) if w)


def _model(name: str) -> str:
    return registry().model(name).label


def _quoted(name: str) -> str:
    return f"“{name}”"
