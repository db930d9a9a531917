"""What a figure rests on beside the study: filter, taxonomy and spec in use, who measured."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.figures.frames import trials as trial_frames
from analysis.load.style import AT_ONCE, measure_style
from analysis.parse.specs.clause import Spec
from analysis.queries import human_labels
from analysis.queries.answers import count_answers
from analysis.queries.archetypes import STYLE, is_styled
from analysis.queries.cases import missing_files
from analysis.queries.filters import ScenarioFilter
from analysis.queries.judged_sets import judged_set
from analysis.store import draws, judged_runs, labels, study_specs
from analysis.store.annotations import annotation_db
from analysis.store.library.library import current_taxonomy, find_taxonomy
from analysis.store.study import OpenStudy, StudyInfo, find_study, open_study
from analysis.vocabulary import D_RANGE

_EMPTY = ScenarioFilter()
_KINDS = {"labels": "response_types", "topic_labels": "topics"}


def filled(study: OpenStudy, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the taxonomy and the labellers that are in use, where they are open."""
    done = dict(parameters)
    done["draw"] = done.get("draw") or study.reading.draw
    if not done["draw"]:
        del done["draw"]
    study = as_drawn(study, done)
    if done.get("taxonomy") == "":
        done["taxonomy"] = study.reading.taxonomy or taxonomy_key(study)
    if done.get("spec") == "":
        done["spec"] = study_specs.chosen(study).key
    study = under_spec(study, done)
    if done.get("run") == "":
        done["run"] = study.reading.run
    if done.get("models") == "":
        done["models"] = study.read(judged_set).id
    if done.get("style") == "":
        done["style"] = style_key(study)
    if done.get("people") == "":
        revision = annotation_db.revision(study.settings, "reviews")
        done["people"] = study.read(human_labels.key, revision)
    if "trial" in done:
        done["trial"] = trial_frames.settled(study, str(done["trial"]))
    if done.get("attempts") == 0:
        done["attempts"] = trial_frames.attempts(study, done["trial"])
    for name, kind in _KINDS.items():
        if done.get(name) == "":
            done[name] = next(iter(study.read(labels.sources, kind)), "none")
    if "filter" in done:
        done["filter"] = plain_filter(_settled(study, scenario_filter(done["filter"])))
    return done


def _settled(study: OpenStudy, flt: ScenarioFilter) -> ScenarioFilter:
    """The filter with the spec whose clause it names and those who labelled, since others may come
    into use."""
    if flt.near and not flt.near_spec:
        flt = replace(flt, near_spec=study_specs.chosen(study).key)
    if (flt.cited or flt.verdicts or flt.flagged_by) and not flt.judged_spec:
        flt = replace(flt, judged_spec=study_specs.chosen(study).key)
    if flt.topics and not flt.topic_labels:
        flt = replace(flt, topic_labels=_labeller(study, "topics"))
    if flt.refused_by and not flt.labels:
        flt = replace(flt, labels=_labeller(study, "response_types"))
    return flt


def _labeller(study: OpenStudy, kind: str) -> str:
    return next(iter(study.read(labels.sources, kind)), "none")


def under_spec(study: OpenStudy, parameters: Mapping[str, Any]) -> OpenStudy:
    """The study as it was judged under the spec that a figure names, by the run that it names; as
    it is where it names no spec."""
    key = parameters.get("spec") or (parameters.get("filter") or {}).get("judged_spec")
    run = parameters.get("run") or ""
    return study_specs.under(study, str(key), str(run)) if key else study


def as_drawn(study: OpenStudy, parameters: Mapping[str, Any]) -> OpenStudy:
    """The study with the scenarios of the draw that a figure names, if any, alone."""
    draw = str(parameters.get("draw") or "")
    return draws.read_as(study, draw) if draw else study


OF_NO_DRAW = ("studies", "sql", "trials", "disagreement.draws")
"""Figures that count no scenarios, or that tell the draws apart themselves."""


def draw_words(study: OpenStudy, name: str) -> str:
    """What a figure's note says of a search."""
    return "" if {name, name.partition(".")[0]} & {*OF_NO_DRAW} else draws.words(study)


def spec_words(study: OpenStudy, parameters: Mapping[str, Any]) -> str:
    """What a figure's note says of its spec: where it is assumed, or one of several."""
    key = parameters.get("spec")
    if not key:
        return ""
    parts = [study_specs.words(study, str(key))]
    if "run" in parameters:
        parts.append(judged_runs.words(under_spec(study, parameters)))
    if parameters.get("people"):
        until = human_labels.revision_of(str(parameters["people"]))
        aside = study.read(human_labels.set_aside, until)
        were = (
            "label, given under another wording of the spec, was"
            if aside == 1
            else ("labels, given under another wording of the spec, were")
        )
        parts += [f"{aside:,} {were} set aside."] if aside else []
    return " ".join(s for s in parts if s)


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
    return study_specs.spec_of(study, key)


def style_key(study: OpenStudy) -> str:
    """Which measurement of how answers are written there is, or `none`."""
    return STYLE if is_styled(study) else "none"


def styled(study: OpenStudy, key: str) -> bool:
    """Whether a figure goes by how answers are written; a sentence where that is not known here."""
    if key == "none":
        return False
    if key == STYLE and not is_styled(study) and 0 < count_answers(study) <= AT_ONCE:
        measure_style(study)
    if key != STYLE or not is_styled(study):
        raise FaultlineError(
            f"How the answers of “{study.info.id}” are written ({key}) has not been measured here: "
            "measure it on the Archetypes page, or ask for the figure with style=none."
        )
    return True


def style_at_hand(study: OpenStudy) -> bool:
    """Whether how answers are written is known, or can be measured while somebody waits."""
    if is_styled(study):
        return True
    if not texts_at_hand(study):
        return False
    measure_style(study)
    return is_styled(study)


def texts_at_hand(study: OpenStudy) -> bool:
    """Whether all answers can be read while somebody waits: they are there, and not too many."""
    return 0 < count_answers(study) <= AT_ONCE and not missing_files(study)


def label_source(key: str) -> str | None:
    """The labeller to read, or None for the first there is."""
    return key if key and key != "none" and ", " not in key else None


def one_of(what: str, word: str, known: Sequence[str]) -> None:
    """Raise FaultlineError with all there is for a word that a figure does not know."""
    if word not in known:
        raise FaultlineError(f"Unknown {what} “{word}”. Use one of {', '.join(known)}.")


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
    low, high = (found.pop(k, v) for k, v in zip(("d_min", "d_max"), D_RANGE, strict=True))
    if (low, high) != D_RANGE:
        parts.append(f"disagreement from {low:g} to {high:g}")
    rest = {**found, **{k: v for k, v in parameters.items() if k != "filter"}}
    parts += [
        f"{k.replace('_', ' ')}: {_words_of(v)}" for k, v in rest.items() if v not in ("", [])
    ]
    return "; ".join(parts) or "none"


def _words_of(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def study_key(info: StudyInfo) -> str:
    """`id@hash` of a study, for a figure that reads a second one."""
    return f"{info.id}@{info.content_hash[:12]}"


def other_study(study: OpenStudy, key: str) -> OpenStudy:
    """A second study that a figure reads, by its id or `id@hash`; whoever asks closes it. A
    sentence where it is not here, or has another content than the key says."""
    name, _, wanted = key.partition("@")
    info = find_study(study.settings, name)
    if wanted and not info.content_hash.startswith(wanted):
        raise FaultlineError(
            f"The study “{name}” has another content now than {wanted}. Load that one again, or "
            "ask for the figure with the present one."
        )
    return open_study(study.settings, name, keeps=study.keeps)
