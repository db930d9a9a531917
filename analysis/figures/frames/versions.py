"""Two versions of a spec as pages and figures read them: the changes, and what they did."""

from contextlib import closing

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures.inputs import study_key
from analysis.measure.estimates.estimates import defined_cells
from analysis.measure.specs.diff import diff_specs
from analysis.measure.specs.versions import Compared, Version, compare
from analysis.parse.specs.clause import Spec
from analysis.queries import clauses as queries
from analysis.store import study_specs
from analysis.store.study import OpenStudy, list_studies, open_study

CHANGED = "changed"
"""Stands for any kind of change."""
_ESTIMATES = ("violated_old", "violated", "kappa_old", "kappa", "shift")


def changes(old: Spec, new: Spec) -> pd.DataFrame:
    """One row a clause of either version, as `spec_diff.diff_specs`; `change` is a tuple."""
    return diff_specs(*(pd.DataFrame([vars(c) for c in s.clauses]) for s in (old, new)))


def only(found: pd.DataFrame, change: str) -> pd.DataFrame:
    """The clauses with one kind of change, or with any (`CHANGED`), the least similar first."""
    kept = found["change"].map(lambda c: bool(c) if change == CHANGED else change in c)
    rows = found[kept.astype(bool)]
    return rows.sort_values("similarity", kind="stable", na_position="first", ignore_index=True)


def in_words(found: pd.DataFrame) -> pd.DataFrame:
    """Changes with `change` as a text ("" where nothing changed)."""
    return found.assign(change=[", ".join(c) for c in found["change"]])


def version(study: OpenStudy, key: str, run: str = "") -> Version:
    """What a study's judges said under one version, its citations read by it; of several runs what
    they said in the one that is named, else in the one the study is read with. Answers are named by
    their content, so that another study's are the same only where query, model and words are."""
    judged = study_specs.under(study, key, run)
    names = queries.contents(judged)
    cited = queries.citations(judged, study_specs.spec_of(judged))
    judgements = queries.judgements(judged)
    judgements = judgements.merge(queries.said(judged), how="left", on=["response", "judge"])
    return Version(_by_content(judgements, names), _by_content(cited[cited["known"]], names))


def _by_content(rows: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    found = rows.merge(names, on="response")
    return found.assign(response=found["content"]).drop(columns="content")


def numbers(found: Compared) -> pd.DataFrame:
    """One row a clause with plain numbers: anchor, old_anchor, title, change, cited_old, cited,
    answers, violated_old, violated, kappa_old, kappa and shift (each with _low and _high), q."""
    rows = found.clauses
    plain = in_words(rows)[["anchor", "old_anchor", "title", "change", "cited_old", "cited"]]
    plain = plain.assign(answers=rows["answers"])
    for name in _ESTIMATES:
        cells = [defined_cells(v) for v in rows[name]]
        for ending, key in (("", "value"), ("_low", "low"), ("_high", "high")):
            plain[name + ending] = pd.Series([c[key] for c in cells], plain.index, dtype=float)
    return plain.assign(q=rows["q"])


def between(
    study: OpenStudy, other: str, old_key: str, key: str, old_run: str = "", run: str = ""
) -> Compared:
    """The judges' numbers of the study `other` (a key; "" for the same) under one spec and of this
    one under another, or of two runs under one, on the answers that both hold. Costly, so pages
    and figures ask for it through a cache."""
    if other in ("", study_key(study.info)):
        return _between(study, study, (old_key, old_run), (key, run))
    name, _, wanted = other.partition("@")
    known = {i.id: i for i in list_studies(study.settings)}
    if name not in known or not known[name].content_hash.startswith(wanted):
        raise FaultlineError(
            f"The study “{name}” with the content {wanted}, which was judged by the old version, "
            "is not here. Load its sources again, then ask anew."
        )
    with closing(open_study(study.settings, name, keeps=study.keeps)) as opened:
        return _between(opened, study, (old_key, old_run), (key, run))


def _between(
    old: OpenStudy, new: OpenStudy, before: tuple[str, str], after: tuple[str, str]
) -> Compared:
    """`before` and `after`: a spec's key and a run."""
    found = changes(study_specs.spec_of(old, before[0]), study_specs.spec_of(new, after[0]))
    return compare(found, version(old, *before), version(new, *after))
