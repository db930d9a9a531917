"""Who answered: the model that was asked, another one, or a stand-in; what a study says of it."""

import pytest

from analysis.figures.frames.making import of_info
from analysis.load.files.files import load_files
from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.served import as_asked
from pipeline.run.status import list_runs, status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback

MODEL = "gpt_5_4_mini"


@pytest.mark.parametrize(
    ("model", "asked", "answered", "same"),
    [
        ("gpt_4o", "gpt-4o", "gpt-4o-2024-11-20", True),
        ("gpt_4o", "gpt-4o-2024-11-20", "gpt-4o-2024-05-13", False),
        ("gpt_4o", "my-deployment", "gpt-4o-2024-05-13", True),
        ("gpt_4o", "gpt-4o", "gpt-4o-mini", False),
        ("gpt_4o", "gpt-4o", "another-model-1", False),
        ("gpt_4o", "gpt-4o", "", True),
    ],
)
def test_a_snapshot_is_its_model_and_another_snapshot_is_not(
    model: str, asked: str, answered: str, same: bool
) -> None:
    assert as_asked(model, asked, answered) is same


@pytest.mark.parametrize("own_endpoint", [False, True])
def test_a_stand_in_makes_the_study_simulated_whatever_its_models_are_called(
    own_endpoint: bool, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known by the address, and where that is a gateway's of one's own by its header."""
    home = Settings(home=tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    faults = FaultPlan(rules=(Rule(Fault.WRONG_MODEL, first=1),))
    with Loopback(faults, ledger=tmp_path / "ledger.jsonl", answerer=said) as server:
        if own_endpoint:
            home.home.mkdir(parents=True)
            (home.home / "providers.toml").write_text(
                f'[endpoints.openai]\nbase_url = "{server.openai_url}"\n'
                'kind = "openai"\nkey_env = "OPENAI_API_KEY"\napi = "chat"\n'
            )
        else:
            monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        wish = Wish(
            families=1,
            models=(MODEL,),
            writers=("sedge_writer",),
            stages=("pairs", "generate", "respond"),
            budget_usd=5.0,
        )
        plan = parse_plan(make_plan(wish, home, load(home.home)).model_dump(mode="json"), "plan")
        run = runs.launch(plan, home, load(home.home))
        runs.work(home, run)
    info = load_files([export_run(home, run, tmp_path / "out")], "it", home, copy_texts=True)
    made = of_info(info)
    assert info.simulated
    assert made["stand_ins"] == ["openai"]
    assert made["loaded"] == "whole"
    assert made["run"] == run
    assert made["plan"] == plan.content_hash
    assert made["roles"]["generate"] == ["sedge_writer"]
    assert made["roles"]["respond"] == [MODEL]
    assert made["roles"]["rubric"] == []
    assert made["selection"] == "all"
    assert made["served_other"] == {MODEL: 1}
    assert made["served"] == {MODEL: {"another-model-1": 1}}
    assert status(home, run)["served_other"] == {MODEL: 1}
    assert list_runs(home)[0]["simulated"]
