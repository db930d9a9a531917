"""What a study knows of its making: what its sources state, and nothing concluded from numbers."""

from collections.abc import Mapping
from typing import Any

from analysis.parse.making import Making, Selection, Stated, of_json, together
from analysis.settings import HUB_REPO
from analysis.store.study import StudyInfo
from analysis.vocabulary import BIN_SPLITS

_STRATA = {f"std_{name}" for name in BIN_SPLITS}
_CONFIGS = {
    "default": Selection.HIGH,
    "complete": Selection.ALL,
    "judge_evaluations": Selection.STRATA,
}
WIDE, JUDGED = "scenarios", "judgements"


def of_study(info: StudyInfo) -> Making:
    """The runs behind a study and how its queries were chosen; where some of its queries were
    only judged and others answered, how those were chosen that were answered."""
    wide = [of_source(s) for s in info.sources if s.get("kind") == WIDE]
    judged = [of_source(s) for s in info.sources if s.get("kind") == JUDGED]
    everything = together(map(of_source, info.sources))
    chosen = together(wide or judged)
    return Making(everything.runs, chosen.selection, chosen.stated)


def judged_part(info: StudyInfo) -> Making:
    """The runs behind a study and how the queries were chosen whose answers were judged."""
    chosen = together(of_source(s) for s in info.sources if s.get("kind") == JUDGED)
    return Making(of_study(info).runs, chosen.selection, chosen.stated)


def of_source(record: Mapping[str, Any]) -> Making:
    """What one source of a study states: by a person's word, its own note, or the names under which
    the public dataset's splits are published."""
    stated = of_json(record.get("made") or {})
    if stated.stated is not Stated.NOBODY:
        return stated
    named = _by_name(record)
    if named is Selection.UNKNOWN:
        return stated
    return Making(stated.runs, named, Stated.SOURCE)


def _by_name(record: Mapping[str, Any]) -> Selection:
    if not record.get("repo"):
        return Selection.UNKNOWN
    if record.get("split") in _STRATA:
        return Selection.STRATA
    if record["repo"] != HUB_REPO:
        return Selection.UNKNOWN
    return _CONFIGS.get(str(record.get("config")), Selection.UNKNOWN)


def is_public(info: StudyInfo) -> bool:
    """Whether all that the study holds comes from the public dataset."""
    kinds = [s for s in info.sources if s.get("kind") in (WIDE, JUDGED)]
    return bool(kinds) and all(s.get("repo") == HUB_REPO for s in kinds)


def is_selected(info: StudyInfo) -> bool:
    """Whether it is known that a study's queries were kept because models disagreed on them."""
    return of_study(info).selection is Selection.HIGH
