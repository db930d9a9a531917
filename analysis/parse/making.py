"""How a study was made, as its sources say it: the runs behind it, and how its queries were chosen.

A run's export states this in each parquet file (`NOTE` of its key-values), a study keeps it with
each source, and a study that is written out as sources hands it on. What nobody stated is empty:
nothing here is concluded from the data.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

RUN = "faultline.run"
"""Note of a file that says which run it comes from."""
NOTE = "faultline.made"
"""The key under which a parquet file carries a `Making` as JSON."""
MOST = 1_000_000
"""Characters of such a note that are read: a run states a few thousand."""


class Selection(StrEnum):
    """How the queries of a source were chosen by disagreement, as far as it is stated."""

    UNKNOWN = "unknown"
    ALL = "all"
    HIGH = "high disagreement"
    STRATA = "strata of D"


class Stated(StrEnum):
    """Who says how queries were chosen."""

    NOBODY = ""
    SOURCE = "source"
    RUN = "run"
    PERSON = "person"


class Role(StrEnum):
    """Who had a hand in a study, under the names of a run's stages, in their order."""

    GENERATE = "generate"
    RESPOND = "respond"
    RUBRIC = "rubric"
    SCORE = "score"
    LABEL = "label"
    JUDGE = "judge"


ROLES = tuple(role.value for role in Role)


@dataclass(frozen=True)
class StageCounts:
    """Calls of one stage of a run: how many were done with a reply that can be read, failed, or
    brought one that can't be read (`unparsable`), of `total`."""

    done: int = 0
    failed: int = 0
    unparsable: int = 0
    total: int = 0
    complete: bool = False


@dataclass(frozen=True)
class RunMaking:
    """One run. `plan` is the plan's SHA-256; `roles` stage -> ids of its models; `prompts` name ->
    SHA-256; `asked` model -> its name at its endpoint; `served` model -> {the name that answered:
    calls}; `served_other` model -> calls that
    another model answered than the one asked for; `stand_ins`: endpoints where a stand-in server
    answered; `endpoints` name -> host that its calls went to; `kept_out` model -> calls of those of
    `served_other` whose replies are in no number; `said_same` model -> other names that somebody
    said are the same model. `whole`: every stage had come to its end when the run was written
    out."""

    run: str
    plan: str
    title: str = ""
    whole: bool = False
    simulated: bool = False
    spec: str = ""
    stages: Mapping[str, StageCounts] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    served: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    served_other: Mapping[str, int] = field(default_factory=dict)
    stand_ins: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    kept_out: Mapping[str, int] = field(default_factory=dict)
    said_same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Making:
    """What a source says of its making; empty where it says nothing."""

    runs: tuple[RunMaking, ...] = ()
    selection: Selection = Selection.UNKNOWN
    stated: Stated = Stated.NOBODY

    def __bool__(self) -> bool:
        return bool(self.runs) or self.stated is not Stated.NOBODY

    def of_part(self) -> "Making":
        """The making of some of the scenarios, taken by hand: what was said of all of them does
        not hold for a part, except that each is of high disagreement."""
        if self.selection is Selection.HIGH:
            return self
        return replace(self, selection=Selection.UNKNOWN, stated=Stated.NOBODY)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; `of_json` reads it."""
        return asdict(self)

    def note(self) -> str:
        """The text under `NOTE`."""
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=True)


def of_json(record: object) -> Making:
    """A making from decoded JSON. A record of another shape says nothing: it comes with files that
    anybody can write."""
    from pydantic import ValidationError

    try:
        return _reader().validate_python(record)
    except ValidationError:
        return Making()


@cache
def _reader() -> "TypeAdapter[Making]":
    """What checks a record: made once, since it takes longer than any record it reads."""
    from pydantic import TypeAdapter

    return TypeAdapter(Making)


def of_note(text: str | None) -> Making:
    """A making from a parquet file's note, empty where there is none that can be read."""
    if not text or len(text) > MOST:
        return Making()
    try:
        return of_json(json.loads(text))
    except (ValueError, RecursionError):
        return Making()


def together(makings: Iterable[Making]) -> Making:
    """The making of several sources as one: their runs, each once, and how the queries were chosen
    where all of them say the same."""
    found = list(makings)
    runs = {made.run: made for making in found for made in making.runs}
    said = {(making.selection, making.stated) for making in found}
    choices = {selection for selection, _ in said}
    if len(choices) != 1:
        return Making(tuple(runs.values()))
    by = next((s for s in Stated if any(stated is s for _, stated in said)), Stated.NOBODY)
    return Making(tuple(runs.values()), choices.pop(), by)
