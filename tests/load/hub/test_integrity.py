"""What must not get into the cache: truncated, damaged, fake and rotten files."""

import hashlib

import pytest
from hub_repo import BIG, FILES, REPO, SHORT_TIMEOUTS, SMALL, complaint, fetched, part_of, planned
from hub_server import Fault, HubServer

from analysis.load.hub import hub
from analysis.settings import Settings


@pytest.mark.parametrize("kind", ["body", "lie"])
def test_a_truncated_shard_is_refused_and_leaves_nothing(
    hub_server: HubServer, settings: Settings, hub_sha: str, kind: str
) -> None:
    hub_server.plant(Fault(BIG, kind, times=None, body=FILES[BIG][:90_000]))
    said = complaint(fetched, settings)
    assert BIG in said
    if kind == "body":  # honest: the next range request is past its end
        assert "truncated there" in said
        assert not part_of(settings).exists()
    assert planned(settings).shards[0].missing_bytes > 0
    hub_server.heal()
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]


def test_damaged_content_is_removed(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    wrong = bytearray(FILES[BIG])
    wrong[5_000] ^= 1
    hub_server.plant(Fault(BIG, "body", times=None, body=bytes(wrong)))
    assert "digest" in complaint(fetched, settings)
    assert not part_of(settings).exists()
    assert not planned(settings).shards[0].cached


def test_content_longer_than_listed_is_removed(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "body", times=None, body=FILES[BIG] + b"more"))
    assert "longer" in complaint(fetched, settings)
    assert not part_of(settings).exists()


@pytest.mark.parametrize(
    "fake", [b"query,rank\n1,2\n" * 50, b"PAR1" + b"x" * 500, b"PAR1PAR1", b"", FILES[BIG][:-9]]
)
def test_a_fake_parquet_in_the_repository_itself_is_named(
    hub_server: HubServer, settings: Settings, fake: bytes
) -> None:
    hub_server.publish(REPO, {**FILES, SMALL: fake})
    said = complaint(fetched, settings)
    assert SMALL in said
    assert "parquet" in said
    name = hashlib.sha256(fake).hexdigest()
    assert not list(settings.hub_cache.glob(f"*/blobs/{name}*"))


def test_a_rotten_partial_download_is_replaced_once(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", times=2, after=60_000))
    complaint(hub.fetch, planned(settings), settings, timeouts=hub.Timeouts(attempts=1))
    part = part_of(settings)
    part.write_bytes(bytes(part.stat().st_size))
    hub_server.heal()
    plan = planned(settings)
    seen: list[hub.Progress] = []
    shards = hub.fetch(plan, settings, seen.append, timeouts=SHORT_TIMEOUTS)
    assert shards[0].path.read_bytes() == FILES[BIG]
    assert seen[-1].done_bytes == plan.total_bytes
    assert [asked.range is None for asked in hub_server.asked(BIG)[-2:]] == [False, True]


@pytest.mark.parametrize("damaged", [FILES[BIG][:-30], FILES[BIG][:-30] + bytes(30)])
def test_a_cached_shard_that_was_damaged_is_fetched_again(
    hub_server: HubServer, settings: Settings, hub_sha: str, damaged: bytes
) -> None:
    blob = fetched(settings)[0].path.resolve()
    blob.write_bytes(damaged)
    assert not planned(settings).shards[0].cached
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]


def test_the_same_content_under_two_names_comes_once(
    hub_server: HubServer, settings: Settings
) -> None:
    hub_server.publish(REPO, {**FILES, SMALL: FILES[BIG]})
    shards = fetched(settings)
    assert shards[0].path.read_bytes() == shards[1].path.read_bytes() == FILES[BIG]
    assert len(hub_server.asked(method="GET")) == 1
