"""Fetching from a hub: the real client against a real server on loopback."""

import hashlib
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hub_repo import (
    ALL,
    BIG,
    FILES,
    JUDGED,
    REPO,
    SHORT_TIMEOUTS,
    SMALL,
    complaint,
    fetched,
    parquet,
    part_of,
    planned,
)
from hub_server import Fault, HubServer

from analysis.load.hub import hub
from analysis.settings import Settings

# The plan


def test_plan_pins_the_commit_and_knows_sizes_and_digests(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    plan = planned(settings, ALL)
    assert plan.revision == hub_sha
    assert [(s.config, s.split, s.path) for s in plan.shards] == [
        ("default", "all_models", BIG),
        ("default", "all_models", SMALL),
        ("judge_evaluations", "std_0.0_to_1.0", JUDGED),
        ("judge_evaluations", "std_1.0_to_1.5", "judges/std_1.0_to_1.5-00000-of-00001.parquet"),
    ]
    for shard in plan.shards:
        assert shard.size_bytes == len(FILES[shard.path])
        assert shard.sha256 == hashlib.sha256(FILES[shard.path]).hexdigest()
        assert not shard.cached
    assert plan.total_bytes == plan.bytes_to_download == sum(s.size_bytes for s in plan.shards)
    assert [asked.route for asked in hub_server.ledger] == ["info", "README.md"]


def test_a_plan_stays_with_its_commit_when_the_branch_moves_on(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    plan = planned(settings)
    newer = hub_server.publish(REPO, {**FILES, BIG: parquet(50)})
    shards = hub.fetch(plan, settings, timeouts=SHORT_TIMEOUTS)
    assert shards[0].path.read_bytes() == FILES[BIG]
    assert hub.plan(REPO, {"default": []}, newer, settings).shards[0].size_bytes < 10_000
    assert hub.plan(REPO, {"default": ["all_models"]}, hub_sha, settings).bytes_to_download == 0


def test_describe_says_the_sizes_before_a_download(settings: Settings, hub_sha: str) -> None:
    plan = planned(settings, ALL)
    lines = plan.describe()
    assert lines[0] == f"{REPO} at {hub_sha[:10]}: 4 shards, {hub.readable_size(plan.total_bytes)}"
    assert lines[1].startswith("default / all_models: 2 shards, ")
    assert lines[2].startswith("judge_evaluations / std_0.0_to_1.0: 1 shard, ")
    assert lines[-1].startswith(f"to download: {hub.readable_size(plan.total_bytes)} (")
    fetched(settings)
    after = planned(settings, ALL)
    assert after.describe()[1].endswith("2 of them here already")
    assert after.bytes_to_download == sum(s.size_bytes for s in plan.shards[2:])


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_960, "1.0 MB"), (3_200_000_000, "3.2 GB")],
)
def test_readable_size(count: int, text: str) -> None:
    assert hub.readable_size(count) == text


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"complete": []}, ["complete", "default", "judge_evaluations", "notes"]),
        ({"default": ["train"]}, ["train", "all_models", "empty_one"]),
        ({"default": ["empty_one"]}, ["empty_one", "no parquet files"]),
        ({"notes": []}, ["train", ".csv", "load files"]),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(
    settings: Settings, hub_sha: str, chosen: dict[str, list[str]], names: list[str]
) -> None:
    said = complaint(planned, settings, chosen)
    assert all(name in said for name in names)


def test_a_repository_without_a_card_is_read_by_its_file_names(
    hub_server: HubServer, settings: Settings
) -> None:
    files = {
        f"data/{split}-0000{i}-of-00002.parquet": parquet(10, start=i)
        for split in ("train", "probe")
        for i in (0, 1)
    }
    hub_server.publish(REPO, {**files, ".cache/data/train-00000-of-00001.parquet": b"no"})
    offer = hub.catalogue(REPO, None, settings)
    assert {split: len(f) for split, f in offer.configs["default"].items()} == {
        "train": 2,
        "probe": 2,
    }


@pytest.mark.parametrize(
    "card",
    [
        "---\nconfigs: 7\n---\n",
        "---\nconfigs:\n- data_files: x\n---\n",
        "---\nconfigs: [\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files: 3\n---\n",
    ],
)
def test_a_card_that_makes_no_sense_is_named(
    hub_server: HubServer, settings: Settings, card: str
) -> None:
    hub_server.publish(REPO, {**FILES, "README.md": card.encode()})
    assert "README.md" in complaint(planned, settings)


