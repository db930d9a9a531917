"""Figures of two versions of a spec: what changed, and what it did to the judges' numbers."""

from dataclasses import replace
from typing import Any

import pandas as pd

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.declaration import Parameters, Rows, figure
from analysis.figures.frames import versions as frames
from analysis.figures.phrases import in_points, name_of
from analysis.files.columns import Column, Format
from analysis.measure.specs.diff import KINDS
from analysis.measure.specs.versions import Compared
from analysis.number_text import counted
from analysis.store import judged_runs
from analysis.store.study import OpenStudy

_TITLE = Column("title", "Clause", width=330, pinned=True)
_OLD, _NEW = "In the old version.", "In the new version."
_CHANGES = (
    replace(_TITLE, heading="Title", help=_NEW),
    Column("old_title", "Old title", help=_OLD),
    Column("change", "Change", width=260, help="Empty: nothing changed."),
    Column("similarity", "Wording kept", "0 to 1", Format.NUMBER, bar=(0, 1), width=110),
    Column("anchor", "Anchor", help=_NEW, shown=False),
    Column("old_anchor", "Old anchor", help=_OLD, shown=False),
    Column("authority", "Authority", help=_NEW, shown=False),
    Column("old_authority", "Old authority", help=_OLD, shown=False),
    Column("parent", "Parent", help=f"The clause above it. {_NEW}", shown=False),
    Column("old_parent", "Old parent", help=f"The clause above it. {_OLD}", shown=False),
)
_CHANGES_READ = (
    _TITLE,
    _CHANGES[2],
    Column("moved", "Authority", width=170, help="Old and new where it moved."),
    _CHANGES[3],
)


def _number(name: str, heading: str, help: str, **how: Any) -> tuple[Column, ...]:
    return (
        Column(name, heading, help=help, interval=(f"{name}_low", f"{name}_high"), **how),
        *(
            Column(
                f"{name}_{end}",
                f"95% {word}",
                shown=False,
                help=f"End of the interval of “{heading}”.",
            )
            for end, word in (("low", "from"), ("high", "to"))
        ),
    )


_CITED = "Answers on which a judge cites the clause."
_VIOLATED = glossary.find("violated").definition
_KAPPA = "Fleiss' kappa of the judges, binary, on the answers that cite the clause."
_VERSIONS = (
    replace(_TITLE, width=230),
    Column("change", "Change", width=160),
    Column("cited_old", "Cited, old", format=Format.COUNT, help=_CITED, width=75),
    Column("cited", "Cited, new", format=Format.COUNT, help=_CITED, width=80),
    *_number("violated_old", "Violated, old", _VIOLATED, format=Format.SHARE, width=95),
    *_number("violated", "Violated, new", _VIOLATED, format=Format.SHARE, width=100),
    *_number("kappa_old", "Kappa, old", _KAPPA, format=Format.NUMBER, width=80),
    *_number("kappa", "Kappa, new", _KAPPA, format=Format.NUMBER, width=85),
    *_number(
        "shift", "Flagged more or less", "As a share: 0.1 is ten points more.", format=Format.SIGNED
    ),
    Column(
        "q",
        "q",
        format=Format.NUMBER,
        digits=3,
        width=60,
        help="Of the shift, after Benjamini-Hochberg over the clauses.",
    ),
    Column("anchor", "Anchor", help=_NEW, shown=False),
    Column("old_anchor", "Old anchor", help=_OLD, shown=False),
    Column(
        "answers",
        "Answers",
        help="On which the shift rests: they cite the clause under either version.",
        shown=False,
    ),
)


def _between(study: OpenStudy, p: Parameters) -> str:
    old, new = (inputs.spec(study, str(p[k])) for k in ("old_spec", "spec"))
    if old.key == new.key:
        return f"{new.name} {new.version}, run by run"
    return f"{old.name} {old.version} and {new.name} {new.version}"


def _changes_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    kind = f": {p['change']}" * (p["change"] in KINDS)
    return f"What changed between {_between(study, p)}{kind}"


