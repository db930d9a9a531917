"""The registry of this program and home, looked up by id or by any known spelling.

A name that nobody listed is kept as it is: a new model must never vanish because the registry is
older than the data. Whose it is may be told by its name; what was told so says `guessed`.
"""

import functools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis import settings
from analysis.registry import corrections, reading
from analysis.registry.corrections import Correction
from analysis.registry.entries import (
    NO_COLOR,
    OTHER,
    Endpoint,
    Judge,
    Model,
    ModelSet,
    Provider,
)
from analysis.registry.names import (
    Name,
    dated,
    is_tuned,
    snapshot_of,
    spelled_id,
    take_apart,
    with_day,
)
from analysis.registry.reading import provider_named
from analysis.text_safety import contained

LISTED, CORRECTED = "listed", "said by a person"
"""How a name was read, where nothing was guessed."""


@dataclass(frozen=True)
class Registry:
    """Everything that is listed, in its order."""

    providers: tuple[Provider, ...]
    endpoints: tuple[Endpoint, ...]
    models: tuple[Model, ...]
    judges: tuple[Judge, ...]
    sets: tuple[ModelSet, ...]
    corrections: Mapping[str, Correction] = field(default_factory=dict)

    def provider(self, provider_id: str) -> Provider:
        """The provider, or one made of its bare id."""
        known = self._providers.get(provider_id)
        return known or Provider(provider_id, contained(provider_id), NO_COLOR)

    def model(self, model_id: str) -> Model:
        """The model under its id, or an entry that keeps the id.

        A dated snapshot of a listed model is of its family and named with the date; another
        unlisted model is of the provider that its name tells, else of `other`.
        """
        found = self._models.get(model_id) or self._derived(model_id)
        corrected = self._corrections_of.get(model_id)
        if corrected is None:
            return found
        return replace(
            found,
            guessed=False,
            label=contained(corrected.label) or found.label,
            provider=corrected.provider or found.provider,
        )

    def judge(self, judge_id: str) -> Judge:
        """The judge under its id, else the model of that id as a judge."""
        known = self._judges.get(judge_id)
        if known is not None:
            return known
        model = self.model(judge_id)
        return Judge(
            judge_id,
            model.label,
            model.provider,
            simulated=model.simulated,
            guessed=model.guessed,
        )

    def resolve(self, spelling: str) -> str:
        """The id for any spelling of a listed model or of a dated snapshot of one.

        Others stay as they are, without blanks around them. What a person said goes first.
        """
        plain = spelling.strip()
        correction = self.corrections.get(plain)
        return (
            correction.model if correction is not None and correction.model else self._read(plain)
        )

    def _read(self, plain: str) -> str:
        if plain in self._models:
            return plain
        whole = spelled_id(plain)
        if whole in self._spellings:
            return self._spellings[whole]
        name = self._apart(plain)
        if (name.vendor and not self._vendor_fits(name)) or is_tuned(plain):
            return plain
        return self._listed(name.core) or self._snapshot_id(name.core) or plain

    def _listed(self, core: str) -> str:
        """Id of the listed model that a name means, its day written in either way; else ""."""
        ways = (core, *(with_day(core, compact=compact) for compact in (True, False)))
        return next((self._spellings[way] for way in ways if way in self._spellings), "")

    def _snapshot_id(self, core: str) -> str:
        """Id of a dated snapshot of a listed model, "" for another name. Its day is written as the
        listed names of the model write theirs, so that both ways are one model."""
        found = snapshot_of(core, self._spellings)
        if found is None:
            return ""
        spelled = [s for s, model in self._spellings.items() if model == found[0]]
        return with_day(core, compact=any(with_day(s, compact=False) != s for s in spelled))

    def resolve_all(self, spellings: Iterable[str]) -> dict[str, str]:
        """Spelling -> id for the models of one source, where two spellings are two models.

        What resolves to one id stays apart: the one spelled most plainly has the id, the others
        keep their own spelling.
        """
        taken: dict[str, str] = {}
        found: dict[str, str] = {}
        names = list(dict.fromkeys(spellings))
        for spelling in sorted(names, key=lambda s: not self._plain(s)):
            identity = self.resolve(spelling)
            if identity in taken:
                identity = spelling.strip()
            taken[identity] = spelling
            found[spelling] = identity
        return {spelling: found[spelling] for spelling in names}

    def how_read(self, spelling: str, model_id: str) -> str:
        """How a name as a file writes it was read, in words for a table."""
        correction = self.corrections.get(spelling.strip())
        if correction is not None or model_id in self._corrections_of:
            return CORRECTED
        model = self.model(model_id)
        if model.family:
            return f"a snapshot of {self.model(model.family).label}, by its date"
        if model_id in self._models:
            return LISTED if self._plain(spelling) else "listed; the rest of the name left aside"
        if model.provider == OTHER:
            return "not listed; nothing in the name tells whose it is"
        return f"not listed; {self.provider(model.provider).label} by its name"

    def is_of(self, model_id: str, spelling: str) -> bool:
        """Whether a spelling means that model or a snapshot of it: a deployment answers under the
        name of its model."""
        found = self.model(self.resolve(spelling))
        return model_id in (found.id, found.family)

    def _plain(self, spelling: str) -> bool:
        """Whether a spelling is the id or the label itself, and no snapshot or other name."""
        model = self._models.get(self.resolve(spelling))
        return model is not None and spelled_id(spelling) in (model.id, spelled_id(model.label))

    def _derived(self, model_id: str) -> Model:
        name = self._apart(model_id)
        found = snapshot_of(name.core, self._spellings) if self._vendor_fits(name) else None
        if found is not None:
            base = self._models[found[0]]
            return replace(
                base,
                id=model_id,
                label=f"{base.label} ({found[1]})",
                aliases=(),
                endpoint="",
                name="",
                retires="",
                snapshot=found[1],
                family=base.id,
                guessed=True,
            )
        provider = provider_named(name, self.providers)
        apart = dated(model_id)
        # An id from data may be written from right to left; a label stands inside sentences.
        label = contained(f"{apart[0]} ({apart[1]})" if apart else model_id)
        return Model(
            model_id,
            label,
            provider or OTHER,
            snapshot=apart[1] if apart else "",
            guessed=bool(provider),
        )

    def _apart(self, spelling: str) -> Name:
        return take_apart(spelling, self._families)

    def _vendor_fits(self, name: Name) -> bool:
        """Whether a listed model may be meant: a gateway's or its own provider's name before it."""
        whose = self._vendors.get(name.vendor)
        listed = self._listed(name.core) or None
        if listed is None:
            found = snapshot_of(name.core, self._spellings)
            listed = found[0] if found else None
        return whose is None or listed is None or self._models[listed].provider == whose

    @functools.cached_property
    def _corrections_of(self) -> dict[str, Correction]:
        """Model id -> what a person said of whose it is and what it is called."""
        named = {s: c for s, c in self.corrections.items() if c.provider or c.label}
        return {c.model or self._read(s): c for s, c in named.items()}

    @functools.cached_property
    def _providers(self) -> dict[str, Provider]:
        return {p.id: p for p in self.providers}

    @functools.cached_property
    def _models(self) -> dict[str, Model]:
        return {m.id: m for m in self.models}

    @functools.cached_property
    def _judges(self) -> dict[str, Judge]:
        return {j.id: j for j in self.judges}

    @functools.cached_property
    def _vendors(self) -> dict[str, str]:
        return {spelled_id(v): p.id for p in self.providers for v in p.vendors}

    @functools.cached_property
    def _families(self) -> dict[str, tuple[str, ...]]:
        return {spelled_id(v): p.families for p in self.providers for v in p.vendors}

    @functools.cached_property
    def _spellings(self) -> Mapping[str, str]:
        """Every listed spelling -> the id that it means."""
        return {
            spelled_id(spelling): m.id
            for m in self.models
            for spelling in (m.id, m.label, m.name, *m.aliases)
            if spelling
        }


