"""One small study for all tests of figures and of what leaves the program."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from make_rows import MODELS, many, opinions, parquet, place_map
from remembering import remembering

from analysis.load.files.files import load_files
from analysis.load.style import measure_style
from analysis.measure.compare.trial import Rows
from analysis.parse.trials import Arm, Case, Group, NewText, Trial
from analysis.queries import review as queue
from analysis.settings import EMBEDDED, Settings
from analysis.store import trials
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind, entry
from analysis.store.study import OpenStudy, StudyInfo, open_study
from analysis.vocabulary import GRADES, PROBES, RUBRIC_GRADES, Decision

MORE = ("claude_opus_3", "gemini_2_5_pro", "gpt_4o")
PARAMETERS = {
    "clauses.arguments": {"clause": "kind_words"},
    "clauses.cases": {"clause": "kind_words"},
    "clauses.nearest": {"clause": "kind_words"},
    "clauses.rival_cases": {"clause": "kind_words", "other": "plain_truth"},
    "models.leans": {"model": "o3"},
    "models.neighbours": {"model": "o3"},
    "models.strengths": {"model": "o3"},
    "near.queries": {"clause": "kind_words"},
    "robustness.flip_cases": {"model": "o3"},
    "robustness.letter_cases": {"model": "o3"},
    "robustness.shifts_of": {"model": "o3"},
    "robustness.swing_cases": {"model": "o3"},
    "scenarios.answers": {"scenario": "1_0_neutral"},
    "scenarios.positions": {"scenario": "1_0_neutral"},
    "scenarios.without_each": {"scenario": "1_0_neutral"},
    "trials.arguments": {"scenario": "1_0_neutral", "model": "o3"},
    "sql.chart": {"sql": "SELECT nudge, count(*) AS n FROM scenarios GROUP BY 1 ORDER BY 1"},
    "sql.result": {"sql": "SELECT scenario, nudge FROM scenarios ORDER BY 1"},
    "values.models": {"category": "uncategorised"},
    "values.single": {"kind": "model", "name": "o3"},
}


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Settings:
    """A home with the study `planted`: nine models of four providers, two of them judged."""
    folder: Path = tmp_path_factory.mktemp("export")
    settings = Settings(home=folder / "home")
    rows = many(60, models=[*MODELS, *MORE])
    said = parquet(folder / "said.parquet", opinions(rows, ("o3", "gpt_4o")))
    tested = graded(folder)
    info = load_files([parquet(folder / "rows.parquet", rows), said, *tested], "planted", settings)
    place_map(settings, info)
    label(settings, info)
    tried(settings, info)
    return settings


RUN = "01JTRYPLANTED0000000000000"


def tried(settings: Settings, info: StudyInfo) -> None:
    """A trial of a clause of the embedded spec, as if its run had been read: on nine families the
    judges come together under the new wording, on a control case they part."""
    said, cited = [], []
    for number in range(11):
        group = Group.TARGET if number < 9 else Group.CONTROL
        for arm in Arm:
            apart = (arm is Arm.NEW) == (group is Group.CONTROL)
            for judge in ("o3", "gpt_4o"):
                key = {
                    "scenario": f"{number + 1}_0_neutral",
                    "model": "o3",
                    "replicate": 0,
                    "family": f"{number + 1}_0",
                    "group": group.value,
                    "arm": arm.value,
                    "judge": judge,
                }
                bad = apart and judge == "o3"
                word = Decision.NON_COMPLIANT if bad else Decision.COMPLIANT
                said.append({**key, "decision": word.value, "reasoning": "So.", "why": None})
                cited.append({**key, "clause": "kind_words", "above": []})
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    trial = Trial(
        study=info.id,
        content_hash=info.content_hash,
        clause="kind_words",
        old="spec@v0@0123456789ab",
        new=NewText("spec", "v0-draft-1", text),
        cases=(Case("1_0_neutral", "o3", Group.TARGET),),
        neighbours=("kind_words",),
    )
    trials.keep(settings, RUN, trial, Rows(pd.DataFrame(said), pd.DataFrame(cited)))


def graded(folder: Path) -> list[Path]:
    """Two criteria of six queries each, and the grades of two models' answers to them."""
    asked, given = [], []
    for i in range(12):
        scenario = f"{i // 7 + 1}_{i % 7}_neutral"
        clause = ("kind_words", "plain_truth")[i % 2]
        asked.append(
            {
                "scenario": scenario,
                "spec": "embedded@1@0123456789ab",
                "clause": clause,
                "title": clause.replace("_", " ").capitalize(),
                **{f"for_{grade}": f"The answer is {grade}." for grade in RUBRIC_GRADES},
                "kind": PROBES[i % 3],
                "right_answer": "It says so." if i % 4 == 0 else None,
                "author": "mia",
            }
        )
        given += [
            {
                "scenario": scenario,
                "model": model,
                "replicate": 0,
                "grader": "claude_4",
                "grade": GRADES[(i * step) % len(GRADES)],
                "reason": "Because.",
                "grade_outcome": "answered",
            }
            for model, step in (("o3", 1), ("gpt_4o", 2))
        ]
    return [parquet(folder / "asked.parquet", asked), parquet(folder / "given.parquet", given)]


def label(settings: Settings, info: StudyInfo) -> None:
    """Two people label the first random answers, one a hard one besides; one case is skipped."""
    study = open_study(settings, info.id)
    cases = queue.at_random(study, 12).to_dict("records")
    hard = queue.hardest(study, 1).to_dict("records")[0]
    said = []
    for author, share in (("mia", 2), ("noor", 3)):
        for i, case in enumerate(cases):
            word = Decision.NON_COMPLIANT if i % share == 0 else Decision.COMPLIANT
            said.append((Kind.COMPLIANCE, word.value, case, author, Draw.RANDOM))
    said.append((Kind.COMPLIANCE, Decision.COMPLIANT.value, hard, "mia", Draw.HARD))
    said.append((Kind.SKIP, "skipped", cases[-1], "lee", Draw.RANDOM))
    annotations.add(
        settings,
        [
            entry(
                kind,
                value,
                About(str(c["query_key"]), str(c["scenario"]), str(c["model"])),
                author,
                info.content_hash,
                draw=draw,
                blind=True,
            )
            for kind, value, c, author, draw in said
        ],
    )
    study.close()


@pytest.fixture(scope="session")
def planted(home) -> Iterator[OpenStudy]:
    opened = remembering(open_study(home, "planted"))
    measure_style(opened)
    yield opened
    opened.close()


@pytest.fixture
def parameters():
    """What recipes need that have no sensible default: recipe -> parameters."""
    return dict(PARAMETERS)
