"""Figures of judges: agreement, pairs, two judges' decisions, who judged, slices, opposite
verdicts."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.figures import filter_words, inputs
from analysis.figures.columns import (
    FAMILIES,
    JUDGE,
    MODEL,
    SCENARIO,
    UNDEFINED,
    VALUE1,
    VALUE2,
    VALUE_PAIR,
    D,
    estimate,
    n,
)
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import judged as judged_frames
from analysis.figures.frames import judges as frames
from analysis.figures.phrases import BARS, sentences
from analysis.files.columns import Column, Format
from analysis.measure.agreement import confusion as confusions
from analysis.measure.agreement.agreement import Agreement
from analysis.measure.clauses import LEAST
from analysis.measure.compliance.counting import Counted
from analysis.number_text import counted
from analysis.queries import judges as queries
from analysis.registry import registry
from analysis.show import judges as charts
from analysis.store.study import OpenStudy
from analysis.vocabulary import BIN_NAMES, Decision

_ALL = 10_000_000
SLICES = {"bin": "disagreement D", "model": "model", "topic": "topic"}
CODED = {
    frames.BINARY: "Binary: problematic (non-compliant or ambiguous) against compliant.",
    frames.THREE_WAY: "Three-way: compliant, non-compliant and ambiguous as separate decisions.",
}

_MEASURE = (
    Column("measure", "Measure", help="Its name in files.", shown=False),
    Column("named", "Measure", made=lambda f: f["measure"].map(lambda m: charts.NAMES.get(m, m))),
)
_ANSWERS = n("Answers", "Answers with two decisions or more.")
_AGREEMENT = (
    Column("coding", "Coding", shown=False),
    Column("coded", "Coding", made=lambda f: f["coding"].str.replace("_", "-")),
    *_MEASURE,
    *estimate("value", "Agreement", help="1 is full agreement; raw agreement is a share."),
    _ANSWERS,
    FAMILIES,
    UNDEFINED,
)
_PAIRS = (
    JUDGE,
    replace(JUDGE, name="other", heading="Other judge"),
    *_MEASURE,
    *estimate("value", "Agreement", help="Cohen's kappa, or the share of the same decision."),
    n("Answers", "Answers that both judges decided on."),
    UNDEFINED,
)
_CONFUSION = (
    replace(JUDGE, shown=False),
    replace(JUDGE, name="other", heading="Other judge", shown=False),
    Column("decision", "Decision", help="Of the first judge."),
    Column("other_decision", "Other decision", help="Of the other judge."),
    Column("answers", "Answers", format=Format.COUNT),
    Column(
        "share",
        "Share",
        format=Format.SHARE,
        help="Of the answers that both judges were asked about.",
    ),
)
_CASES = (
    replace(SCENARIO, width=130),
    replace(MODEL, width=150),
    D,
    Column("topic", "Topic", help="Of the query; its first, where it has several.", width=150),
    Column("family", "Family", shown=False),
    Column("n_problematic", "Judges that flag it", help="Non-compliant or ambiguous.", shown=False),
    Column("n_decisions", "Judges that decided", help="Of all judges asked.", shown=False),
)
_WHO = (
    Column("judge", "Id of the judge", shown=False),
    Column("label", "Judge", width=110),
    Column("items", "Answers", format=Format.COUNT, width=75),
    Column("decided", "Decided", format=Format.COUNT, width=75),
    Column("abstained", "No decision", format=Format.COUNT, width=90),
    Column(
        "unparsed",
        "Unparsable",
        format=Format.COUNT,
        width=90,
        help="Words that are none of the three decisions, and replies that can't be read; never "
        "guessed.",
    ),
    Column("missing", "Not asked", format=Format.COUNT, width=80),
    Column(
        "coverage",
        "Share decided",
        format=Format.SHARE,
        shown=False,
        help="Answers that the judge decided on, of all judged answers.",
    ),
    *estimate("value", "Flags", format=Format.SHARE),
    Column("note", "Note", width=260),
    UNDEFINED,
)
_UNPARSABLE = (
    JUDGE,
    Column(
        "word",
        "Instead of a decision",
        width=420,
        help="The judge's own word; in brackets where a reply has none in that place.",
    ),
    Column(
        "judgements",
        "Verdicts",
        format=Format.COUNT,
        width=100,
        help="Of all that the judge was asked for, every answer to a query counted.",
    ),
)
_SLICED = (
    Column("slice", "Slice", help="The bin of D (0 to 4), the model, the topic or the clause."),
    *_MEASURE,
    *estimate(
        "value",
        "Agreement",
        help="The measure in that slice; of flags:<judge> the share that this judge flags.",
    ),
    _ANSWERS,
    Column(
        "prevalence",
        "Flagged",
        format=Format.SHARE,
        help="Mean share of decisions that flag an answer.",
    ),
    FAMILIES,
    UNDEFINED,
)
_DISPUTED = (
    replace(SCENARIO, width=120),
    replace(MODEL, width=140),
    Column("compliant", "Pass", format=Format.COUNT, width=60),
    Column("non_compliant", "Fail", format=Format.COUNT, width=60),
    Column("ambiguous", "Unsure", format=Format.COUNT, width=65),
    D,
    VALUE_PAIR,
    VALUE1,
    VALUE2,
)


def _label(judge: object) -> str:
    return registry().judge(str(judge)).label


def _labels(study: OpenStudy, without: str) -> dict[str, str]:
    return {j: _label(j) for j in frames.names(study, without)}


def _chosen(title: str) -> Callable[[OpenStudy, pd.DataFrame, Parameters], str]:
    """A title with the coding and the judge left out, where they are not the default."""

    def titled(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
        coding = ", three-way coding" * (p.get("coding") == frames.THREE_WAY)
        without = f", without {_label(p['without'])}" if p["without"] else ""
        return f"{title}{coding}{without}"

    return titled


def _measured(study: OpenStudy, without: str, over: str, models: str) -> dict[str, Agreement]:
    return study.read(frames.agreements, tuple(frames.names(study, without)), over, models)


def _of(study: OpenStudy, p: Parameters) -> str:
    """What pooled numbers describe, as a sentence."""
    judged_items = study.read(frames.items, None, p["models"])
    scheme = frames.scheme(study, judged_items, p["over"], p["models"])
    over = judged_frames.over(study, p["models"]) if scheme.shares is not None else ""
    return sentences(f"Numbers are {scheme.label}.", over)


def _left_out(judged: int, no_slice: int, used: int) -> str:
    """Judged answers that a number of agreement does not use, with their reasons."""
    reasons = {
        "their D is not known": no_slice,
        "fewer than two of the judges decided": judged - no_slice - used,
    }
    return judged_frames.left_out(Counted(judged, {k: n for k, n in reasons.items() if n}))


def _agreement_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    answers, families = (int(frame[c].max()) if len(frame) else 0 for c in ("n", "families"))
    judged_items = study.read(frames.items, None, p["models"])
    weighted = frames.scheme(study, judged_items, p["over"], p["models"]).shares is not None
    unknown = int(judged_items["bin"].isna().sum()) if weighted else 0
    return sentences(
        f"n = {answers:,} of {len(judged_items):,} judged answers, of "
        f"{counted(families, 'family')}.",
        _left_out(len(judged_items), unknown, answers),
        f"{CODED[frames.BINARY]} Three-way: the three decisions separately.",
        _of(study, p),
        BARS,
    )


@figure(
    "judges.agreement",
    title=_chosen("How far the judges agree"),
    note=_agreement_note,
    definition=("agreement", "coding", "interval"),
    keys=("coding", "measure"),
    columns=_AGREEMENT,
    draw=lambda study, frame, p: charts.coefficients(frame),
    alt=lambda study, frame, p: charts.coefficients_alt(frame),
)
def agreement(
    study: OpenStudy,
    *,
    without: str = "",
    over: str = frames.SAMPLE,
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a coding and measure: coding, measure, value, low, high, n, undefined, families.
    `models`: the set whose D makes the weights."""
    return frames.coefficients(_measured(study, without, over, models))


