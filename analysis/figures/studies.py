"""Figures of the study itself: coverage per model, sources, rejected rows."""

from contextlib import closing
from typing import Any

import pandas as pd

from analysis.figures import making_words
from analysis.figures.columns import PROVIDER
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import making as frames
from analysis.figures.inputs import other_study
from analysis.figures.phrases import name_of
from analysis.files.columns import Column, Format
from analysis.number_text import counted
from analysis.queries import studies
from analysis.registry import CORRECTED, LISTED, registry
from analysis.store.study import OpenStudy, StudyInfo
from analysis.text_safety import contained

_OF_SCENARIOS = "Of the study's scenarios."
OTHER_OUTCOMES = "Refused by the API, truncated, failed."
_COVERAGE = (
    Column("model", "Model id"),
    Column("label", "Model"),
    PROVIDER,
    Column("responses", "Rows", format=Format.COUNT, help="Rows of the model, answered or not."),
    Column("answered", "Answered", format=Format.COUNT, help="Rows with an answer."),
    Column("missing", "Empty", format=Format.COUNT, help="Rows without an answer."),
    Column(
        "other",
        "Other outcomes",
        format=Format.COUNT,
        help=OTHER_OUTCOMES,
    ),
    Column(
        "with_position",
        "With both positions",
        format=Format.COUNT,
        help="Rows with a position on both values.",
    ),
)
_COVERAGE_READ = (
    Column("label", "Model"),
    PROVIDER,
    Column("answered", "Answered", format=Format.SHARE, bar=(0, 100), help=_OF_SCENARIOS),
    Column(
        "with_position",
        "With both positions",
        format=Format.SHARE,
        bar=(0, 100),
        help=_OF_SCENARIOS,
    ),
    Column("missing", "Missing", format=Format.COUNT, help="Scenarios that it did not answer."),
    _COVERAGE[6],
)
SOURCES = (
    Column("source", "Source", width=260),
    Column("kind", "Kind"),
    Column("revision", "Revision", help="Of the dataset repository; “–” for files."),
    Column("rows", "Rows", format=Format.COUNT, help="Rows read."),
    Column("kept", "Kept", format=Format.COUNT, help="Rows that are part of the study."),
    Column(
        "repeated",
        "Repeated",
        format=Format.COUNT,
        help="The same scenario met again in another source, counted once.",
    ),
    Column("rejected", "Rejected", format=Format.COUNT, help="Rows that could not be used."),
    Column("missing", "Not in it", help="Columns that this source does not have.", width=200),
    Column("unused", "Not used", help="Columns of this source that play no part.", width=200),
)
MADE = (
    Column("part", "Part", width=230, pinned=True),
    Column("known", "What is known", width=700, help="As its sources, runs and rows state it."),
)
_MADE_DIFFERS = (
    MADE[0],
    Column("known", "This study", width=400),
    Column("other", "The other study", width=400),
)
FAILED_TEXTS = "Texts that were taken for failed calls"
FAILURES = (
    Column("outcome", "Outcome"),
    Column("kind", "Recognised by", width=160),
    Column("count", "Texts", format=Format.COUNT, help="Texts in an answer's place."),
    Column("examples", "Such as", width=420),
)
NAMES = (
    Column("spelling", "In the source", width=260, pinned=True, help="As the source writes it."),
    Column("model", "Model id", help="Under which the study has it."),
    Column("label", "Name", width=200),
    PROVIDER,
    Column(
        "read",
        "How it was read",
        width=330,
        help="What is not “listed” was told from the name, or by a person.",
    ),
)
LOST = (
    Column(
        "stage",
        "What for",
        help="The run's stage: an answer (respond), a placement (score), a "
        "label, a verdict (judge), a rubric or a query.",
    ),
    Column("asked", "Asked", help="The model that was asked."),
    Column("outcome", "How it ended", width=180),
    Column("replies", "Calls", format=Format.COUNT, help="Calls that ended so."),
)
REJECTED = (
    Column("reason", "Reason", width=420),
    Column("rows", "Rows", format=Format.COUNT, help="Rows rejected for it."),
)


def _coverage_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return (
        f"n = {counted(study.info.scenarios, 'scenario')}, "
        f"{counted(len(frame), 'model')}. Nothing is imputed: a missing position is "
        "left out, and counted."
    )


