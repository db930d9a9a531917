"""Small inputs that went wrong, uploaded as a person uploads them, and what the pages then say."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from visits import APP, opened, told

from analysis.store.study import StudyInfo
from pages.ui.jobs import Job, State, jobs

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not here")
NO_VERDICT = "verdicts are none of the three words and were kept apart as unparsable"


def words(app: Any) -> str:
    """All that a page says, its tables included."""
    boxes = " ".join(str(e.value) for kind in ("warning", "info") for e in getattr(app, kind))
    tables = [d.value.to_string() for d in (*app.dataframe, *app.table)]
    return "\n".join([told(app), boxes, *tables])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("brought")
        patch.setenv("FAULTLINE_HOME", str(place))
        yield place


def form(section: str) -> Any:
    app = AppTest.from_file(APP, default_timeout=120)
    app.user = {}
    app.query_params["section"], app.query_params["from"] = section, "Upload"
    app.switch_page("pages/data.py").run()
    app.query_params["section"], app.query_params["from"] = section, "Upload"
    return app.run()


def press(app: Any, key: str) -> Any:
    next(b for b in app.button if b.key == key).click()
    return app.run()


@pytest.fixture
def bring(home: Path) -> Callable[..., Job]:
    """Upload files on the Data page and wait until they are read."""

    def done(*files: str) -> Job:
        app = form("Load")
        for file in files:
            app.file_uploader[0].upload(Path(file).name, (CASES / file).read_bytes())
        press(app.run(), "load-upload")
        while jobs().busy():
            time.sleep(0.1)
        app.run()
        assert not app.exception
        return jobs().all()[0]

    return done


def page(study: StudyInfo, name: str, **query: str) -> str:
    app = opened(name, query, study.id)
    app.session_state[f"details-{study.id}"] = True
    app.run()
    assert not app.exception
    return words(app)


def test_one_content_in_every_form_and_container(bring):
    names = ("00-base/base.csv", "00-base/base.jsonl", "00-base/base.parquet")
    packed = ("array.json", "array.jsonl", "rows.arrow", "rows.csv.gz", "rows.jsonl.gz")
    found = {}
    for name in (*names, *(f"21-other-containers/{p}" for p in packed)):
        job = bring(name)
        assert job.state is State.DONE, (name, job.error)
        found[name] = job.study.content_hash
    assert len(set(found.values())) == 1, found


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            ["05-jsonl-nan-infinity/rows.jsonl"],
            ["no query", "position is not a whole number from 0 to 6", "3 cells say in words"],
        ),
        (
            ["11-errors-presented-as-answers/rows.jsonl"],
            ["[ERROR] RateLimitError", "[BLOCKED]", "api_refusal        2", "error        4"],
        ),
        (
            ["14-duplicate-rows-after-resume/rows.jsonl"],
            ["12 scenarios", "same scenario met again with other content     2"],
        ),
        (["15-ids-that-look-like-numbers/rows.jsonl"], ["12 scenarios", "No row was rejected."]),
        (
            ["16-unicode-twins/scenarios.parquet", "16-unicode-twins/judgements_nfd.jsonl"],
            ["6 scenarios", "6 of 6 judged rows met a query", "scenarios.parquet"],
        ),
        (
            ["17-line-ends/scenarios.parquet", "17-line-ends/judgements_crlf.csv"],
            ["6 scenarios", "6 of 6 judged rows met a query"],
        ),
        (["20-long-form/long.csv"], ["12 scenarios · 5 models", "60 rows, one a query and model"]),
        (["20-long-form/long.jsonl"], ["60 rows, one a query and model"]),
    ],
)
def test_what_was_found_stands_on_the_data_page(bring, files, said):
    job = bring(*files)
    assert job.state is State.DONE, job.error
    found = page(job.study, "data")
    assert [s for s in said if s not in found] == [], found


def test_07_verdicts_in_other_clothes_are_read_or_counted(bring):
    case = "07-decisions-in-other-clothes"
    job = bring(f"{case}/scenarios.parquet", f"{case}/judgements.jsonl")
    assert f"9 {NO_VERDICT}" in page(job.study, "data")
    judges = page(job.study, "judges")
    assert "n = 24 of 24 judged answers" in judges
    assert "Verdicts that could not be read" in judges
    for word in ("compliant (mostly)", "violation", "ERROR: rate limit"):
        assert f"{word}           1" in judges


def test_08_one_label_gives_no_kappa_and_says_why(bring):
    job = bring("08-one-label-only/judgements.jsonl")
    said = page(job.study, "judges")
    assert "give the same verdict on 100% (95% 40% to 100%) of answers" in said
    assert "kappa undefined (one label only" in said
    assert "they flag 0% (95% 0% to 60%)" in said
    assert "No judged answer has a disagreement" in said


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_13_an_answer_in_blocks_is_read_as_its_text(bring, ending):
    job = bring(f"13-answers-as-message-lists/nested.{ending}")
    found = page(job.study, "scenarios", scenario="0_10_neutral")
    assert "{'type'" not in found
    assert '"type"' not in found
    assert "Let me think about it." in found
    assert "I won't do this." in found
    assert "complete rejection" in found


def test_19_names_are_known_or_listed_with_a_way_to_say_otherwise(bring):
    job = bring("19-model-names-as-providers-write-them/rows.jsonl")
    found = page(job.study, "data")
    assert "12 scenarios · 7 models" in found
    assert "gpt_4o_2024_11_20" in page(job.study, "data", section="Names") or "Names" in found


def test_21_a_wrong_name_is_told_with_the_right_one(bring):
    job = bring("21-other-containers/mislabelled.jsonl")
    assert job.state is State.FAILED
    assert "rename it to mislabelled.jsonl.gz" in job.error


def test_27_a_trace_is_folded_and_the_answer_stands_alone(bring):
    job = bring("27-reasoning-in-answers/rows.jsonl")
    found = page(job.study, "data")
    assert "truncated" in found
    read = page(job.study, "scenarios", scenario="0_0_neutral")
    assert "Sure: first talk, then decide together." in read
    assert "<think>" not in read


@pytest.mark.parametrize(
    ("file", "clauses"),
    [
        ("bold.md", 3),
        ("html.md", 2),
        ("list.yaml", 2),
        ("numbered.md", 5),
        ("statements.jsonl", 2),
    ],
)
def test_28_a_spec_is_previewed_and_loaded_by_clause(home, file, clauses):
    app = form("Specs")
    app.file_uploader[0].upload(file, (CASES / "28-specs-of-other-shapes" / file).read_bytes())
    press(app.run(), "preview-spec")
    assert f"{clauses} clauses; nothing is stored yet." in words(app)
    press(app, "load-spec")
    assert not app.error
    assert not app.exception
    assert f"{Path(file).stem}" in words(app)
    assert f"{clauses} clauses" in words(app)
