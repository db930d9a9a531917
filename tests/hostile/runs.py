"""Whole runs against a provider that spoils its answers: what they cost, and how they end."""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import Plan, parse_plan
from pipeline.providers.catalog import load
from pipeline.providers.limits.retry import RetryPolicy
from pipeline.run import control
from pipeline.run.state import State
from pipeline.simulator.provider import said
from tests.fake_provider.ledger import Ledger, read_ledger
from tests.fake_provider.server import shipped_prices
from tests.hostile.mutations import spoiled
from tests.hostile.server import Asked, Honest, HostileServer

GPT, CLAUDE, EMBEDDER = "gpt_5_4_mini", "claude_haiku_4_5", "text_embedding_3_small"
# The wire, with the model it is spoken to and what the endpoint is told to be.
WIRES = {
    "chat": (GPT, "chat", False),
    "responses": (GPT, "responses", False),
    "messages": (CLAUDE, "", False),
    "chat batch": (GPT, "chat", True),
    "responses batch": (GPT, "responses", True),
    "messages batch": (CLAUDE, "", True),
    "embeddings": (EMBEDDER, "chat", False),
}
QUICK = RetryPolicy(
    attempts=4, rate_limit_attempts=6, base_s=0.002, cap_s=0.02, retry_after_cap_s=0.02
)
MOST_ROUNDS = 12
NEGATIVE = """
SELECT count(*) FROM calls WHERE usd < 0 OR at_risk_usd < 0 OR estimate_usd < 0 OR
  input_tokens < 0 OR output_tokens < 0 OR cached_tokens < 0 OR cache_write_tokens < 0
"""
NEGATIVE_SUMS = """
SELECT count(*) FROM tally WHERE min(done, failed, open, unknown, usd, at_risk_usd, estimate_usd,
  input_tokens, cached_tokens, output_tokens, sends) < 0
"""


@dataclass
class Toll:
    """What a run against a hostile provider came to. Dollars; `open` and `negative` are calls."""

    mutated: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    rounds: int = 0
    state: State = State.RUNNING
    sentence: str = ""
    billed: float = 0.0
    confirmed: float = 0.0
    at_risk: float = 0.0
    done: int = 0
    failed: int = 0
    open: int = 0
    negative: int = 0

    @property
    def covered(self) -> bool:
        return self.billed <= self.confirmed + self.at_risk + 1e-9


@contextmanager
def hostile(dice: random.Random, share: float, ledger: Path, toll: Toll) -> Iterator[HostileServer]:
    """A provider that spoils this share of its answers."""

    async def spoil(asked: Asked, honest: Honest) -> bytes:
        results = asked.path.endswith(("/results", "/content"))
        if dice.random() < share or results:
            return await spoiled(dice, asked, honest, toll.mutated)
        toll.answered += 1
        return (await honest()).wire()

    account = Ledger(ledger, shipped_prices())
    try:
        with HostileServer(spoil, account, said) as server:
            yield server
    finally:
        account.close()


def planned(settings: Settings, wire: str, families: int, replicates: int) -> Plan:
    model, _, batched = WIRES[wire]
    embeds = wire == "embeddings"
    wish = Wish(
        families=families,
        models=("aster_small",) if embeds else (model,),
        writers=("sedge_writer",),
        stages=("pairs", "generate", "dedupe") if embeds else ("pairs", "generate", "respond"),
        batch=("respond",) if batched else (),
        embedder=EMBEDDER if embeds else "tfidf",
        budget_usd=500.0,
        seed=3,
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    data["respond"] = {"replicates": replicates, "max_tokens": 400}
    return parse_plan({**data, "time_limit_s": 10.0}, "plan")


def addressed(server: HostileServer, wire: str) -> dict[str, str]:
    """The environment that sends a wire's calls to a server."""
    return {
        "FAULTLINE_OPENAI_BASE_URL": server.openai_url,
        "FAULTLINE_ANTHROPIC_BASE_URL": server.url,
        "FAULTLINE_OPENAI_API": WIRES[wire][1],
    }


def run_to_its_end(settings: Settings, plan: Plan, ledger: Path, toll: Toll) -> str:
    """Work on a run, resuming it whenever it stops, until it is done or nothing more changes."""
    run = control.launch(plan, settings, load(settings.home))
    while toll.rounds < MOST_ROUNDS and toll.state is not State.DONE:
        toll.rounds += 1
        result = control.work(settings, run, policy=QUICK)
        toll.state, toll.sentence = result.state, result.sentence
    export_run(settings, run)
    _account(settings.runs / run / "journal.sqlite", toll)
    toll.billed = sum(row["usd"] or 0.0 for row in read_ledger(ledger) if row["billed"])
    return run


def _account(journal: Path, toll: Toll) -> None:
    connection = sqlite3.connect(journal)
    try:
        states = dict(connection.execute("SELECT state, count(*) FROM calls GROUP BY state"))
        toll.done, toll.failed = states.get("done", 0), states.get("failed", 0)
        toll.open = states.get("open", 0)
        toll.confirmed, toll.at_risk = connection.execute(
            "SELECT total(usd), total(at_risk_usd) FROM calls"
        ).fetchone()
        for question in (NEGATIVE, NEGATIVE_SUMS):
            toll.negative += connection.execute(question).fetchone()[0]
    finally:
        connection.close()
