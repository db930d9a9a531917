"""A run's plan once more, for today's snapshots of its models."""

from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.settings import EMBEDDED, Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control
from pipeline.run.again import plan_again
from pipeline.run.state import PLAN, run_folder

REAL = "gpt_5_4_mini"


def launched(settings: Settings, **changes) -> str:
    """A small run that is never worked on."""
    wish = Wish(families=2, stages=("pairs", "generate", "respond"), budget_usd=5.0, seed=4)
    plan = make_plan(Wish(**{**vars(wish), **changes}), settings, load(settings.home))
    return control.launch(plan, settings, load(settings.home))


def test_a_simulated_plan_runs_again_as_it_was(settings: Settings) -> None:
    run = launched(settings)
    before = (run_folder(settings, run) / PLAN).read_text()
    assert plan_again(settings, run, load(settings.home)).dumps() == before
    again = control.launch(
        plan_again(settings, run, load(settings.home)), settings, load(settings.home)
    )
    assert again > run
    assert (run_folder(settings, again) / PLAN).read_text() == before


def test_models_are_called_by_the_name_and_price_that_they_have_today(
    settings: Settings, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    run = launched(settings, models=(REAL,), writers=("sedge_writer",))
    path = run_folder(settings, run) / PLAN
    today = plan_again(settings, run, load(settings.home)).models[REAL]
    old = path.read_text().replace(f'"name": "{today.name}"', '"name": "gpt-5-4-mini-2025-01-01"')
    path.write_text(old)
    again = plan_again(settings, run, load(settings.home)).models[REAL]
    assert again == today
    assert "2025-01-01" in old


def test_a_spec_that_is_gone_or_changed_since_comes_from_the_run(
    settings: Settings, tmp_path: Path
) -> None:
    spec = tmp_path / "house.md"
    spec.write_bytes((EMBEDDED / "spec.md").read_bytes())
    run = launched(settings, spec=spec)
    spec.write_text("# Another {#another}\n\nBe kind.\n")
    plan = plan_again(settings, run, load(settings.home))
    assert Path(plan.spec.path).is_relative_to(run_folder(settings, run))
    again = control.launch(plan, settings, load(settings.home))
    copies = [(run_folder(settings, r) / "inputs" / "spec.md").read_bytes() for r in (run, again)]
    assert copies[0] == copies[1] == (EMBEDDED / "spec.md").read_bytes()


def test_a_run_that_is_not_there_is_said(settings: Settings) -> None:
    with pytest.raises(FaultlineError):
        plan_again(settings, "01HZZZZZZZZZZZZZZZZZZZZZZZ", load(settings.home))
