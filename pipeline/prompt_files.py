"""The prompts that come with the program, one file each under `prompts/`."""

from functools import cache
from pathlib import Path

from pipeline.plan_rules import PROMPTS

FOLDER = Path(__file__).parent / "prompts"


@cache
def shipped() -> dict[str, str]:
    """Name -> text, for every prompt that a stage uses."""
    return {name: (FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in PROMPTS}
