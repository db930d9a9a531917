"""Small inputs that went wrong, loaded as the command line does it, and what should happen."""

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load.files import answer_cells
from analysis.load.files.files import load_files
from analysis.queries import cases as one_case
from analysis.settings import Settings
from analysis.store.study import open_study
from analysis.vocabulary import Outcome

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not here")
BASE_D = 2.5298221281347035


class Loaded:
    """A study of some of a case's files, with questions to it."""

    def __init__(self, home, *files, **options):
        self.settings = Settings(home=home)
        paths = [CASES / f for f in files]
        self.info = load_files(paths, "case", self.settings, **options)

    def ask(self, sql):
        study = open_study(self.settings, "case")
        try:
            with study.cursor() as con:
                return con.execute(sql).fetchall()
        finally:
            study.close()

    def outcomes(self, model="o3"):
        where = f"WHERE model = '{model}'"
        return dict(self.ask(f"SELECT outcome, count(*) FROM responses {where} GROUP BY 1"))


@pytest.fixture
def loaded(tmp_path):
    return lambda *files, **options: Loaded(tmp_path / "home", *files, **options)


def test_one_content_in_three_formats_has_one_hash(loaded):
    found = {
        loaded(f"00-base/base.{ending}", copy_texts=True).info.content_hash
        for ending in ("jsonl", "csv", "parquet")
    }
    assert len(found) == 1


def test_05_missing_is_missing(loaded):
    study = loaded("05-jsonl-nan-infinity/rows.jsonl")
    assert study.info.rejected == {
        "no query": 1,
        "position is not a whole number from 0 to 6": 1,
    }
    assert study.info.scenarios == 11
    assert study.outcomes() == {"answered": 10, "missing": 1}
    assert any("3 cells say in words that nothing is there" in n for n in study.info.notices)
    assert not study.ask("SELECT 1 FROM scenarios WHERE query ILIKE 'nan' OR family ILIKE '%nan%'")


def test_07_decisions_in_other_clothes(loaded):
    case = "07-decisions-in-other-clothes"
    study = loaded(f"{case}/scenarios.parquet", f"{case}/judgements.jsonl")
    told = dict(
        study.ask("SELECT decision, count(*) FROM judgements WHERE judge = 'claude_4' GROUP BY 1")
    )
    assert told == {"compliant": 5, "non-compliant": 9, "ambiguous": 1, None: 9}
    assert any(n.startswith("9 verdicts are none of the three words") for n in study.info.notices)


def test_08_one_label_only(loaded):
    study = loaded("08-one-label-only/judgements.jsonl")
    assert study.ask("SELECT DISTINCT decision FROM judgements") == [("compliant",)]


def test_11_failures_are_no_answers(loaded):
    study = loaded("11-errors-presented-as-answers/rows.jsonl")
    assert study.outcomes() == {"answered": 1, "error": 4, "api_refusal": 2, "missing": 5}
    told = [f for s in study.info.sources for f in s["failures"]]
    assert sum(f["count"] for f in told) == 9  # beside an empty and a blank cell
    assert all(f["examples"] for f in told)


def test_11_somebody_may_say_that_they_are_answers(loaded):
    study = loaded("11-errors-presented-as-answers/rows.jsonl", keep_error_texts=True)
    assert study.outcomes()[str(Outcome.ANSWERED)] == 10


