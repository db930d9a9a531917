"""Known models and judges: spellings that meet, unknown ones that stay, entries that don't fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.registry import parse, registry


@pytest.mark.parametrize(
    ("spelling", "model"),
    [
        ("gpt-4.1-mini", "gpt_4_1_mini"), ("GPT 4.1 mini", "gpt_4_1_mini"),
        ("openai/gpt-4.1", "gpt_4_1"), (" gpt_4_1 ", "gpt_4_1"), ("gpt41", "gpt_4_1"),
        ("claude-opus-4-20250514", "claude_opus_4"), ("Claude 3.5 Sonnet", "claude_3_5_sonnet"),
        ("o4-mini", "o4_mini"), ("xai/Grok-4", "grok_4"),
    ],
)  # fmt: skip
def test_spellings_of_known_models(spelling: str, model: str) -> None:
    assert registry().resolve(spelling) == model


def test_every_spelling_means_one_model() -> None:
    book = registry()
    for entry in book.models:
        for spelling in (entry.id, entry.label, *entry.aliases):
            assert book.resolve(spelling) == entry.id


def test_every_reference_is_to_something_listed() -> None:
    book = registry()
    providers, models = {p.id for p in book.providers}, {m.id for m in book.models}
    assert {e.provider for e in (*book.models, *book.judges)} <= providers
    assert {m for s in book.sets for m in s.models} <= models
    assert len({p.id for p in book.providers}) == len(book.providers)
    assert len(models) == len(book.models)


@given(st.text(min_size=1).filter(lambda t: t.strip()))
def test_an_unknown_model_keeps_its_id_and_is_of_no_known_provider(name: str) -> None:
    book = registry()
    model = book.resolve(name)
    if model not in {m.id for m in book.models}:
        assert model == name.strip()
        assert (book.model(model).label, book.model(model).provider) == (model, "other")


def test_unknown_judges_and_providers_keep_their_ids() -> None:
    assert (registry().judge("x1").label, registry().judge("x1").provider) == ("x1", "other")
    assert registry().provider("nobody").label == "nobody"


@pytest.mark.parametrize(
    "text",
    ["", "[[models]", "sets = 3", "[[models]]\nid = 1\nmood = 'x'\n[[sets]]", "[[sets]]\nid = 'a'",
     "sets = []\n[[models]]\nid = 'a'\nlabel = 'a'\nprovider = 'b'\naliases = 3"],
)  # fmt: skip
def test_a_registry_that_does_not_fit_is_a_sentence(text: str) -> None:
    with pytest.raises(FaultlineError, match="registry can't be read"):
        parse(text)