def registry() -> Registry:
    """What is shipped and what the home's `providers.toml` adds, read again when that changes.

    Raises FaultlineError for a `providers.toml` that is wrong.
    """
    return _of(_home(os.environ.get("FAULTLINE_HOME"), os.getcwd()))  # noqa: PTH109 (asked often)


@functools.lru_cache(maxsize=64)
def _home(home: str | None, folder: str) -> str:
    """The home of this process: a relative one depends on the working folder."""
    return str(settings.current().home)


def _of(home: str) -> Registry:
    providers = _stamp(f"{home}/{reading.PROVIDERS_FILE}")
    names = _stamp(f"{home}/{corrections.NAMES_FILE}")
    return _read(home if providers or names else "", providers, names)


def _stamp(path: str) -> tuple[int, int] | None:
    """When a file changed and how long it is, None where it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a third of the time that a Path takes)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def of_home(home: Path) -> Registry:
    """The registry with the files of another home than this process's own."""
    return _of(str(home))


@functools.lru_cache(maxsize=8)
def _read(home: str, providers: tuple[int, int] | None, names: tuple[int, int] | None) -> Registry:
    entries = reading.read(Path(home) / reading.PROVIDERS_FILE if providers else None)
    recorded = corrections.read(Path(home) / corrections.NAMES_FILE) if names else {}
    return Registry(**entries, corrections=recorded)