@pytest.mark.parametrize("path", ["../../../evil.parquet", "/etc/evil.parquet", "data\\x.parquet"])
def test_a_file_name_that_leaves_the_cache_is_refused(
    hub_server: HubServer, settings: Settings, path: str
) -> None:
    hub_server.publish(REPO, {**FILES, path: b"PAR1"})
    assert "outside its own folder" in complaint(planned, settings)
    assert not list(settings.home.rglob("*evil*"))


# The download


def test_every_shard_arrives_and_a_second_load_downloads_nothing(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    seen: list[hub.Progress] = []
    plan = planned(settings, ALL)
    shards = hub.fetch(plan, settings, seen.append, timeouts=SHORT_TIMEOUTS)
    assert [s.repo_path for s in shards] == [s.path for s in plan.shards]
    for shard in shards:
        assert shard.path.read_bytes() == FILES[shard.repo_path]
        assert pq.read_metadata(shard.path).num_row_groups >= 4
    assert seen[-1].share == 1.0
    assert seen[-1].arrived_bytes == seen[-1].done_bytes == plan.total_bytes
    assert seen[-1].done_shards == 4
    assert not part_of(settings).exists()

    asked = len(hub_server.asked())
    again = planned(settings, ALL)
    assert all(shard.cached for shard in again.shards)
    assert hub.fetch(again, settings, seen.append, timeouts=SHORT_TIMEOUTS) == shards
    assert len(hub_server.asked()) == asked
    assert (seen[-1].share, seen[-1].arrived_bytes) == (1.0, 0)


def test_the_cache_is_one_that_the_client_reads(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    from huggingface_hub import hf_hub_download, scan_cache_dir

    shard = fetched(settings)[0]
    found = hf_hub_download(
        REPO,
        BIG,
        repo_type="dataset",
        revision=hub_sha,
        cache_dir=settings.hub_cache,
        local_files_only=True,
    )
    assert Path(found) == shard.path
    scanned = scan_cache_dir(settings.hub_cache)
    assert [(repo.repo_id, repo.nb_files) for repo in scanned.repos] == [(REPO, 3)]
    assert not scanned.warnings


def test_a_cut_download_goes_on_where_it_stopped(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", times=1, after=100_000))
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]
    assert [asked.range for asked in hub_server.asked(BIG)] == [None, "bytes=100000-"]
    assert sum(a.sent for a in hub_server.asked(BIG)) == len(FILES[BIG])


def test_a_line_that_always_breaks_ends_with_a_sentence_and_keeps_what_came(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", times=None, after=20_000))
    assert "broke" in complaint(fetched, settings)
    assert len(hub_server.asked(BIG)) == SHORT_TIMEOUTS.attempts
    assert part_of(settings).stat().st_size == 40_000
    plan = planned(settings)
    assert plan.shards[0].missing_bytes == len(FILES[BIG]) - 40_000
    assert not plan.shards[0].cached

    hub_server.heal()
    seen: list[hub.Progress] = []
    shards = hub.fetch(plan, settings, seen.append, timeouts=SHORT_TIMEOUTS)
    assert hub_server.asked(BIG)[-1].range == "bytes=40000-"
    assert shards[0].path.read_bytes() == FILES[BIG]
    assert seen[-1].done_bytes == plan.total_bytes
    assert seen[-1].arrived_bytes == plan.bytes_to_download


def test_a_line_that_breaks_often_gets_there_while_every_attempt_is_worth_it(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", times=None, after=70_000))
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]
    assert len(hub_server.asked(BIG)) == -(-len(FILES[BIG]) // 70_000) > SHORT_TIMEOUTS.attempts


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", after=50_000), Fault(BIG, "no_range"))
    seen: list[hub.Progress] = []
    plan = planned(settings)
    shards = hub.fetch(plan, settings, seen.append, timeouts=SHORT_TIMEOUTS)
    assert shards[0].path.read_bytes() == FILES[BIG]
    assert seen[-1].done_bytes == plan.total_bytes
    assert max(p.share for p in seen) <= 1


def test_another_range_than_asked_for_is_not_appended(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "cut", after=50_000), Fault(BIG, "wrong_range"))
    assert "another piece" in complaint(fetched, settings)
    assert part_of(settings).stat().st_size == 50_000


def test_a_hub_that_falls_silent_in_the_middle_is_asked_again(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "stall", times=1, after=90_000))
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]
    assert hub_server.asked(BIG)[-1].range == "bytes=90000-"


@pytest.mark.parametrize("where", ["info", "README.md", BIG])
def test_a_hub_that_does_not_answer_gives_a_sentence(
    hub_server: HubServer, settings: Settings, hub_sha: str, where: str
) -> None:
    quick = hub.Timeouts(answer=0.3, silence=0.3, attempts=2, first_pause=0.01)
    hub_server.plant(Fault(where, "hang", times=None))

    def load() -> None:
        plan = hub.plan(REPO, {"default": ["all_models"]}, None, settings, quick)
        hub.fetch(plan, settings, timeouts=quick)

    assert "stopped answering" in complaint(load)


def test_a_hub_that_drips_is_given_up(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "drip", times=None))
    plan = planned(settings)
    quick = hub.Timeouts(silence=1, attempts=2, first_pause=0.01, slow_for=0.3)
    assert "bytes a second" in complaint(hub.fetch, plan, settings, timeouts=quick)
    assert 0 < part_of(settings).stat().st_size < 1_000


