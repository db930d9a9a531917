"""One place for what the address says and what a session keeps, and nothing past it."""

import ast
from pathlib import Path

import pytest
import visits

from pages.ui import address, links, routes

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
HOME = ROOT / "pages" / "ui" / "address.py"
ACCESS = {"get", "get_all", "put", "choice", "choices", "kept", "keep", "forget", "bound"}
NAMES = {Path(routes.file(t)).stem for group in routes.PAGES.values() for t in group}


def calls(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call)]


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def reads():
    """(file, line, parameter) of every place that names a parameter of the address."""
    for path in FILES:
        for call in calls(path):
            function = call.func
            if (
                isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and function.value.id == "address"
                and function.attr in ACCESS
                and text(call.args[0])
            ):
                yield path, call.lineno, text(call.args[0])


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_reads_the_address_or_the_session_past_its_declarations(path):
    if path == HOME:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrong = [
        f"line {node.lineno}: st.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("query_params", "session_state")
    ]
    wrong += [
        f"line {call.lineno}: bind="
        for call in calls(path)
        if any(k.arg == "bind" for k in call.keywords)
    ]
    assert wrong == []


def test_no_page_makes_a_link_of_its_own():
    links = ROOT / "pages" / "ui" / "links.py"
    made = {
        f"{path.name}:{call.lineno}"
        for path in FILES
        for call in calls(path)
        if getattr(call.func, "attr", "") in ("page_link", "switch_page") and path != links
    }
    assert made == set()


def test_no_page_reads_a_click_of_its_own():
    home = ROOT / "pages" / "ui" / "clicks.py"
    wrong = []
    for path in FILES:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        called = {id(n.func) for n in nodes if isinstance(n, ast.Call)}  # a function of that name
        wrong += [
            f"{path.name}:{n.lineno}"
            for n in nodes
            if isinstance(n, ast.Attribute) and n.attr == "selection" and id(n) not in called
        ] * (path != home)
    assert wrong == []


def test_a_link_carries_what_its_page_reads_and_nothing_else():
    made = links.query(
        None, "scenarios", {"scenario": "a", "show": ["x", "y"], "value": (), "q": ""}
    )
    assert made == [("scenario", "a"), ("show", "x"), ("show", "y")]
    with pytest.raises(LookupError, match="does not read"):
        links.query(None, "paper", {"scenario": "a"})
    with pytest.raises(LookupError, match="declared"):
        links.query(None, "paper", {"senario": "a"})


def test_every_link_in_the_source_names_parameters_of_its_page():
    """Links are made while a page runs; this looks at those that no test presses."""
    wrong, looked = [], 0
    own = {"icon", "behind", "help", "width"}
    for path in FILES:
        for call in calls(path):
            if ast.unparse(call.func) not in ("links.page", "links.go") or not text(call.args[1]):
                continue
            looked += 1
            to = text(call.args[1])
            asked = {k.arg for k in call.keywords if k.arg} - own
            missing = {n for n in asked if to not in address.parameter(n).pages}
            wrong += [f"{path.name}:{call.lineno}: {n}" for n in missing]
            assert to in NAMES, f"{path.name}:{call.lineno}"
    assert looked > 15
    assert wrong == []


def test_a_parameter_is_declared_for_every_page_that_reads_it():
    found = list(reads())
    assert len(found) > 80
    wrong = []
    for path, line, name in found:
        parts = path.relative_to(ROOT).parts
        page = parts[2] if parts[1] == "parts" else path.stem if len(parts) == 2 else ""
        known = address.PARAMETERS.get(name)
        if known is None or (page and not {page, address.EVERY} & {*known.pages}):
            wrong.append(f"{path.name}:{line}: {name}")
    assert wrong == []


def test_every_declared_parameter_is_read_and_belongs_to_a_page():
    every = "\n".join(p.read_text(encoding="utf-8") for p in FILES if p != HOME)
    assert [n for n in address.PARAMETERS if f'"{n}"' not in every] == []
    pages = {p for d in address.PARAMETERS.values() for p in d.pages} - {address.EVERY}
    assert pages <= NAMES
    assert {p for d in address.PARAMETERS.values() for p in d.before} <= NAMES


def test_a_plain_widget_takes_no_name_of_the_address():
    """Its value would become another feature's."""
    layout = {"container", "popover", "expander"}
    wrong = []
    for path in FILES:
        for call in calls(path):
            drawn = isinstance(call.func, ast.Attribute) and call.func.attr not in layout
            streamlit = drawn and getattr(call.func.value, "id", "") == "st"
            keys = [text(k.value) for k in call.keywords if k.arg == "key"]
            if streamlit and {*keys} & {*address.PARAMETERS}:
                wrong.append(f"{path.name}:{call.lineno}")
    assert wrong == []


@pytest.mark.parametrize("name", ["model", "_author", "_kept_model", "choose-model", "note-1"])
def test_a_name_is_declared_once(name):
    with pytest.raises(ValueError, match="twice"):
        address.declare(name, address.Form.ID, "models", "Another meaning.")
    with pytest.raises(ValueError, match="twice"):
        address.slot(name, "models", "Another meaning.")


@pytest.mark.parametrize("name", ["_aut*", "*"])
def test_a_family_of_names_holds_none_that_is_taken(name):
    with pytest.raises(ValueError, match="twice"):
        address.slot(name, "models", "Another meaning.")


def test_an_earlier_name_is_free_on_its_page():
    with pytest.raises(ValueError, match="earlier name"):
        address.declare("x", address.Form.ID, "map", "x", before={"models": "model"})
    assert "x" not in address.PARAMETERS


@pytest.mark.parametrize("use", [address.get, address.get_all, address.bound, address.kept])
def test_an_undeclared_parameter_is_refused(use):
    with pytest.raises(LookupError, match="no_such"):
        use("no_such")


def test_an_undeclared_name_of_the_session_is_refused():
    for use in (address.session.get, address.session.pop, address.session.__getitem__):
        with pytest.raises(LookupError, match="_no_such"):
            use("_no_such")


OLD = [
    ("map", "by", "nudge", "colour"),
    ("judges", "by", "model", "slice_by"),
    ("clauses", "section", "", "clause_section"),
    ("clauses", "kind", "", "clause_kind"),
    ("review", "share", "true", "skip_labelled"),
]


def test_every_earlier_name_is_tried_below():
    assert {(page, old, new) for page, old, _, new in OLD} == {
        (page, old, d.name) for d in address.PARAMETERS.values() for page, old in d.before.items()
    }


@pytest.mark.parametrize(("page", "old", "value", "new"), OLD)
def test_an_old_link_opens_the_same_view(home, monkeypatch, page, old, value, new):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    if not value:
        offered = visits.opened(page, {}, "planted").selectbox(key=f"choose-{new}").options
        value = offered[-1]  # ids and words are the same here
    app = visits.opened(page, {old: value}, "planted")
    assert not app.exception
    assert app.query_params[new] == value
    assert old not in app.query_params
    if new == "skip_labelled":  # asked once somebody has given a name
        app.session_state["_author"] = "mia"
        assert app.run().toggle(key=new).value is True
    else:
        assert app.session_state[f"choose-{new}"] == value


def test_a_name_that_moved_is_another_feature_elsewhere(home, monkeypatch):
    """`section` is the open tab of Data, and was the section of a spec on Clauses."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = visits.opened("data", {"section": "Specs"}, "planted")
    assert app.query_params["section"] == "Specs"


def test_both_names_in_one_link_mean_the_present_one(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = visits.opened("judges", {"by": "clause", "slice_by": "model"}, "planted")
    assert app.session_state["choose-slice_by"] == "model"
