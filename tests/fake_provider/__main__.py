"""The command of the loopback provider: `python -m tests.fake_provider`; see README.md."""

import argparse
import contextlib
import sys
from pathlib import Path

from analysis.errors import FaultlineError
from pipeline.simulator.provider import said
from tests.fake_provider.server import serve_fake


def main() -> None:
    """Serve until interrupted; a wrong port or faults file is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fake_provider",
        description="Serve Anthropic's and OpenAI's wire formats on this machine, at no cost.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one.")
    parser.add_argument("--faults", type=Path, help="A TOML or JSON file of faults.")
    parser.add_argument("--ledger", type=Path, help="Where it records what it was asked.")
    given = parser.parse_args()
    try:
        with contextlib.suppress(KeyboardInterrupt):  # how it is ended
            serve_fake(given.port, given.faults, given.ledger, said)
    except FaultlineError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
