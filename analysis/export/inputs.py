"""What a figure rests on beside the study: filter, taxonomy and spec in use, who measured."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.clause import Spec
from analysis.store import labels
from analysis.store.library import current_taxonomy, find_taxonomy
from analysis.store.queries.archetypes import STYLE, is_styled
from analysis.store.queries.filters import FULL_RANGE, ScenarioFilter
from analysis.store.specs import current_spec, spec_by_key, spec_key
from analysis.store.study import OpenStudy

_EMPTY = ScenarioFilter()
_KINDS = {"labels": "response_types", "topic_labels": "topics"}


def filled(study: OpenStudy, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the taxonomy and the labellers that are in use, where they are open."""
    done = dict(parameters)
    if done.get("taxonomy") == "":
        done["taxonomy"] = taxonomy_key(study)
    if done.get("spec") == "":
        done["spec"] = spec_key(current_spec(study.settings))
    if done.get("style") == "":
        done["style"] = style_key(study)
    for name, kind in _KINDS.items():
        if done.get(name) == "":
            done[name] = next(iter(labels.sources(study, kind)), "none")
    if "filter" in done:
        done["filter"] = plain_filter(_settled(study, scenario_filter(done["filter"])))
    return done


def _settled(study: OpenStudy, flt: ScenarioFilter) -> ScenarioFilter:
    """The filter with the spec whose clause it names, since another may come into use."""
    if not flt.near or flt.near_spec:
        return flt
    return replace(flt, near_spec=spec_key(current_spec(study.settings)))


def taxonomy_key(study: OpenStudy) -> str:
    """`name@hash` of the taxonomy in use."""
    info = current_taxonomy(study.settings)
    return f"{info.name}@{info.content_hash[:12]}"


def taxonomy(study: OpenStudy, key: str) -> Path:
    """The file of the taxonomy that a figure used; a sentence where it is gone or another one."""
    name, _, wanted = key.partition("@")
    info = find_taxonomy(study.settings, name)
    if wanted and not info.content_hash.startswith(wanted):
        raise FaultlineError(
            f"The taxonomy “{name}” is another one than this figure used ({wanted}): load that "
            "one again, or ask for the figure with the present one."
        )
    return info.path


def spec(study: OpenStudy, key: str) -> Spec:
    """The spec that a figure was read by; a sentence where it is gone or has other clauses."""
    return spec_by_key(study.settings, key)


def style_key(study: OpenStudy) -> str:
    """Which measurement of how answers are written there is, or `none`."""
    return STYLE if is_styled(study) else "none"


def styled(study: OpenStudy, key: str) -> bool:
    """Whether a figure goes by how answers are written; a sentence where that is not known here."""
    if key == "none":
        return False
    if key != STYLE or not is_styled(study):
        raise FaultlineError(
            f"How the answers of “{study.info.id}” are written ({key}) has not been measured here: "
            "open the Archetypes page once, or ask for the figure with style=none."
        )
    return True


def label_source(key: str) -> str | None:
    """The labeller to read, or None for the first there is."""
    return key if key and key != "none" and ", " not in key else None


def scenario_filter(parts: Mapping[str, Any]) -> ScenarioFilter:
    """A filter from its parts as JSON; FaultlineError for a part that filters do not have, or
    that holds what it can't be filtered by."""
    known = {f.name for f in fields(ScenarioFilter)}
    unknown = sorted(set(parts) - known)
    if unknown:
        raise FaultlineError(
            f"Scenarios can't be filtered by “{unknown[0]}”. Use: {', '.join(sorted(known))}."
        )
    wrong = [k for k, v in parts.items() if not _filters_by(v, getattr(_EMPTY, k), k)]
    if wrong:
        raise FaultlineError(f"Scenarios can't be filtered by {wrong[0]} “{parts[wrong[0]]}”.")
    whole: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in parts.items()}
    return ScenarioFilter(**whole)


def _filters_by(value: object, default: object, part: str) -> bool:
    """Whether a part of a filter can hold that: numbers, a text, or texts; model sets either."""
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    listed = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
    if part == "model_set":
        return listed or isinstance(value, str)
    return listed if isinstance(default, tuple) else isinstance(value, str)


def plain_filter(flt: ScenarioFilter) -> dict[str, Any]:
    """The parts of a filter that restrict, as plain JSON."""
    empty = asdict(_EMPTY)
    return {
        k: list(v) if isinstance(v, tuple) else v
        for k, v in asdict(flt).items()
        if v != empty[k] or k == "model_set"
    }


def in_words(parameters: Mapping[str, Any]) -> str:
    """The parameters as a person reads them: filters first, then the rest."""
    parts = []
    found = dict(parameters.get("filter") or {})
    low, high = (found.pop(k, v) for k, v in zip(("d_min", "d_max"), FULL_RANGE, strict=True))
    if (low, high) != FULL_RANGE:
        parts.append(f"disagreement from {low:g} to {high:g}")
    rest = {**found, **{k: v for k, v in parameters.items() if k != "filter"}}
    parts += [f"{k.replace('_', ' ')}: {_said(v)}" for k, v in rest.items() if v not in ("", [])]
    return "; ".join(parts) or "none"


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
