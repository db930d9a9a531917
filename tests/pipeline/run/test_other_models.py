"""Replies of another model than the one asked: kept out of the numbers until somebody says that it
is the same one, on the page, on the command line, and counted wherever the study is described."""

import shutil
import sys
from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.figures import making_words
from analysis.figures.frames.making import of_info
from analysis.load.runs import load_run
from analysis.settings import Settings
from analysis.store.study import StudyInfo, open_study
from pipeline import __main__ as program
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.other_models import OtherModel, say_same
from pipeline.run.status import watch
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback
from tests.page_kit import page_at, stress_test, told

pytestmark = pytest.mark.usefixtures("exports_here")

MODEL, OTHER = "gpt_5_4_mini", "another-model-1"


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[Path, str]:
    """One family: of the model's three answers one comes from another, and one of a judge's
    verdicts. Gives its home and the run's id."""
    folder = tmp_path_factory.mktemp("ran")
    home = Settings(home=folder / "home")
    rules = (
        Rule(Fault.WRONG_MODEL, stage="respond", first=1),
        Rule(Fault.WRONG_MODEL, stage="judge", first=1),
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        Loopback(FaultPlan(rules=rules), ledger=folder / "ledger", answerer=said) as server,
    ):
        patch.setenv("OPENAI_API_KEY", "sk-any")
        patch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        wish = Wish(
            families=1,
            models=(MODEL, "aster_large", "cobble_one"),
            judges=("gpt_4o", "larch_judge"),
            writers=("sedge_writer",),
            stages=("pairs", "generate", "respond", "rubric", "score", "label", "judge"),
            budget_usd=5.0,
        )
        started = runs.launch(make_plan(wish, home, load(home.home)), home, load(home.home))
        runs.work(home, started)
    return home.home, started


@pytest.fixture
def home(ran: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(ran[0], tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def run(ran: tuple[Path, str]) -> str:
    return ran[1]


def counts(home: Settings, info: StudyInfo) -> dict[str, int]:
    """Of the model: answers, positions, labels; of all: judgements of its answers and verdicts."""
    opened = open_study(home, info.id)
    sql = {
        "answers": "SELECT count(*) FROM responses WHERE model = $m AND outcome = 'answered'",
        "placed": "SELECT count(*) FROM responses WHERE model = $m AND value1_position >= 0",
        "judged": "SELECT count(*) FROM judgements WHERE model = $m",
        "verdicts": "SELECT count(*) FROM judgements WHERE judge = 'gpt_4o'",
        "scenarios": "SELECT count(*) FROM scenarios WHERE $m <> ''",
    }
    try:
        with opened.cursor() as con:
            return {
                name: con.execute(q, {"m": MODEL} if "$m" in q else None).fetchall()[0][0]
                for name, q in sql.items()
            }
    finally:
        opened.close()


def test_what_another_model_said_is_in_no_number_until_it_is_said_to_be_the_same(
    home: Settings, run: str
) -> None:
    assert watch(home, run).others == (
        OtherModel("gpt_4o", OTHER, 1, False),
        OtherModel(MODEL, OTHER, 1, False),
    )
    before = load_run(run, "before", home)
    made = of_info(before)
    assert made["served_other"] == made["kept_out"] == {"gpt_4o": 1, MODEL: 1}
    assert made["said_same"] == {}
    sentence = making_words.kept_out(before)
    assert sentence is not None
    assert sentence.startswith("2 replies are kept out of the numbers")
    assert "2 of them kept out" in making_words.in_short(before)
    few = counts(home, before)
    assert (few["answers"], few["placed"], few["scenarios"]) == (2, 2, 3)

    say_same(home, run, MODEL, OTHER)
    answers = load_run(run, "answers", home)
    assert of_info(answers)["kept_out"] == {"gpt_4o": 1}
    assert of_info(answers)["said_same"] == {MODEL: [OTHER]}
    more = counts(home, answers)
    assert (more["answers"], more["placed"]) == (3, 3)
    assert more["judged"] > few["judged"]

    say_same(home, run, "gpt_4o", OTHER)
    everything = load_run(run, "everything", home)
    assert counts(home, everything)["verdicts"] == more["verdicts"] + 1
    assert making_words.kept_out(everything) is None
    card = making_words.rows(everything, of_info(everything)).set_index("part")["known"]
    assert "said to be the same model" in card["Answered by another model than asked"]

    say_same(home, run, MODEL, OTHER, same=False)
    assert of_info(load_run(run, "back", home))["kept_out"] == {MODEL: 1}


def test_a_name_that_did_not_answer_can_t_be_said_to_be_the_same(home: Settings, run: str) -> None:
    with pytest.raises(FaultlineError, match="another-model-1 for gpt_4o"):
        say_same(home, run, MODEL, "gpt-9")


def test_the_command_says_who_answered_and_takes_a_word(
    home: Settings, run: str, monkeypatch, capsys
) -> None:
    def printed(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["pipeline", *words])
        with pytest.raises(SystemExit) as ended:
            program.main()
        out, wrong = capsys.readouterr()
        return wrong if ended.value.code else out

    assert f"{MODEL}: 1 call answered by {OTHER}, kept out of the numbers" in printed("served", run)
    assert f"1 call answered by {OTHER}" in printed("status", run)
    after = printed("served", run, "--same", f"{MODEL}={OTHER}")
    assert f"answered by {OTHER}, counted as the same model" in after
    back = printed("served", run, "--other", f"{MODEL}={OTHER}")
    assert "counted as the same model" not in back
    assert printed("served", run, "--same", MODEL) == (
        f"'{MODEL}' is no MODEL=NAME, such as gpt_4o=my-deployment.\n"
    )


def test_the_run_s_page_takes_the_word_and_the_study_s_pages_tell(home: Settings, run: str) -> None:
    app = stress_test(run=run)
    assert "2 calls answered by another model than asked" in app.warning[0].value
    assert f"1 call answered by {OTHER}, kept out." in told(app)
    app.button(key="same-1").click().run()
    assert not app.exception
    assert [one.same for one in watch(home, run).others] == [False, True]
    assert app.button(key="differs-1").label == "Take it back"
    load_run(run, "told", home)
    overview = page_at("overview", study="told")
    assert any("1 reply is kept out" in one.value for one in overview.warning)
    assert "1 reply is kept out of the numbers" in told(page_at("data", study="told"))