def _changes_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    changed = int((frame["change"] != "").sum())
    if not p["change"]:
        return f"n = {counted(len(frame), 'clause')}, {changed:,} of them changed."
    old, new = inputs.spec(study, p["old_spec"]), inputs.spec(study, p["spec"])
    return (
        f"n = {counted(len(frame), 'clause')} of the {len(frames.changes(old, new)):,} "
        "of either version, the least similar first."
    )


def _changes_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """Each clause under its title, with what became of its authority."""
    moved = [
        f"{old or 'none'} → {new or 'none'}" if "moved authority" in change else new or old
        for old, new, change in zip(
            *(frame[c].where(frame[c].notna(), None) for c in ("old_authority", "authority")),
            frame["change"],
            strict=True,
        )
    ]
    title = frame["title"].fillna(frame["old_title"])
    return Rows(frame.assign(title=title, moved=moved), _CHANGES_READ)


@figure(
    "clauses.changes",
    title=_changes_title,
    note=_changes_note,
    definition=("clause", "wording_kept"),
    keys=("anchor", "old_anchor"),
    columns=_CHANGES,
    table=_changes_read,
)
def changes(
    study: OpenStudy, *, old_spec: str = "", spec: str = "", change: str = ""
) -> pd.DataFrame:
    """One row a clause of either version; columns as `measure.spec_diff.diff_specs`, `change` as
    a text. `old_spec` and `spec` are name@version@hash; the old one is the one in use for "".
    `change` leaves the clauses of one kind of change, or of any (`changed`), the least similar
    first."""
    known = (frames.CHANGED, *KINDS)
    if change and change not in known:
        raise FaultlineError(
            f"There is no kind of change “{change}”. Use one of {', '.join(known)}."
        )
    found = frames.changes(inputs.spec(study, old_spec), inputs.spec(study, spec))
    return frames.in_words(frames.only(found, change) if change else found)


def _compared(study: OpenStudy, p: Parameters) -> Compared:
    asked = (str(p[k]) for k in ("old_study", "old_spec", "spec", "old_run", "run"))
    return study.read(frames.between, *asked)


def _versions_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    found = _compared(study, p)
    old = name_of(str(p["old_study"])) or "this study"
    by = f" by {judged_runs.name(p['old_run'])}" * bool(p["old_run"])
    return (
        f"n = {counted(found.answers, 'answer')} and "
        f"{counted(len(found.judges), 'judge')} on both sides; the old judgements are "
        f"those of {old}{by}. Clauses that neither side cites are left out. A clause cited less "
        "often is not better: judges may only have found another."
    )


def _versions_read(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> Rows:
    """The surest change first, the shift in points with its interval."""
    rows = frame.sort_values("q", kind="stable", na_position="last", ignore_index=True)
    found = _compared(study, p)
    reasons = {
        (r["anchor"], r["old_anchor"]): "identical" if found.identical else in_points(r["shift"])
        for r in found.clauses.to_dict("records")
    }
    said = [reasons[key] for key in zip(rows["anchor"], rows["old_anchor"], strict=True)]
    shift = Column("shift", "Flagged more or less", width=210)
    shown = [shift if c.name == "shift" else c for c in _VERSIONS]
    return Rows(
        rows.assign(shift=said, change=rows["change"].replace("", "unchanged")),
        [c for c in shown if c.name not in ("shift_low", "shift_high")],
    )


@figure(
    "clauses.versions",
    title=lambda study, frame, p: f"The judges' numbers under {_between(study, p)}",
    note=_versions_note,
    definition=("version_shift", "violated", "kappa"),
    keys=("anchor", "old_anchor"),
    columns=_VERSIONS,
    table=_versions_read,
)
def versions(
    study: OpenStudy,
    *,
    old_study: str = "",
    old_spec: str = "",
    spec: str = "",
    old_run: str = "",
    run: str = "",
) -> pd.DataFrame:
    """One row a clause; columns as `version_frames.numbers`. `old_study` is id@hash of the study
    judged by `old_spec` (in `old_run`, where several runs judged it); this one was judged by `spec`
    in `run`. Two runs under one spec are compared like two versions of it."""
    return frames.numbers(study.read(frames.between, old_study, old_spec, spec, old_run, run))
