"""The judges' numbers under two versions of a spec, on the same answers judged by both.

Answers are the same where query, model and words are: two sets of judgements that share none, in
one study or in two, are never set against each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from analysis.figures.frames import versions as frames
from analysis.figures.inputs import study_key
from analysis.figures.phrases import in_points
from analysis.measure.specs.versions import Compared
from analysis.number_text import counted
from analysis.parse.specs.clause import Spec
from analysis.queries import clauses as queries
from analysis.store import judged_runs, study_specs
from analysis.store.library.specs import spec_key
from analysis.store.study import OpenStudy, StudyInfo
from analysis.store.study_specs import JudgedSet
from pages.parts.clauses.versions import Versions
from pages.ui import address, figure, links, problems, reads, ui_text
from pages.ui.frame import View


@dataclass(frozen=True)
class _Side:
    """A study with judgements that may be read under one version: those that were made under it,
    or those of which no source says. Where several runs judged under it, those of one `run`."""

    info: StudyInfo
    judged: JudgedSet
    contents: pd.DataFrame
    run: str = ""
    latest: bool = True

    @property
    def id(self) -> str:
        """The study's, with the run where it is not the latest."""
        return self.info.id if self.latest else f"{self.info.id}@{self.run}"

    @property
    def named(self) -> bool:
        return None not in self.judged.scope

    @property
    def label(self) -> str:
        by = f"judged by {self.judged.label}" if self.named else "its source names no spec"
        run = f", {judged_runs.name(self.run)}" * bool(self.run)
        return f"{self.info.title} ({by}{run})"

    def shares(self, other: "_Side") -> int:
        """How many judged answers both hold; none of one set with itself."""
        mine, theirs = ((s.info.id, s.judged.scope, s.run) for s in (self, other))
        if mine == theirs:
            return 0
        return len(self.contents.merge(other.contents, on="content"))


def show(view: View, versions: Versions) -> None:
    """How the numbers differ where both versions were judged; else how to get there."""
    titles = ("What it did to the judges' numbers", "The judges' numbers, run by run")
    st.header(titles[versions.same], anchor=False)
    olds, news = (_sides(view, spec) for spec in (versions.old, versions.new))
    pairs = _pairs(view, versions, olds, news)
    if not pairs:
        (_once if versions.same else _way)(view)
        return
    pair = _chosen(view, olds, news, pairs, _RUN_BY_RUN if versions.same else _BY_VERSION)
    if pair is None:
        return
    # The figure is one of the study judged by the new version, whichever is on the screen.
    mine = replace(view, opened=_opened(view, pair[1].info))
    old = study_key(pair[0].info)
    old_spec, spec = spec_key(versions.old), spec_key(versions.new)
    with st.spinner("Finding the clauses that judges cite under both versions…"):
        runs = pair[0].run, pair[1].run
        found = reads.read(mine.study, frames.between, old, old_spec, spec, *runs)
    _sentence(found, pair)
    if len(found.clauses):
        figure.show(
            mine,
            "clauses.versions",
            key="spec-numbers",
            height=400,
            old_study=old,
            old_spec=old_spec,
            spec=spec,
            old_run=runs[0],
            run=runs[1],
        )
    elif found.answers:
        st.text("No reasoning on those answers names a clause of either version.")


_BY_VERSION = ("Judged by the old version", "Judged by the new version")
_RUN_BY_RUN = ("Judged in one run", "Judged in another run")


def _opened(view: View, info: StudyInfo) -> OpenStudy:
    return view.study.whole if info.id == view.info.id else reads.opened(info)


def _sides(view: View, spec: Spec) -> list[_Side]:
    """The studies that were judged by a version, the one on the screen first."""
    found, key = [], spec_key(spec)
    for info in sorted(view.studies, key=lambda i: i.id != view.info.id):
        opened = _opened(view, info)
        judged = study_specs.chosen(opened, key)
        if judged.judgements:
            runs = [r.id for r in judged_runs.runs(opened, judged.scope)] or [""]
            for run in runs:
                contents = reads.read(study_specs.under(opened, key, run), queries.contents)
                found.append(_Side(opened.info, judged, contents, run, run == runs[0]))
    return found


