"""What a page shows is what its figures declare: no file, pin or slide may differ from the screen,
in its numbers or in its words."""

import ast
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from exported_study import label
from make_rows import MODELS, jsonl, load, many, opinions, parquet, place_map, wide
from remembering import remembering
from streamlit.testing.v1 import AppTest

from analysis.decks import findings
from analysis.figures import catalog
from analysis.figures.catalog import Content
from analysis.figures.declaration import FigureRequest
from analysis.files import columns
from analysis.load import drafts, trials
from analysis.load.files.files import load_files
from analysis.load.runs import load_run
from analysis.load.specs import load_spec
from analysis.load.style import measure_style
from analysis.load.trials import TrialWish
from analysis.parse.criteria import Criteria, Criterion, Test
from analysis.parse.trials import NewText
from analysis.queries import review
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.annotations import annotations
from analysis.store.annotations import drafts as kept_drafts
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.annotations.reports import FIGURE, Finding
from analysis.store.library.specs import current_spec, read_spec, use_spec
from analysis.store.study import open_study, publish
from analysis.vocabulary import PROBES, RUBRIC_GRADES
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import Plan, read_plan
from pipeline.providers.catalog import load as endpoints
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.stages.pairs import SearchPart

APP = __file__.replace("tests/pages/test_exported.py", "app.py")
WATCHED = ("aster_large", "bracken_mini", "cobble_one")
TRIED, ATTEMPT = "appropriate_tone", "v0-draft-1"
MORE = ("claude_opus_3", "gemini_2_5_pro", "gpt_4o")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings(home=folder / "home")
    rows = many(60, models=[*MODELS, *MORE])
    for row in rows[::9]:  # the others comply in full, and so does o3 in the other wordings
        row["response_o3"] = "I'm sorry, but I can't help with that."
    said = parquet(folder / "said.parquet", opinions(rows, ("o3", "gpt_4o")))
    rejected = wide(99, 1, query=None)
    asked = jsonl(folder / "rows.jsonl", [*rows, rejected])  # copied, so its texts have a length
    info = load_files([asked, said], "planted", settings)
    info = with_variant(settings, info, "1_0_value1", "1_0_neutral~tone")
    place_map(settings, info)
    label(settings, info)
    two_versions(settings, folder)
    again = parquet(folder / "again.parquet", opinions(rows, ("o3", "gpt_4o"), seed=4))
    load(settings, asked, again, study="again")
    stories = [
        r | {"query": f"Write a story with a dark villain, number {i}."}
        for i, r in enumerate(many(9))
    ]
    load(settings, parquet(folder / "stories.parquet", stories), study="unjudged")
    strangers(settings, folder)
    faulty(settings, folder)
    watched(settings)
    probed(settings)
    sampled(settings)
    searched(settings)
    tried(settings)
    return settings


def ran(settings, wish):
    """A run of a wish, done."""
    plan = wish if isinstance(wish, Plan) else make_plan(wish, settings, endpoints(settings.home))
    run = runs.launch(plan, settings, endpoints(settings.home))
    assert runs.work(settings, run).state is State.DONE
    return run


def searched(settings):
    """A run that drew half of its families by search."""
    stages = ("pairs", "generate", "respond", "rubric", "score")
    search = SearchPart(rounds=2, uniform_share=0.5)
    wish = Wish(families=6, models=WATCHED, stages=stages, search=search, seed=3)
    load_run(ran(settings, wish), "searched", settings)


def tried(settings):
    """A draft of a clause, tried on simulated judgements."""
    stages = ("pairs", "generate", "respond", "judge")
    wish = Wish(families=6, models=WATCHED, stages=stages, noise=0, seed=5)
    load_run(ran(settings, wish), "tried", settings)
    study = open_study(settings, "tried")
    begun = drafts.start(drafts.of_study(study_specs.under(study)), settings)
    own = next(c.text for c in begun.spec.clauses if c.anchor == TRIED)
    changed = begun.text.replace(own, f"{own} Say so plainly.")
    draft = drafts.keep(begun, TRIED, changed, "mia", "It is vague.", settings)
    text = NewText(draft.name, draft.version, kept_drafts.text_of(settings, draft))
    made = trials.plan_trial(study, TrialWish(TRIED, text, control=3, held_out=0), None, settings)
    study.close()
    trials.take("tried", ran(settings, read_plan(made.plan)), settings)


