"""Recipes of two versions of a spec: what changed, and what it did to the judges' numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs
from analysis.export import version_frames as frames
from analysis.export.recipe import recipe
from analysis.store.study import OpenStudy

_OWN = "Faultline's own measure"


def _between(parameters: Mapping[str, Any]) -> str:
    old, new = (str(parameters[k]) or "the spec in use" for k in ("old_spec", "spec"))
    return f"{old.rpartition('@')[0] or old} and {new.rpartition('@')[0] or new}"


@recipe(
    "clauses.changes",
    title=lambda p: f"What changed between {_between(p)}",
    definition="Every clause of two versions of a spec with what changed: added, removed, renamed, "
    "retitled, reworded, moved to another authority or parent. Clauses are paired by anchor, then "
    "by equal text, equal title, and the most similar text; similarity is the Dice share of their "
    "pairs of neighbouring words, 0 to 1.",
    keys=("anchor", "old_anchor"),
    note=lambda study, frame, p: (
        f"n = {len(frame):,} clauses, {int((frame['change'] != '').sum()):,} of them changed."
    ),
    source=_OWN,
)
def changes(study: OpenStudy, *, old_spec: str = "", spec: str = "") -> pd.DataFrame:
    """One row a clause of either version; columns as `measure.spec_diff.diff_specs`, `change` as
    a text. `old_spec` and `spec` are name@version@hash; the old one is the one in use for ""."""
    old, new = inputs.spec(study, old_spec), inputs.spec(study, spec)
    return frames.in_words(frames.changes(old, new))


@recipe(
    "clauses.versions",
    title=lambda p: f"The judges' numbers under {_between(p)}",
    definition="On the answers that the same judges judged by both versions: times cited, share of "
    "the citing decisions that find a violation, Fleiss' kappa, and by how much the share flagged "
    "rose (shift, paired, clustered by family; q after Benjamini-Hochberg over the clauses). "
    "Clauses that neither side cites are left out.",
    keys=("anchor", "old_anchor"),
    note=lambda study, frame, p: (
        f"n = {len(frame):,} clauses; judged by the old version: {p['old_study'] or 'this study'}."
    ),
    source=_OWN,
)
def versions(
    study: OpenStudy, *, old_study: str = "", old_spec: str = "", spec: str = ""
) -> pd.DataFrame:
    """One row a clause; columns as `version_frames.numbers`. `old_study` is id@hash of the study
    judged by `old_spec`; this one was judged by `spec`."""
    old, new = inputs.spec(study, old_spec), inputs.spec(study, spec)
    return frames.numbers(frames.with_other(study, old_study, old, new))
