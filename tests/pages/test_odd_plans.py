"""What people get wrong on the page of a stress test: a sentence where it happened, and no run."""

import json
import re
import shutil

import pytest
from page_kit import stress_test as opened

from analysis.load.specs import load_spec
from analysis.load.taxonomy import load_taxonomy
from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs

GPT = "gpt_5_4_mini"


@pytest.fixture(scope="module")
def shared(tmp_path_factory, first_home):
    home = tmp_path_factory.mktemp("odd-plans") / "home"
    shutil.copytree(first_home.home, home)
    return Settings(home=home)


@pytest.fixture
def settings(shared, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(shared.home))
    for name in ("OPENAI_API_KEY", "FAULTLINE_OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return shared


def problems(app):
    """The sentences in the boxes that say what went wrong."""
    assert not app.exception
    texts = [t.value for t in app.text]
    assert not any("Traceback" in text for text in texts)
    titles = [m.value for m in app.markdown if ":material/error:" in m.value]
    return " ".join([*titles, *texts])


def choose(app, who, *models):
    app.multiselect(key=f"stress-{who}").set_value(list(models)).run()


def pay(app, dollars):
    next(box for box in app.number_input if box.label == "Budget, $").set_value(dollars).run()


def launched(app, settings):
    before = set(settings.runs.iterdir()) if settings.runs.exists() else set()
    app.button(key="launch").click().run()
    after = set(settings.runs.iterdir()) if settings.runs.exists() else set()
    return after - before


def test_no_key_is_said_at_the_launch(settings):
    app = opened()
    choose(app, "targets", GPT)
    pay(app, 5.0)
    assert GPT not in app.multiselect(key="stress-targets").options  # “select all” leaves it out
    assert any("key or price is missing" in c.value for c in app.caption)
    assert launched(app, settings) == set()
    assert "OPENAI_API_KEY" in problems(app)


def test_a_budget_of_zero_is_said_at_the_launch(settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k" * 20)
    app = opened()
    choose(app, "targets", GPT)
    assert launched(app, settings) == set()
    assert "budget is $0.00" in problems(app)


def test_a_model_that_does_not_exist_or_has_no_price(settings):
    app = opened()
    choose(app, "targets", "gpt_99")
    assert "no model 'gpt_99'" in problems(app)
    choose(app, "targets", "openai:gpt-99")
    assert "price" in problems(app)
    assert not [b for b in app.button if b.key == "launch"]


@pytest.mark.parametrize(
    ("who", "role"), [("targets", "answers"), ("judges", "judges"), ("generators", "writes")]
)
def test_an_emptied_box_is_nobody_and_not_everybody(settings, who, role):
    app = opened()
    choose(app, who)
    assert f"Nobody {role}" in problems(app)
    assert not [b for b in app.button if b.key == "launch"]


def test_variants_and_several_answers_are_planned_and_priced(settings):
    app = opened()
    before = next(m.value for m in app.metric if m.label == "Calls, at most")
    app.multiselect(key="stress-variants").set_value(["tone", "wording"]).run()
    app.number_input(key="stress-replicates").set_value(2).run()
    after = next(m.value for m in app.metric if m.label == "Calls, at most")
    assert int(after.replace(",", "")) > 4 * int(before.replace(",", ""))
    (folder,) = launched(app, settings)
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["perturb"]["kinds"] == ["tone", "wording"]
    assert plan["respond"]["replicates"] == 2


def test_four_writers_are_too_many(settings):
    app = opened()
    choose(app, "generators", "aster_large", "aster_small", "dunlin_2", "cobble_one")
    assert "1 to 3 generators" in problems(app)


def test_a_prompt_without_its_gap_and_edits_that_stay(settings):
    app = opened()
    app.session_state["stress-prompts"] = True
    app.run()
    app.selectbox(key="prompt-name").select("judge").run()
    whole = app.text_area(key="prompt-judge").value
    app.text_area(key="prompt-judge").set_value("Judge {{query}}.").run()
    assert "lacks {{answer}}" in problems(app)
    app.text_area(key="prompt-judge").set_value(whole + "\nBe brief.").run()
    app.session_state["stress-prompts"] = False
    app.run()
    assert any(c.value == "Prompts changed by you: judge." for c in app.caption)
    (folder,) = launched(app, settings)
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["prompts"]["judge"]["text"].endswith("Be brief.")


def test_a_taxonomy_of_one_value_and_a_spec_of_two_megabytes(with_example, tmp_path):
    settings = with_example
    big, one = tmp_path / "big rules.md", tmp_path / "one.csv"
    big.write_text("".join(f"## Rule {i} {{#r{i}}}\n\n{'kind ' * 400}\n\n" for i in range(1_000)))
    loaded = load_spec(big, "v7", settings)
    big.unlink()  # as with an upload: nothing is left of it but what the library kept
    app = opened()
    assert any("1,000 clauses" in c.value for c in app.caption)
    next(box for box in app.number_input if box.label == "Families").set_value(1).run()
    choose(app, "targets", "aster_small")
    choose(app, "judges", "rowan_judge")
    (folder,) = launched(app, settings)
    plan = json.loads((folder / "plan.json").read_text())["spec"]
    assert (plan["name"], plan["version"]) == (loaded.name, "v7")
    one.write_text(
        "cluster_id,description,name,level,parent_cluster_id\n"
        "g,,Group,3,\nc,,Category,2,g\nk,,Cluster,1,c\nv,,patience,0,k\n"
    )
    load_taxonomy(one, settings)
    app = opened()
    assert "two values" in problems(app)
    assert not [b for b in app.button if b.key == "launch"]


@pytest.mark.parametrize(
    "run", ["../../etc", "..", "%2e%2e/x", "x" * 26, "01ARZ3NDEKTSV4RRFFQ69G5FAV"]
)
def test_an_address_that_names_no_run(settings, run):
    assert "Run not found" in problems(opened(run=run))


def test_a_finished_and_a_cancelled_run_offer_no_way_on(settings):
    catalog = load(settings.home)
    wish = Wish(families=1, stages=("pairs", "generate"))
    done, ended = (
        runs.launch(make_plan(wish, settings, catalog), settings, catalog) for _ in range(2)
    )
    runs.work(settings, done)
    runs.cancel(settings, ended)
    for run in (done, ended):
        names = {button.label for button in opened(run=run).button}
        assert names.isdisjoint({"Resume", "Pause", "Cancel the run"})
        assert "Run again with changes" in names
    # A page that was open before: its button is pressed when there is nothing left to resume.
    again = runs.launch(make_plan(wish, settings, catalog), settings, catalog)
    app = opened(run=again)
    runs.cancel(settings, again)
    next(b for b in app.button if b.label == "Resume").click().run()
    assert "was cancelled" in problems(app) or not [b for b in app.button if b.label == "Resume"]


def test_a_broken_run_is_listed_with_its_sentence_and_breaks_no_other_page(settings):
    catalog = load(settings.home)
    run = runs.launch(make_plan(Wish(), settings, catalog), settings, catalog)
    plan = settings.runs / run / "plan.json"
    plan.write_text(plan.read_text().replace('"seed"', '"sead"', 1))
    assert "sead" in problems(opened(run=run))
    app = opened(stress="Runs")
    listed = [c.value for c in app.caption if run in c.value]
    assert re.search("unknown field|lacks the field", listed[0])
    app.switch_page("pages/scenarios.py").run()
    assert not app.exception
    plan.unlink()


def test_runs_that_moved_away_are_told_in_a_sentence(settings, tmp_path):
    """While one of them is watched; the runner's side of it stands in test_crash."""
    catalog = load(settings.home)
    run = runs.launch(make_plan(Wish(families=1), settings, catalog), settings, catalog)
    app = opened(run=run)
    settings.runs.rename(tmp_path / "elsewhere")
    app.run()
    assert "Run not found" in problems(app)
    assert not settings.runs.exists()
    (tmp_path / "elsewhere").rename(settings.runs)
