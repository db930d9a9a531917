"""The guide, step by step: it says what the pages show, and its pictures are taken here.

A comment in docs/guide/README.md says where a step begins (`at: address`, `click: words`), what to
bring into view (`scroll: words`). Words in bold have to stand on the page then, and the image is
its picture: `make guide` (GUIDE=1) takes them anew.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
TEXT = (GUIDE / "README.md").read_text(encoding="utf-8")
TAKING = bool(os.environ.get("GUIDE"))
SIZE = {"width": 1280, "height": 800}
MARK = re.compile(r"<!-- (\w+)(?:: (.+?))? -->|!\[[^\]]+\]\(([\w-]+\.png)\)|\*\*(.+?)\*\*", re.S)
SEEN = """() => {
  const parts = [document.body.innerText]
  document.querySelectorAll('svg, canvas').forEach(e => parts.push(e.textContent))
  document.querySelectorAll('*').forEach(e => e.shadowRoot && parts.push(e.shadowRoot.textContent))
  document.querySelectorAll('[aria-label]').forEach(e => parts.push(e.getAttribute('aria-label')))
  return parts.join(' ')
}"""


@dataclass
class Step:
    """One view: where it is, what is done there, what has to stand on it, its picture."""

    at: str = ""
    click: str = ""
    scroll: str = ""
    picture: str = ""
    words: list[str] = field(default_factory=list)


def steps() -> list[Step]:
    """The guide's steps. A click goes on from the step before."""
    found: list[Step] = [Step()]
    for name, value, picture, bold in MARK.findall(TEXT):
        if name == "at" or (name == "click" and found[-1].words):
            found.append(Step(**{name: value}))
        elif name in ("click", "scroll"):
            setattr(found[-1], name, value)
        elif picture:
            found[-1].picture = picture
        elif bold:
            found[-1].words.append(" ".join(bold.split()))
    return found[1:]


def shown(page) -> str:
    """All that a reader could see or hear, blanks evened out."""
    return " ".join(str(page.evaluate(SEEN)).split())


@pytest.mark.timeout(240)
def test_every_step_of_the_guide_shows_what_the_guide_says(visit):
    visitor = visit("?study=example", fresh=True)
    page = visitor.page
    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="light")
    for step in steps():
        if step.at:
            visitor.goto(step.at)
        if step.click:
            page.locator("[data-testid=stMain]").get_by_text(step.click, exact=True).first.click()
            visitor.idle()
        text = shown(page)
        missing = [w for w in step.words if w not in text]
        assert missing == [], f"the guide says so at {step.at or step.click}, the page does not"
        assert visitor.problems() == []
        if step.scroll:
            heading = page.get_by_text(step.scroll, exact=True).first
            heading.evaluate("e => e.scrollIntoView({block: 'start'})")
        if step.picture and TAKING:
            page.wait_for_timeout(800)
            page.screenshot(path=GUIDE / step.picture)


def test_the_guide_has_its_pictures_and_no_others():
    named = set(re.findall(r"\]\(([\w-]+\.png)\)", TEXT))
    assert named == {p.name for p in GUIDE.glob("*.png")}
    for picture in named:
        head = (GUIDE / picture).read_bytes()[:24]
        size = (int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))
        assert size == (SIZE["width"], SIZE["height"])
    assert {s.picture for s in steps()} - {""} == named
    assert len(steps()) >= 8
