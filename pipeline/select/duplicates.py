"""What a distance would do to given queries, before anything is paid for: for a person to judge."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import FaultlineError
from analysis.registry import Model
from pipeline.prompting import BYTES_PER_TOKEN
from pipeline.providers.catalog import Catalog
from pipeline.providers.errors import ProviderError
from pipeline.providers.openai.provider import OpenAIProvider
from pipeline.select.calibrate import Calibration, Probes, planted
from pipeline.select.embed import DEFAULT_STOPS, embed, measured, pairs_around
from pipeline.select.embedders import TOGETHER
from pipeline.select.kcenter import Grid, on_grid, select


@dataclass(frozen=True)
class QueryPair:
    """Two queries next to the distance; `kept`: the first stays although the other does."""

    query: str
    other: str
    distance: float
    kept: bool


@dataclass(frozen=True)
class Duplicates:
    """Of `of` queries `kept` stay at the distance `stop`. `calibration` is how it was measured,
    None where it is known or was named."""

    stop: float
    calibration: Calibration | None
    of: int
    kept: int
    pairs: tuple[QueryPair, ...]


def texts_of(queries: Sequence[str], families: Sequence[str]) -> tuple[list[str], Probes]:
    """Every text that `duplicates` needs a vector of, each once; and the probes among them."""
    probes = planted(queries, families)
    return list(dict.fromkeys([*queries, *probes.texts])), probes


def duplicates(
    queries: Sequence[str],
    families: Sequence[str],
    embedder: str,
    stop: float | None,
    give: Callable[[Sequence[str]], Grid] | None = None,
) -> Duplicates:
    """What a selection would leave out of these queries; `give` has the vectors of an endpoint.

    Raises FaultlineError when the embedder is not there.
    """
    found = None
    if stop is None and embedder not in DEFAULT_STOPS:
        _, probes = texts_of(queries, families)
        found = measured(_grid(probes.texts, embedder, give), probes)
    if stop is None:
        stop = DEFAULT_STOPS[embedder].plain if found is None else found.distance
    points = _grid(queries, embedder, give)
    order = select(points, stop=stop).order.tolist()
    pairs = tuple(
        QueryPair(queries[pair.row], queries[pair.other], pair.distance, pair.kept)
        for pair in pairs_around(points, order, stop)
    )
    return Duplicates(stop, found, len(queries), len(order), pairs)


def _grid(
    texts: Sequence[str], embedder: str, give: Callable[[Sequence[str]], Grid] | None
) -> Grid:
    return embed(texts, embedder) if give is None else give(texts)


def vectors_usd(model: Model, texts: Sequence[str]) -> float | None:
    """About what the vectors of these texts cost in dollars; None for an unknown price."""
    size = sum(len(text.encode("utf-8", "replace")) for text in texts)
    return model.price.usd(math.ceil(size / BYTES_PER_TOKEN), 0)


def endpoint_vectors(catalog: Catalog, model: Model, texts: Sequence[str]) -> dict[str, Grid]:
    """Text -> its row on the grid, asked of an endpoint now, outside any run and its budget.

    Raises FaultlineError with the endpoint's sentence.
    """
    catalog.check_embedder(model.endpoint, model.name)
    try:
        rows = asyncio.run(_embedded(catalog, model, texts))
    except ProviderError as error:
        raise FaultlineError(f"{model.id} gave no vectors: {error.sentence}") from None
    return dict(zip(texts, on_grid(np.asarray(rows, dtype=np.float64)), strict=True))


async def _embedded(catalog: Catalog, model: Model, texts: Sequence[str]) -> list[list[float]]:
    provider = catalog.open(model.endpoint, time_limit_s=60.0)
    assert isinstance(provider, OpenAIProvider)
    try:
        rows: list[list[float]] = []
        for start in range(0, len(texts), TOGETHER):
            rows += await provider.embed(texts[start : start + TOGETHER], model.name)
        return rows
    finally:
        await provider.aclose()
