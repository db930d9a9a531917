"""The guides, step by step: they say what the pages show, and their pictures are taken here.

Comments in docs/guide/*.md say what is done: `at: address` and then, in order, `click: words`,
`fill: label = words`, `press: key`, `scroll: words`; `words (3)` is the third of that name. Words
in bold have to stand on the page then, and an image is its picture: `make guide` (GUIDE=1) takes
them anew.
"""

import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
TEXTS = {p.name: p.read_text(encoding="utf-8") for p in sorted(GUIDE.glob("*.md"))}
TAKING = bool(os.environ.get("GUIDE"))
SIZE = {"width": 1280, "height": 800}
MARK = re.compile(r"<!-- (\w+): (.+?) -->|!\[[^\]]+\]\(([\w-]+\.png)\)|\*\*(.+?)\*\*", re.S)
NTH = re.compile(r"(.+?)(?: \((\d+)\))?")
SEEN = """() => {
  const parts = [document.body.innerText]
  document.querySelectorAll('svg, canvas').forEach(e => parts.push(e.textContent))
  document.querySelectorAll('*').forEach(e => e.shadowRoot && parts.push(e.shadowRoot.textContent))
  document.querySelectorAll('[aria-label]').forEach(e => parts.push(e.getAttribute('aria-label')))
  document.querySelectorAll('input, textarea').forEach(e => parts.push(e.value))
  return parts.join(' ')
}"""


@dataclass
class Step:
    """What is done, what has to stand on the page afterwards, and its picture."""

    done: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    picture: str = ""


def steps(text: str) -> list[Step]:
    """The steps of one guide; each begins with what is done."""
    found = [Step()]
    for name, value, picture, bold in MARK.findall(text):
        if name:
            if found[-1].words or found[-1].picture:
                found.append(Step())
            found[-1].done.append((name, value))
        elif picture:
            found[-1].picture = picture
        elif bold:
            found[-1].words.append(" ".join(bold.split()))
    return [s for s in found if s.done]


def act(visitor, name, value):
    """One action of a guide on the page."""
    page = visitor.page
    main = page.locator("[data-testid=stMain]")
    words, _, text = value.partition(" = ")
    label, number = NTH.fullmatch(words).groups()
    nth = int(number or 1) - 1
    if name == "at":
        visitor.goto(value)
    elif name == "click":
        main.get_by_text(label, exact=True).nth(nth).click()
    elif name == "fill":
        box = page.get_by_label(label, exact=True).nth(nth)
        box.fill(text)
        box.press("Enter")
    elif name == "press":
        page.keyboard.press(value)
    elif name == "scroll":
        # A part is enough: the title of a figure goes on with what it is about.
        main.get_by_text(label).nth(nth).evaluate("e => e.scrollIntoView()")
    visitor.idle()


def seen(visitor, words: list[str]) -> list[str]:
    """The words that a reader can neither see nor hear, after giving the page some time."""
    missing = words
    for _ in range(40):
        text = " ".join(str(visitor.page.evaluate(SEEN)).split())
        missing = [w for w in words if w not in text]
        if not missing:
            break
        visitor.page.wait_for_timeout(250)
    return missing


def walk(visitor, guide: str) -> None:
    """Do all that a guide says, and see that the pages say what it says."""
    visitor.page.set_viewport_size(SIZE)
    visitor.page.emulate_media(color_scheme="light")
    for step in steps(TEXTS[guide]):
        for name, value in step.done:
            act(visitor, name, value)
        assert seen(visitor, step.words) == [], f"{guide} says so after {step.done}"
        assert visitor.problems() == []
        if step.picture and TAKING:
            visitor.page.wait_for_timeout(1_500)
            if step.done[-1][0] == "scroll":  # what was drawn meanwhile has moved the place
                act(visitor, *step.done[-1])
            visitor.page.screenshot(path=GUIDE / step.picture)


@pytest.fixture
def no_reports(server):
    """Reports and pins of this test are gone afterwards."""
    yield
    for ending in ("", "-wal", "-shm"):
        Path(server.home, f"people.sqlite{ending}").unlink(missing_ok=True)


@pytest.mark.timeout(240)
def test_the_first_five_minutes_are_as_the_guide_says(visit):
    walk(visit("?study=example", fresh=True), "README.md")


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("no_reports")
def test_six_slides_come_out_as_the_guide_says(visit):
    visitor = visit("robustness?study=example", fresh=True)
    walk(visitor, "slides.md")
    with visitor.page.expect_download(timeout=240_000) as waiting:
        visitor.page.get_by_role("button", name="PowerPoint").click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as deck:
        slides = [n for n in deck.namelist() if n.startswith("ppt/slides/slide")]
        words = b"".join(deck.read(n) for n in slides).decode()
    assert len(slides) == 6
    assert "Models part on a third of the queries" in words
    assert "Each provider has a character of its own" in words


def test_the_guides_have_their_pictures_and_no_others():
    named = {p for text in TEXTS.values() for p in re.findall(r"\]\(([\w-]+\.png)\)", text)}
    assert named == {p.name for p in GUIDE.glob("*.png")}
    for picture in named:
        head = (GUIDE / picture).read_bytes()[:24]
        size = (int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))
        assert size == (SIZE["width"], SIZE["height"])
    assert {s.picture for text in TEXTS.values() for s in steps(text)} - {""} == named
    assert [len(steps(text)) >= 7 for text in TEXTS.values()] == [True, True]