def _coverage_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """Shares of all scenarios, where the files have counts."""
    total = max(study.info.scenarios, 1)
    return Rows(
        frame.assign(
            answered=frame["answered"] / total,
            with_position=frame["with_position"] / total,
            missing=total - frame["responses"] + frame["missing"],
        ),
        _COVERAGE_READ,
    )


@figure(
    "studies.coverage",
    title="Coverage per model",
    note=_coverage_note,
    definition="coverage",
    keys=("model",),
    columns=_COVERAGE,
    table=_coverage_read,
)
def coverage(study: OpenStudy) -> pd.DataFrame:
    """Coverage: model, label, provider, responses, answered, missing, other, with_position."""
    return studies.coverage(study)


@figure(
    "studies.sources",
    title="Sources of this study",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'source')}, "
        f"{counted(int(frame['rows'].fillna(0).sum()), 'row', 'rows')} read. Repeated: the same "
        "scenario met again in another source, counted once."
    ),
    definition="loaded",
    columns=SOURCES,
    keys=("source", "kind"),
)
def sources(study: OpenStudy) -> pd.DataFrame:
    """Sources: source, kind, revision, rows, kept, repeated, rejected (counts), missing,
    unused."""
    return source_rows(study.info)


def source_rows(info: StudyInfo) -> pd.DataFrame:
    """The sources of a study as its pointer tells them."""
    return pd.DataFrame([_source(s) for s in info.sources])


def _source(record: dict[str, Any]) -> dict[str, object]:
    place = [record.get("repo"), record.get("config"), record.get("split")]
    return {
        "source": " / ".join(str(p) for p in place if p) or str(record.get("name")),
        "kind": record.get("kind"),
        "revision": str(record.get("revision") or "–")[:10],
        "rows": record.get("rows"),
        "kept": record.get("kept"),
        "repeated": record.get("repeated"),
        "rejected": sum((record.get("rejected") or {}).values()),
        "missing": ", ".join(record.get("missing") or []) or "–",
        "unused": ", ".join(record.get("unused") or []) or "–",
    }


@figure(
    "studies.lost",
    title="Calls without a usable reply",
    note=lambda study, frame, p: (
        f"n = {counted(int(frame['replies'].sum()), 'call', 'calls')}. They count in no rate, mean "
        "or coefficient; a call that was never made is not among them."
    ),
    definition=("answer", "unparsable"),
    columns=LOST,
    keys=("stage", "asked", "outcome"),
)
def lost(study: OpenStudy) -> pd.DataFrame:
    """One row a stage, model and outcome: stage, asked, outcome, replies."""
    return studies.lost(study)


@figure(
    "studies.rejected",
    title="Rejected rows",
    note=lambda study, frame, p: (
        f"n = {counted(int(frame['rows'].sum()), 'rejected row', 'rejected rows')}. A row is "
        "rejected alone; the rest of its source stays."
    ),
    definition="loaded",
    columns=REJECTED,
    keys=("reason",),
)
def rejected(study: OpenStudy) -> pd.DataFrame:
    """Rejected rows: reason, rows."""
    return rejected_rows(study.info)


def rejected_rows(info: StudyInfo) -> pd.DataFrame:
    """Rejected rows of a study by reason, as its pointer tells them."""
    return pd.DataFrame(info.rejected.items(), columns=["reason", "rows"])


@figure(
    "studies.made",
    title="How this study was made",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'fact')}. What nobody stated is not inferred from the "
        "data; digests are cut to 12 characters."
    ),
    definition="making",
    columns=MADE,
    keys=("part",),
)
def made(study: OpenStudy) -> pd.DataFrame:
    """How the study was made: part, known (words)."""
    return making_words.rows(study.info, frames.made(study))


def made_rows(info: StudyInfo) -> pd.DataFrame:
    """The same as far as a study's pointer tells it."""
    return making_words.rows(info, frames.of_info(info))


def _made_differs_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    other = name_of(str(p["other"])) or study.info.id
    return (
        f"n = {counted(len(frame), 'difference')} between “{study.info.id}” and "
        f"“{other}”. What both studies state alike is left out."
    )


