"""The loopback provider's command, and its page: what it takes is what is documented."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import fields
from pathlib import Path

import pytest

from tests.fake_provider.faults import Fault, FaultPlan, Rule, load_faults
from tests.fake_provider.ledger import Entry, Ledger, read_ledger

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "tests" / "fake_provider" / "README.md").read_text(encoding="utf-8")
MODULES = [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "pipeline").rglob("*.py")]


def documented(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    table = README.split(f"| {heading}")[1].split("\n\n")[0]
    return {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
        if row.startswith("|")
    }


def public(kind: type) -> set[str]:
    return {f.name for f in fields(kind) if not f.name.startswith("_")} - {"rules"}


def test_every_fault_setting_and_field_is_documented():
    assert documented("`kind` | what the client sees") == {kind.value for kind in Fault}
    assert documented("setting | default") == public(FaultPlan)
    assert documented("field of a rule | default") == public(Rule)


def test_the_documented_faults_file_is_read_as_it_says(tmp_path):
    example = README.split("any number of rules:\n\n")[1].split("\n\nThe first rule")[0]
    path = tmp_path / "faults.toml"
    path.write_text(re.sub("(?m)^    ", "", example))
    plan = load_faults(path)
    assert (plan.latency_ms, plan.rate_per_s) == (200, 20)
    assert plan.rules == (
        Rule(Fault.RATE_LIMIT, first=2, seconds=1),
        Rule(Fault.SERVER_ERROR, model="claude-*", stage="judge", probability=0.1),
    )


def test_every_column_of_the_ledger_is_documented(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", lambda model: pytest.fail("nothing was billed"))
    ledger.write(Entry("chat", "m", "respond", 0, "d", 200))
    ledger.close()
    (entry,) = read_ledger(tmp_path / "ledger.jsonl")
    told = set(re.findall(r"`(\w+)`", README.split("## The ledger")[1].split("\n\n")[1]))
    assert set(entry) == told


@pytest.fixture
def served(tmp_path):
    """The command as a script starts it, every request failing: (process, address, ledger)."""
    faults, ledger = tmp_path / "faults.json", tmp_path / "ledger.jsonl"
    faults.write_text(json.dumps({"fault": [{"kind": "server_error"}]}))
    command = [sys.executable, "-m", "tests.fake_provider", "--faults", faults, "--ledger", ledger]
    server = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield server, server.stderr.readline().split()[3], ledger
    server.kill()
    server.wait()


def test_it_serves_until_interrupted_and_keeps_its_ledger(served):
    server, address, ledger = served
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]}).encode()
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(f"{address}/v1/chat/completions", body, timeout=60)
    told.value.close()
    assert told.value.code == 500
    assert [entry["fault"] for entry in read_ledger(ledger)] == ["server_error"]
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=60)
    assert (server.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("", ("--faults", "nowhere.toml"), "no faults file"),
        ('[[fault]]\nkind = "meteor"', ("--faults", "faults.toml"), "needs a kind"),
        ("rate = 3", ("--faults", "faults.toml"), "unknown field 'rate'"),
        ("", ("--port", "99999"), "Port 99999 can't be used"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, text, words, sentence):
    (tmp_path / "faults.toml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fake_provider", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_product_does_not_import_it():
    users = [p for p in MODULES if "fake_provider" in p.read_text(encoding="utf-8")]
    assert users == []
