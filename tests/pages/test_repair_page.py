"""Drafting a repair on the Clauses page: edited, linted, saved with a reason, gone on from."""

from pathlib import Path

import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.load import drafts as load_drafts
from analysis.parse.specs.editing import breaks
from analysis.settings import Settings
from analysis.store.annotations import drafts as store
from analysis.store.library import specs

APP = str(Path(__file__).resolve().parents[2] / "app.py")
TAB = {"study": "small", "clauses": "Draft a repair", "repaired": "plain_truth"}


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="small")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def visit(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/clauses.py").run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    parts = (*app.text, *app.markdown, *app.caption, *app.header)
    return " ".join(str(one.value) for one in parts)


def field(app: AppTest, name: str):
    widgets = (*app.text_area, *app.text_input, *app.selectbox)
    (found,) = [w for w in widgets if str(w.key).startswith(f"draft-{name}-")]
    return found


def attempts(settings: Settings) -> list[store.Draft]:
    found = store.of_spec(settings, specs.read_spec(settings).key)
    return [d for d in found if not d.is_root]


def clause(settings: Settings, draft: store.Draft, anchor: str = "plain_truth"):
    spec = load_drafts.carried(draft, settings).spec
    return next(c for c in spec.clauses if c.anchor == anchor)


def save(app: AppTest, why: str) -> None:
    field(app, "why").set_value(why).run()
    app.button(key="draft-save").click().run()
    assert not app.exception
    assert "Kept as" in told(app)


def test_a_draft_is_edited_linted_saved_and_gone_on_from(desk) -> None:
    app = visit(**TAB)
    assert "Nothing is changed yet." in told(app)
    assert app.button(key="draft-save").disabled
    text = field(app, "text")
    assert text.value == clause_text(desk)
    text.set_value(f"{text.value}\n\nBe reasonable, see [this](#nowhere).").run()
    assert "Error, new: The reference #nowhere points to no clause" in told(app)
    assert app.button(key="draft-save").disabled  # a reason is wanted
    field(app, "text").set_value("Say what is so. For example, a late train is late.").run()
    save(app, "It was too long.")
    (one,) = attempts(desk)
    assert (one.why, one.author, one.clause) == (
        "It was too long.",
        "test@example.com",
        "plain_truth",
    )
    assert clause(desk, one).text == "Say what is so. For example, a late train is late."
    assert "python -m analysis trial plan small --clause plain_truth" in app.code[0].value
    assert one.file in app.code[0].value
    field(app, "text").set_value("Say what is so, and how sure you are.").run()
    save(app, "Sureness was missing.")
    assert [d.base for d in attempts(desk)] == [one.base, one.uid]
    app.button(key=f"draft-go-{one.uid}").click().run()
    assert "made from" in told(app)
    assert field(app, "text").value.startswith("Say what is so. For example")


def clause_text(settings: Settings) -> str:
    spec = specs.read_spec(settings)
    return next(c.text for c in spec.clauses if c.anchor == "plain_truth")


def test_example_precedence_and_split_are_written_for_the_author(desk) -> None:
    app = visit(**TAB, settled="kind_words")
    assert "Claims the same cases:" in told(app)
    assert field(app, "over").value == "kind_words"
    app.button(key="draft-add-wins").click().run()
    assert "Takes precedence over [?](#kind_words)." in field(app, "text").value
    app.button(key="draft-add-wins").click().run()
    assert "says already that it wins" in told(app)
    app.button(key="draft-add-example").click().run()
    assert "The example has no words" in told(app)
    field(app, "example").set_value("User: Am I late?\nGood: Yes.").run()
    app.button(key="draft-add-example").click().run()
    assert field(app, "text").value.endswith("```\nUser: Am I late?\nGood: Yes.\n```")
    assert field(app, "example").value == ""
    assert field(app, "line").options[-1] == "``` User: Am I late?"
    last = breaks(field(app, "text").value)[-1]
    field(app, "line").set_value(last.line).run()
    assert "needs a title" in told(app)
    field(app, "title").set_value("Show it").run()
    assert "Show it: a new clause" in told(app)
    save(app, "Two rules in one.")
    (made,) = attempts(desk)
    assert clause(desk, made, "show_it").text == "```\nUser: Am I late?\nGood: Yes.\n```"
    assert clause(desk, made).text.endswith("Takes precedence over [?](#kind_words).")


def test_a_text_that_would_break_the_spec_is_refused_with_a_sentence(desk) -> None:
    app = visit(**TAB)
    field(app, "text").set_value("# Another clause\n\nOf its own.").run()
    assert "would not read back as one clause" in told(app)
    assert [b for b in app.button if b.key == "draft-save"] == []
    assert attempts(desk) == []


def test_a_discarded_draft_leaves_the_choice_and_comes_back(desk) -> None:
    app = visit(**TAB)
    field(app, "text").set_value("Say what is so.").run()
    save(app, "Shorter.")
    app.button(key="draft-discard").click().run()
    (one,) = attempts(desk)
    assert one.gone
    assert "(discarded)" in told(app)
    app.button(key="draft-restore").click().run()
    assert not attempts(desk)[0].gone


def test_a_link_to_what_is_not_there_says_so(desk) -> None:
    app = visit(**{**TAB, "repaired": "gone", "settled": "lost", "attempt": "v9"})
    assert "“gone” is not known here" in told(app)
    assert "“v9” is not known here" in told(app)
    assert "“lost” is not in this spec" in told(app)