def _pairs(
    view: View, versions: Versions, olds: Sequence[_Side], news: Sequence[_Side]
) -> dict[tuple[str, str], int]:
    """Ids of two sides that hold the same answers -> how many. Of one version twice only what is
    known to be of it, with the study at hand on one side."""
    found = {(a.id, b.id): n for a in olds for b in news if (n := a.shares(b))}
    if not versions.same:
        return found
    study_of = {s.id: s.info.id for s in olds if s.named}
    return {
        (a, b): n
        for (a, b), n in found.items()
        if {a, b} <= {*study_of} and view.info.id in (study_of[a], study_of[b])
    }


def _chosen(
    view: View,
    olds: Sequence[_Side],
    news: Sequence[_Side],
    pairs: Mapping[tuple[str, str], int],
    labels_of: tuple[str, str],
) -> tuple[_Side, _Side] | None:
    """Whose judgements are compared: by what their sources say, else by the person."""
    by_old, by_new = ({s.id: s for s in sides} for sides in (olds, news))
    again = olds[0].judged.key == news[0].judged.key

    def fits(pair: tuple[str, str]) -> tuple[object, ...]:
        old, new = by_old[pair[0]], by_new[pair[1]]
        here = view.info.id
        both = old.named and new.named
        last = new.latest, old.run if again else old.latest
        return both, new.info.id == here, old.info.id == here, *last, pairs[pair]

    old, new = max(pairs, key=fits)
    labels = [{i: s.label for i, s in sides.items()} for sides in (by_old, by_new)]
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=380):
            before = address.choice("judged_old", labels_of[0], labels[0], default=old)
        with st.container(width=380):
            after = address.choice("judged_new", labels_of[1], labels[1], default=new)
    if (before, after) in pairs:
        return by_old[before], by_new[after]
    if before == after:
        st.text(
            "Choose two different runs."
            if again
            else "Choose two sets of judgements. One set was made by one version; reading it by "
            "another would only change which clauses are found."
        )
        return None
    st.text(
        f"“{by_old[before].info.title}” and “{by_new[after].info.title}” hold no judged answer in "
        "common (the same query, model and words): nothing can be compared. Choose two that do."
    )
    return None


def _once(view: View) -> None:
    """What it takes to compare a version with itself."""
    problems.empty(
        "The same version twice",
        "Choose two different versions to compare; or have the answers judged again under this one "
        "and load that run onto the study: two runs are compared here, too.",
    )


def _way(view: View) -> None:
    """What it takes to have numbers here."""
    problems.empty(
        "Not judged by both versions",
        "To compare numbers, the same answers (query, model and words) must be judged by each "
        "version. Choose the other version on the Data page, have this study judged again on the "
        "Stress test page, and load that run onto this study (load run RUN --onto "
        f"{view.info.id}). Then both stand here.",
    )
    links.page(
        view.info,
        "stress_test",
        "Judge this study again",
        icon=":material/gavel:",
        template="re-judge",
    )


def _where(side: _Side) -> str:
    return f"in {judged_runs.name(side.run)}" if side.run else f"in “{side.info.title}”"


def _sentence(found: Compared, pair: tuple[_Side, _Side]) -> None:
    old, new = (f"by {s.judged.label}" if s.named else f"in “{s.info.title}”" for s in pair)
    again = pair[0].judged.key == pair[1].judged.key
    if again:
        old, new = (_where(s) for s in pair)
    elif pair[0].info.id != pair[1].info.id:
        old, new = (f"in “{s.info.title}”" for s in pair)
    st.text(
        f"{counted(found.matched, 'answer')} {'is' if found.matched == 1 else 'are'} the "
        f"same on both sides (query, model and words); {found.only_old:,} judged only {old} and "
        f"{found.only_new:,} only {new} are left out."
    )
    if not found.answers:
        st.text("No judge decided on one of them on both sides: nothing can be compared.")
        return
    if found.identical:
        st.text(
            f"The judgements of {counted(found.answers, 'answer')} are identical on both "
            "sides, word for word: this is one content compared with itself, and nothing differs."
        )
        return
    st.text(
        f"On {counted(found.answers, 'answer')} that {ui_text.listed(found.judges)} judged "
        f"{'in both runs' if again else 'by both versions'}, the share of decisions that flag an "
        f"answer changed by {in_points(found.shift)}."
    )
