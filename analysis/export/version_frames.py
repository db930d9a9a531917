"""Two versions of a spec as pages and recipes read them: the changes, and what they did."""

from contextlib import closing

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.estimates import estimate_cells
from analysis.measure.spec_diff import diff_specs
from analysis.measure.spec_versions import Compared, Version, compare
from analysis.parse.clause import Spec
from analysis.store.queries import clauses as queries
from analysis.store.study import OpenStudy, StudyInfo, list_studies, open_study

_ESTIMATES = ("violated_old", "violated", "kappa_old", "kappa", "shift")


def changes(old: Spec, new: Spec) -> pd.DataFrame:
    """One row a clause of either version, as `spec_diff.diff_specs`; `change` is a tuple."""
    return diff_specs(*(pd.DataFrame([vars(c) for c in s.clauses]) for s in (old, new)))


def in_words(found: pd.DataFrame) -> pd.DataFrame:
    """Changes with `change` as a text ("" where nothing changed)."""
    return found.assign(change=[", ".join(c) for c in found["change"]])


def version(study: OpenStudy, spec: Spec) -> Version:
    """What a study's judges said, its citations read by one version."""
    cited = queries.citations(study, spec)
    return Version(queries.judgements(study), cited[cited["known"]])


def compared(old: tuple[OpenStudy, Spec], new: tuple[OpenStudy, Spec]) -> Compared:
    """The judges' numbers under two versions, on what was judged by both."""
    return compare(changes(old[1], new[1]), version(*old), version(*new))


def numbers(found: Compared) -> pd.DataFrame:
    """One row a clause with plain numbers: anchor, old_anchor, title, change, cited_old, cited,
    answers, violated_old, violated, kappa_old, kappa and shift (each with _low and _high), q."""
    rows = found.clauses
    plain = in_words(rows)[["anchor", "old_anchor", "title", "change", "cited_old", "cited"]]
    plain = plain.assign(answers=rows["answers"])
    for name in _ESTIMATES:
        cells = [estimate_cells(v) for v in rows[name]]
        for ending, key in (("", "value"), ("_low", "low"), ("_high", "high")):
            plain[name + ending] = pd.Series([c[key] for c in cells], plain.index, dtype=float)
    return plain.assign(q=rows["q"])


def key(info: StudyInfo) -> str:
    """`id@hash` of a study, for a recipe that reads a second one."""
    return f"{info.id}@{info.content_hash[:12]}"


def with_other(study: OpenStudy, other: str, old: Spec, new: Spec) -> Compared:
    """`compared` of the study `other` (a key; "" for the same) under `old`, and this one."""
    if other in ("", key(study.info)):
        return compared((study, old), (study, new))
    name, _, wanted = other.partition("@")
    known = {i.id: i for i in list_studies(study.settings)}
    if name not in known or not known[name].content_hash.startswith(wanted):
        raise FaultlineError(
            f"The study “{name}” with the content {wanted}, which was judged by the old version, "
            "is not here. Load its sources again, then ask anew."
        )
    with closing(open_study(study.settings, name)) as opened:
        return compared((opened, old), (study, new))
