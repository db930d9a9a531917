"""How a study was made, in words: the rows of its card, one line for files, and what readers must
know of the choice of its queries. Said only where the study knows it (`analysis.store.making`)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.figures import role_words
from analysis.figures.frames.making import PART, of_info
from analysis.number_text import counted
from analysis.parse.making import Making, Role, Selection, Stated
from analysis.registry import registry
from analysis.settings import HUB_REPO
from analysis.store.making import JUDGED, is_public, judged_part, of_study
from analysis.store.study import StudyInfo
from analysis.vocabulary import BIN_NAMES, BIN_SPLITS, HIGH_D

NOT_STATED = "not stated"
_PROMPTS, _NAMES = "Prompts", "Names of the models that answered"
OTHERS_ANSWERED = "Answered by another model than asked"
_SHORT = 12  # characters of a digest that are shown

# ---- how queries were chosen -------------------------------------------------------------------

_HIGH = (
    f"Every scenario here was kept because models disagreed on it (D of {HIGH_D} or more in its "
    "model set). Rates describe high-disagreement queries, not queries."
)
_UNSELECTED = " The unselected source is the config “complete” of the public dataset."
_STRATIFIED = " Rates over all of them are of this stratified sample, not of queries at large."


def notice(info: StudyInfo) -> str | None:
    """What a reader must know about the choice of scenarios, or None where nothing was chosen or
    nothing is known."""
    made, judged = of_study(info), judged_part(info)
    sentences = []
    if made.selection is Selection.HIGH:
        sentences.append(_HIGH + _UNSELECTED * is_public(info) + _by_person(made))
    if made.selection is Selection.STRATA:
        sentences.append(_strata(info, made, "These") + _STRATIFIED + _by_person(made))
    elif judged.selection is Selection.STRATA:
        sentences.append(_strata(info, judged, "The judged") + _STRATIFIED)
    elif judged.selection is Selection.HIGH is not made.selection:
        sentences.append(
            "Which queries were judged was chosen by their disagreement and so that each is unlike "
            "the others. Rates of the judges describe such queries."
        )
    return " ".join(sentences) or None


def _by_person(made: Making) -> str:
    return " Stated by whoever loaded it." * (made.stated is Stated.PERSON)


def _strata(info: StudyInfo, made: Making, which: str) -> str:
    """Equal numbers are known of the public dataset's five splits alone."""
    judged = [s for s in info.sources if s.get("kind") == JUDGED]
    splits = {str(s.get("split")) for s in judged}
    if made.stated is Stated.SOURCE and all(s.get("repo") == HUB_REPO for s in judged):
        if splits >= {f"std_{name}" for name in BIN_SPLITS}:
            return (
                f"{which} answers were drawn in equal numbers from each of the bins of "
                f"disagreement ({', '.join(BIN_NAMES)})."
            )
        return f"{which} answers were drawn by bins of disagreement ({', '.join(sorted(splits))})."
    return f"{which} answers were drawn by bins of disagreement."


def described(info: StudyInfo) -> str:
    """How the scenarios were chosen, in a sentence, also where that is not known."""
    found = notice(info)
    if found:
        return found
    made = of_study(info)
    if made.selection is Selection.ALL:
        sentences = {
            Stated.RUN: "The plan of its run chose no scenario by disagreement.",
            Stated.SOURCE: "Its source states that no scenario was chosen by disagreement.",
        }
        return sentences.get(
            made.stated, "Whoever loaded it said that no scenario was chosen by disagreement."
        )
    return (
        "The sources do not state how these scenarios were chosen. If you know, say so when "
        "loading them."
    )


PER_FAMILY = (
    "Rubrics are written per family: compare models within a scenario, not "
    "positions across families."
)
_PUBLIC = (
    "In the public dataset one of the twelve models wrote the rubrics and placed the answers, and "
    "the values were mined from one provider's traffic."
)


def caveats(info: StudyInfo) -> list[str]:
    """What holds for positions of this design, for the pages that show them (method.md)."""
    return [PER_FAMILY, _PUBLIC] if is_public(info) else [PER_FAMILY, *_both_roles(info)]


def _both_roles(info: StudyInfo) -> list[str]:
    """Models of a run that wrote rubrics or placed answers, and answered too."""
    roles = of_info(info)["roles"]
    both = [m for m in roles[Role.RESPOND] if m in {*roles[Role.RUBRIC], *roles[Role.SCORE]}]
    if not both:
        return []
    return [f"{_models(both)} answered and also wrote the rubrics or placed the answers."]


# ---- the card ----------------------------------------------------------------------------------


def rows(info: StudyInfo, made: Mapping[str, Any]) -> pd.DataFrame:
    """The card as a table: part, known. `made` is the record of `frames.making`."""
    found: list[tuple[str, str]] = [*_runs(made), ("Sources", _sources(info))]
    found += [(title, _who(role, made["roles"][role])) for role, title in role_words.DID.items()]
    found += [
        (_PROMPTS, _digests(made["prompts"]) if made["runs"] else NOT_STATED),
        (_NAMES, _served(made["served"])),
        (OTHERS_ANSWERED, _others(made)),
        ("Simulated", _simulated(info, made)),
        ("Choice of the queries", described(info)),
        ("Built", f"{info.built_at:%d %B %Y, %H:%M} UTC by Faultline {info.program_version}"),
    ]
    if not made["runs"]:
        found = [row for row in found if row[0] not in _OF_RUNS]
    return pd.DataFrame(found, columns=["part", "known"])


