"""Judges as pages and figures read them: decisions a row an answer, and agreement over slices."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.agreement import agreement as measure
from analysis.measure.agreement.ratings import CODINGS, Ratings, coverage, ratings, wide
from analysis.measure.clauses import LEAST
from analysis.measure.compliance.weights import Weighting, case_weights, weighting
from analysis.measure.estimates.estimates import defined_cells, estimate_cells
from analysis.parse.specs.clause import Spec
from analysis.queries import clauses
from analysis.queries import judges as queries
from analysis.store.study import OpenStudy

BINARY, THREE_WAY = CODINGS  # how decisions are told apart
SAMPLE, POPULATION = "sample", "population"
OVER = (SAMPLE, POPULATION)
_WEIGHT = "weight of the answer"  # no judge's name
FLAGS = "flags:"
"""Before a judge's name: the measure that is its flag rate in a slice."""
_CODED: WeakKeyDictionary[OpenStudy, pd.DataFrame] = WeakKeyDictionary()


def items(study: OpenStudy, topics: str | None = None, models: str = "") -> pd.DataFrame:
    """One row a judged answer: scenario, model, family, a column a judge (codes), bin and d (over
    a model set, as in `queries.judges.items`), topic, n_problematic, n_decisions."""
    facts = queries.items(study, topics, models).drop(columns="family")
    return coded(study).merge(facts, on=["scenario", "model"])


def coded(study: OpenStudy) -> pd.DataFrame:
    """One row a judged answer: scenario, model, family, a column a judge (codes). Kept as long as
    the study is open: judgements do not change in it, and every number of a page begins here."""
    found = _CODED.get(study)
    if found is None:
        found = _CODED[study] = wide(queries.decisions(study), ["scenario", "model"])
    return found.copy(deep=False)


def scheme(study: OpenStudy, frame: pd.DataFrame, over: str, models: str = "") -> Weighting:
    """What pooled numbers over judged answers speak of: the study's queries by their bins of D
    (`population`, where there is more than was judged), or the judged `sample` itself.

    Raises FaultlineError for another word."""
    if over not in OVER:
        raise FaultlineError(f"Numbers can't be over “{over}”. Use one of {', '.join(OVER)}.")
    return weighting(
        frame["bin"], queries.population(study, models) if over == POPULATION else None
    )


def widest(study: OpenStudy, frame: pd.DataFrame, models: str = "") -> str:
    """`population` where the study holds more scenarios than were judged, whose bins of D can
    weight the judged answers of `frame`; else the judged `sample`."""
    weighted = scheme(study, frame, POPULATION, models).shares is not None
    return POPULATION if weighted else SAMPLE


def stands_for(study: OpenStudy, over: str, models: str = "") -> int | None:
    """Queries of the study that numbers over the population stand for; None over the sample."""
    counts = queries.population(study, models) if over == POPULATION else None
    return None if counts is None else sum(counts)


def rated(study: OpenStudy, judges: Sequence[str], over: str = SAMPLE, models: str = "") -> Ratings:
    """The judged answers as ratings, weighted where asked; then those without a D are left out."""
    if over == SAMPLE:
        return ratings(coded(study), judges)
    frame = items(study, models=models)
    chosen = scheme(study, frame, over, models)
    if chosen.shares is None:
        return ratings(coded(study), judges)
    known = frame[frame["bin"].notna()]
    return ratings(
        known.assign(**{_WEIGHT: case_weights(known["bin"], chosen)}), judges, weight=_WEIGHT
    )


def names(study: OpenStudy, without: str = "") -> list[str]:
    """The judges in the order of screens, one left out. Raises FaultlineError for an unknown."""
    known = [str(j) for j in queries.judges(study)["judge"]]
    if without and without not in known:
        raise FaultlineError(
            f"“{without}” is no judge of the study “{study.info.id}”. Judges: "
            f"{', '.join(known) or 'none'}."
        )
    return [j for j in known if j != without]


def pair(study: OpenStudy, judge: str = "", other: str = "") -> tuple[str, str]:
    """Two judges of the study, the first two where none is named. Raises FaultlineError where
    one is unknown, both are the same, or the study has fewer than two."""
    known = names(study, "")
    for word in (judge, other):
        if word and word not in known:
            names(study, word)
    first = judge or next((j for j in known if j != other), "")
    second = other or next((j for j in known if j != first), "")
    if not first or not second or first == second:
        raise FaultlineError(
            f"It takes two judges to compare; the study “{study.info.id}” has "
            f"{', '.join(known) or 'none'}."
        )
    return first, second


