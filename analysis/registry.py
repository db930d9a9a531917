"""Known models, judges, providers and model sets: `registry.toml`, read once and looked up.

A name that nobody listed is kept as it is, with provider `other`: a new model must never vanish
because this file is older than the data.
"""

import functools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import FaultlineError

PATH = Path(__file__).parent / "registry.toml"
_ID = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True)
class ProviderEntry:
    """One provider; `color` is the hue that its models share on every chart."""

    id: str
    label: str
    color: str
    simulated: bool = False


@dataclass(frozen=True)
class ModelEntry:
    """One model as the data spells it, with the other spellings that mean the same.

    `size` is its class inside the provider's line-up (small, medium, large); `cost` its class by
    list price of output (low, middle, high).
    """

    id: str
    label: str
    provider: str
    size: str | None = None
    cost: str | None = None
    simulated: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class JudgeEntry:
    """One judge; `note` says where the data's name and the paper's differ."""

    id: str
    label: str
    provider: str
    note: str | None = None
    simulated: bool = False


@dataclass(frozen=True)
class SetEntry:
    """A named set of models that disagreement is computed over at load time."""

    id: str
    label: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class Registry:
    """Everything in the file, in its order."""

    providers: tuple[ProviderEntry, ...]
    models: tuple[ModelEntry, ...]
    judges: tuple[JudgeEntry, ...]
    sets: tuple[SetEntry, ...]

    def provider(self, provider_id: str) -> ProviderEntry:
        """The provider, or one made of its bare id."""
        known = {p.id: p for p in self.providers}
        return known.get(provider_id) or ProviderEntry(provider_id, provider_id, "#707070")

    def model(self, model_id: str) -> ModelEntry:
        """The model under its id, or an entry of provider `other` that keeps the id."""
        known = {m.id: m for m in self.models}
        return known.get(model_id) or ModelEntry(model_id, model_id, "other")

    def judge(self, judge_id: str) -> JudgeEntry:
        """The judge under its id, or an entry of provider `other` that keeps the id."""
        known = {j.id: j for j in self.judges}
        return known.get(judge_id) or JudgeEntry(judge_id, judge_id, "other")

    def resolve(self, spelling: str) -> str:
        """The dataset's own id for any known spelling of a model; unknown ones stay as they are."""
        names = {_normal(a): m.id for m in self.models for a in (m.id, m.label, *m.aliases)}
        return names.get(_normal(spelling), spelling.strip())


def _normal(spelling: str) -> str:
    tail = spelling.strip().lower().rsplit("/", 1)[-1]
    return _ID.sub("_", tail).strip("_")


def parse(text: str) -> Registry:
    """A registry from TOML text. Raises FaultlineError naming the entry that does not fit."""
    try:
        raw = tomllib.loads(text)
        return Registry(
            providers=tuple(ProviderEntry(**p) for p in raw.get("providers", [])),
            models=tuple(_model(m) for m in raw.get("models", [])),
            judges=tuple(JudgeEntry(**j) for j in raw.get("judges", [])),
            sets=tuple(SetEntry(s["id"], s["label"], tuple(s["models"])) for s in raw["sets"]),
        )
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise FaultlineError(
            f"The model registry can't be read: {error}. Mend that entry."
        ) from None


def _model(entry: dict[str, object]) -> ModelEntry:
    aliases = entry.pop("aliases", [])
    if not isinstance(aliases, Iterable):
        raise TypeError(f"aliases of {entry.get('id')} are not a list")
    return ModelEntry(**entry, aliases=tuple(str(a) for a in aliases))  # type: ignore[arg-type]


@functools.cache
def registry() -> Registry:
    """The registry of this program, read once per process."""
    return parse(PATH.read_text(encoding="utf-8"))
