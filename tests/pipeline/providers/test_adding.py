"""A model that nobody listed: what its address says, what one call learns, and what is written."""

import datetime
import tomllib
from dataclasses import replace

import pytest

from analysis.errors import FaultlineError
from analysis.registry import PROVIDERS_FILE
from analysis.registry.own_file import add_entries
from pipeline.providers.adding import NewModel, add_model, new_endpoint, offered, probe
from pipeline.providers.catalog import leaving, load, priced
from pipeline.simulator.provider import said
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def server(tmp_path):
    with Loopback(ledger=tmp_path / "ledger.jsonl", answerer=said) as running:
        yield running


def test_an_address_says_which_models_it_has(home, server):
    there = new_endpoint("My server", server.openai_url, "chat", "")
    assert "gpt-4.1-mini" in offered(there)
    with pytest.raises(FaultlineError, match="gave no list of models"):
        offered(replace(there, base_url="http://127.0.0.1:9/v1"))


def test_one_call_learns_what_a_model_takes_and_is_all_that_is_billed(home, server, tmp_path):
    there = new_endpoint("My server", server.openai_url, "chat", "")
    found = probe(there, "heron-9", (1.0, 2.0))
    assert set(found.can.takes) == {"temperature", "top_p", "seed"}
    assert (found.can.schema, found.can.json_mode) == (True, True)
    assert found.usd is not None
    assert 0 < found.usd < 0.001
    assert found.served_model == "heron-9"
    calls = read_ledger(tmp_path / "ledger.jsonl")
    assert len(calls) == 1


def test_what_was_added_is_there_from_now_on_and_people_s_lines_stay(home, server):
    own = "# our machine\n[models.heron_7]\nlabel = 'Heron 7'  # the old one\n"
    (home / PROVIDERS_FILE).write_text(own)
    there = new_endpoint("My server", server.openai_url, "chat", "MY_KEY")
    new = NewModel("lab/heron-9:free", there, (1.5, 2.5), "Heron 9", "My lab")
    made = add_model(home, new, probe(there, new.name, new.price))
    assert (made.id, made.label, made.provider) == ("heron_9", "Heron 9", "my_lab")
    again = load(home)
    assert again.find("heron_9").price.output == 2.5
    assert again.endpoints["my_server"].key_env == "MY_KEY"
    assert again.capabilities("my_server", "lab/heron-9:free").takes == (
        "temperature",
        "top_p",
        "seed",
    )
    text = (home / PROVIDERS_FILE).read_text()
    assert text.startswith(own.rstrip())
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert tomllib.loads(text)["models"]["heron_9"]["price"]["dated"] == today

    add_model(home, replace(new, price=(3.0, 4.0)))
    after = (home / PROVIDERS_FILE).read_text()
    assert after.count("[models.heron_9]") == 1
    assert load(home).find("heron_9").price.input == 3.0


def test_a_listed_model_gets_another_price_and_keeps_the_rest(home):
    listed = load(home)
    before = listed.find("gpt_4o")
    add_model(home, NewModel("gpt-4o", listed.endpoints["openai"], (9.0, 9.5), before.label))
    after = load(home).find("gpt_4o")
    assert (after.price.input, after.price.output) == (9.0, 9.5)
    assert (after.can, after.retires, after.aliases) == (
        before.can,
        before.retires,
        before.aliases,
    )


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (("", "https://h.example/v1"), "has no name"),
        (("Mine", "h.example"), "no web address"),
        (("Mine", "https://me:pw@h.example"), "holds a password"),
    ],
)
def test_an_address_that_is_none_is_told(home, new, sentence):
    with pytest.raises(FaultlineError, match=sentence):
        new_endpoint(*new, "chat", "")


def test_what_does_not_fit_leaves_the_file_as_it_was(home):
    (home / PROVIDERS_FILE).write_text("# mine\n")
    with pytest.raises(FaultlineError, match="number of dollars"):
        add_entries(home, {"models": {"x": {"label": "X", "price": {"input": -1.0}}}})
    with pytest.raises(FaultlineError, match="can't be an id"):
        add_entries(home, {"models": {"a.b": {"label": "X"}}})
    assert (home / PROVIDERS_FILE).read_text() == "# mine\n"


def test_quotes_and_odd_signs_of_a_name_come_back_as_they_were(home):
    label = 'Odd "one" \\ \x7f\n[models.y]'
    add_entries(home, {"models": {"x": {"label": label}}})
    add_entries(home, {"models": {"x": {"label": label, "size": "small"}}})
    assert tomllib.loads((home / PROVIDERS_FILE).read_text()) == {
        "models": {"x": {"label": label, "size": "small"}}
    }


def test_prices_are_told_with_their_day_and_what_retires_soon_is_marked(home):
    model = load(home).find("gpt_4_1")
    day = datetime.date(2026, 11, 30)
    assert leaving(model, day) == "retires on 14 January 2027"
    assert leaving(model, datetime.date(2027, 1, 15)) == "retired on 14 January 2027"
    assert leaving(model, datetime.date(2026, 1, 1)) == ""
    assert priced(load(home).find("claude_haiku_4_5")).startswith("$1.00 in, $5.00 out of 20")
