"""What a hub can refuse, and a disk: each is one plain sentence, and no token is ever in it."""

import os
import time

import pytest
from hub_repo import BIG, FILES, REPO, SHORT_TIMEOUTS, SMALL, complaint, fetched, planned
from hub_server import Fault, HubServer

from analysis.load.hub import hub
from analysis.settings import Settings

# Refusals


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("info", "status", None, 401), "private"),
        (Fault("info", "status", None, 403), "private"),
        (Fault("info", "status", None, 401, {"X-Error-Code": "GatedRepo"}), "gated"),
        (Fault("info", "status", None, 403, {"X-Error-Code": "GatedRepo"}), "gated"),
        (Fault("info", "status", None, 404, {"X-Error-Code": "RepoNotFound"}), "no dataset"),
        (Fault("info", "status", None, 404), "no dataset"),
        (Fault("info", "status", None, 500), "500"),
        (Fault(BIG, "status", None, 500), "500"),
        (Fault(BIG, "status", None, 503), "503"),
        (Fault(BIG, "status", None, 418), "418"),
        (Fault(BIG, "status", None, 401), "private"),
        (Fault(BIG, "status", None, 404, {"X-Error-Code": "EntryNotFound"}), "no file"),
        (Fault("info", "status", None, 429, {"Retry-After": "3000"}), "wait 3000 s"),
        (Fault(BIG, "status", None, 429, {"Retry-After": "3000"}), "wait 3000 s"),
        (Fault(BIG, "status", None, 429, {"RateLimit": '"api";r=0;t=2999'}), "wait 2999 s"),
        (Fault(BIG, "status", None, 429), "too many requests"),
        (
            Fault(BIG, "status", None, 429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}),
            "asks to wait",
        ),
    ],
)
def test_every_refusal_is_one_plain_sentence(
    hub_server: HubServer, settings: Settings, hub_sha: str, fault: Fault, says: str
) -> None:
    hub_server.plant(fault)
    said = complaint(fetched, settings)
    assert says in said
    assert REPO in said or hub_server.url in said
    assert not list(settings.hub_cache.glob("*/snapshots/*/data/*0000-*"))


def test_an_unknown_revision_and_an_unlikely_name_are_named(
    settings: Settings, hub_sha: str
) -> None:
    said = complaint(hub.plan, REPO, {"default": []}, "nowhere", settings)
    assert "“nowhere”" in said
    assert "owner/name" in complaint(hub.plan, "not a/repo/at all", {"default": []}, None, settings)
    assert "no dataset" in complaint(hub.plan, "somebody/else", {"default": []}, None, settings)


def test_a_hub_that_was_busy_is_asked_again(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(
        Fault("info", "status", 1, 429, {"Retry-After": "0"}),
        Fault("README.md", "status", 1, 502),
        Fault(BIG, "status", 1, 500),
        Fault(SMALL, "status", 1, 429, {"Retry-After": "1"}),
    )
    started = time.monotonic()
    assert len(fetched(settings)) == 2
    assert time.monotonic() - started >= 1
    assert [a.status for a in hub_server.asked(SMALL, host="hub")] == [429, 302]


def test_a_hub_out_of_reach_gives_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HubServer() as gone:
        monkeypatch.setenv("HF_ENDPOINT", f"{gone.url}/")
    said = complaint(planned, settings)
    assert "can't be reached" in said
    assert gone.url in said


@pytest.mark.parametrize("endpoint", ["nonsense", "http://127.0.0.1:1/a b", "ftp://127.0.0.1"])
def test_an_address_that_is_none_gives_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert "HF_ENDPOINT" in complaint(planned, settings)


def test_a_server_that_is_no_hub_gives_a_sentence(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault("info", "status", None, 200))
    assert "HF_ENDPOINT" in complaint(planned, settings)


def test_a_password_in_the_address_is_not_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HubServer() as gone:
        port = gone.url.rsplit(":", 1)[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://me:secret@127.0.0.1:{port}")
    assert "secret" not in complaint(planned, settings)


# The disk


def test_a_disk_that_is_too_small_is_said_before_anything_is_asked(
    hub_server: HubServer, settings: Settings
) -> None:
    hub_server.publish(REPO, FILES, declared={BIG: 10**17})
    plan = planned(settings)
    said = complaint(hub.fetch, plan, settings, timeouts=SHORT_TIMEOUTS)
    assert "needs 100.0 PB" in said
    assert "free" in said
    assert not hub_server.asked()


def test_a_cache_that_cannot_be_written_is_named(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    settings.home.mkdir()
    settings.hub_cache.write_text("a file in the way")
    assert "FAULTLINE_HOME" in complaint(planned, settings)


# The token

CANARY = "hf_CanaryCanaryCanaryCanary"


def test_the_token_opens_a_gate_and_stays_with_the_hub(
    hub_server: HubServer, settings: Settings, hub_sha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_server.gated.add(REPO)
    hub_server.tokens.add(CANARY)
    assert "set HF_TOKEN" in complaint(fetched, settings)
    monkeypatch.setenv("HF_TOKEN", f" {CANARY}\n")
    assert len(fetched(settings)) == 2
    assert all(a.with_token for a in hub_server.asked(host="hub")[1:])
    assert not any(a.with_token for a in hub_server.asked(host="content"))
    kept = [path for path in settings.home.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in path.read_bytes() for path in kept)


def test_a_wrong_token_is_not_repeated_to_the_reader(
    hub_server: HubServer,
    settings: Settings,
    hub_sha: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    hub_server.tokens.add("another")
    monkeypatch.setenv("HF_TOKEN", CANARY)
    said = complaint(fetched, settings)
    assert "the token in HF_TOKEN" in said
    assert CANARY not in said + "".join(capfd.readouterr())


@pytest.mark.parametrize("token", ["hf_ünïcode", "hf_two\nlines", "hf_bell\x07"])
def test_a_token_that_is_none_is_said_without_showing_it(
    settings: Settings, hub_sha: str, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    said = complaint(fetched, settings)
    assert "HF_TOKEN" in said
    assert token not in said


def test_a_stored_login_is_not_used(
    hub_server: HubServer, settings: Settings, hub_sha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    stored = settings.home.parent / "token"
    stored.write_text(CANARY)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", os.fspath(stored))
    assert len(fetched(settings)) == 2
    assert not any(asked.with_token for asked in hub_server.ledger)
