"""Section `words`: what may be said of a study, in the sentences of pages and briefing."""

from collections.abc import Callable, Mapping
from typing import Any

from analysis.measure import claims
from analysis.registry import registry
from analysis.report import sentences
from analysis.store.study import StudyInfo
from analysis.text_safety import literal

Sections = Mapping[str, Any]
Names = Mapping[str, str]


def missing(section: object) -> str:
    """Why a section could not be computed; empty where it could."""
    if not isinstance(section, Mapping):
        return ""
    # Of values, the comparison of providers may be undefined where the rest is not.
    parts = (section, section.get("by_provider"))
    return next(
        (str(p["undefined"]) for p in parts if isinstance(p, Mapping) and "undefined" in p), ""
    )


def words(info: StudyInfo, sections: Sections) -> dict[str, list[str]]:
    """Subject -> its sentences, of the sections that could be computed and have something to say.
    Names from data are escaped for Markdown."""
    names = {m: literal(registry().model(m).label) for m in info.models}
    found = {
        name: told(info, sections[name], names)
        for name, told in _TOLD.items()
        if name in sections and not missing(sections[name])
    }
    return {name: lines for name, lines in found.items() if lines}


def _disagreement(info: StudyInfo, section: Any, names: Names) -> list[str]:
    of = section["sets"].get("all", {})
    if not of.get("scenarios") or of.get("mean") is None:
        return []
    one = len({registry().model(m).provider for m in info.models}) == 1
    return [sentences.disagreement(of, one)]


def _values(info: StudyInfo, section: Any, names: Names) -> list[str]:
    if not section.get("by_provider"):
        return []
    makers = {p: registry().provider(p).label for p in section["by_provider"]}
    told = sentences.leans(section["by_provider"], makers)
    other_way = [r for r in section["turned"] if r["kind"] == "provider"]
    return _there(
        *told,
        sentences.turned(other_way, makers),
        sentences.value_patterns(section["published"]),
    )


def _refusals(info: StudyInfo, section: Any, names: Names) -> list[str]:
    if not section.get("by_model"):
        return []
    rates, who = section["by_model"], section["label_source"]
    return _there(
        sentences.refusals(rates, names, who),
        sentences.labeller_range(rates, names, who),
        sentences.refusal_patterns(section["published"]),
    )


def _there(*lines: str) -> list[str]:
    return [line for line in lines if line]


def _outliers(info: StudyInfo, section: Any, names: Names) -> list[str]:
    return [sentences.outliers(section, names)]


def _robustness(info: StudyInfo, section: Any, names: Names) -> list[str]:
    cells = {m: row["shift"] for m, row in section.items()}
    return [sentences.shifts(cells, names)]


def _archetypes(info: StudyInfo, section: Any, names: Names) -> list[str]:
    return [sentences.clusters(section, names)]


def _agreement(info: StudyInfo, section: Any, names: Names) -> list[str]:
    return [sentences.agreement(section, list(section["flag_rates"]))]


def _compliance(info: StudyInfo, section: Any, names: Names) -> list[str]:
    return [sentences.compliance(section)]


def _clauses(info: StudyInfo, section: Any, names: Names) -> list[str]:
    cited = [row for row in section if row.get("cited")]
    named = claims.clauses(cited)[: sentences.MOST]
    if not cited:
        return []
    return [sentences.clause(row) for row in named] or [sentences.no_clause(cited)]


_TOLD: Mapping[str, Callable[[StudyInfo, Any, Names], list[str]]] = {
    "disagreement": _disagreement,
    "values": _values,
    "refusals": _refusals,
    "outliers": _outliers,
    "robustness": _robustness,
    "archetypes": _archetypes,
    "agreement": _agreement,
    "compliance": _compliance,
    "clauses": _clauses,
}
SUBJECTS = tuple(_TOLD)
"""The sections that words are made of, in the order of a talk."""