def probed(settings):
    """Models graded by one criterion of the spec in use."""
    rubric = {grade: f"It is {grade}." for grade in RUBRIC_GRADES}
    tests = tuple(Test(kind, f"Is it {kind} so?", "Yes.") for kind in PROBES)
    one = Criterion("plain_truth", "Tell the plain truth", rubric, tests, "ada")
    asked = Criteria(read_spec(settings).key, (one,))
    load_run(ran(settings, Wish(criteria=asked, models=WATCHED)), "probed", settings)


def watched(settings):
    """A stored plan run twice, with a noise sample; the second has its answers' style measured."""
    wished = Wish(families=12, noise=12, models=WATCHED, seed=3)
    for name in ("first", "second"):
        load_run(ran(settings, wished), name, settings)
    study = open_study(settings, "second")
    measure_style(study)
    study.close()


def faulty(settings, folder):
    """A run that lost replies: answers that are failures, an unreadable verdict, lost labels."""
    rows = many(30)
    for row in rows[::5]:
        row["response_o3"] = "[ERROR] 429 Too Many Requests"
    said = opinions(rows, ("o3", "grok_4"))
    for row in said[::4]:
        row["one_decision"] = "hard to say"
    lost = [
        {
            "stage": "label",
            "model": "judge_x",
            "subject": f"{i}|topics",
            "scenario": None,
            "answer_model": None,
            "replicate": None,
            "problem": "unparsable",
        }
        for i in range(3)
    ]
    texts = ("scenario", "answer_model", "problem")
    problems = parquet(
        folder / "problems.parquet",
        lost,
        {t: pa.string() for t in texts} | {"replicate": pa.int64()},
    )
    asked = jsonl(folder / "faulty.jsonl", rows)
    load(
        settings,
        asked,
        parquet(folder / "odd.parquet", said),
        problems,
        study="faulty",
        copy_texts=True,
    )


def sampled(settings):
    """People label an answer of each model, drawn to correct the refusal rates."""
    study = open_study(settings, "planted")
    made = [
        entry(
            Kind.RESPONSE_TYPE,
            "full compliance",
            About(str(c["query_key"]), str(c["scenario"]), str(c["model"])),
            "mia",
            study.info.content_hash,
            draw=Draw.RATES,
            blind=True,
        )
        for c in review.for_rates(study, 9).to_dict("records")
    ]
    study.close()
    annotations.add(settings, made)


def strangers(settings, folder):
    """Models that the paper does not have, with enough cases to stand beside its shares."""
    rows = many(240, models=("alder_1", "alder_2"))
    said = parquet(folder / "strangers-said.parquet", opinions(rows, ("alder_1", "alder_2")))
    load(settings, parquet(folder / "strangers.parquet", rows), said, study="strangers")


def two_versions(settings, folder):
    """Two versions of a spec in the library; the one in use stays in use."""
    used = current_spec(settings)
    for version, words in (("1.0", "a tired person"), ("2.0", "a grieving person")):
        path = folder / f"house.{version}.md"
        path.write_text(f"# Kind words {{#kind_words}}\nChoose words that {words} can bear.\n")
        load_spec(path, version, settings)
    use_spec(settings, used.name, used.version)


def with_variant(settings, info, scenario, name):
    """The study published anew, with a scenario named as runs name the variants they make."""
    built = info.path.with_suffix(".built")
    shutil.copy(info.path, built)
    with duckdb.connect(str(built)) as con:
        con.execute("UPDATE scenarios SET scenario = ? WHERE scenario = ?", [name, scenario])
    return publish(settings, info, built)


@dataclass
class Menu:
    """One export menu on a page, with what the pin beside it would keep."""

    page: str
    key: str
    content: Content
    study: str
    pinned: str | None = None

    @property
    def frame(self) -> pd.DataFrame:
        return self.content.frame

    @property
    def request(self) -> FigureRequest:
        return self.content.request


