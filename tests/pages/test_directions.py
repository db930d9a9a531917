"""Names and texts from right to left, or that say they are, turn nothing around that is not
theirs: on every page each ends where its own words end."""

import json
import re

import pytest
from make_rows import MODELS, judged, load, many, parquet, place_map
from streamlit.testing.v1 import AppTest

from analysis.load.labels import label_study
from analysis.load.style import measure_style
from analysis.settings import Settings
from analysis.store.study import open_study
from pages.ui.routes import PAGES

APP = __file__.replace("tests/pages/test_directions.py", "app.py")
FILES = [
    f"pages/{title.lower().replace(' ', '_')}.py" for group in PAGES.values() for title in group
]
END = "⟧"
TURNED = "\u202eevil"
OPENINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"


def named(word):
    """A name that turns around what follows it, and that says where it ends."""
    return f"{word}{TURNED}{END}"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("turned")
    settings = Settings(home=folder / "home")
    rows, marked = many(30, gaps=0), []
    turned = {m: named(m) for m in MODELS[:2]}
    for row in rows:
        row = {_renamed(k, turned): v for k, v in row.items()}
        row |= {p: named(row[p]) for p in ("value1", "value2", "query_generator", "query")}
        row |= {k: named(str(v)) for k, v in row.items() if k.startswith("response_")}
        marked.append(row)
    why = named("Under keep_to_task this is so ")
    said = []
    for number, row in enumerate(marked):
        for model in [turned[MODELS[0]], MODELS[2]]:
            first, second = ("compliant", "non-compliant")[:: 1 if number % 2 else -1]
            decided = {named("judge"): first, "other": second}
            said.append(judged(row, model, decided, **{f"{j}_reasoning": why for j in decided}))
    info = load(
        settings,
        parquet(folder / f"{named('rows')}.parquet", marked),
        parquet(folder / "judged.parquet", said),
        study="turned",
        copy_texts=True,
    )
    opened = open_study(settings, "turned")
    label_study(opened)
    measure_style(opened)
    opened.close()
    place_map(settings, info)
    return settings, marked


def _renamed(column, turned):
    for old, new in turned.items():
        column = column.replace(f"response_{old}", f"response_{new}")
        column = re.sub(rf"^{old}_(value\d_position)$", rf"{new}_\1", column)
    return column


def turns_on(text):
    """What stands behind the end of a name and is turned around by it."""
    opened = []  # (mark, where)
    for at, char in enumerate(text):
        if char in OPENINGS or char in ISOLATES:
            opened.append((char, at))
        elif char == "\u202c" and opened and opened[-1][0] in OPENINGS:
            opened.pop()
        elif char == "\u2069" and any(o in ISOLATES for o, _ in opened):
            while opened.pop()[0] not in ISOLATES:
                pass
        elif char == "\n":
            opened.clear()
        elif char not in f"{END}\\ " and any(
            o in OPENINGS and END in text[place:at] for o, place in opened
        ):
            return text[at : at + 60]
    return ""


def words_of(app):
    """Every text of a page, each as it stands in a box of its own: (kind, text)."""
    for kind in ("text", "markdown", "caption", "title", "header", "subheader", "code"):
        for element in app.get(kind):
            if kind == "markdown" and "<style>" in element.value:
                continue
            yield kind, element.value
    for kind in ("button", "selectbox", "multiselect", "radio", "toggle", "text_input"):
        for element in app.get(kind):
            yield f"{kind} label", element.label
            for option in getattr(element, "options", []):
                yield f"{kind} option", option
    for kind in ("expander", "tab"):
        for element in app.get(kind):
            yield kind, element.label
    for element in app.get("html"):
        for block in re.split(
            r"</?(?:div|p|h\d|td|th|tr|table|li|ul|style)[^>]*>", element.proto.body
        ):
            yield "html", re.sub(r"<[^>]*>", "", block)
    for element in app.get("plotly_chart"):
        yield from _strings(json.loads(element.proto.spec), "picture")


def _strings(node, kind):
    """The words of a picture that hold more than one name; a name alone is a label of its own."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("customdata", "ids", "meta", "bdata"):
                yield from _strings(value, f"{kind}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, kind)
    elif isinstance(node, str):
        for part in re.split("<br>", node):
            yield kind, part


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("reading", [False, True])
def test_no_name_turns_around_what_follows_it(home, monkeypatch, file, reading):
    settings, marked = home
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = AppTest.from_file(APP, default_timeout=170)
    app.query_params["study"] = "turned"
    if reading:
        if file != "pages/scenarios.py":
            pytest.skip("only one page opens a scenario")
        row = marked[4]
        app.query_params["scenario"] = (
            f"{row['chunk_index']}_{row['entry_idx']}_{row['nudge_direction']}"
        )
    app.switch_page(file).run()
    assert not app.exception
    found = [(kind, text, turns_on(text)) for kind, text in words_of(app)]
    assert [f"{kind}: {text!a}" for kind, text, turned in found if turned] == []


def test_the_pages_show_such_names_at_all(home, monkeypatch):
    settings, _ = home
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = AppTest.from_file(APP, default_timeout=170)
    app.query_params["study"] = "turned"
    shown = 0
    for file in FILES:
        app.switch_page(file).run()
        shown += any(END in text for _, text in words_of(app))
    assert shown >= 8
