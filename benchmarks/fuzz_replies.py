"""Mutated replies of every wire, through the real SDKs into runner, journal and ledger.

    python benchmarks/fuzz_replies.py [--small] [--replies 10000] [--seed 1]

A provider on this machine spoils seven of ten answers over real HTTP, and half of the lines of each
batch's results: counts of tokens that can't be, other types, names twice, deep nesting, lone
surrogates, cut and changed bytes, lies in headers, bombs, statuses. Runs go on until each wire has
had its share. Every run has to end by itself, without an exception that nobody foresaw; dollars
confirmed and at risk must cover the bill in the provider's own ledger; nothing may be negative; and
what it has must export. The exit code is 1 where that failed.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.settings import Settings  # noqa: E402
from pipeline.run import embed_calls  # noqa: E402
from pipeline.run.state import State  # noqa: E402
from tests.hostile.runs import (  # noqa: E402
    WIRES,
    Toll,
    addressed,
    hostile,
    planned,
    run_to_its_end,
)

SHARE = 0.7  # of the answers; one in three for batches, whose result lines are spoiled as well
BATCH_SHARE = 0.3
FAMILIES, REPLICATES = 24, 4
TEXTS_A_CALL = 2  # so that a run asks for vectors often

# A run may also end so: nothing usable came back, and the sentence says how to ask again.
RESUMABLE = ("no usable reply", "resume it to try them again")


@dataclass
class Sum:
    """What the runs of one wire came to. Dollars."""

    runs: int = 0
    mutated: Counter[str] = field(default_factory=Counter)
    done: int = 0
    failed: int = 0
    billed: float = 0.0
    confirmed: float = 0.0
    at_risk: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, toll: Toll, wire: str, seed: int) -> None:
        self.runs += 1
        self.mutated += toll.mutated
        self.done, self.failed = self.done + toll.done, self.failed + toll.failed
        self.billed += toll.billed
        self.confirmed, self.at_risk = self.confirmed + toll.confirmed, self.at_risk + toll.at_risk
        self.failures += [f"{wire}, seed {seed}: {why}" for why in _wrong(toll)]


def _wrong(toll: Toll) -> list[str]:
    found = []
    if toll.state is not State.DONE and not any(end in toll.sentence for end in RESUMABLE):
        found.append(f"it ended as {toll.state}: {toll.sentence}")
    if "broke" in toll.sentence:
        found.append(toll.sentence)
    if not toll.covered:
        found.append(f"billed {toll.billed}, accounted {toll.confirmed + toll.at_risk}")
    if toll.negative:
        found.append(f"{toll.negative} negative amounts")
    return found


def one_run(wire: str, seed: int, folder: Path) -> Toll:
    home = folder / f"{wire.replace(' ', '-')}-{seed}"
    os.environ["FAULTLINE_HOME"] = str(home)
    settings, toll = Settings(home=home), Toll()
    share = BATCH_SHARE if "batch" in wire else SHARE
    ledger = home / "ledger.jsonl"
    with hostile(random.Random(f"{seed} {wire}"), share, ledger, toll) as server:
        os.environ.update(addressed(server, wire))
        plan = planned(settings, wire, FAMILIES, REPLICATES)
        run_to_its_end(settings, plan, ledger, toll)
    return toll


def run(count: int, seed: int, folder: Path) -> dict[str, Sum]:
    found = {wire: Sum() for wire in WIRES}
    embed_calls.TOGETHER = TEXTS_A_CALL
    for wire, summed in found.items():
        while summed.mutated.total() * len(WIRES) < count:
            number = seed + summed.runs
            try:
                summed.add(one_run(wire, number, folder), wire, number)
            except Exception as error:
                summed.runs += 1
                summed.failures.append(f"{wire}, seed {number}: {type(error).__name__}: {error}")
                if len(summed.failures) > 20:
                    break
    return found


def told(found: dict[str, Sum]) -> str:
    lines = [
        "| wire | runs | replies mutated | calls answered | calls failed | billed | confirmed | "
        "at risk | failures |",
        f"| --- |{' ---: |' * 8}",
    ]
    whole = Sum()
    for summed in found.values():
        whole.runs += summed.runs
        whole.mutated += summed.mutated
        for name in ("done", "failed", "billed", "confirmed", "at_risk", "failures"):
            setattr(whole, name, getattr(whole, name) + getattr(summed, name))
    for wire, one in [*found.items(), ("all", whole)]:
        money = " | ".join(f"${usd:,.4f}" for usd in (one.billed, one.confirmed, one.at_risk))
        lines.append(
            f"| {wire} | {one.runs:,} | {one.mutated.total():,} | {one.done:,} | {one.failed:,} | "
            f"{money} | {len(one.failures):,} |"
        )
    kinds = ", ".join(f"{how.replace('_', ' ')} {n:,}" for how, n in whole.mutated.most_common())
    return "\n".join([*lines, "", f"By what was done: {kinds}."])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    logging.getLogger("faultline.run").propagate = False
    with tempfile.TemporaryDirectory() as folder:
        found = run(140 if args.small else args.replies, args.seed, Path(folder))
    print(told(found))
    failures = [why for summed in found.values() for why in summed.failures]
    if failures:
        print("\n".join(failures), file=sys.stderr)
        print(f"{len(failures)} runs failed, the first: {failures[0][:200]}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
