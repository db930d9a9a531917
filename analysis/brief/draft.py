"""Draft a briefing: a report filled from a study, each sentence from its numbers.

What can't be computed from the study is left out of the story and named in its last finding.
"""

from collections.abc import Mapping
from typing import Any

from analysis.brief import words
from analysis.markup import literal
from analysis.measure.outliers import OutlierRule, directed
from analysis.registry import registry
from analysis.report import values
from analysis.report.compose import SECTIONS
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.library import current_taxonomy
from analysis.store.queries import outliers as outlier_queries
from analysis.store.queries import overview
from analysis.store.reports import CASE, FIGURE, TEXT, Finding
from analysis.store.study import OpenStudy

Sections = dict[str, Any]
_USED = (
    "study", "disagreement", "values", "refusals", "outliers", "agreement", "compliance", "clauses",
)  # fmt: skip


def draft(study: OpenStudy, settings: Settings) -> list[Finding]:
    """The findings of a briefing, in the order of a talk. Nothing is stored."""
    context = Context(study, settings, current_taxonomy(settings))
    sections = {name: _section(name, context) for name in _USED}
    names = {m: literal(registry().model(m).label) for m in study.info.models}
    parts: list[list[Finding]] = [
        [_opening(study)],
        _disagreement(study, sections),
        _values(study, sections),
        _refusals(study, sections, names),
        _outliers(study, sections, names),
        _judges(study, sections),
        _clauses(study, sections),
        [_limits(study, sections)],
    ]
    return [finding for part in parts for finding in part]


def _section(name: str, context: Context) -> Any:
    """A section of the report, or as much of it as a briefing tells: choices between values are
    not in it, and clauses only where judges cited some."""
    if name == "values":
        return values.leans(context)
    if name == "clauses" and not context.study.info.judgements:
        return {"undefined": "because no answer of this study was judged"}
    return SECTIONS[name](context)


def _figure(study: OpenStudy, recipe: str, title: str, text: str, **params: Any) -> Finding:
    return Finding(
        FIGURE, title, text, study.info.id, study.info.content_hash, recipe=recipe, params=params
    )


def _missing(section: object) -> str:
    """Why a section could not be computed; empty where it could."""
    if not isinstance(section, dict):
        return ""
    # Of values, the comparison of providers may be undefined where the rest is not.
    parts = (section, section.get("by_provider"))
    return next(
        (str(p["undefined"]) for p in parts if isinstance(p, dict) and "undefined" in p), ""
    )


def _opening(study: OpenStudy) -> Finding:
    info = study.info
    providers = dict.fromkeys(registry().model(m).provider for m in info.models)
    lines = [
        f"{info.scenarios:,} scenarios in {info.families:,} families: queries that force a choice "
        "between two values.",
        f"{info.responses:,} answers of {len(info.models)} models from "
        f"{words.listed([registry().provider(p).label for p in providers])}.",
    ]
    if info.judgements:
        lines.append(f"{info.judgements:,} decisions of judges who read an answer by the spec.")
    told = "\n".join(f"- {literal(line)}" for line in lines)
    return Finding(TEXT, "What was looked at", told, info.id, info.content_hash)


def _disagreement(study: OpenStudy, sections: Sections) -> list[Finding]:
    found = sections["disagreement"]
    if _missing(found) or "all" not in found["sets"]:
        return []
    of = found["sets"]["all"]
    if not of.get("scenarios") or of.get("mean") is None:
        return []
    title = "How far the models disagree"
    return [_figure(study, "disagreement.histogram", title, words.disagreement(of))]


def _values(study: OpenStudy, sections: Sections) -> list[Finding]:
    found = sections["values"]
    if _missing(found) or not found.get("by_provider"):
        return []
    by_provider = found["by_provider"]
    sharp = words.differences(by_provider)
    if sharp:
        told = "\n".join(
            f"- {words.lean(registry().provider(p).label, c, cell)}" for p, c, cell in sharp
        )
        title = "What providers' models lean towards"
    else:
        told = words.no_lean(sum(len(row) for row in by_provider.values()))
        title = "No provider leans apart from the others"
    return [_figure(study, "values.by_category", title, told)]