def test_stopping_keeps_what_came(hub_server: HubServer, settings: Settings, hub_sha: str) -> None:
    hub_server.plant(Fault(BIG, "stall", times=None, after=50_000))
    plan = planned(settings)
    timeouts = hub.Timeouts(silence=0.5, attempts=9)

    def enough() -> bool:
        return part_of(settings).exists() and part_of(settings).stat().st_size >= 50_000

    with pytest.raises(hub.DownloadStoppedError):
        hub.fetch(plan, settings, cancelled=enough, timeouts=timeouts)
    hub_server.heal()
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]
    assert hub_server.asked(BIG)[-1].range == "bytes=50000-"


# What was there and is gone


def test_an_emptied_cache_is_noticed_and_filled_again(
    hub_server: HubServer, settings: Settings, hub_sha: str, tmp_path: Path
) -> None:
    stored = [shard.path for shard in fetched(settings, ALL)]
    assert hub.moved_or_missing(stored) == []
    shutil.rmtree(settings.hub_cache)
    hub_server.publish(REPO, {"README.md": b"all gone on the newest commit"})
    assert hub.moved_or_missing(stored) == stored

    plan = hub.plan_again(REPO, stored[:3], settings, SHORT_TIMEOUTS)
    assert plan.revision == hub_sha
    assert {(s.config, s.split) for s in plan.shards} == {
        ("default", "all_models"),
        ("judge_evaluations", "std_0.0_to_1.0"),
    }
    assert [s.path for s in hub.fetch(plan, settings, timeouts=SHORT_TIMEOUTS)] == stored[:3]
    assert hub.moved_or_missing(stored) == stored[3:]
    elsewhere = Settings(home=tmp_path / "elsewhere")
    moved = hub.fetch(hub.plan_again(REPO, stored[:1], elsewhere), elsewhere)
    assert moved[0].path.read_bytes() == FILES[BIG]
    assert moved[0].path != stored[0]


def test_a_path_that_never_came_from_the_hub_can_not_be_fetched_again(
    settings: Settings, hub_sha: str, tmp_path: Path
) -> None:
    said = complaint(hub.plan_again, REPO, [tmp_path / "mine.parquet"], settings)
    assert "mine.parquet" in said


def test_one_file_by_name(hub_server: HubServer, settings: Settings, hub_sha: str) -> None:
    path = hub.fetch_file(REPO, "notes/first.csv", None, settings)
    assert path.read_bytes() == FILES["notes/first.csv"]
    asked = len(hub_server.asked())
    assert hub.fetch_file(REPO, "notes/first.csv", hub_sha, settings) == path
    assert len(hub_server.asked()) == asked
    assert "no file nope.csv" in complaint(hub.fetch_file, REPO, "nope.csv", None, settings)


def test_an_empty_file_needs_no_transfer(hub_server: HubServer, settings: Settings) -> None:
    hub_server.publish(REPO, {"empty.txt": b""})
    assert hub.fetch_file(REPO, "empty.txt", None, settings).read_bytes() == b""
