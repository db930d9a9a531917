"""What the runner does twice a second: its heartbeat, live readings, and orders from people."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from pipeline.journal.journal import Journal, now
from pipeline.run.calls import ModelChannel
from pipeline.run.state import State

log = logging.getLogger("faultline.run")
BEAT_S = 0.5
SMOOTHING = 0.3  # share of the newest reading in a model's speed


class Heartbeat:
    """Runs beside the stages until cancelled. `stop(state, sentence, cancelled=)` drains."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        channels: Mapping[str, ModelChannel | str],
        stop: Callable[..., None],
    ) -> None:
        self.folder, self.journal, self.channels, self.stop = folder, journal, channels, stop
        self.place = folder.stat().st_ino
        self.trouble = ""
        self.speed: dict[str, float] = {}
        self.seen: dict[str, tuple[float, int]] = {}

    async def run(self) -> None:
        try:
            while True:
                await self._beat()
                await asyncio.sleep(BEAT_S)
        finally:
            self._gauges()

    async def _beat(self) -> None:
        self._look_down()
        if self.journal.writer.trouble != self.trouble:
            self.trouble = self.journal.writer.trouble
            log.error("%s: waiting for room", self.trouble) if self.trouble else log.info("writing")
        if self.trouble:
            return  # nothing can be written: don't queue up beats
        self.journal.set_meta("heartbeat", now())
        self._gauges()
        try:
            orders = self.journal.commands()
        except sqlite3.Error as error:
            log.warning("the control table can't be read (%s)", error)
            return
        for number, command, _ in orders:
            await self.journal.take(number)
            self._obey(command)

    def _obey(self, command: str) -> None:
        log.info("order: %s", command)
        if command == "pause":
            self.stop(State.PAUSED, "Paused by a person. Resume it at any time.")
        elif command == "cancel":
            self.stop(State.STOPPED, "", cancelled=True)

    def _look_down(self) -> None:
        """Stop when the run's folder was moved away: nothing may be written in its old place."""
        try:
            moved = self.folder.stat().st_ino != self.place
        except OSError:
            moved = True
        if moved:
            self.stop(
                State.STOPPED,
                "The run's folder was moved while it ran. Resume it from where it is now.",
            )

    def _gauges(self) -> None:
        moment = time.monotonic()
        for model, channel in self.channels.items():
            if isinstance(channel, str):
                self.journal.set_gauge(model, {"paused": channel})
                continue
            state = channel.limiter.state()
            before, replies = self.seen.get(model, (moment, state.replies))
            self.seen[model] = (moment, state.replies)
            if moment > before:
                latest = (state.replies - replies) / (moment - before)
                old = self.speed.get(model, latest)
                self.speed[model] = SMOOTHING * latest + (1 - SMOOTHING) * old
            speed = round(self.speed.get(model, 0.0), 2)
            self.journal.set_gauge(model, {**asdict(state), "per_second": speed})