def _refusals(study: OpenStudy, sections: Sections, names: Mapping[str, str]) -> list[Finding]:
    found = sections["refusals"]
    if _missing(found) or not found.get("by_model"):
        return []
    above, below = words.apart(found["by_model"])
    title = "Refusals that stand out" if above or below else "No model's refusals stand out"
    told = words.refusals(found["by_model"], names, found["label_source"])
    return [_figure(study, "refusals.by_topic", title, told)]


def _outliers(study: OpenStudy, sections: Sections, names: Mapping[str, str]) -> list[Finding]:
    found = sections["outliers"]
    if _missing(found):
        return []
    told = words.outliers(found, names)
    made = [_figure(study, "outliers.bars", "One model against nearly all others", told)]
    if found["total"]:
        made.append(_case(study, names))
    return made


def _case(study: OpenStudy, names: Mapping[str, str]) -> Finding:
    """The outlier of the study: the one that lies farthest from the others."""
    farthest = directed(outlier_queries.found(study, OutlierRule(), None)).iloc[0]
    model, scenario = str(farthest["model"]), str(farthest["scenario"])
    told = (
        f"{names.get(model, model)} stands at {int(farthest['position'])} on "
        f"*{literal(farthest['value'])}*, the others' median is "
        f"{float(farthest['others_median']):g}; it differs from {int(farthest['differs_from'])} of "
        f"{int(farthest['of'])}. One case shows what happened, not how often it does."
    )
    return Finding(
        CASE, "The outlier of the study", told, study.info.id, study.info.content_hash,
        scenario=scenario,
    )  # fmt: skip


def _judges(study: OpenStudy, sections: Sections) -> list[Finding]:
    made: list[Finding] = []
    found = sections["agreement"]
    if not _missing(found):
        judges = list(found["flag_rates"])
        told = words.agreement(found, judges)
        made.append(_figure(study, "judges.agreement", "How far the judges agree", told))
    found = sections["compliance"]
    if not _missing(found):
        told = words.compliance(found)
        title = "Disagreement and violations of the spec"
        made.append(_figure(study, "compliance.by_bin", title, told))
    return made


def _clauses(study: OpenStudy, sections: Sections) -> list[Finding]:
    found = sections["clauses"]
    if _missing(found) or not found:
        return []
    cited = [row for row in found if row.get("cited")]
    if not cited:
        return []
    told = "\n".join(f"- {words.clause(row)}" for row in cited[: words.MOST])
    title = "The clauses that need work first"
    return [_figure(study, "clauses.listed", title, told)]


def _limits(study: OpenStudy, sections: Sections) -> Finding:
    """What must be kept in mind of the data, and what could not be computed."""
    info = study.info
    said: list[str] = []
    if info.simulated:
        said.append("The data are simulated: the models are fictional, nothing here is about one.")
    lowest = overview.summary(study)["lowest"]
    if lowest is not None and lowest >= 1:
        said.append(
            f"Only scenarios with a disagreement of {lowest:.2f} or more are in this study: shares "
            "hold for such scenarios, not for all that could be asked."
        )
    rejected = sum(info.rejected.values())
    said.append(
        f"{rejected:,} rows or cells of the sources could not be used; the Overview counts them by "
        "reason." if rejected else "Every row of the sources could be used."
    )  # fmt: skip
    sources = labels.sources(study, "response_types")
    if sources:
        said.append(
            f"Response types come from {sources[0]}, a labeller that errs (docs/labeller.md)."
        )
    for name in _USED:
        why = _missing(sections[name])
        if why:
            said.append(f"{name.capitalize()} can't be told: {literal(why)}.")
    said.append(
        "Positions were given by a model that reads answers against a rubric, and judges are "
        "models too: both err. Intervals know that the queries of one value pair are not "
        "independent."
    )
    return Finding(
        TEXT, "What to keep in mind", "\n".join(f"- {s}" for s in said), info.id, info.content_hash
    )
