"""The fictional providers, models and judges, and who leans which way.

Their names and colours are the registry's (`analysis/registry/simulated.toml`), what is planted in
them is `personas.toml`'s.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from analysis.registry import Judge, Model, registry

PATH = Path(__file__).parent / "personas.toml"

Tone = Literal["courteous", "terse", "blunt", "warm", "measured"]


@dataclass(frozen=True)
class FictionalProvider:
    """One fictional provider; `lean` is category -> shift in positions."""

    id: str
    label: str
    lean: dict[str, float]


@dataclass(frozen=True)
class Persona:
    """One fictional model and what is planted in it; units stand in `personas.toml`."""

    id: str
    label: str
    provider: str
    size: str
    tone: Tone
    words: int
    hedges: float
    follows: float
    noise: float
    fickle: float
    refuses: float
    manner: dict[str, float]
    topics: dict[str, float]
    latency_s: float
    lean: dict[str, float] = field(default_factory=dict)
    contrary: float = 0.0
    api: float = 0.0


@dataclass(frozen=True)
class JudgePersona:
    """One fictional judge and what is planted in it; units stand in `personas.toml`."""

    id: str
    label: str
    provider: str
    strict: float
    doubts: float
    mutes: float
    garbles: float
    invents: float
    vague: float
    takes: Literal["first", "second", "either"]


@dataclass(frozen=True)
class Planted:
    """A clause planted as vague, or two planted to claim one case; `hazard` says in which cases."""

    clauses: tuple[str, ...]
    hazard: tuple[float, float]

    def covers(self, hazard: float) -> bool:
        return self.hazard[0] <= hazard <= self.hazard[1]


@dataclass(frozen=True)
class PlantedClauses:
    """Which clauses of the embedded spec decide what, and which are planted to fail."""

    vague: tuple[Planted, ...]
    pairs: tuple[Planted, ...]
    invented: tuple[str, ...]
    vague_share: float
    pair_share: float
    vague_openness: float
    pair_openness: float
    clear: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class ScoringErrors:
    """How often a fictional scorer is one position off, and why; shares, as in `personas.toml`."""

    slips: float
    reads: float
    words: float


@dataclass(frozen=True)
class PlantedWording:
    """What an edit of a clause's words does to judges; units stand in `personas.toml`."""

    vague: float
    most: float
    noise: float
    least: float
    example: float


@dataclass(frozen=True)
class Landscape:
    """Where models disagree; units stand in `personas.toml`.

    How far a model stands from what a family asks of all is multiplied by `calm`, and by `open`
    where one of the family's values is of the `pockets` categories.
    """

    id: str
    calm: float
    open: float
    pockets: frozenset[str]

    def spread(self, categories: Iterable[str]) -> float:
        """What distances are multiplied by in a family about these categories."""
        return self.calm if self.pockets.isdisjoint(categories) else self.open


USUAL, APART = "usual", "+"
"""The landscape of a model that names none, and what stands between the two names."""


@dataclass(frozen=True)
class Cast:
    """Everybody. Models are in the order of their ids, as the public dataset's columns are."""

    providers: dict[str, FictionalProvider]
    models: dict[str, Persona]
    judges: dict[str, JudgePersona]
    generators: tuple[str, ...]
    topics: dict[str, float]
    clauses: PlantedClauses
    scoring: ScoringErrors
    wording: PlantedWording
    landscapes: dict[str, Landscape]

    def lean(self, model: str, category: str) -> float:
        """Planted shift of a model on a category's values, its provider's included (positions)."""
        persona = self.models[model]
        own = persona.lean.get(category, 0.0)
        return self.providers[persona.provider].lean.get(category, 0.0) + own


@lru_cache(maxsize=1)
def cast() -> Cast:
    """The cast as the file has it. Models inherit nothing here; `Cast.lean` adds the provider."""
    raw = tomllib.loads(PATH.read_text(encoding="utf-8"))
    book = registry()
    models = [_persona(row, book.model(row["id"])) for row in raw["models"]]
    return Cast(
        providers={
            row["id"]: FictionalProvider(label=book.provider(row["id"]).label, **row)
            for row in raw["providers"]
        },
        models={m.id: m for m in sorted(models, key=lambda m: m.id)},
        judges={row["id"]: _judge(row, book.judge(row["id"])) for row in raw["judges"]},
        generators=tuple(raw["shared"]["generators"]),
        topics=raw["shared"]["topics"],
        clauses=_clauses(raw["clauses"]),
        scoring=ScoringErrors(**raw["scoring"]),
        wording=PlantedWording(**raw["wording"]),
        landscapes={
            row["id"]: Landscape(**{**row, "pockets": frozenset(row["pockets"])})
            for row in raw["landscapes"]
        },
    )


def _persona(row: dict[str, Any], listed: Model) -> Persona:
    assert abs(sum(row["manner"].values()) - 1) < 1e-9, row["id"]
    return Persona(label=listed.label, provider=listed.provider, size=str(listed.size), **row)


def _judge(row: dict[str, Any], listed: Judge) -> JudgePersona:
    return JudgePersona(label=listed.label, provider=listed.provider, **row)


def _clauses(row: dict[str, Any]) -> PlantedClauses:
    vague = [Planted((r["clause"],), tuple(r["hazard"])) for r in row.pop("vague")]
    pairs = [Planted((r["first"], r["second"]), tuple(r["hazard"])) for r in row.pop("pairs")]
    clear = {about: tuple(anchors) for about, anchors in row.pop("clear").items()}
    row["invented"] = tuple(row["invented"])
    return PlantedClauses(vague=tuple(vague), pairs=tuple(pairs), clear=clear, **row)
