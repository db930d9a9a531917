"""Providers, endpoints, models, judges and model sets: `models.toml`, `simulated.toml`, and what
the home's `providers.toml` adds. Analysis, pipeline and pages read it here."""

from analysis.registry.entries import (
    NO_COLOR,
    OTHER,
    Capabilities,
    Endpoint,
    Judge,
    Model,
    ModelSet,
    Price,
    Provider,
)
from analysis.registry.lookup import CORRECTED, LISTED, Registry, of_home, registry
from analysis.registry.names import spelled_id
from analysis.registry.reading import PROVIDERS_FILE, SYMBOLS, check_endpoint

__all__ = [
    "CORRECTED",
    "LISTED",
    "NO_COLOR",
    "OTHER",
    "PROVIDERS_FILE",
    "SYMBOLS",
    "Capabilities",
    "Endpoint",
    "Judge",
    "Model",
    "ModelSet",
    "Price",
    "Provider",
    "Registry",
    "check_endpoint",
    "of_home",
    "registry",
    "spelled_id",
]
