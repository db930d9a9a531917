"""People's labels as pages and figures read them: each judge against people, and people as one more
judge.

Labels lie beside a study, not in it, and more come every day. A figure names those that it rests on
by a key (`queries.human_labels.key`), and asks for them as they stood then.
"""

import pandas as pd

from analysis.errors import FaultlineError
from analysis.figures.frames.judges import coded
from analysis.measure import human_labels as measure
from analysis.measure.agreement.ratings import decision_codes
from analysis.measure.estimates.estimates import Measured, estimate_cells
from analysis.queries import human_labels
from analysis.queries import judges as queries
from analysis.store.study import OpenStudy


def labels(study: OpenStudy, people: str) -> pd.DataFrame:
    """People's verdicts as they stood at a key, with `random` (whether they are of the random
    part); columns else as `queries.human_labels.compliance`.

    Raises FaultlineError where the labels of that key are not here.
    """
    until = human_labels.revision_of(people)
    if until is None or human_labels.key(study, until) != people:
        raise FaultlineError(
            f"People's labels that this figure rests on ({people}) are not in this home: they "
            f"were given, or imported in another order, elsewhere. Ask for it without the "
            "parameter “people”, and it rests on the labels that are here."
        )
    found = human_labels.compliance(study, until)
    return found.assign(random=measure.random_part(found))


def skips(study: OpenStudy, people: str) -> int:
    """How many random cases people had passed over."""
    return human_labels.random_skips(study, human_labels.revision_of(people))


def _verdicts(study: OpenStudy, people: str) -> pd.DataFrame:
    """One row an answer of the random part: scenario, model, family, `human` and a column a judge
    (codes)."""
    found = labels(study, people)
    verdicts = measure.verdicts(found[found["random"]])
    verdicts[measure.HUMAN] = decision_codes(verdicts["decision"])
    mine = verdicts[["scenario", "model", measure.HUMAN]]
    return coded(study).merge(mine, on=["scenario", "model"], how="inner")


def _judges(study: OpenStudy) -> list[str]:
    return [str(j) for j in queries.judges(study)["judge"]]


def against(study: OpenStudy, people: str) -> pd.DataFrame:
    """One row a judge: judge, n, accuracy and kappa (each with _low, _high and _undefined), misses,
    alarms."""
    found = measure.against(_verdicts(study, people), _judges(study))
    rows = []
    for one in found.values():
        row: dict[str, object] = {"judge": one.judge, "n": one.n}
        for name, measured in (("accuracy", one.accuracy), ("kappa", one.kappa)):
            cells = estimate_cells(measured)
            row |= {name: cells["value"], f"{name}_low": cells["low"]}
            row |= {f"{name}_high": cells["high"], f"{name}_undefined": cells["undefined"]}
        rows.append(row | {"misses": one.misses, "alarms": one.alarms})
    ends = [f"{n}{e}" for n in ("accuracy", "kappa") for e in ("", "_low", "_high", "_undefined")]
    return pd.DataFrame(rows, columns=["judge", "n", *ends, "misses", "alarms"])


def joined(study: OpenStudy, people: str) -> measure.WithPeople | None:
    """The judges' agreement with people as one more judge, and without; None without an answer
    that people labelled at random."""
    return measure.joined(_verdicts(study, people), _judges(study))


def between(study: OpenStudy, people: str) -> pd.DataFrame:
    """One row two people and part of the answers that both labelled: one, other, part, n, same and
    kappa (each with _low, _high and _undefined), differ."""
    ends = [f"{n}{e}" for n in ("same", "kappa") for e in ("", "_low", "_high", "_undefined")]
    rows = [
        {"one": b.one, "other": b.other, "part": b.part, "n": b.n, "differ": b.differ}
        | _cells("same", b.same)
        | _cells("kappa", b.kappa)
        for b in measure.between(labels(study, people))
    ]
    return pd.DataFrame(rows, columns=["one", "other", "part", "n", *ends, "differ"])


def _cells(name: str, held: Measured) -> dict[str, object]:
    cells = estimate_cells(held)
    return {
        name: cells["value"],
        f"{name}_low": cells["low"],
        f"{name}_high": cells["high"],
        f"{name}_undefined": cells["undefined"],
    }


def differences(study: OpenStudy, people: str) -> pd.DataFrame:
    """One row two people and an answer on which their verdicts differ; columns as
    `measure.human_labels.differences`."""
    return measure.differences(labels(study, people))
