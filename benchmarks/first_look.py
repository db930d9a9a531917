"""What a first look costs: `make app` in a fresh clone, with an empty home folder and no cache.

    python benchmarks/first_look.py [--python PYTHON]

Clones the commit that is checked out, downloads what locks/app.txt names (to weigh it), sets up as
`make app` does, starts the server and waits until its first page stands, the building of the
example study included. Needs a network, so `make bench` leaves it out; its table is in
docs/performance.md. Downloads come from whatever index pip is set to, so their time says as much
about the line as about the program.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from benchmarks.browsing import free_port

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 8


def megabytes(folder: Path) -> float:
    return sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()) / 1e6


def timed(command: list[str], cwd: Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=sys.stderr)
    return time.perf_counter() - start


def first_page(clone: Path, env: dict[str, str]) -> float:
    """Seconds from `make app` (all set up) to the end of the first page's run."""
    port = free_port()
    start = time.perf_counter()
    command = [".venv/bin/streamlit", "run", "app.py", "--server.headless", "true"]
    running = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=clone, env=env, stdout=sys.stderr
    )
    try:
        while True:
            try:
                _visit(port)
                return time.perf_counter() - start
            except ConnectionRefusedError:
                if running.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.1)
    finally:
        running.terminate()
        running.wait(30)


def _visit(port: int) -> None:
    own = f"http://127.0.0.1:{port}"
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], origin=own, max_size=None) as line:
        message = BackMsg()
        message.rerun_script.query_string = ""
        line.send(message.SerializeToString())
        while True:
            heard = ForwardMsg.FromString(line.recv(timeout=300))
            early = heard.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if heard.WhichOneof("type") == "script_finished" and not early:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="what the environment is made of")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone, home, wheels = folder / "clone", folder / "home", folder / "wheels"
        home.mkdir()
        env = {**os.environ, "HOME": str(home), "PIP_NO_CACHE_DIR": "1"}
        env.pop("VIRTUAL_ENV", None)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        make = ["make", f"PYTHON={args.python}"]
        timed([*make, ".venv/bin/python"], clone, env)
        pip = [".venv/bin/python", "-m", "pip", "download", "-q", "--only-binary", ":all:"]
        fetched = timed(
            [*pip, "--require-hashes", "-r", "locks/app.txt", "-d", str(wheels)], clone, env
        )
        set_up = timed([*make, ".venv/.runtime"], clone, env)
        disk = megabytes(clone / ".venv")
        cold, warm = first_page(clone, env), first_page(clone, env)
        files = sorted(wheels.iterdir(), key=lambda f: -f.stat().st_size)
        print("| what | measured |\n| --- | --- |")
        print(f"| files downloaded | {len(files)}, {megabytes(wheels):.0f} MB |")
        largest = ", ".join(
            f"{f.name.split('-')[0]} {f.stat().st_size / 1e6:.0f}" for f in files[:SHOWN]
        )
        print(f"| of these, the largest (MB) | {largest} |")
        print(f"| the downloads alone | {fetched:.0f} s |")
        print(f"| set-up, downloads included | {set_up:.0f} s |")
        print(f"| on disk afterwards (`.venv`) | {disk:.0f} MB |")
        print(f"| start to first page, the example study built on the way | {cold:.1f} s |")
        print(f"| start to first page, the next time | {warm:.1f} s |")


if __name__ == "__main__":
    main()
