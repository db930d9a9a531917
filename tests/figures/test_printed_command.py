"""The printed command gives the file that the page gives, run in this process: for a table, a
chart, and for every noun a figure (one with a parameter, where there is one), and by `make bench`
for all."""

import json
import shlex

import pytest
from exported_study import PARAMETERS
from typer.testing import CliRunner

from analysis.cli import app
from analysis.figures import catalog
from analysis.figures.provenance import facts_of
from analysis.files import compare, tables
from analysis.files.facts import Facts


def on_page(study, name, parameters) -> tuple[Facts, bytes]:
    """The facts and the CSV that a page's export menu hands out."""
    request = catalog.bind(study, name, **parameters)
    frame, queries = catalog.compute_with_queries(study, request)
    content = catalog.worded(study, request, frame)
    return facts_of(study, content, queries), tables.csv(frame, facts_of(study, content, queries))


LEFT_OUT = ("queries", "seal", "digest", "data")


def stated(side: bytes) -> dict[str, object]:
    """The facts without the queries (whoever comes second finds kept what the first one made) and
    without the numbers, which are compared apart."""
    return {k: v for k, v in json.loads(side).items() if k not in LEFT_OUT}


def same(one: bytes, other: bytes, name: str) -> bool:
    """Whether two files hold the same numbers, as `verify` takes it: sums of fractions that were
    added in another order differ in their last digit."""
    first, second = (compare.table(b.decode("utf-8-sig")) for b in (one, other))
    return not compare.difference(first, second, catalog.find(name).keys)


def representatives() -> set[str]:
    """One table, one chart, and a figure of each noun: one that needs a parameter, if any does."""
    kinds = {catalog.is_chart(name): name for name in catalog.names()}
    nouns = {name.partition(".")[0]: name for name in (*catalog.names(), *PARAMETERS)}
    return {*kinds.values(), *nouns.values()}


def swept() -> list[object]:
    """Every figure; those that are not needed to cover each kind are run by `make bench`."""
    wanted = representatives()
    return [
        name if name in wanted else pytest.param(name, marks=pytest.mark.slow)
        for name in catalog.names()
    ]


@pytest.mark.parametrize("name", swept())
def test_the_printed_command_gives_the_same_file(planted, parameters, name, tmp_path, monkeypatch):
    facts, data = on_page(planted, name, parameters.get(name, {}))
    monkeypatch.setenv("FAULTLINE_HOME", str(planted.settings.home))
    monkeypatch.chdir(tmp_path)
    words = shlex.split(facts.command)
    assert words[:3] == ["python", "-m", "analysis"]
    done = CliRunner().invoke(app, words[3:])
    assert done.exit_code == 0, (done.output, done.exception)
    assert same((tmp_path / f"{facts.stem}.csv").read_bytes(), data, name)
    side = (tmp_path / f"{facts.stem}.facts.json").read_bytes()
    assert stated(side) == stated(tables.side(facts))


def test_a_filter_and_a_choice_are_in_the_command(planted, tmp_path, monkeypatch):
    flt = {"nudges": ["neutral"], "text": "case's \"1-", "near": ["kind_words"]}
    facts, data = on_page(planted, "scenarios.listed", {"filter": flt})
    monkeypatch.setenv("FAULTLINE_HOME", str(planted.settings.home))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, shlex.split(facts.command)[3:])
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"{facts.stem}.csv").read_bytes() == data


def test_other_content_is_refused(planted, tmp_path, monkeypatch):
    facts, _ = on_page(planted, "disagreement.bins", {})
    monkeypatch.setenv("FAULTLINE_HOME", str(planted.settings.home))
    monkeypatch.chdir(tmp_path)
    words = shlex.split(facts.command)[3:]
    words[words.index("--content") + 1] = "f" * 64
    done = CliRunner().invoke(app, words)
    assert "No study here has the content ffffffffffff" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
