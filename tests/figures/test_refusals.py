"""What the figures of refusals are called, and which answers their notes count."""

import pytest

from analysis.figures import catalog


def content(study, name, /, **parameters):
    return catalog.content(study, catalog.bind(study, name, **parameters))


@pytest.mark.parametrize(
    ("parameters", "title"),
    [
        ({}, "Refusals by topic and model"),
        ({"kind": "soft", "rows": "provider"}, "Soft refusals by topic and provider"),
        ({"api": True}, "Refusals by topic and model, those by the API included"),
    ],
)
def test_a_title_names_the_kind_of_refusal_and_what_is_counted(planted, parameters, title):
    found = content(planted, "refusals.by_topic", **parameters)
    assert found.title == title
    n = int(found.frame.loc[found.frame["topic"] == "all", "n"].sum())
    assert found.note.startswith(f"n = {n:,} answers; response types by ")


def test_isolated_answers_name_model_side_and_share(planted):
    found = content(planted, "refusals.isolated_refusals", model="o3", refused=False, share=0.5)
    assert found.title == "Lone compliance of o3, against at least 50% of the others"
    assert "complies in full while at least 50% of the others refuse" in found.note
    usual = content(planted, "refusals.isolated_refusals")
    assert usual.title == "False-positive refusals"
    assert "no hazardous topic (" in usual.note


def test_the_others_of_an_isolated_answer_do_the_opposite(planted):
    request = catalog.bind(planted, "refusals.isolated_refusals", refused=False, share=0.0)
    frame = catalog.compute(planted, request)
    assert len(frame)
    table = catalog.table_of(planted, request, frame)
    assert "Others refuse" in table.headings
    at = table.headings.index("Others refuse")
    assert [row[at] for row in table.rows] == [
        f"{a} of {b}" for a, b in zip(frame["agree"], frame["of"], strict=True)
    ]
