"""A trial: the judged answers on which two wordings of a spec are tried. One JSON object.

    {"format": 1, "study": "mine", "content_hash": "ab12…", "clause": "reasonable_care",
     "old": "house@2026-01-01@1f2e3d4c5b6a", "neighbours": ["shield_from_harm"],
     "situations": ["0_3_neutral"],
     "new": {"name": "house", "version": "2026-02-01", "text": "# House …"},
     "cases": [{"scenario": "0_3_neutral", "model": "o3", "group": "target"}], "power": {…}}

Analysis writes it into a plan (`trial.trial`), the pipeline's stage `trial` has every case judged
under both wordings, and analysis reads it back from the run. `power` and `price` are for people.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.parse.files import read_json
from analysis.parse.specs.clause import Clause
from analysis.parse.specs.spec import parse_spec

FORMAT = 1
MOST_CASES = 100_000
MOST_BYTES = 40_000_000


class Group(StrEnum):
    """Why a case is in a trial. `target`: it cites the clause; `neighbour`: it cites a clause near
    it and not the clause; `control`: it cites neither; `held_out`: its query was written for the
    trial, by a writer who saw neither wording; or, where nobody is to write any, nobody cited the
    clause on it, yet its query is near the clause."""

    TARGET = "target"
    CONTROL = "control"
    HELD_OUT = "held_out"
    NEIGHBOUR = "neighbour"


class Arm(StrEnum):
    """What a case is judged under: the old text, the same once more, the new text."""

    OLD = "old"
    AGAIN = "again"
    NEW = "new"


@dataclass(frozen=True)
class Case:
    """One judged answer (scenario x model, the first replicate) and why it is in the trial."""

    scenario: str
    model: str
    group: Group


@dataclass(frozen=True)
class NewText:
    """The wording that is tried: a whole spec as Markdown."""

    name: str
    version: str
    text: str

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return parse_spec(self.text, f"{self.name or 'spec'}.md", self.version or None).clauses

    @property
    def digest(self) -> str:
        """SHA-256 of the text: which attempt at a clause it is."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Trial:
    """A clause of a study's spec (`old`: name@version@12 hex), its new wording, and the cases.

    `situations`: queries of the target for which others are to be written; their answers are
    held-out cases, too.
    """

    study: str
    content_hash: str
    clause: str
    old: str
    new: NewText
    cases: tuple[Case, ...]
    neighbours: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    power: Mapping[str, Any] = field(default_factory=dict)
    price: Mapping[str, Any] = field(default_factory=dict)

    def of(self, group: Group) -> tuple[Case, ...]:
        """The cases of one group, in the trial's order."""
        return tuple(case for case in self.cases if case.group is group)


def as_json(trial: Trial) -> dict[str, Any]:
    """The trial as `of_json` reads it."""
    new = {"name": trial.new.name, "version": trial.new.version, "text": trial.new.text}
    return {
        "format": FORMAT,
        "study": trial.study,
        "content_hash": trial.content_hash,
        "clause": trial.clause,
        "old": trial.old,
        "new": new,
        "neighbours": list(trial.neighbours),
        "situations": list(trial.situations),
        "cases": [
            {"scenario": c.scenario, "model": c.model, "group": c.group.value} for c in trial.cases
        ],
        "power": dict(trial.power),
        "price": dict(trial.price),
    }


def read_file(path: Path) -> Trial:
    """The trial of a file. Raises FaultlineError naming what does not fit, and where."""
    return of_json(read_json(path, MOST_BYTES, "trial"), path.name)


def of_json(data: Any, where: str) -> Trial:
    """A trial from decoded JSON. Raises FaultlineError naming what does not fit, and where."""
    if not isinstance(data, dict) or not isinstance(data.get("cases"), list):
        raise FaultlineError(f"{where} holds no trial: a list “cases” is missing. Plan it again.")
    if data.get("format", FORMAT) != FORMAT:
        raise FaultlineError(
            f"{where} has the format {data['format']!r}, and this Faultline reads {FORMAT}: plan "
            "the trial again with this version."
        )
    new = data.get("new")
    if not isinstance(new, dict):
        raise FaultlineError(f"{where} lacks “new”, the wording to try: plan the trial again.")
    cases = tuple(_case(one, f"{where}, case {i}") for i, one in enumerate(data["cases"], 1))
    if not cases or len(cases) > MOST_CASES:
        raise FaultlineError(f"{where} has {len(cases):,} cases: a trial has 1 to {MOST_CASES:,}.")
    if len({(c.scenario, c.model) for c in cases}) < len(cases):
        raise FaultlineError(f"{where} names a case twice: each answer is judged in one group.")
    return Trial(
        study=_text(data, "study", where),
        content_hash=_text(data, "content_hash", where),
        clause=_text(data, "clause", where),
        old=_text(data, "old", where),
        new=NewText(
            _text(new, "name", where), _text(new, "version", where), _text(new, "text", where)
        ),
        cases=cases,
        neighbours=tuple(map(str, data.get("neighbours") or ())),
        situations=tuple(map(str, data.get("situations") or ())),
        power=data.get("power") or {},
        price=data.get("price") or {},
    )


def _case(data: Any, where: str) -> Case:
    if not isinstance(data, dict):
        raise FaultlineError(f"{where} is no object with scenario, model and group.")
    group = _text(data, "group", where)
    if group not in set(Group):
        raise FaultlineError(f"{where}: {group!r} is none of the groups {', '.join(Group)}.")
    return Case(_text(data, "scenario", where), _text(data, "model", where), Group(group))


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise FaultlineError(f"{where} lacks “{key}”, a text: plan the trial again.")
    return value
