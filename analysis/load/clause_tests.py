"""Tests of a spec's clauses, run: judges read each case under the spec's text, and what they say
is held against the verdict that is known. The pipeline asks them, priced and within a budget."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.load.runs import ask_pipeline, export_run
from analysis.parse import clause_tests as parse
from analysis.parse.clause_tests import ClauseTest
from analysis.parse.files import decoded, read_bytes
from analysis.parse.specs.carried import CarriedSpec
from analysis.parse.specs.clause import Spec
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import clause_tests as store
from analysis.store.annotations.clause_tests import Result
from analysis.store.build.places import staging_folder, workspace
from analysis.vocabulary import Nudge, Outcome
from analysis.whole_files import replacing, write_text

ENDING = ".tests.json"
_MODEL = "tested"


@dataclass(frozen=True)
class TestPlan:
    """What would be asked: the tests, the spec's text without any verdict, and the price."""

    __test__ = False  # no test of the program

    spec: Spec
    tests: tuple[ClauseTest, ...]
    plan: Path
    price: dict[str, Any]


def gather(given: CarriedSpec, file: Path | None, settings: Settings) -> tuple[ClauseTest, ...]:
    """The tests of a spec: those in its own blocks, those of a file, and those kept in the home
    for its name; of one test the last of these holds. Tests of clauses that the spec does not have
    are an error: their verdict would rest on nothing.

    Raises FaultlineError where there is none.
    """
    _, own = parse.apart(given.text, given.spec)
    filed: tuple[ClauseTest, ...] = ()
    if file is not None:
        _, filed = parse.of_json(
            decoded(read_bytes(file, parse.MOST_BYTES, "tests"), file), file.name
        )
    kept = store.of_spec(settings, given.spec.name)
    found = parse.once([*own, *filed, *kept])
    known = {c.anchor for c in given.spec.clauses}
    lost = sorted({one.clause for one in found if one.clause not in known})
    if lost:
        raise FaultlineError(
            f"{given.spec.name} {given.spec.version} has no clause “{lost[0]}”, which has tests: "
            "take them away, or move them to the clause that took its place."
        )
    if not found:
        raise FaultlineError(
            f"{given.spec.name} {given.spec.version} has no tests yet: add cases in the reader or "
            f"on Review, write a file beside the spec ({given.spec.name}{ENDING}), or put blocks "
            "of the language “test” into it."
        )
    return found


def beside(path: Path) -> Path | None:
    """The file of tests that lies beside a spec's file: `house.tests.json` beside `house.md`."""
    found = path.with_suffix(ENDING)
    return found if found.is_file() else None


def plan(
    given: CarriedSpec,
    tests: Sequence[ClauseTest],
    judges: str,
    budget: float | None,
    settings: Settings,
) -> TestPlan:
    """Write cases and spec into the home, where they stay until the run came to its end, and plan
    the calls.

    Raises FaultlineError with the pipeline's own sentence, for a judge that nobody knows, say.
    """
    text, _ = parse.apart(given.text, given.spec)
    folder = _folder(text, tests, judges, settings)
    spec = folder / f"{given.spec.name}.{given.spec.version}.md"
    cases, out = folder / "cases", folder / "plan.json"
    try:
        cases.mkdir(parents=True, exist_ok=True)
        write_text(spec, text)
        for name, rows in _tables(tests).items():
            if not (cases / f"{name}.parquet").exists():  # a run that stopped goes by these bytes
                with replacing(cases / f"{name}.parquet") as aside:
                    pd.DataFrame(rows).to_parquet(aside, index=False)
    except OSError as error:
        raise FaultlineError(f"The cases can't be written to {folder}: {error.strerror}.") from None
    asked = ["--template", "re-judge", "--from", str(cases), "--spec", str(spec)]
    asked += ["--judges", judges, "--out", str(out)]
    asked += [] if budget is None else ["--budget", str(budget)]
    ask_pipeline(("plan", *asked, "--title", f"tests of {given.spec.name}"), settings)
    price = json.loads(ask_pipeline(("price", str(out), "--format", "json"), settings))
    return TestPlan(given.spec, tuple(tests), out, price)