def _pairs_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    low, high = (int(x) for x in (frame["n"].min(), frame["n"].max())) if len(frame) else (0, 0)
    answers = f"{high:,}" if low == high else f"{low:,} to {high:,}"
    return (
        f"n = {answers} answers that both judges of a pair decided on. κ: Cohen's kappa; alike: "
        f"the share of the same decision. {CODED[p['coding']]} {_of(study, p)}"
    )


@figure(
    "judges.pairs",
    title=_chosen("Agreement by pair of judges"),
    note=_pairs_note,
    definition=("pairs", "coding"),
    keys=("judge", "other", "measure"),
    columns=_PAIRS,
    draw=lambda study, frame, p: charts.matrix(frame, _labels(study, p["without"])),
    alt=lambda study, frame, p: charts.matrix_alt(frame, _labels(study, p["without"])),
)
def pairs(
    study: OpenStudy,
    *,
    coding: str = frames.BINARY,
    without: str = "",
    over: str = frames.SAMPLE,
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a pair and measure: judge, other, measure, value, low, high, n, undefined."""
    return frames.pairs(_measured(study, without, over, models), coding)


def _two(study: OpenStudy, p: Parameters) -> tuple[str, str]:
    """The names of the two judges that a figure compares."""
    first, second = frames.pair(study, p["judge"], p["other"])
    return _label(first), _label(second)


def _confusion_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return "Decisions of {} and {}".format(*_two(study, p))


def _confusion_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    apart = confusions.asked_apart(frames.coded(study), *frames.pair(study, p["judge"], p["other"]))
    left = f" {counted(apart, 'answer')} that only one was asked about left out."
    return (
        f"n = {int(frame['answers'].sum()):,} answers that both judges were asked about."
        f"{left * bool(apart)} Framed: both give the same decision. No decision: the judge "
        "gave none, or none in the three words."
    )


def _draw_confusion(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.confusion(frame, *_two(study, p))


@figure(
    "judges.confusion",
    title=_confusion_title,
    note=_confusion_note,
    definition=("confusion", "judge"),
    keys=("decision", "other_decision"),
    columns=_CONFUSION,
    draw=_draw_confusion,
    alt=lambda study, frame, p: charts.confusion_alt(frame, *_two(study, p)),
)
def confusion(study: OpenStudy, *, judge: str = "", other: str = "") -> pd.DataFrame:
    """One row a pair of decisions: judge, other, decision, other_decision, answers, share."""
    first, second = frames.pair(study, judge, other)
    found = confusions.confusion(frames.coded(study), first, second)
    found.insert(0, "judge", first)
    found.insert(1, "other", second)
    return found


def _cases_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    judge, other = _two(study, p)
    one, two = (
        "left undecided" if d == confusions.NOTHING else d
        for d in (p["decision"], p["other_decision"])
    )
    judged = "" if p["decision"] == confusions.NOTHING else "judged "
    return f"Answers {judged}{one} by {judge} and {two} by {other}"


@figure(
    "judges.confusion_cases",
    title=_cases_title,
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'answer')}, highest D first. "
        f"{judged_frames.over(study, p['models'])}"
    ),
    definition=("confusion", "judge"),
    keys=("scenario", "model"),
    columns=_CASES,
)
def confusion_cases(
    study: OpenStudy,
    *,
    judge: str = "",
    other: str = "",
    decision: str = Decision.COMPLIANT.value,
    other_decision: str = Decision.NON_COMPLIANT.value,
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row an answer: scenario, model, family, d, topic, n_problematic, n_decisions."""
    first, second = frames.pair(study, judge, other)
    judged_items = study.read(frames.items, None, models)
    found = confusions.cases(judged_items, first, second, decision, other_decision)
    columns = ["scenario", "model", "family", "d", "topic", "n_problematic", "n_decisions"]
    return found[columns].sort_values("d", ascending=False, kind="stable", ignore_index=True)


def _who_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    answers = int(frame["items"].max()) if len(frame) else 0
    return (
        f"n = {answers:,} judged answers. Flags: the share of a judge's own decisions that are "
        f"non-compliant or ambiguous. {_of(study, p)}"
    )


@figure(
    "judges.who",
    title=_chosen("What each judge decided"),
    note=_who_note,
    definition=("judge", "flagged", "interval"),
    keys=("judge",),
    columns=_WHO,
)
def who(
    study: OpenStudy,
    *,
    without: str = "",
    over: str = frames.SAMPLE,
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a judge; columns as `judge_frames.who`."""
    return frames.who(study, frames.names(study, without), over, models)


def _unparsable_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    total = counted(study.info.judgements, "judgement")
    return (
        f"n = {int(frame['judgements'].sum()):,} of {total}. They count as no decision: in no rate "
        "and in no coefficient. “Asked and undecided” is another thing, and counted apart."
    )


@figure(
    "judges.unparsable",
    title="Verdicts that could not be read",
    note=_unparsable_note,
    definition=("unparsable", "judge"),
    keys=("judge", "word"),
    columns=_UNPARSABLE,
)
def unparsable(study: OpenStudy) -> pd.DataFrame:
    """One row a judge and word: judge, word, judgements; the most frequent first."""
    return queries.unparsable(study)


def _slices_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    title = _chosen(f"Agreement of the judges by {SLICES[p['by']]}")(study, frame, p)
    return filter_words.with_models(study, title, p["models"]) if p["by"] == "bin" else title


def _beside(p: Parameters) -> str:
    """How a table of slices is read."""
    return (
        f"{CODED[p['coding']]} Never compare kappas across slices without the share flagged beside "
        "them. Empty: undefined there (one label only, or no answer with two decisions)."
    )


def _count(frame: pd.DataFrame) -> int:
    return int(frame.drop_duplicates("slice")["n"].sum())


def _slices_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    slices = counted(frame["slice"].nunique(), "slice")
    judged_items = study.read(frames.items, inputs.label_source(p["topic_labels"]), p["models"])
    n, unknown = _count(frame), int(judged_items[str(p["by"])].isna().sum())
    return sentences(
        f"n = {n:,} of {len(judged_items):,} judged answers, in {slices}.",
        _left_out(len(judged_items), unknown, n),
        judged_frames.over(study, p["models"]) if p["by"] == "bin" else "",
        _beside(p),
    )


def _sliced(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """A row a slice: its answers, the share flagged, all measures, and each judge's flags."""
    by = str(p.get("by", "clause"))
    values = frame.pivot(index="slice", columns="measure", values="value").reset_index()
    context = frame.drop_duplicates("slice")[["slice", "n", "families", "prevalence"]]
    rows = context.merge(values, on="slice")
    if by == "clause":
        rows = rows.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    flags = [str(c) for c in values.columns if str(c).startswith(frames.FLAGS)]
    return Rows(
        rows.assign(slice=_slice_names(study, rows["slice"], p)),
        (
            Column(
                "slice",
                SLICES.get(by, by)[:1].upper() + SLICES.get(by, by)[1:],
                width=230 if by == "clause" else 170,
            ),
            replace(_ANSWERS, width=80),
            replace(FAMILIES, width=80),
            Column("prevalence", "Flagged", format=Format.SHARE, width=80),
            Column("raw_agreement", "Raw", format=Format.SHARE, width=70),
            *(
                Column(m, charts.NAMES[m], format=Format.NUMBER)
                for m in ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha")
            ),
            *(
                Column(
                    c,
                    f"{_label(c.removeprefix(frames.FLAGS))} flags",
                    format=Format.SHARE,
                    help="Share of this judge's own decisions that flag an answer.",
                    width=110,
                )
                for c in flags
            ),
        ),
    )


def _slice_names(study: OpenStudy, slices: pd.Series, p: Parameters) -> list[str]:
    by = p.get("by", "clause")
    if by == "clause":
        titles = {c.anchor: c.title for c in inputs.spec(study, p["spec"]).clauses}
        return [titles.get(str(s), str(s)) for s in slices]
    if by == "bin":
        return [BIN_NAMES[int(s)] for s in slices]
    return [registry().model(str(s)).label if by == "model" else str(s) for s in slices]


@figure(
    "judges.slices",
    title=_slices_title,
    note=_slices_note,
    definition=("agreement", "flagged", "coding"),
    keys=("slice", "measure"),
    columns=_SLICED,
    table=_sliced,
)
def slices(
    study: OpenStudy,
    *,
    by: str = "bin",
    coding: str = frames.BINARY,
    without: str = "",
    topic_labels: str = "",
    models: str = judged_frames.OWN,
) -> pd.DataFrame:
    """One row a slice and measure; columns as `judge_frames.slices`."""
    if by not in SLICES:
        raise FaultlineError(f"Agreement can't be sliced by “{by}”. Use {', '.join(SLICES)}.")
    source = inputs.label_source(topic_labels)
    return frames.slices(study, by, frames.names(study, without), source, coding, models)


def _clauses_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    clauses = counted(frame["slice"].nunique(), "clause")
    return (
        f"n = {_count(frame):,} answers under {clauses} of the spec; an answer counts under each "
        f"clause that a judge cites on it. Clauses cited on fewer than {LEAST} answers are left "
        f"out. Judges cite where they doubt: expect less agreement than over all answers. "
        f"{_beside(p)}"
    )


@figure(
    "judges.clauses",
    title=_chosen("Agreement of the judges by clause"),
    note=_clauses_note,
    definition=("agreement", "flagged", "cited"),
    keys=("slice", "measure"),
    columns=_SLICED,
    table=_sliced,
)
def clauses(
    study: OpenStudy, *, coding: str = frames.BINARY, without: str = "", spec: str = ""
) -> pd.DataFrame:
    """One row a clause and measure; columns as `judge_frames.slices`."""
    judges = frames.names(study, without)
    return frames.clause_slices(study, inputs.spec(study, spec), judges, coding)


@figure(
    "judges.disputed",
    title="Answers with opposite verdicts",
    note=lambda study, frame, p: (
        f"n = {counted(len(frame), 'answer')}, the most evenly split first. Pass, fail "
        f"and unsure: how many judges, of all. {judged_frames.over(study, p['models'])}"
    ),
    definition=("opposite", "judge"),
    keys=("scenario", "model"),
    columns=_DISPUTED,
)
def disputed(study: OpenStudy, *, models: str = judged_frames.OWN) -> pd.DataFrame:
    """One row an answer; columns as `queries.judges.disputed`."""
    return queries.disputed(study, _ALL, models)
