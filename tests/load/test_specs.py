"""Loading a spec: from a file into the library, and every refusal in one sentence."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.load.specs import load_spec
from analysis.settings import Settings
from analysis.store.library import library

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "model_spec"


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "home")


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path, settings, version=None):
    """The sentence, after checking that the library stayed as it was."""
    before = library.current_spec(settings), library.list_specs(settings)
    with pytest.raises(FaultlineError) as caught:
        load_spec(path, version, settings)
    assert (library.current_spec(settings), library.list_specs(settings)) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_loaded_spec_is_current_and_reads_back_equal(tmp_path, settings):
    path = write(tmp_path, "rules.2.0.md", "# A {#a authority=user}\nx [?](#b)\n## B {#b}\n")
    spec = load_spec(path, None, settings)
    assert spec.summary_line() == "spec rules 2.0: 2 clauses"
    assert library.read_spec(settings) == spec
    info = library.current_spec(settings)
    assert (info.label, info.summary_line()) == ("rules 2.0", spec.summary_line())


def test_the_version_can_be_given(tmp_path, settings):
    spec = load_spec(write(tmp_path, "rules.md", "# A\nx\n"), "draft-3", settings)
    assert spec.summary_line() == "spec rules draft-3: 1 clauses"


@pytest.mark.parametrize("version", ["../x", "", "a/b", "x" * 80, "a@b", "a\0b"])
def test_a_version_that_is_no_name_is_refused(tmp_path, settings, version):
    path = write(tmp_path, "rules.md", "# A\nx\n")
    assert "spec version" in refusal(path, settings, version)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.md", b"", "empty"),
        ("blank.md", b" \n\n\t\n", "empty"),
        ("mark.md", b"\xef\xbb\xbf\n", "empty"),
        ("latin.md", "# Être\ntexte é\n".encode("latin-1"), "line 1 has the byte 0xCA"),
        ("wide.md", "# A\n".encode("utf-16"), "UTF-16"),
        ("picture.md", b"\x89PNG\r\n\x1a\n\0\0\0\r", "a PNG picture by its content"),
        ("zeros.md", bytes(40), "binary"),
        ("embedded.md", b"# A\nx\n", "ships with the program"),
        ("many.txt", "a\n\n" * 6000, "more than the 5,000"),
    ],
)
def test_files_that_are_no_spec(tmp_path, settings, name, content, expected):
    sentence = refusal(write(tmp_path, name, content), settings)
    assert expected in sentence
    assert name.split(".")[0] in sentence


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, settings):
    path = write(tmp_path, "large.md", "# A\n" + "x" * 2_100_000)
    small = replace(settings, max_spec_bytes=2_000_000)
    assert "2.1 MB, more than the 2.0 MB" in refusal(path, small)


def test_a_missing_file_and_a_folder(tmp_path, settings):
    assert "There is no file" in refusal(tmp_path / "none.md", settings)
    assert "is a folder" in refusal(tmp_path, settings)


def test_html_and_script_stay_text(tmp_path, settings):
    text = (
        '# <img src=x onerror=alert(1)> A\n<script>alert("x")</script>\n![](http://x.example/p)\n'
    )
    load_spec(write(tmp_path, "rules.md", text), None, settings)
    row = library.read_clauses(settings).iloc[0]
    assert row["title"] == "<img src=x onerror=alert(1)> A"
    assert row["text"] == text.split("\n", 1)[1].strip()
    assert row["anchor"] == "img-src-x-onerror-alert-1-a"


def test_the_same_version_with_other_words_takes_its_place(tmp_path, settings):
    load_spec(write(tmp_path, "rules.1.0.md", "# A\nold\n"), None, settings)
    load_spec(write(tmp_path, "rules.1.0.md", "# A\nnew\n"), None, settings)
    assert [i.label for i in library.list_specs(settings) if not i.embedded] == ["rules 1.0"]
    assert library.read_clauses(settings)["text"].tolist() == ["new"]


def real(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is absent: the real spec was NOT checked")
    return path


@pytest.mark.real_data
def test_the_spec_of_april_has_71_clauses(settings):
    spec = load_spec(real("model_spec.2025-04-11.md"), None, settings)
    assert spec.summary_line() == "spec model_spec 2025-04-11: 71 clauses"
    assert Counter(c.authority for c in spec.clauses) == {
        "platform": 20,
        "developer": 1,
        "user": 12,
        "guideline": 18,
        None: 20,
    }
    assert (spec.notes, spec.missing_references) == ((), ())
    by = {c.anchor: c for c in spec.clauses}
    assert by["no_erotica_or_gore"].parent == "sensitive_content"
    assert by["no_erotica_or_gore"].section == "stay_in_bounds"
    assert "# functions" in by["support_programmatic_use"].text
    assert "risk_taxonomy" in by["stay_in_bounds"].references
    assert library.read_spec(settings) == spec


@pytest.mark.real_data
def test_the_spec_of_december_knows_root_and_system(settings):
    spec = load_spec(real("model_spec.2025-12-18.rev2.md"), None, settings)
    assert spec.summary_line() == "spec model_spec 2025-12-18.rev2: 80 clauses"
    authorities = Counter(c.authority for c in spec.clauses)
    assert (authorities["root"], authorities["system"], authorities["platform"]) == (22, 3, 0)
    assert spec.clauses[-1].anchor == "prioritize_teen_safety"
    assert spec.missing_references == ()


@pytest.mark.real_data
def test_no_line_of_the_real_spec_is_lost(settings):
    """Titles and texts hold every line of the file that is not a heading."""
    path = real("model_spec.2025-04-11.md")
    spec = load_spec(path, None, settings)
    lines = Counter(line for c in spec.clauses for line in c.text.split("\n") if line.strip())
    given = Counter(
        line.rstrip() for line in path.read_text().split("\n") if line.strip() and "{#" not in line
    )
    assert sum(lines.values()) == sum(given.values())
    assert Counter(line.rstrip() for line in lines.elements()) == given
