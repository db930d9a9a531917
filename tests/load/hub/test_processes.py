"""Fetching in processes of its own: killed, side by side, offline, without room, and spied on."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hub_repo import ALL, BIG, FILES, REPO, SHORT_TIMEOUTS, fetched, parquet, part_of, planned
from hub_server import Fault, HubServer

from analysis.load.hub import hub
from analysis.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
FETCH = f"""
import json, sys
from analysis.errors import FaultlineError
from analysis.load.hub import hub
from analysis.settings import current
try:
    plan = hub.plan({REPO!r}, {ALL!r}, None, current())
    shards = hub.fetch(plan, current())
except FaultlineError as error:
    sys.exit(str(error))
print(json.dumps([str(shard.path) for shard in shards]))
"""
SPY = """
import sys
def spy(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        print("connect", args[1][0], file=sys.stderr)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        print("look up", args[0], file=sys.stderr)
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        print("write", args[0], file=sys.stderr)
sys.addaudithook(spy)
"""
# The oracle: what `datasets` itself makes of the repositories named on standard input.
BUILDERS = """
import json, sys
from datasets import get_dataset_config_names, load_dataset_builder
found = {}
for repo in json.load(sys.stdin):
    found[repo] = {}
    for config in get_dataset_config_names(repo):
        files = load_dataset_builder(repo, config).config.data_files
        found[repo][config] = {str(s): [f.split("@", 1)[1].split("/", 1)[1] for f in fs]
                               for s, fs in files.items() if fs}
print(json.dumps(found))
"""


def environment(hub_server: HubServer, home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_ENDPOINT": hub_server.url,
        "FAULTLINE_HOME": str(home),
        **more,
    }


def run(
    code: str, env: dict[str, str], before: Callable[[], None] | None = None, told: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=before,
        input=told,
    )


def start(code: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_a_killed_download_goes_on_where_it_was_killed(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "stall", times=1, after=110_000))
    env = environment(hub_server, settings.home)
    process = start(FETCH, env)
    try:
        until(lambda: part_of(settings).exists() and part_of(settings).stat().st_size == 110_000)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not list(settings.hub_cache.glob(f"*/snapshots/*/{BIG}"))
    assert planned(settings).shards[0].missing_bytes == len(FILES[BIG]) - 110_000

    again = run(FETCH, env)
    assert again.returncode == 0, again.stderr
    assert Path(json.loads(again.stdout)[0]).read_bytes() == FILES[BIG]
    assert [a.range for a in hub_server.asked(BIG)] == [None, "bytes=110000-"]
    assert not list(settings.hub_cache.rglob("*.incomplete"))


def test_two_processes_share_one_download(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "stall", times=1, after=80_000))
    env = environment(hub_server, settings.home)
    first, second = start(FETCH, env), start(FETCH, env)
    until(lambda: len(hub_server.asked(host="hub", where="info")) == 2)
    until(lambda: any(a.sent == 80_000 for a in hub_server.asked(BIG)))
    time.sleep(0.5)  # the second one has had its chance to append to the same part
    hub_server.heal()
    outputs = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert Path(json.loads(outputs[0][0])[0]).read_bytes() == FILES[BIG]
    assert sum(a.sent for a in hub_server.asked(BIG)) == len(FILES[BIG])


def test_the_one_that_waits_says_so_and_can_be_stopped(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault(BIG, "stall", times=1, after=80_000))
    process = start(FETCH, environment(hub_server, settings.home))
    try:
        until(lambda: any(a.sent == 80_000 for a in hub_server.asked(BIG)))
        seen: list[hub.Progress] = []
        try:
            hub.fetch(
                planned(settings),
                settings,
                seen.append,
                lambda: BIG in seen[-1].waiting,
                timeouts=SHORT_TIMEOUTS,
            )
        except hub.DownloadStoppedError:
            seen.append(seen[-1])
        assert BIG in seen[-1].waiting
    finally:
        hub_server.heal()
        process.communicate(timeout=120)
    assert process.returncode == 0


def test_nothing_leaves_loopback_and_nothing_is_written_elsewhere(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    spied = run(SPY + FETCH, environment(hub_server, settings.home))
    assert spied.returncode == 0, spied.stderr
    noted = [line.split(" ", 1) for line in spied.stderr.splitlines()]
    assert {rest for what, rest in noted if what == "connect"} == {"127.0.0.1"}
    assert {a.host for a in hub_server.ledger} == {"hub", "content"}
    assert {a.route for a in hub_server.ledger if a.host == "hub"} <= {"info", *FILES}
    written = {rest for what, rest in noted if what == "write" and rest != os.devnull}
    assert written
    cache = os.fspath(settings.hub_cache)
    assert all(path.startswith(cache) or "__pycache__" in path for path in written)


ONE = parquet(5)
FOLDERS = """---
configs:
- config_name: first
  data_dir: one
- config_name: second
  data_dir: two
  data_files:
  - split: probe
    path: ["deep/*.parquet", "*/.hidden.parquet", "__own__/*"]
  - split: rest
    path: "**"
---
"""
LAYOUTS = {
    "a card": {
        **FILES,
        "README.md": FILES["README.md"]
        .replace(b"empty_one", b"b")
        .replace(b"data/nothing-*", b"data/*00001-of*"),
    },
    "sharded names": {f"data/{s}-00000-of-00001.parquet": ONE for s in ("probe", "train", "a.b")},
    "names of files": {"train.parquet": ONE, "test_0.parquet": ONE, "test_1.parquet": ONE},
    "names of folders": {"sets/train/a.parquet": ONE, "sets/dev/b.parquet": ONE, "x.md": b"x"},
    "no hint at all": {
        "b.parquet": ONE,
        "a/a.parquet": ONE,
        ".git/c.parquet": ONE,
        "__x__/d.parquet": ONE,
    },
    "folders in the card": {
        "README.md": FOLDERS.encode(),
        "one/train.parquet": ONE,
        "one/test.parquet": ONE,
        "two/deep/a.parquet": ONE,
        "two/deep/.hidden.parquet": ONE,
        "two/__own__/b.parquet": ONE,
        "two/c.parquet": ONE,
        "three.parquet": ONE,
    },
}


def test_configs_and_splits_are_those_that_datasets_finds(
    hub_server: HubServer, settings: Settings
) -> None:
    repos = {f"layouts/{name.replace(' ', '-')}": files for name, files in LAYOUTS.items()}
    for repo, files in repos.items():
        hub_server.publish(repo, files)
    env = environment(hub_server, settings.home, HF_HUB_DISABLE_XET="1")
    found = run(BUILDERS, env, told=json.dumps(list(repos)))
    assert found.returncode == 0, found.stderr
    oracle = json.loads(found.stdout)
    for repo in repos:
        ours = {
            config: {split: [f.path for f in fs] for split, fs in splits.items() if fs}
            for config, splits in hub.catalogue(repo, None, settings).configs.items()
        }
        assert ours, repo
        assert ours == oracle[repo], repo


def test_offline_is_said_and_what_is_here_stays(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    shards = fetched(settings)
    asked = len(hub_server.ledger)
    offline = run(FETCH, environment(hub_server, settings.home, HF_HUB_OFFLINE="1"))
    assert offline.returncode == 1
    assert "HF_HUB_OFFLINE" in offline.stderr
    assert "Traceback" not in offline.stderr
    assert len(hub_server.ledger) == asked
    assert hub.moved_or_missing([shard.path for shard in shards]) == []


def test_a_disk_that_fills_up_gives_a_sentence_and_keeps_what_came(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))

    env = environment(hub_server, settings.home)
    full = run(FETCH, {**env, "PYTHONDONTWRITEBYTECODE": "1"}, before=small_disk)
    assert full.returncode == 1
    assert "could not be written under FAULTLINE_HOME" in full.stderr
    assert "Traceback" not in full.stderr
    assert 0 < part_of(settings).stat().st_size <= 120_000
    assert fetched(settings)[0].path.read_bytes() == FILES[BIG]
    assert hub_server.asked(BIG)[-1].range is not None


def test_a_silent_hub_ends_by_the_clients_own_time_limits(
    hub_server: HubServer, settings: Settings, hub_sha: str
) -> None:
    hub_server.plant(Fault("info", "hang", times=None))
    limits = {"HF_HUB_ETAG_TIMEOUT": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "1"}
    silent = run(FETCH, environment(hub_server, settings.home, **limits))
    assert silent.returncode == 1
    assert "stopped answering" in silent.stderr
    assert "Traceback" not in silent.stderr
