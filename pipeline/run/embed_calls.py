"""Vectors from an OpenAI-compatible endpoint: asked, journaled and paid for like any other call.

A selection whose embedder is a model of the plan asks for vectors in calls of its own. What came
back is kept on the grid that selection works on, so a resumed run pays for nothing again, and the
second selection of a run uses what the first one asked for.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Protocol

import numpy as np

from analysis.errors import FaultlineError
from analysis.vocabulary import Outcome
from pipeline.journal.journal import CHUNK
from pipeline.prompting import ModelCall
from pipeline.providers.types import ChatRequest, Message, Reply
from pipeline.records import Scenario
from pipeline.run.flow import Flow
from pipeline.select.calibrate import Probes, planted
from pipeline.select.embedders import TOGETHER
from pipeline.select.kcenter import Grid, on_grid
from pipeline.stage_spec import Work
from pipeline.stages import BY_NAME, SELECTING


class Embeds(Protocol):
    """What gives a reply with vectors for a request whose messages are the texts."""

    name: str
    base_url: str

    async def embed_reply(self, request: ChatRequest) -> Reply: ...


class EmbeddingProvider:
    """An endpoint as the runner calls it for vectors. Closing is left to whoever opened it."""

    def __init__(self, endpoint: Embeds) -> None:
        self._endpoint = endpoint
        self.name, self.base_url = endpoint.name, endpoint.base_url

    async def send(self, request: ChatRequest) -> Reply:
        """`raw` of the reply holds the vectors on the grid, `text` says how many there are."""
        reply = await self._endpoint.embed_reply(request)
        if reply.outcome is not Outcome.ANSWERED:
            return reply
        points = on_grid(np.asarray(json.loads(reply.raw), dtype=np.float64))
        description = f"{points.shape[0]} texts, {points.shape[1]} numbers each"
        return replace(reply, raw=packed(points), text=description)

    async def aclose(self) -> None:
        return


def packed(points: Grid) -> str:
    """A grid as text: its shape and its numbers."""
    encoded = base64.b64encode(np.ascontiguousarray(points, "<i2").tobytes()).decode("ascii")
    return json.dumps({"shape": points.shape, "grid": encoded})


def unpacked(text: str) -> Grid:
    read = json.loads(text)
    flat = np.frombuffer(base64.b64decode(read["grid"]), "<i2")
    return flat.reshape(read["shape"]).astype(np.int16)


class EmbedFlow(Flow):
    """A flow whose selections can ask for vectors: `work("dedupe", model)` gives those calls."""

    def selected_from(self, stage: str) -> list[Scenario]:
        """The queries that a selection chooses among; a variant stays or goes with its parent."""
        selection = BY_NAME[stage].selection
        return [] if selection is None else list(selection.candidates(self))

    def paying(self, stage: str) -> str:
        """The selection whose calls hold the vectors: the first one with this embedder."""
        embedder = self.plan.selection(stage).embedder
        planned = [name for name in SELECTING if name in self.plan.stages]
        same = (name for name in planned if self.plan.selection(name).embedder == embedder)
        return next(same, stage)

    def probes(self, stage: str) -> Probes:
        """What an embedder's distance is measured on, where the plan names none."""
        scenarios = self.selected_from(self.paying(stage))
        queries = [scenario.query for scenario in scenarios]
        return planted(queries, [scenario.family for scenario in scenarios])

    def work(self, stage: str, model: str) -> Iterator[Work]:
        if stage not in SELECTING:
            return super().work(stage, model)
        if self.paying(stage) != stage:
            return iter(())
        return (Work(call, None, str) for call in self._model_calls(stage, model))

    def _model_calls(self, stage: str, model: str) -> Iterator[ModelCall]:
        entry, texts = self.plan.models[model], iter(self._texts(stage))
        number = 0
        while part := tuple(islice(texts, TOGETHER)):
            request = ChatRequest(
                stage=stage,
                provider=entry.provider,
                model=entry.name,
                messages=tuple(Message("user", text) for text in part),
                max_tokens=0,
            )
            yield ModelCall(f"texts {number + 1} to {number + len(part)}", model, request)
            number += len(part)

    def _texts(self, stage: str) -> Iterable[str]:
        """Each text once. Planted ones are asked for where a distance has to be measured."""
        measured = any(
            self.plan.selection(name).stop is None
            for name in SELECTING
            if name in self.plan.stages and self.paying(name) == stage
        )
        queries = (scenario.query for scenario in self.selected_from(stage))
        return dict.fromkeys(chain(queries, self.probes(stage).texts if measured else ()))

    def vectors(self, stage: str, texts: Sequence[str]) -> Grid:
        """One row a text, from what was asked for. Raises FaultlineError when some is missing."""
        first = self.paying(stage)
        (model,) = self.plan.models_of(stage)
        found: dict[str, Any] = {}
        keyed = [(self.key(call), call) for call in self._model_calls(first, model)]
        replies = self._raw([key for key, _ in keyed])
        lost = [call.subject for key, call in keyed if key not in replies]
        if lost:
            raise FaultlineError(
                f"{len(lost)} of {len(keyed)} requests for vectors to {model} have no reply "
                f"({lost[0]} first): see the run's log, and resume it to try them again."
            )
        for key, call in keyed:
            rows = unpacked(replies[key])
            found.update(zip((m.content for m in call.request.messages), rows, strict=True))
        return np.stack([found[text] for text in texts])

    def _raw(self, keys: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            rows = self.connection.execute(
                "SELECT key, raw FROM calls WHERE state = 'done' AND "
                f"outcome = '{Outcome.ANSWERED}' AND key IN ({','.join('?' * len(part))})",
                list(part),
            )
            found.update((row["key"], row["raw"]) for row in rows)
        return found