@figure(
    "studies.made_differs",
    title="What differs in how two studies were made",
    note=_made_differs_note,
    definition="making",
    columns=_MADE_DIFFERS,
    keys=("part",),
)
def made_differs(study: OpenStudy, *, other: str = "") -> pd.DataFrame:
    """What differs in the making of this study and another: part, known, other (words, "" where a
    study has no such part). `other` is the other study's id, with @hash for one content of it;
    without it a study is compared with itself, and nothing differs."""
    here = made(study)
    if not other or other.partition("@")[0] == study.info.id:
        there = here
    else:
        with closing(other_study(study, other)) as opened:
            there = made(opened)
    both = here.merge(there.rename(columns={"known": "other"}), on="part", how="outer", sort=False)
    order = {part: i for i, part in enumerate(dict.fromkeys([*here["part"], *there["part"]]))}
    both = both.fillna("").sort_values("part", key=lambda c: c.map(order), kind="stable")
    kept = both[both["known"] != both["other"]]
    return kept.reset_index(drop=True)[["part", "known", "other"]]


@figure(
    "studies.failures",
    title=FAILED_TEXTS,
    note=lambda study, frame, p: (
        f"n = {counted(int(frame['count'].sum()), 'text', 'texts')}. They stood where an answer "
        "should and are counted under their outcome. Load again with “Count error texts as "
        "answers” (--keep-error-texts) to say otherwise."
    ),
    definition="failed_call",
    columns=FAILURES,
    keys=("outcome", "kind"),
)
def failures(study: OpenStudy) -> pd.DataFrame:
    """Texts taken for failures: outcome, kind (of pattern), count, examples."""
    return failure_rows(study.info)


def failure_rows(info: StudyInfo) -> pd.DataFrame:
    """Texts that stood for answers and were taken for failed calls, as the pointer tells them."""
    found: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for record in (f for source in info.sources for f in source.get("failures") or []):
        key = (str(record["outcome"]), str(record["kind"]))
        count, said = found.get(key, (0, []))
        texts = [str(example["text"]) for example in record["examples"]]
        found[key] = (count + int(record["count"]), [*said, *texts])
    rows = [
        (*key, count, " · ".join(f"“{contained(text)}”" for text in dict.fromkeys(said[:3])))
        for key, (count, said) in sorted(found.items(), key=lambda item: -item[1][0])
    ]
    return pd.DataFrame(rows, columns=["outcome", "kind", "count", "examples"])


def warnings(info: StudyInfo) -> list[str]:
    """What must not be overlooked: judgements of which none met a query of the other sources."""
    if not any(source.get("kind") == "scenarios" for source in info.sources):
        return []
    return [
        f"None of the {int(source['judged']):,} judged rows of {contained(str(source['name']))} "
        "met a query of the other sources. Check that they belong to these queries, or load them "
        "as a study of their own."
        for source in info.sources
        if source.get("judged") and not source.get("met")
    ]


def _names_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    told = int((~frame["read"].isin([LISTED, CORRECTED])).sum())
    return (
        f"n = {counted(len(frame), 'name')}, {told:,} of them not on the list: for these, "
        "model and provider are read from the name, without prefixes and dates. Snapshots of one "
        "model are models of their own, with the date beside the name."
    )


@figure(
    "studies.names",
    title="Names of models in this study",
    note=_names_note,
    definition="model_name",
    columns=NAMES,
    keys=("spelling", "model"),
)
def names(study: OpenStudy) -> pd.DataFrame:
    """Names: spelling (as a source writes it), model (id), label, provider, read (in words)."""
    return name_rows(study.info)


def name_rows(info: StudyInfo) -> pd.DataFrame:
    """Every name of a study's models as its sources write it, and how it was read. A study that
    was built before sources kept the names has the ids alone."""
    book = registry()
    spelled = {
        (str(name), str(model)): None
        for source in info.sources
        for model, name in (source.get("spellings") or {}).items()
        if model in info.models
    }
    named = {model for _, model in spelled}
    spelled |= {(m, m): None for m in info.models if m not in named}
    order = {model: i for i, model in enumerate(info.models)}
    rows = [
        (name, m, book.model(m).label, book.model(m).provider, book.how_read(name, m))
        for name, m in sorted(spelled, key=lambda pair: (order[pair[1]], pair[0]))
    ]
    return pd.DataFrame(rows, columns=[c.name for c in NAMES])
