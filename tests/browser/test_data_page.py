"""The Data page: load, see what came of it, switch, delete; and what a bad file is told."""

import io
import re

import duckdb
import pandas as pd
import pytest


def small(rows=30):
    """A source in the public dataset's columns; one row has a position that can't be."""
    frame = pd.DataFrame(
        {
            "query": [f"How should I decide case {i}?" for i in range(rows)],
            "value1": "candour",
            "value2": "kindness",
            "nudge_direction": "neutral",
            "chunk_index": 1,
            "entry_idx": range(rows),
            "response_o3": [f"Answer {i} of one model." for i in range(rows)],
            "o3_value1_position": [i % 7 for i in range(rows)],
            "o3_value2_position": [(i * 3) % 7 for i in range(rows)],
            "gpt_4o_value1_position": [(i * 5) % 7 for i in range(rows)],
            "gpt_4o_value2_position": [6 - i % 7 for i in range(rows)],
        }
    )
    frame.loc[0, "o3_value1_position"] = 9
    return frame


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "small source.csv"
    small().to_csv(path, index=False)
    return path


def upload(visitor, path):
    visitor.page.locator("[data-testid=stFileUploader] input").set_input_files(path)
    visitor.idle()
    visitor.page.get_by_role("button", name="Load", exact=True).click()


def test_an_upload_becomes_a_study_that_can_be_opened_and_deleted(visit, good, server):
    visitor = visit("data?section=Load&from=Upload")
    upload(visitor, good)
    visitor.wait_for("Done")
    assert re.search(r"29 scenarios|30 scenarios", visitor.main)
    assert "Rejected 1" in visitor.main
    visitor.page.get_by_text("Open the study").click()
    visitor.wait_for("Scenarios worth opening")
    assert "study=small-source" in visitor.address
    assert "simulated" not in visitor.page.locator(".st-key-head").inner_text()

    visitor.goto("data?study=example")
    card = visitor.page.locator(".st-key-study-small-source")
    card.get_by_text("What was found, missing and rejected").click()
    visitor.idle()
    card.get_by_text("Open", exact=True).wait_for()
    card.get_by_role("button", name="Delete").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
    assert not (server.home / "studies" / "small-source").exists()
    assert list((server.home / "uploads").iterdir()) == []
    assert visitor.errors == []


def test_a_study_downloads_as_one_file_with_its_labels(visit, tmp_path):
    visitor = visit("data?study=example")
    with visitor.page.expect_download(timeout=240_000) as waiting:
        visitor.page.locator(".st-key-file-example").get_by_role("button").first.click()
    assert waiting.value.suggested_filename == "example.duckdb"
    made = tmp_path / "example.duckdb"
    waiting.value.save_as(made)
    with duckdb.connect(str(made), read_only=True) as con:
        (labels,) = con.execute("SELECT count(*) FROM response_types").fetchall()[0]
        (answers,) = con.execute("SELECT count(*) FROM response_texts").fetchall()[0]
    assert labels > 0 < answers
    assert visitor.errors == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no columns.csv", b"a,b\n1,2\n", "query"),
        ("fake.parquet", b"this is no parquet", "fake"),
        ("empty.jsonl", b"", "empty"),
    ],
)
def test_a_bad_upload_is_told_so_in_a_sentence(visit, tmp_path, server, name, content, said):
    before = sorted(p.name for p in (server.home / "studies").iterdir())
    path = tmp_path / name
    path.write_bytes(content)
    visitor = visit("data?section=Load&from=Upload")
    upload(visitor, path)
    visitor.wait_for("Failed")
    assert said in visitor.main
    assert "Traceback" not in visitor.main
    assert "unexpectedly" not in visitor.main
    assert sorted(p.name for p in (server.home / "studies").iterdir()) == before
    visitor.page.get_by_role("button", name="Dismiss").first.click()
    visitor.idle()


def test_a_file_of_another_kind_is_told_what_it_is_and_what_to_do(visit, tmp_path):
    path = tmp_path / "rows.xlsx"
    path.write_bytes(b"PK\x03\x04")
    visitor = visit("data?section=Load&from=Upload")
    upload(visitor, path)
    visitor.idle()
    assert "rows.xlsx is an Excel workbook: save the sheet as CSV" in " ".join(visitor.problems())


def test_a_name_that_reaches_outside_is_refused_in_the_page(visit, good, server):
    visitor = visit("data?section=Load&from=Path+on+this+machine")
    visitor.page.get_by_label("A file, or a folder").fill(str(good))
    visitor.page.keyboard.press("Enter")
    visitor.idle()
    visitor.page.get_by_label("Name of the study").fill("../outside")
    visitor.page.keyboard.press("Enter")
    visitor.idle()
    visitor.page.get_by_role("button", name="Load", exact=True).click()
    visitor.idle()
    assert "can't name a study" in " ".join(visitor.problems())
    assert not (server.home / "outside").exists()