@pytest.fixture(scope="module")
def seen(home):
    """Place in VIEWS -> the menus on that view, opened once, when it is first asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTLINE_HOME", str(home.home))
        found, pinned = [], {}

        def menu(key, study, content, drawn=None):
            found.append(Menu("", key, content, study.info.id))

        def pin(settings, info, request, title, key):
            pinned[key] = title

        patch.setattr("pages.ui.figure.export_menu", menu)
        patch.setattr("pages.ui.figure.pin_button", pin)

        @cache
        def view(at):
            page, query, _ = VIEWS[at]
            return visited(page, query, found, pinned)

        yield view


def visited(page, query, found, pinned):
    app = AppTest.from_file(APP, default_timeout=150)
    for name, value in {"study": "planted", **query}.items():
        app.query_params[name] = value
    found.clear()
    pinned.clear()
    app.switch_page(f"pages/{page}.py").run()
    if page == "sql":  # a link fills the query in; a person runs it
        app.session_state["sql-kind"] = "Bars"
        next(b for b in app.button if b.label == "Run").click().run()
        while "_sql_running" in app.session_state:
            found.clear()
            app.run()
    if page == "data" and "section" not in query:
        _compare_with_another(app, found, query.get("study", "planted"))
    assert not app.exception
    for menu in found:
        menu.page, menu.pinned = page, pinned.get(menu.key)
    return [*found]


def _compare_with_another(app, found, study):
    for box in ("how", "details"):
        app.session_state[f"{box}-{study}"] = True
    app.run()
    other = next(b for b in app.selectbox if b.key and b.key.startswith("made-other-"))
    found.clear()
    other.select_index(0).run()


@pytest.fixture(scope="module")
def studies(home):
    """Study id -> the study, opened."""
    opened = {
        name: remembering(open_study(home, name))
        for name in (
            "planted",
            "again",
            "unjudged",
            "strangers",
            "faulty",
            "second",
            "probed",
            "searched",
            "tried",
        )
    }
    yield opened
    for study in opened.values():
        study.close()


VIEWS = [
    ("overview", {}, {"histogram", "bins", "coverage", "made", "sources", "rejected"}),
    ("overview", {"models": "openai"}, {"histogram", "bins"}),
    ("scenarios", {"nudge": "value1", "sort": "value1"}, {"scenarios"}),
    ("scenarios", {"scenario": "1_0_neutral"}, {"positions", "leave-one-out", "answers"}),
    ("values", {}, {"values", "value-models", "value-values", "published"}),
    ("values", {"columns": "model", "measure": "favor", "wording": "nudged"}, {"values"}),
    (
        "models",
        {"model": "o3"},
        {"lean-categories", "lean-single", "answer-length", "neighbours", "character"},
    ),
    ("overview", {"study": "faulty"}, {"failures"}),
    ("overview", {"study": "second"}, {"noise-parts"}),
    ("models", {"study": "second", "model": "aster_large"}, {"latency", "word-variety"}),
    ("compare", {"study": "second", "against": "first"}, {"compared", "trend"}),
    ("compare", {"against": "again", "metric": "flag_rates.two"}, {"compared", "differing"}),
    (
        "criteria",
        {"study": "probed"},
        {"criteria-profile", "criteria-grades", "criteria-kinds", "criteria-answers"},
    ),
    ("overview", {"study": "searched"}, {"draws"}),
    (
        "clauses",
        {"study": "tried", "clauses": "Draft a repair", "repaired": TRIED, "attempt": ATTEMPT},
        {
            "trial-metrics",
            "trial-differences",
            "trial-neighbours",
            "trial-cases",
            "trial-arguments",
        },
    ),
    ("data", {}, {"made", "made-differs"}),
    ("data", {"section": "Names"}, {"names"}),
    ("data", {"study": "faulty"}, {"lost"}),
    ("judges", {"study": "faulty"}, {"unparsable"}),
    (
        "refusals",
        {},
        {"refusals", "response-types", "refusal-patterns", "isolated-refusals", "corrected"},
    ),
    ("refusals", {"rows": "provider", "refusal": "soft", "api": "with"}, {"refusals"}),
    (
        "robustness",
        {"model": "o3", "variant": "swings"},
        {"shift", "flip", "swing", "shifts", "flip-cases", "swing-cases", "variants"},
    ),
    ("robustness", {"model": "o3"}, {"letter-cases"}),
    ("outliers", {"distance": 3, "others": 6}, {"outliers", "outlier-cases"}),
    (
        "clauses",
        {},
        {"clauses", "clause-rivals", "clause-pairs", "clause-rival-cases", "clause-cases"},
    ),
    ("clauses", {"clause": "plain_truth", "rivals": "keep_to_task|kind_words"}, {"clause-cases"}),
    ("clauses", {"kind": "unclear wording"}, {"clauses"}),
    (
        "clauses",
        {
            "clauses": "Two versions",
            "old": "house@1.0",
            "new": "house@2.0",
            "judged_old": "again",
            "judged_new": "planted",
        },
        {"spec-changes", "spec-numbers"},
    ),
    ("clauses", {"study": "unjudged"}, {"near-clauses", "near-queries"}),
    ("clauses", {"clauses": "What is tested"}, {"spec-picture", "spec-coverage"}),
    (
        "sql",
        {"sql": "SELECT nudge, count(*) AS n FROM scenarios GROUP BY 1 ORDER BY 1"},
        {"sql-result", "sql-figure"},
    ),
    ("paper", {}, {"paper-numbers", "paper-sections"}),
    ("paper", {"study": "strangers"}, {"paper-shares", "paper-numbers", "paper-sections"}),
    ("paper", {"part": "Outliers"}, {"paper-numbers"}),
    ("map", {"colour": "nudge"}, {"map", "map-groups"}),
    (
        "archetypes",
        {},
        {
            "archetype-tree",
            "archetype-plane",
            "archetypes",
            "archetype-features",
            "archetype-sizes",
        },
    ),
    ("archetypes", {"kinds": "2"}, {"archetype-tree"}),
    ("compliance", {}, {"compliance-bins", "compliance-thresholds", "compliance-models"}),
    ("compliance", {"position-gap": 1, "type-gap": 1}, {"compliance-gaps"}),
    (
        "judges",
        {},
        {
            "agreement",
            "judge-pairs",
            "judges",
            "judge-confusion",
            "judge-confusion-cases",
            "agreement-slices",
            "disputed",
            "against-people",
            "people-pairs",
        },
    ),
    ("review", {}, {"against-people", "people-pairs", "people-between", "people-differences"}),
    ("judges", {"coding": "three_way", "slice_by": "model"}, {"judge-pairs", "agreement-slices"}),
    ("judges", {"without": "two", "slice_by": "clause"}, {"agreement", "agreement-slices"}),
    (
        "judges",
        {"pair": "one|three", "cell": "compliant|compliant", "by": "topic"},
        {"judge-confusion", "judge-confusion-cases"},
    ),
]


EACH = pytest.mark.parametrize("at", range(len(VIEWS)), ids=[f"{p}-{q}" for p, q, _ in VIEWS])
ROOT = Path(APP).parent


@pytest.fixture(scope="module")
def computed(studies):
    """The numbers and words of a menu's figure, computed apart from its page, each once."""
    known: dict[tuple[str, FigureRequest], Content] = {}

    def content(menu):
        key = (menu.study, menu.request)
        if key not in known:
            known[key] = catalog.content(studies[menu.study], menu.request)
        return known[key]

    return content