_OF_RUNS = (_PROMPTS, _NAMES, OTHERS_ANSWERED)


def _runs(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not made["runs"]:
        return [("Run", "none is stated")]
    found = []
    for number, run in enumerate(made["runs"], start=1):
        title = "Run" if len(made["runs"]) == 1 else f"Run {number}"
        found.append((title, f"{run['run']}, {run['title'] or 'untitled'}"))
        found.append((f"Plan of the {title.lower()}", run["plan"][:_SHORT]))
        found.append((f"Loaded of the {title.lower()}", _loaded(run)))
    return found


def _loaded(run: Mapping[str, Any]) -> str:
    """Whether the run had come to its end, and the calls of its stages."""
    head = "a part: it had not come to its end" if run["loaded"] == PART else "whole"
    stages = [_stage(name, counts) for name, counts in run["stages"].items()]
    return f"{head} ({', '.join(stages)})" if stages else head


def _stage(name: str, counts: Mapping[str, int]) -> str:
    bad = [f"{counts[k]:,} {k}" for k in ("failed", "unparsable") if counts[k]]
    return f"{name} {counts['done']:,} of {counts['total']:,}" + "".join(f", {b}" for b in bad)


def _sources(info: StudyInfo) -> str:
    return "; ".join(dict.fromkeys(map(_source, info.sources))) or NOT_STATED


def _source(record: Mapping[str, Any]) -> str:
    place = [record.get("repo"), record.get("config"), record.get("split")]
    named = " / ".join(str(p) for p in place if p) or str(record.get("name"))
    revision = record.get("revision")
    return f"{named} at {str(revision)[:10]}" if revision else named


def _models(ids: Iterable[str]) -> str:
    return ", ".join(registry().model(i).label for i in ids)


def _who(role: str, ids: Sequence[str]) -> str:
    if role != "judge":
        return _models(ids) or NOT_STATED
    return ", ".join(registry().judge(i).label for i in ids) or NOT_STATED


def _digests(prompts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {digest[:_SHORT]}" for name, digest in sorted(prompts.items()))


def _served(served: Mapping[str, Mapping[str, int]]) -> str:
    parts = [
        f"{_models([model])} as {name} ({counted(n, 'call')})"
        for model, names in served.items()
        for name, n in names.items()
    ]
    return ", ".join(parts) or "those that were asked for"


def _counts(counts: Mapping[str, int]) -> str:
    parts = [f"{_models([m])} ({counted(n, 'call')})" for m, n in counts.items()]
    return ", ".join(parts) or "none"


def _others(made: Mapping[str, Any]) -> str:
    """Whose calls another model answered, and what became of the replies."""
    out, same = made["kept_out"], made["said_same"]
    said = [_counts(made["served_other"])]
    if out:
        said.append(f"kept out of the numbers: {_counts(out)}")
    if same:
        names = [f"{name} for {_models([m])}" for m, found in same.items() for name in found]
        said.append(f"said to be the same model: {', '.join(names)}")
    return "; ".join(said)


def kept_out(info: StudyInfo) -> str | None:
    """The sentence on replies that are in no number since another model gave them, or None."""
    out = of_info(info)["kept_out"]
    if not out:
        return None
    calls = counted(sum(out.values()), "reply is", "replies are")
    return (
        f"{calls} kept out of the numbers, since another model answered than the one asked: "
        f"{_counts(out)}. Where it is the same model under another name, say so on the run's page "
        "and load the run again."
    )


def _simulated(info: StudyInfo, made: Mapping[str, Any]) -> str:
    if not info.simulated:
        return "no"
    hosts = [
        f"{name} ({run['endpoints'].get(name, 'unknown')})"
        for run in made["runs"]
        for name in run["stand_ins"]
    ]
    if hosts:
        return f"yes: a stand-in server answered for {', '.join(dict.fromkeys(hosts))}"
    return "yes: fictional models"


def in_short(info: StudyInfo) -> str:
    """One line for the facts of a file: the run and what of it was loaded, or that none is stated;
    a stand-in; and how the queries were chosen."""
    made = of_info(info)
    parts = [f"run {r['run']} ({r['loaded']})" for r in made["runs"]] or ["no run stated"]
    if made["stand_ins"]:
        parts.append(f"answered by a stand-in for {', '.join(made['stand_ins'])}")
    if made["served_other"]:
        total = sum(made["served_other"].values())
        parts.append(f"{counted(total, 'call')} answered by another model than asked")
    if made["kept_out"]:
        parts.append(f"{sum(made['kept_out'].values()):,} of them kept out")
    choice = made["selection"]
    return "; ".join([*parts, f"choice of queries: {choice}"])