def test_splits_of_a_hub_repository_are_shown_with_sizes_and_loaded(visit, hub):
    body = io.BytesIO()
    small().to_parquet(body)
    hub.publish("somebody/cases", {"data/train-00000-of-00001.parquet": body.getvalue()})
    visitor = visit("data?section=Load")
    page = visitor.page
    page.get_by_role("button", name="Look up").click()
    page.locator('[class*="st-key-box-problem"]').first.wait_for()
    visitor.idle()
    problems = " ".join(visitor.problems())
    assert "jifanz/stress_testing_model_spec" in problems
    assert "unexpected" not in problems.lower()

    page.get_by_label("Dataset repository").fill("somebody/cases")
    page.get_by_role("button", name="Look up").click()
    visitor.wait_for("somebody/cases at")
    visitor.choose(page.get_by_role("combobox", name="Splits"), "default / train")
    page.keyboard.press("Escape")
    visitor.wait_for("to download:")
    page.get_by_role("button", name="Download").click()
    visitor.wait_for("Done")
    visitor.page.get_by_text("Open the study").first.click()
    visitor.wait_for("Sources of this study")
    assert "study=train" in visitor.address


def test_a_taxonomy_is_loaded_used_and_deleted(visit, tmp_path):
    path = tmp_path / "tiny tree.csv"
    path.write_text(
        "cluster_id,description,name,level,parent_cluster_id,pct_total_occurrences\n"
        "g0,All,Groups,3,,100\nc0,Some,Manners,2,g0,100\nm0,Few,Speech,1,c0,50\nv0,,candour,0,m0,50\n",
        encoding="utf-8",
    )
    visitor = visit("data?section=Taxonomies")
    visitor.page.locator("[data-testid=stFileUploader] input").set_input_files(path)
    visitor.idle()
    visitor.page.get_by_role("button", name="Load this file").click()
    visitor.wait_for(re.compile("loaded"))
    assert visitor.problems() == []
    card = visitor.page.locator('[class*="st-key-taxonomy-tiny"]').first
    assert "in use" in card.inner_text()
    card.get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
    visitor.idle()
    assert "in use" in visitor.page.locator(".st-key-taxonomy-embedded").inner_text()


def test_columns_of_other_names_are_mapped_in_a_dialog_and_remembered(visit, tmp_path, server):
    path = tmp_path / "odd columns.csv"
    rows = [(f"How should I decide case {i}?", "o3", f"Answer {i}.") for i in range(12)]
    pd.DataFrame(rows, columns=["frage", "wer", "gesagt"]).to_csv(path, index=False)
    visitor = visit("data?section=Load&from=Upload")
    page = visitor.page
    page.locator("[data-testid=stFileUploader] input").set_input_files(path)
    visitor.idle()
    page.get_by_role("button", name="Columns…").click()
    page.get_by_role("dialog").get_by_text("Which column is what?").wait_for()
    visitor.idle()
    for box, role in (("frage", "query"), ("wer", "model"), ("gesagt", "response")):
        dialog = page.get_by_role("dialog")
        visitor.choose(dialog.get_by_role("combobox", name=box, exact=True), role, exact=True)
    page.get_by_role("dialog").get_by_role("button", name="Use these").click()
    visitor.wait_for("Columns: frage as query, wer as model, gesagt as response.")
    page.get_by_role("button", name="Load", exact=True).click()
    visitor.wait_for("Done")
    assert "12 scenarios" in visitor.main
    assert (server.home / "column-roles.json").exists()

    page.locator("[data-testid=stFileUploader] input").set_input_files(path)
    visitor.idle()
    page.get_by_role("button", name="Columns…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Which column is what?").wait_for()
    visitor.idle()
    assert dialog.get_by_role("combobox", name="gesagt").input_value() == "response"
    assert visitor.errors == []


def test_a_spec_split_into_its_rules_is_shown_before_it_is_loaded(visit, tmp_path):
    path = tmp_path / "house rules.md"
    path.write_text(
        "# Rules\n\n## Honesty\n\n1. Never lie.\n2. Say what you do not know.\n\n"
        "## Privacy\n\n- Reveal no names.\n- Guess no addresses.\n",
        encoding="utf-8",
    )
    visitor = visit("data?section=Specs")
    visitor.page.locator("[data-testid=stFileUploader] input").set_input_files(path)
    visitor.idle()
    visitor.page.get_by_role("button", name="Preview its clauses").click()
    visitor.wait_for("2 clauses; nothing is stored yet.")
    visitor.page.get_by_text("Split sections into their rules").click()
    visitor.idle()
    visitor.page.get_by_role("button", name="Preview its clauses").click()
    visitor.wait_for("4 clauses; nothing is stored yet.")
    assert "house-rules" not in visitor.main
    visitor.page.get_by_role("button", name="Load this file").click()
    visitor.wait_for("house-rules")
    assert visitor.errors == []
