"""A Streamlit server of our own and the system's Chromium, for benchmarks of what people wait for.

A change is over when the script has ended and nothing in the page's main part has moved for a
while; its time runs from the click to the last movement.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WATCH = """() => { const watch = window.watch = {from: 0, last: 0, ran: false}
  const main = n => (n.nodeType === 1 ? n : n.parentElement)?.closest('[data-testid=stMain]')
  watch.eyes = new MutationObserver(seen => { for (const m of seen) {
    if (m.attributeName !== 'data-test-script-state' && !main(m.target)) continue
    if (watch.from) watch.ran = true
    watch.last = performance.now() } })
  watch.eyes.observe(document.body, {subtree: true, childList: true, attributes: true,
    characterData: true})
  document.addEventListener('pointerdown', () => watch.from = performance.now(),
    {capture: true, once: true}) }"""
DONE = """quiet => { const w = window.watch, app = document.querySelector('[data-testid=stApp]')
  return w.from > 0 && w.ran && app.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
    && performance.now() - w.last > quiet }"""
TAKEN = "() => { window.watch.eyes.disconnect(); return window.watch.last - window.watch.from }"
CALM = """() => { const app = document.querySelector('[data-testid=stApp]')
  return app && app.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]') }"""
QUIET_MS = 350


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def server(
    script: str, *, log: Path = Path(os.devnull), **environment: str
) -> Iterator[tuple[str, int]]:
    """`streamlit run SCRIPT`: its address and process id."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    running = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=ROOT,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        env={**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", **environment},
    )
    try:
        _wait(port, running)
        yield f"http://127.0.0.1:{port}", running.pid
    finally:
        running.terminate()
        running.wait(15)


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if running.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer in 30 seconds")


@contextmanager
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((p for n in names if (p := shutil.which(n))), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def settle(page: Page, seconds: float = 60) -> None:
    """Wait until the script has ended and stayed so for a moment."""
    end, calm = time.monotonic() + seconds, 0
    while calm < 5:
        if time.monotonic() > end:
            raise SystemExit(f"{page.url} did not come to rest")
        calm = calm + 1 if page.evaluate(CALM) else 0
        page.wait_for_timeout(80)


def timed(page: Page, act: Any) -> float:
    """Milliseconds from the click in `act` to the last movement that it caused."""
    page.evaluate(WATCH)
    act()
    page.wait_for_function(DONE, arg=QUIET_MS, timeout=90_000, polling=50)
    return float(page.evaluate(TAKEN))


def go(page: Page, title: str) -> float:
    """Change to another page by its link in the navigation."""
    link = page.locator("[data-testid=stSidebarNavLink]", has_text=title).first
    return timed(page, link.click)


def opened(page: Page, label: str) -> Any:
    """A selectbox with its list open. A list closes when the page scrolls, so that comes first."""
    box = page.get_by_role("combobox", name=label, exact=True)
    for _ in range(5):
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        box.click()
        with suppress(TimeoutError):
            page.get_by_role("option").first.wait_for(timeout=2_000)
            return box
        page.keyboard.press("Escape")
    raise SystemExit(f"the list “{label}” does not open")


def pick(page: Page, label: str, option: str) -> float:
    """Choose an option of a selectbox; the clock starts when the option is clicked."""
    opened(page, label)
    place = page.get_by_role("option", name=option, exact=True)
    place.wait_for()
    return timed(page, place.click)
