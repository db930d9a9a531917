"""A real Chromium against the real program: one server and one browser for the whole run."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from app_server import Server
from hub_server import HubServer
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from analysis.settings import Settings
from analysis.store.library.specs import delete_spec, list_specs
from analysis.store.study import delete_study, list_studies
from pages.ui import example

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
BUSY = """() => {
  const app = document.querySelector('[data-testid=stApp]')
  if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') return true
  return !!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))  # many steps each, on machines that are busy


@dataclass
class Visitor:
    """A fresh browser (its own cookies and storage) with one tab, and what it asked for."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def goto(self, path: str = "") -> "Visitor":
        self.page.goto(f"{self.base}/{path}")
        return self.idle()

    def idle(self, seconds: float = 240) -> "Visitor":
        """Wait until the script has run and nothing on the page is stale."""
        calm, end = 0, time.monotonic() + seconds
        while calm < 3:
            assert time.monotonic() < end, "the page did not come to rest"
            calm = 0 if self.page.evaluate(BUSY) else calm + 1
            self.page.wait_for_timeout(60)
        return self

    def click_cell(self, table: str, x: int, y: int) -> None:
        """Click into a table, x and y pixels from its corner, as people do: the pointer is over it
        before the button goes down, or Streamlit ignores the click."""
        grid = self.page.locator(f'[class*="st-key-table-{table}"] .dvn-scroller')
        grid.scroll_into_view_if_needed()
        self.idle()
        grid.hover(position={"x": x, "y": y})
        self.page.wait_for_timeout(300)
        grid.click(position={"x": x, "y": y})

    def choose(self, box: Locator, option: str | None = None, *, exact: bool = False) -> None:
        """Open a list to choose from and take an option by its name, else the first.

        A page that runs again at this moment closes the list: then it is opened once more.
        """
        found = self.page.get_by_role("option", name=option, exact=exact).first
        for attempt in range(1, 7):
            self.idle()
            box.click()
            try:
                found.click(timeout=10_000)
                break
            except PlaywrightTimeoutError:
                if attempt == 6:
                    raise
        self.idle()

    @property
    def main(self) -> str:
        return self.page.locator("[data-testid=stMain]").inner_text()

    @property
    def address(self) -> str:
        return str(self.page.evaluate("location.href"))

    def wait_for(self, text: str | re.Pattern[str]) -> None:
        # A table also has its headings as hidden words, which may come before what is meant.
        found = self.page.locator("[data-testid=stMain]").get_by_text(text)
        found.filter(visible=True).first.wait_for()
        self.idle()

    @property
    def foreign(self) -> list[str]:
        """Requests that went anywhere but to our server."""
        own = (self.base, self.base.replace("http", "ws"), "data:", "blob:", "about:")
        return [r for r in self.requests if not r.startswith(own)]

    def problems(self) -> list[str]:
        boxes = self.page.locator('[class*="st-key-box-problem"], .stException')
        return boxes.all_inner_texts()


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """The system's Chromium if there, else the one that Playwright brought."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((p for n in names if (p := shutil.which(n))), None)
    browser = playwright_driver.chromium.launch(executable_path=found, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def hub() -> Iterator[HubServer]:
    """The hub that the server asks, on loopback."""
    with HubServer() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, hub: HubServer) -> Iterator[Server]:
    """One server for all tests, with the example study in its home."""
    folder = tmp_path_factory.mktemp("browser")
    example.build(Settings(home=folder / "home"))
    running = Server(folder / "home", folder / "server.log", hub.url).start()
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def warm(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has the scripts in its cache, as anybody's has after the first visit."""
    context = _context(chromium)
    yield context
    context.close()


def _context(chromium: Browser, *, toured: bool = True) -> BrowserContext:
    context = chromium.new_context(viewport=DESK, accept_downloads=True)
    if toured:
        context.add_init_script("localStorage.setItem('faultline.tour', 'yes')")
    context.set_default_timeout(120_000)
    return context


@pytest.fixture
def visit(
    chromium: Browser, warm: BrowserContext, server: Server
) -> Iterator[Callable[..., Visitor]]:
    """Open a page in a tab of its own: `visit("scenarios?page=2", phone=True)`.

    Each tab is a session of its own; `fresh` opens it in a browser that was never here before,
    `first` in one that has not even seen the tour.
    """
    contexts: list[BrowserContext] = []
    tabs: list[Page] = []

    def open_tab(
        path: str = "",
        *,
        phone: bool = False,
        fresh: bool = False,
        first: bool = False,
        base: str = server.url,
    ) -> Visitor:
        context = _context(chromium, toured=not first) if fresh or first else warm
        contexts.extend([] if context is warm else [context])
        page = context.new_page()
        tabs.append(page)
        page.set_viewport_size(PHONE if phone else DESK)
        visitor = Visitor(page, base)
        page.on("request", lambda r: visitor.requests.append(r.url))
        page.on("pageerror", lambda e: visitor.errors.append(str(e)))
        page.on("dialog", lambda d: (visitor.dialogs.append(d.message), d.dismiss()))
        return visitor.goto(path)

    yield open_tab
    for page in tabs:
        page.close()
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def _only_the_example(server: Server) -> Iterator[None]:
    """Whatever a test loaded is gone before the next one: the default study stays the example,
    the spec in use the one that comes with the program."""
    yield
    settings = Settings(home=server.home)
    for spec in list_specs(settings):
        if not spec.embedded:
            delete_spec(settings, spec.name, spec.version)
    for info in list_studies(settings):
        if info.id != "example":
            delete_study(settings, info.id)


@pytest.fixture
def pointer(server: Server) -> Callable[[str], dict[str, object]]:
    """The facts of a study as its pointer file has them."""

    def read(study: str) -> dict[str, object]:
        path = server.home / "studies" / study / "current.json"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    return read