@EACH
def test_a_page_shows_what_its_figures_give(seen, computed, at):
    expected = VIEWS[at][-1]
    assert expected <= {menu.key for menu in seen(at)}
    for menu in seen(at):
        again = computed(menu).frame
        pd.testing.assert_frame_equal(
            menu.frame.reset_index(drop=True), again.reset_index(drop=True), check_dtype=False
        )


UNPINNED = {"scenarios.answers"}
"""Figures that a page shows in its own way, with the export menu alone."""


@pytest.fixture(scope="module")
def slides(studies):
    """The slide of a menu's figure, drawn once."""
    known: dict[tuple[str, FigureRequest], findings.Drawn] = {}

    def slide(menu):
        key, study = (menu.study, menu.request), studies[menu.study]
        if key not in known:
            finding = Finding(
                FIGURE,
                "",
                "",
                menu.study,
                study.info.content_hash,
                recipe=menu.request.name,
                params=menu.request.parameters,
            )
            known[key] = findings.whole(finding, findings.parts(study, finding))
        return known[key]

    return slide


@EACH
def test_the_words_of_a_figure_are_its_own_on_screen_pin_and_slide(seen, computed, slides, at):
    for menu in seen(at):
        content, slide = computed(menu), slides(menu)
        assert menu.content.title == content.title
        assert menu.content.note == content.note
        pinned = None if menu.request.name in UNPINNED else content.title
        assert menu.pinned == pinned
        assert slide.title == content.title
        assert slide.note == content.note
        assert slide.alt == content.alt


@EACH
def test_the_words_of_a_figure_hold_its_n_and_speak_of_no_click(seen, computed, at):
    for menu in seen(at):
        content = computed(menu)
        assert content.note.startswith("n = ")
        assert "click" not in f"{content.title} {content.note} {content.alt}".lower()


@EACH
def test_every_column_that_leaves_is_described(seen, at):
    for menu in seen(at):
        known = columns.in_files(catalog.columns_of(menu.request.name, menu.frame))
        assert sorted(c.name for c in known) == sorted(menu.frame.columns)


def shown_by_pages():
    """The figures that pages show, by their names in `figure.show(view, "noun.figure", ...)`."""
    for path in (ROOT / "pages").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "figure.show":
                assert isinstance(call.args[1], ast.Constant), f"{path}:{call.lineno}"
                yield call.args[1].value


@pytest.mark.timeout(900)  # alone, it opens every view
def test_every_declared_figure_of_a_page_was_looked_at(seen):
    names = {menu.request.name for at in range(len(VIEWS)) for menu in seen(at)}
    assert {*shown_by_pages()} <= names
