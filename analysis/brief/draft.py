"""Draft a briefing: a report filled from a study, each sentence from its numbers.

What can't be computed from the study is left out of the story and named in its last finding.
"""

from typing import Any

from analysis.figures import catalog, making_words
from analysis.measure.outliers import OutlierRule, directed
from analysis.queries import outliers as outlier_queries
from analysis.registry import registry
from analysis.report import sentences, values
from analysis.report.agreement import UNJUDGED
from analysis.report.compose import SECTIONS
from analysis.report.context import Context
from analysis.report.words import missing, words
from analysis.settings import Settings
from analysis.store import labels, study_specs
from analysis.store.annotations.reports import CASE, FIGURE, TEXT, Finding
from analysis.store.library.library import current_taxonomy
from analysis.store.study import OpenStudy
from analysis.text_safety import literal

Sections = dict[str, Any]
_SHOWN = {
    "disagreement": "disagreement.histogram",
    "values": "values.by_category",
    "refusals": "refusals.by_topic",
    "outliers": "outliers.bars",
    "robustness": "robustness.shift",
    "archetypes": "archetypes.tree",
    "agreement": "judges.agreement",
    "compliance": "compliance.by_bin",
    "clauses": "clauses.listed",
}
"""Section -> the figure that its sentences stand beside, in the order of a talk."""


def draft(study: OpenStudy, settings: Settings) -> list[Finding]:
    """The findings of a briefing, in the order of a talk. Nothing is stored."""
    context = Context(study_specs.under(study), settings, current_taxonomy(settings))
    sections = {name: _section(name, context) for name in _SHOWN}
    told = words(study.info, sections)
    made = [_opening(study)]
    for name, lines in told.items():
        text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
        made.append(_figure(study, _SHOWN[name], text))
        if name == "outliers" and sections[name]["total"]:
            made.append(_case(study))
    return [*made, _limits(study, sections)]


def _section(name: str, context: Context) -> Any:
    """A section of the report, or as much of it as a briefing tells: choices between values are
    not in it, and clauses only where judges cited some."""
    if name == "values":
        return values.leans(context)
    if name == "clauses" and not context.study.info.judgements:
        return {"undefined": UNJUDGED}
    return SECTIONS[name](context)


def _figure(study: OpenStudy, name: str, text: str) -> Finding:
    """A figure of the catalogue under its own title, with what is said of it."""
    title = catalog.content(study, catalog.bind(study, name)).title
    return Finding(FIGURE, title, text, study.info.id, study.info.content_hash, recipe=name)


def _opening(study: OpenStudy) -> Finding:
    info = study.info
    providers = dict.fromkeys(registry().model(m).provider for m in info.models)
    lines = [
        f"{info.scenarios:,} scenarios in {info.families:,} families: queries that force a choice "
        "between two values.",
        f"{info.responses:,} answers of {len(info.models)} models from "
        f"{sentences.listed([registry().provider(p).label for p in providers])}.",
    ]
    if info.judgements:
        lines.append(f"{info.judgements:,} decisions of judges who read an answer by the spec.")
    text = "\n".join(f"- {literal(line)}" for line in lines)
    return Finding(TEXT, "What was looked at", text, info.id, info.content_hash)


def _case(study: OpenStudy) -> Finding:
    """One outlier to read: the one that lies farthest from the others."""
    farthest = directed(outlier_queries.found(study, OutlierRule(), None)).iloc[0]
    model, scenario = str(farthest["model"]), str(farthest["scenario"])
    text = (
        f"{literal(registry().model(model).label)} stands at {int(farthest['position'])} on "
        f"*{literal(farthest['value'])}*, the others' median is "
        f"{float(farthest['others_median']):g}; it differs from {int(farthest['differs_from'])} of "
        f"{int(farthest['of'])}. One case shows what happened, not how often it does."
    )
    return Finding(
        CASE,
        "One outlier to read",
        text,
        study.info.id,
        study.info.content_hash,
        scenario=scenario,
    )


def _limits(study: OpenStudy, sections: Sections) -> Finding:
    """What must be kept in mind of the data, and what could not be computed."""
    info = study.info
    lines: list[str] = []
    if info.simulated:
        lines.append("The data are simulated: no real model answered, nothing here is about one.")
    chosen = making_words.notice(info)
    if chosen:
        lines.append(chosen)
    rejected = info.rejected_rows
    lines.append(
        f"{rejected:,} rows or cells of the sources could not be used; the Overview counts them by "
        "reason."
        if rejected
        else "Every row of the sources could be used."
    )
    sources = labels.sources(study, "response_types")
    if sources:
        lines.append(
            f"Response types come from {sources[0]}, a labeller that errs (docs/labeller.md)."
        )
    for name in _SHOWN:
        why = missing(sections[name])
        if why:
            lines.append(f"{name.capitalize()} can't be computed {literal(why)}.")
    lines.append(
        "Positions were given by a model that reads answers against a rubric, and judges are "
        "models too: both err. Intervals allow for the queries of one value pair not being "
        "independent."
    )
    return Finding(
        TEXT, "What to keep in mind", "\n".join(f"- {s}" for s in lines), info.id, info.content_hash
    )
