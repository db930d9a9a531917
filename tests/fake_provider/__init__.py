"""A provider on this machine: Anthropic's and OpenAI's wire formats, with faults on demand.

It lets the real SDK clients be tested over real HTTP, and keeps its own ledger of what it was
asked and would have billed, against which a run's own accounts are checked.
"""

from tests.fake_provider.faults import FaultPlan, Rule, load_faults
from tests.fake_provider.ledger import Ledger, read_ledger
from tests.fake_provider.server import Loopback, serve_fake

__all__ = ["FaultPlan", "Ledger", "Loopback", "Rule", "load_faults", "read_ledger", "serve_fake"]