def agreements(
    study: OpenStudy, judges: Sequence[str], over: str = SAMPLE, models: str = ""
) -> dict[str, measure.Agreement]:
    """Coding -> agreement of these judges over everything."""
    return measure.agreements(rated(study, judges, over, models))


def coefficients(found: dict[str, measure.Agreement]) -> pd.DataFrame:
    """One row a coding and measure: coding, measure, value, low, high, n, undefined, families."""
    rows = [
        {"coding": coding, "measure": name, **defined_cells(one), "families": held.families}
        for coding, held in found.items()
        for name, one in held.measures().items()
    ]
    columns = ["coding", "measure", "value", "low", "high", "n", "undefined", "families"]
    return pd.DataFrame(rows, columns=columns)


def pairs(found: dict[str, measure.Agreement], coding: str = BINARY) -> pd.DataFrame:
    """One row a pair of judges and measure (cohen_kappa, agreement) in one coding: judge, other,
    measure, value, low, high, n, undefined. Raises FaultlineError for another coding."""
    if coding not in found:
        raise FaultlineError(f"There is no coding “{coding}”. Use one of {', '.join(found)}.")
    rows = [
        {"judge": a, "other": b, "measure": name, **defined_cells(getattr(both, name))}
        for (a, b), both in found[coding].pairs.items()
        for name in ("cohen_kappa", "agreement")
    ]
    columns = ["judge", "other", "measure", "value", "low", "high", "n", "undefined"]
    return pd.DataFrame(rows, columns=columns)


def who(
    study: OpenStudy, judges: Sequence[str], over: str = SAMPLE, models: str = ""
) -> pd.DataFrame:
    """One row a judge: judge, label, items, decided, abstained, unparsed, missing, coverage (0..1),
    value, low, high (its flag rate), undefined, note."""
    flags = measure.flag_rates(rated(study, judges, over, models))
    known = queries.judges(study)[["judge", "label", "note"]]
    rows = coverage(rated(study, judges)).merge(known, on="judge", how="left")
    cells = pd.DataFrame([estimate_cells(flags[str(j)]) for j in rows["judge"]], index=rows.index)
    return rows.assign(**{c: cells[c] for c in ("value", "low", "high", "undefined")})[
        [
            "judge",
            "label",
            "items",
            "decided",
            "abstained",
            "unparsed",
            "missing",
            "coverage",
            "value",
            "low",
            "high",
            "undefined",
            "note",
        ]
    ]


def slices(
    study: OpenStudy,
    by: str,
    judges: Sequence[str],
    topics: str | None = None,
    coding: str = BINARY,
    models: str = "",
) -> pd.DataFrame:
    """Agreement in one coding and each judge's flag rate in each bin of D, model or topic: slice,
    measure, value, low, high, n, undefined, prevalence, families."""
    return _sliced(items(study, topics, models).dropna(subset=[by]), by, judges, coding)


def clause_slices(
    study: OpenStudy, spec: Spec, judges: Sequence[str], coding: str = BINARY
) -> pd.DataFrame:
    """As `slices`, over the answers on which any judge cites a clause; an answer may stand under
    several. Clauses cited on fewer than `LEAST` answers are left out."""
    cited = clauses.citations(study, spec)
    known = cited.loc[cited["known"], ["response", "clause"]].drop_duplicates()
    often = known["clause"].value_counts()
    kept = known[known["clause"].isin(often.index[often >= LEAST])]
    held = items(study).assign(response=lambda f: f["scenario"] + "|" + f["model"])
    return _sliced(held.merge(kept, on="response"), "clause", judges, coding)


def _sliced(frame: pd.DataFrame, by: str, judges: Sequence[str], coding: str) -> pd.DataFrame:
    found = measure.agreement_by(frame, by, judges, coding)
    # measures keep the bare number of what is undefined; a table shows one or the other
    found["value"] = found["value"].where(found["undefined"] == "")
    rows = pd.concat([found, _flags(frame, by, judges, found)], ignore_index=True)
    return rows.rename(columns={by: "slice"})


def _flags(
    frame: pd.DataFrame, by: str, judges: Sequence[str], found: pd.DataFrame
) -> pd.DataFrame:
    """Each judge's flag rate in each slice, as further measures `flags:<judge>`."""
    context = found.drop_duplicates(by).set_index(by)
    share, families = context["prevalence"].to_dict(), context["families"].to_dict()
    rows = [
        {
            by: name,
            "measure": f"{FLAGS}{judge}",
            **estimate_cells(rate),
            "prevalence": share[name],
            "families": families[name],
        }
        for name, part in frame.groupby(by, observed=True, sort=True)
        for judge, rate in measure.flag_rates(ratings(part, judges)).items()
    ]
    return pd.DataFrame(rows, columns=found.columns)
