"""People against judges: how far each judge agrees with people, over answers drawn at random."""

import numpy as np
import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.measure import human as measure
from analysis.measure.agreement_ratings import decision_codes, wide
from analysis.measure.estimates import Estimate, estimate_cells
from analysis.show import judges as pictures
from analysis.store import human, people
from analysis.store.queries import judges as queries
from analysis.store.study import OpenStudy
from pages.ui import problems, reads, words
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.judged import in_words

SEED = 29
_FEW = 30


def against_people(view: View) -> None:
    """Each judge's accuracy and kappa against people; how to get there where nobody labelled."""
    revision = people.revision(view.settings, "reviews")
    labels = reads.read(view.study, _labels, revision)
    known = reads.read(view.study, queries.judges)
    if labels.empty:
        problems.empty(
            "Nobody has labelled an answer yet",
            "Label some on the Review page: one in five is drawn at random, and tells how far "
            "each judge agrees with people.",
        )
        return
    random = labels[measure.random_part(labels)]
    people_n = labels["author"].nunique()
    if known.empty or random.empty:
        st.text(
            f"{words.plural(len(labels), 'label')} of {people_n} "
            f"{'person' if people_n == 1 else 'people'}, none of them of the random part that an "
            "estimate needs."
        )
        return
    _table(view, labels, random, known, reads.read(view.study, _found, revision))
    _one_more(view, known, reads.read(view.study, _joined, revision))


def _labels(study: OpenStudy, revision: int) -> pd.DataFrame:
    del revision  # part of the cache's key alone
    return human.compliance(study)


def _found(study: OpenStudy, revision: int) -> dict[str, measure.Against]:
    return measure.against(_frame(study, revision), _judges(study), np.random.default_rng(SEED))


def _joined(study: OpenStudy, revision: int) -> measure.Joined | None:
    return measure.joined(_frame(study, revision), _judges(study), np.random.default_rng(SEED))


def _judges(study: OpenStudy) -> list[str]:
    return [str(j) for j in queries.judges(study)["judge"]]


def _frame(study: OpenStudy, revision: int) -> pd.DataFrame:
    """One row an answer of the random part: scenario, model, family, `human` and a column a judge
    (codes)."""
    labels = _labels(study, revision)
    verdicts = measure.verdicts(labels[measure.random_part(labels)])
    verdicts[measure.HUMAN] = decision_codes(verdicts["decision"])
    coded = wide(queries.decisions(study), ["scenario", "model"])
    people = verdicts[["scenario", "model", measure.HUMAN]]
    return coded.merge(people, on=["scenario", "model"], how="inner")


def _sentence(found: dict[str, measure.Against], names: dict[str, str]) -> None:
    told = [a for a in found.values() if isinstance(a.accuracy, Estimate)]
    if not told:
        return
    n = max(a.n for a in told)
    told.sort(key=lambda a: float(estimate_cells(a.accuracy)["value"]))
    parts = [
        f"{names[a.judge]} on {in_words(a.accuracy, '{:.0%}')}"
        for a in dict.fromkeys((told[0], told[-1]))
    ]
    st.text(
        f"Over {words.plural(n, 'answer')} drawn at random, judges give people's verdict as "
        f"follows: {', '.join(parts)}."
        + (f" Fewer than {_FEW} answers say little." if n < _FEW else "")
    )


def _table(
    view: View,
    labels: pd.DataFrame,
    random: pd.DataFrame,
    known: pd.DataFrame,
    found: dict[str, measure.Against],
) -> None:
    names = dict(zip(known["judge"].astype(str), known["label"].astype(str), strict=True))
    _sentence(found, names)
    rows = pd.DataFrame([_row(names[a.judge], a) for a in found.values()])
    skips = reads.read(view.study, _skips, people.revision(view.settings, "reviews"))
    number = st.column_config.NumberColumn
    table(
        view,
        "against-people",
        "Judges against people",
        rows,
        {
            "judge": st.column_config.TextColumn("Judge", width=120),
            "n": number("Answers", width=75),
            "accuracy": number("Same verdict", format="%.0f %%", width=100),
            "low": number("95% from", format="%.0f %%", width=80),
            "high": number("to", format="%.0f %%", width=60),
            "kappa": number("Kappa", format="%.2f", width=70),
            "kappa_low": number("95% from", format="%.2f", width=80),
            "kappa_high": number("to", format="%.2f", width=60),
            "misses": number("Missed", width=70, help="People flag it, the judge passes it."),
            "alarms": number("False alarms", width=100, help="The judge flags it, people pass it."),
        },
        help=glossary.told("people"),
        alt="Judges with their accuracy and kappa against people",
        note=f"{len(random)} labels of the random part of the queue ({skips} random cases passed "
        f"over); {len(labels) - len(random)} other labels, of hard cases or chosen by hand, are "
        "left out of every estimate. Binary: non-compliant or ambiguous against compliant. Where "
        "two people differ, most decide; ties are left out.",
        placeholder="–",
    )


def _skips(study: OpenStudy, revision: int) -> int:
    del revision
    return human.random_skips(study)


def _row(name: str, found: measure.Against) -> dict[str, object]:
    accuracy, kappa = estimate_cells(found.accuracy), estimate_cells(found.kappa)
    return {
        "judge": name,
        "n": found.n,
        **{
            k: 100 * accuracy[c]
            for k, c in (("accuracy", "value"), ("low", "low"), ("high", "high"))
        },
        "kappa": kappa["value"],
        "kappa_low": kappa["low"],
        "kappa_high": kappa["high"],
        "misses": found.misses,
        "alarms": found.alarms,
    }


def _one_more(view: View, known: pd.DataFrame, found: measure.Joined | None) -> None:
    """People as one more judge: every pair with them, and what they change."""
    if found is None:
        return
    names = dict(zip(known["judge"].astype(str), known["label"].astype(str), strict=True))
    names[measure.HUMAN] = "People"
    rows = pd.DataFrame(
        [
            {"judge": a, "other": b, "measure": kind, **estimate_cells(cell)}
            for (a, b), pair in found.together.pairs.items()
            for kind, cell in (("cohen_kappa", pair.cohen_kappa), ("agreement", pair.agreement))
        ]
    )
    figure(
        view,
        "people-pairs",
        "People as one more judge",
        pictures.matrix(rows, names),
        alt=pictures.matrix_alt(rows, names),
        note=f"n = {words.plural(found.together.items, 'answer')} drawn at random with two "
        "decisions or more. "
        f"Fleiss' kappa with people {in_words(found.together.fleiss_kappa)}, of the judges alone "
        f"over the same answers {in_words(found.alone.fleiss_kappa)}; AC1 "
        f"{in_words(found.together.gwet_ac1)} and {in_words(found.alone.gwet_ac1)}. Binary.",
        frame=lambda: rows,
        help=glossary.told("kappa"),
    )