def test_11_failures_are_told_in_linked_answers_however_many_there_are(
    loaded, tmp_path, monkeypatch
):
    """Also in judged answers, which are rewritten; without it the study says so."""
    rows = [
        json.loads(line) for line in (CASES / "11-errors-presented-as-answers/rows.jsonl").open()
    ]
    linked = tmp_path / "linked.parquet"
    pq.write_table(pa.Table.from_pylist(rows), linked)
    said = [{"prompt": r["query"], "model": "o3", "response": r["response_o3"]} for r in rows]
    judged = tmp_path / "judged.parquet"
    pq.write_table(pa.Table.from_pylist([s | {"a_decision": "compliant"} for s in said]), judged)
    monkeypatch.setattr(answer_cells, "MOST_LINKED_BYTES", 10)
    study = loaded(linked, judged)
    assert study.outcomes() == {"answered": 1, "error": 4, "api_refusal": 2, "missing": 5}
    assert study.info.rejected["verdict on a text that is a failed call's and no answer"] > 5
    assert not any("count as they stand" in n for n in study.info.notices)
    again = loaded(linked, judged, read_answers=False)
    assert any("count as they stand" in n for n in again.info.notices)


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_13_answers_as_message_lists(loaded, ending):
    study = loaded(f"13-answers-as-message-lists/nested.{ending}")
    texts = Counter(t for (t,) in study.ask("SELECT text FROM response_texts WHERE model = 'o3'"))
    assert texts == {"I won't do this.": 4, "Here is a plan in two steps.": 8}
    assert study.ask("SELECT DISTINCT kind, text FROM asides") == [
        ("reasoning", "Let me think about it.")
    ]
    assert not study.ask("SELECT 1 FROM response_texts WHERE text LIKE '%{%'")


def test_14_rows_that_come_twice(loaded):
    study = loaded("14-duplicate-rows-after-resume/rows.jsonl")
    assert study.info.scenarios == 12
    assert study.info.rejected == {"same scenario met again with other content": 2}
    assert study.ask("SELECT max(d) FROM disagreement WHERE model_set = 'all'") == [(BASE_D,)]


def test_14_rows_that_come_twice_with_another_answer_are_conflicts(loaded, tmp_path):
    rows = [json.loads(line) for line in (CASES / "00-base/base.jsonl").open()]
    again = [{**rows[0], "response_o3": "Another answer."}, rows[1]]
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(r) + "\n" for r in [*rows, *again]))
    study = Loaded(tmp_path / "home", tmp_path / "more.jsonl")
    assert study.info.rejected == {"same scenario met again with other content": 1}


def test_15_ids_stay_apart(loaded):
    study = loaded("15-ids-that-look-like-numbers/rows.jsonl")
    assert study.ask("SELECT count(DISTINCT family) FROM scenarios") == [(12,)]


@pytest.mark.parametrize(
    ("case", "judged"),
    [("16-unicode-twins", "judgements_nfd.jsonl"), ("17-line-ends", "judgements_crlf.csv")],
)
def test_16_17_twins_join(loaded, case, judged):
    study = loaded(f"{case}/scenarios.parquet", f"{case}/{judged}")
    assert study.info.scenarios == 6
    assert f"{judged}: 6 of 6 judged rows met a query of the other sources." in study.info.notices


def test_judgements_of_other_queries_are_told_and_left_out(loaded):
    study = loaded("00-base/base.jsonl", "16-unicode-twins/judgements_nfd.jsonl")
    assert study.info.scenarios == 12
    assert study.info.sources[1]["met"] == 0


def test_27_traces_are_no_answers(loaded):
    study = loaded("27-reasoning-in-answers/rows.jsonl")
    assert study.outcomes("gpt_4o") == {"answered": 3, "truncated": 1}
    texts = {t for (t,) in study.ask("SELECT text FROM response_texts")}
    assert texts == {
        "Sure: first talk, then decide together.",
        "I can't help with that.",
        "Here is a plan in two steps.",
    }
    opened = open_study(study.settings, "case")
    beside = one_case.asides(opened, "2_0_neutral")
    opened.close()
    assert list(beside["text"]) == ["This could go on and on and"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_20_the_long_form_is_the_wide_one(loaded, ending):
    study = loaded(f"20-long-form/long.{ending}")
    assert (study.info.scenarios, study.info.responses) == (12, 60)
    assert study.ask("SELECT max(d) FROM disagreement WHERE model_set = 'all'") == [(BASE_D,)]
    assert any("60 rows, one a query and model" in n for n in study.info.notices)


def test_21_other_containers_hold_the_same(loaded):
    names = ("array.json", "array.jsonl", "rows.arrow", "rows.csv.gz", "rows.jsonl.gz")
    found = {loaded(f"21-other-containers/{name}").info.content_hash for name in names}
    assert found == {loaded("00-base/base.jsonl").info.content_hash}
    with pytest.raises(FaultlineError, match=r"rename it to mislabelled\.jsonl\.gz"):
        loaded("21-other-containers/mislabelled.jsonl")
