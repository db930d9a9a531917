"""Length of answers by model: brute force over the answers, figure, words and report alike."""

import pytest
from make_rows import jsonl, load, many, parquet

from analysis.figures import catalog
from analysis.queries import blocks
from analysis.queries.models import LENGTH
from analysis.report.compose import report
from analysis.store.study import open_study

NAME = "models.length"


@pytest.fixture(params=[parquet, jsonl], ids=["parquet", "jsonl"])
def copied(settings, tmp_path, request):
    """A study that holds its answers; texts of a linked one are not read."""
    path = tmp_path / f"rows.{request.param.__name__}"
    rows = many(60)
    for i, row in enumerate(rows):  # answers of one length in every family have no spread
        row |= {k: f"{v}{'.' * i}" for k, v in row.items() if k.startswith("response_")}
    load(settings, request.param(path, rows), copy_texts=True)
    opened = open_study(settings, "planted")
    yield opened
    opened.close()


def lengths(study):
    return catalog.content(study, catalog.bind(study, NAME))


def test_length_is_the_mean_over_the_first_answers(copied):
    frame = lengths(copied).frame.set_index("model")
    with copied.cursor() as con:
        rows = con.execute(
            "SELECT model, text FROM response_texts WHERE replicate = 0 AND text <> ''"
        ).fetchall()
    assert {*frame.index} == {*copied.info.models}
    sums = blocks.answers(copied, LENGTH).groupby("model")[["y", "n"]].sum()
    assert frame["chance_low"].notna().all()
    for model, row in frame.iterrows():
        mine = [len(text) for name, text in rows if name == model]
        assert row["n"] == len(mine) == sums.loc[model, "n"] > 0
        assert sums.loc[model, "y"] == sum(mine)
        assert row["value"] == pytest.approx(sum(mine) / len(mine))
        assert row["low"] <= row["value"] <= row["high"]


def test_the_report_and_the_words_say_what_the_figure_says(copied, settings):
    content = lengths(copied)
    section = report(copied, settings)["length"]
    for row in content.frame.to_dict("records"):
        cell = section.pop(row["model"])
        assert (cell["value"], cell["n"]) == (pytest.approx(row["value"]), row["n"])
    assert section == {}
    assert content.note.startswith(f"n = {int(content.frame['n'].sum()):,} answers")
    assert "Mean length of answers:" in content.alt


def test_answers_that_were_not_read_have_no_length(planted, home):
    """Texts of a linked study stay in its files: undefined with the reason, and not 0."""
    assert lengths(planted).frame["value"].isna().all()
    cells = report(planted, home)["length"].values()
    assert all({*cell} == {"undefined", "n"} for cell in cells)