def _folder(text: str, tests: Sequence[ClauseTest], judges: str, settings: Settings) -> Path:
    """A folder for these tests of this text by these judges."""
    told = json.dumps([text, judges, [vars(one) for one in tests]], sort_keys=True)
    digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
    return settings.home / "spec-tests" / digest[:12]


def stopped(made: TestPlan, settings: Settings) -> str:
    """The run that asked the very same and did not come to a result; "" where there is none."""
    known = {result.run for result in store.history(settings, made.spec.name)}
    cases = str((made.plan.parent / "cases").resolve())
    for plan in sorted(settings.runs.glob("*/plan.json"), reverse=True):
        try:
            snapshot = json.loads(plan.read_text(encoding="utf-8"))["snapshot"]
            mine = str(Path(snapshot["path"]).resolve()) == cases
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if mine and plan.parent.name not in known:
            return plan.parent.name
    return ""


def run(made: TestPlan, settings: Settings) -> Result:
    """Ask the judges, hold what they say against the known verdicts, and keep it. A run that asked
    the very same and stopped goes on.

    Raises FaultlineError with the pipeline's own sentence where the run does not come to its end.
    """
    name = _ended(stopped(made, settings), made, settings)
    with workspace(staging_folder(settings)) as folder:
        exported = export_run(name, folder / "run", settings)
        said = pd.read_parquet(exported / "tables" / "judgements.parquet")
    result = Result(made.spec.key, name, entry_times.now(), tuple(_rows(made.tests, said)))
    store.keep_result(settings, result)
    shutil.rmtree(made.plan.parent, ignore_errors=True)
    return result


def _ended(name: str, made: TestPlan, settings: Settings) -> str:
    """The run that was stopped, or a new one, at its end."""
    if name:
        status = json.loads(ask_pipeline(("status", name, "--format", "json"), settings))
        if status["state"] == "done":
            return name
        with suppress(FaultlineError):  # cancelled, say: then it is asked anew
            return ask_pipeline(("run", name), settings).split()[-1]
    return ask_pipeline(("run", str(made.plan)), settings).split()[-1]


def _rows(tests: Sequence[ClauseTest], said: pd.DataFrame) -> list[dict[str, Any]]:
    """Test x judge: the decision, and whether it is the one that is known."""
    decided = {
        (str(row["scenario"]), str(row["judge"])): (row["decision"], row["reasoning"])
        for row in said.astype(object).where(said.notna(), None).to_dict("records")
    }
    judges = sorted({judge for _, judge in decided})
    return [
        {
            "test": one.id,
            "clause": one.clause,
            "judge": judge,
            "expected": one.verdict,
            "decision": decision,
            "passed": decision == one.verdict,
            "reasoning": reasoning,
        }
        for number, one in enumerate(tests)
        for judge in judges
        for decision, reasoning in (decided.get((_scenario(number), judge), (None, None)),)
    ]


def _scenario(number: int) -> str:
    return f"{number}_0_{Nudge.NEUTRAL.value}"


def _tables(tests: Sequence[ClauseTest]) -> dict[str, list[dict[str, Any]]]:
    """The cases as a snapshot has them: each query a family of its own, with one answer."""
    named = [(_scenario(number), number, one) for number, one in enumerate(tests)]
    return {
        "scenarios": [
            {
                "scenario": name,
                "family": f"{number}_0",
                "nudge": Nudge.NEUTRAL.value,
                "value1": "",
                "value2": "",
                "query": one.query,
            }
            for name, number, one in named
        ],
        "responses": [
            {"scenario": name, "model": _MODEL, "replicate": 0, "outcome": Outcome.ANSWERED.value}
            for name, _, _ in named
        ],
        "response_texts": [
            {"scenario": name, "model": _MODEL, "replicate": 0, "text": one.answer}
            for name, _, one in named
        ],
    }
