"""What a person says of a name goes before what was read, stays in the home, can be undone."""

from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.figures.studies import name_rows
from analysis.load.files.files import load_files
from analysis.registry import CORRECTED, corrections, of_home
from analysis.registry.corrections import NAMES_FILE, Correction
from analysis.settings import Settings

CASE = Path(__file__).parents[3] / "shared/cases/19-model-names-as-providers-write-them"


def test_a_name_is_what_a_person_says_until_it_is_undone(tmp_path: Path) -> None:
    own = Correction("azure/my-deployment", model="gpt_4o")
    corrections.store(tmp_path, own)
    corrections.store(tmp_path, Correction("big one", provider="mistral", label="The big one"))
    book = of_home(tmp_path)
    assert book.resolve(" azure/my-deployment ") == "gpt_4o"
    big = book.model(book.resolve("big one"))
    assert (big.id, big.label, big.provider, big.guessed) == (
        "big one",
        "The big one",
        "mistral",
        False,
    )
    assert book.how_read("azure/my-deployment", "gpt_4o") == CORRECTED
    corrections.undo(tmp_path, own.spelling)
    assert of_home(tmp_path).resolve("azure/my-deployment") == "azure/my-deployment"
    assert of_home(tmp_path).resolve("big one") == "big one"
    with pytest.raises(FaultlineError, match="big one"):
        corrections.undo(tmp_path, own.spelling)


def test_nothing_said_and_files_that_can_t_be_read_are_sentences(tmp_path: Path) -> None:
    for empty in (Correction("x"), Correction(" ", model="o3"), Correction("x" * 999, model="o3")):
        with pytest.raises(FaultlineError):
            corrections.store(tmp_path, empty)
    for held in ("{", "[1]", '[{"spelling": 1}]', '[{"name": "x"}]'):
        (tmp_path / NAMES_FILE).write_text(held, encoding="utf-8")
        with pytest.raises(FaultlineError, match="Mend it"):
            of_home(tmp_path)


@pytest.mark.real_data
def test_the_names_of_the_case_are_listed_with_how_they_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not CASE.exists():
        pytest.skip(f"{CASE} is not there")
    home = Settings(home=tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    rows = name_rows(load_files([CASE / "rows.jsonl"], "names", home)).set_index("spelling")
    assert dict(rows["model"]) == {
        "openai/gpt-4o-2024-11-20": "gpt_4o_2024_11_20",
        "anthropic/claude-sonnet-4-20250514": "claude_sonnet_4",
        "x-ai/grok-4": "grok_4",
        "google/gemini-2.5-pro": "gemini_2_5_pro",
        "o3-2025-04-16": "o3",
        "gpt-4o-mini-2024-07-18": "gpt-4o-mini-2024-07-18",
        "gpt-4o-2024-05-13": "gpt_4o_2024_05_13",
    }
    assert rows.loc["openai/gpt-4o-2024-11-20", "label"] == "GPT-4o (2024-11-20)"
    assert rows.loc["gpt-4o-mini-2024-07-18", "label"] == "gpt-4o-mini (2024-07-18)"
    assert rows.loc["gpt-4o-2024-05-13", "read"] == "a snapshot of GPT-4o, by its date"
    assert rows.loc["gpt-4o-mini-2024-07-18", "read"] == "not listed; OpenAI by its name"
    corrections.store(home.home, Correction("gpt-4o-mini-2024-07-18", label="Mini"))
    again = name_rows(load_files([CASE / "rows.jsonl"], "again", home)).set_index("spelling")
    assert again.loc["gpt-4o-mini-2024-07-18", "label"] == "Mini"
    assert again.loc["gpt-4o-mini-2024-07-18", "read"] == CORRECTED
