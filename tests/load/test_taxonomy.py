"""Loading a value taxonomy: from CSV, parquet and a hub on loopback; bad rows and bad files."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load.taxonomy import load_taxonomy
from analysis.settings import Settings
from analysis.store.library import library

REAL = Path(__file__).resolve().parents[2].parent / "shared/data/values_in_the_wild/values_tree.csv"
HEADER = "cluster_id,description,name,level,parent_cluster_id,pct_total_occurrences\n"
CLUSTERS = """g,,Care,3,,1
c,,Candour,2,g,1
k,,Openness,1,c,1
"""
TREE = HEADER + CLUSTERS + 'null,"Plain, ""open"" speech",null,0,k,1\nwit,,wit,0,k,1\n'
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "home")


def write(folder, content, name="values.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path, settings, **options):
    """The sentence, after checking that the library stayed as it was."""
    before = library.current_taxonomy(settings), library.list_taxonomies(settings)
    with pytest.raises(FaultlineError) as caught:
        load_taxonomy(path, settings, **options)
    assert (library.current_taxonomy(settings), library.list_taxonomies(settings)) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_csv_becomes_current_and_keeps_names_exactly(tmp_path, settings):
    taxonomy = load_taxonomy(write(tmp_path, TREE), settings)
    line = "taxonomy values: 2 values, 1 clusters, 1 categories, 1 groups"
    assert taxonomy.summary_line() == line
    assert library.current_taxonomy(settings).summary_line() == line
    assert library.read_taxonomy(settings).to_dict("records")[0] == {
        "value": "null",
        "description": 'Plain, "open" speech',
        "cluster": "Openness",
        "category": "Candour",
        "grp": "Care",
    }


def test_parquet_gives_the_same_values_as_csv(tmp_path, settings):
    path = write(tmp_path, TREE)
    frame = pd.read_csv(path, keep_default_na=False)
    frame.to_parquet(tmp_path / "values.parquet")
    frame.astype({"level": float}).to_parquet(tmp_path / "floats.parquet")
    first = load_taxonomy(path, settings)
    assert load_taxonomy(tmp_path / "values.parquet", settings).values == first.values
    assert load_taxonomy(tmp_path / "floats.parquet", settings).values == first.values


def test_the_hash_is_over_the_values_in_any_order(tmp_path, settings):
    first = load_taxonomy(write(tmp_path, TREE), settings)
    lines = TREE.splitlines()
    shuffled = write(tmp_path, "\n".join([lines[0], *reversed(lines[1:])]), "other.csv")
    assert load_taxonomy(shuffled, settings).content_hash == first.content_hash


def test_rows_are_rejected_one_by_one_with_a_reason(tmp_path, settings):
    bad = [
        "wit,,wit,0,k,1",  # again
        "a,,a,0,nowhere,1",
        "b,,b,0,c,1",
        "d,,d,0,,1",
        "e,,e,9,k,1",
        "f,,f,high,k,1",
        "h,, ,0,k,1",
        "i,,i,0",
        "k,,Openness again,1,c,1",
        ",,No id,1,c,1",
        "x,,X,1,y,1",
        "y,,Y,2,x,1",
        "z,,under x,0,x,1",
    ]
    taxonomy = load_taxonomy(write(tmp_path, TREE + "\n".join(bad) + "\n"), settings)
    assert [v.value for v in taxonomy.values] == ["null", "wit"]
    assert taxonomy.rejected == {
        "value name met before": 1,
        "parent is not in the file": 1,
        "parent is not one level up": 1,
        "no parent": 1,
        "level is not 0, 1, 2 or 3": 2,
        "no name": 1,
        "wrong number of fields": 1,
        "cluster_id met before": 1,
        "cluster without a cluster_id": 1,
        "parents form a circle": 3,
    }
    assert library.current_taxonomy(settings).rejected == taxonomy.rejected


def test_a_very_long_circle_ends(tmp_path, settings):
    ring = "".join(f"r{i},,R{i},1,r{(i + 1) % 50},1\n" for i in range(50))
    taxonomy = load_taxonomy(write(tmp_path, TREE + ring), settings)
    assert taxonomy.rejected == {"parent is not one level up": 50}


def test_two_clusters_of_one_name_in_two_categories_are_two(tmp_path, settings):
    more = "c2,,Calm,2,g,1\nk2,,Openness,1,c2,1\npeace,,peace,0,k2,1\n"
    taxonomy = load_taxonomy(write(tmp_path, TREE + more), settings)
    assert (taxonomy.clusters, taxonomy.categories, taxonomy.groups) == (2, 2, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "lacks the columns cluster_id, name, level, parent_cluster_id (it has: a"),
        (TREE.replace("level", "depth"), "lacks the column level"),
        (TREE.replace(",", ";"), "lacks the columns"),
        (HEADER, "no usable value; it needs rows of level 0"),
        (HEADER + CLUSTERS, "no usable value"),
        (HEADER + "w,,w,0,nowhere,1\n", "1 because: parent is not in the file"),
        (TREE.replace("null", "é").encode("latin-1"), "line 5 has the byte 0xE9"),
        (TREE.encode("utf-16"), "UTF-16"),
        (TREE + '"open quote,,\n\n', "breaks off near line"),
        (TREE + 'a,"x"y,a,0,k,1\n', "breaks off near line 7"),
        (b"PAR1 but not really", "is a parquet file by its content"),
    ],
)
def test_files_that_are_no_taxonomy(tmp_path, settings, content, expected):
    sentence = refusal(write(tmp_path, content), settings)
    assert expected in sentence
    assert "values.csv" in sentence


def test_parquet_cut_short_or_without_the_columns(tmp_path, settings):
    pq.write_table(pa.table({"name": ["a"] * 1000, "n": [1] * 1000}), tmp_path / "x.parquet")
    assert "lacks the columns" in refusal(tmp_path / "x.parquet", settings)
    whole = (tmp_path / "x.parquet").read_bytes()
    cut = write(tmp_path, whole[: len(whole) // 2], "cut.parquet")
    assert "no readable parquet" in refusal(cut, settings)


def test_a_parquet_that_claims_too_many_rows_is_not_read(tmp_path, settings):
    n = 500_001
    same = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array(["x"]))
    names = ("cluster_id", "name", "level", "parent_cluster_id")
    pq.write_table(pa.table(dict.fromkeys(names, same)), tmp_path / "huge.parquet")
    assert "more than 500,000 rows" in refusal(tmp_path / "huge.parquet", settings)


def test_the_next_taxonomy_replaces_the_one_before_which_stays_listed(tmp_path, settings):
    load_taxonomy(write(tmp_path, TREE, "one.csv"), settings)
    load_taxonomy(write(tmp_path, TREE, "two.csv"), settings)
    assert library.current_taxonomy(settings).name == "two"
    assert [t.name for t in library.list_taxonomies(settings)] == ["embedded", "one", "two"]


class Hub(BaseHTTPRequestHandler):
    """Just enough of the hub for one file: repository info, HEAD and GET of the tree."""

    status = 200
    file_status = 200
    asked: list[str] = []  # noqa: RUF012 - shared with the test on purpose

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        self.asked.append(self.path)
        if self.path.startswith("/api/datasets/Anthropic/values-in-the-wild"):
            content = json.dumps({"id": "Anthropic/values-in-the-wild", "sha": COMMIT}).encode()
            status = self.status
        else:
            content, status = TREE.encode(), self.file_status
        if status != 200:
            content = b"{}"
        self.send_response(status)
        if status == 404 and "/resolve/" in self.path:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    handler = type("OneHub", (Hub,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}"
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_without_a_path_the_tree_comes_from_the_hub(settings, hub):
    taxonomy = load_taxonomy(None, settings, endpoint=hub.url)
    line = "taxonomy values-in-the-wild: 2 values, 1 clusters, 1 categories, 1 groups"
    assert taxonomy.summary_line() == line
    info = library.current_taxonomy(settings)
    assert info.source == "Anthropic/values-in-the-wild at 0123456789ab"
    assert any(f"/resolve/{COMMIT}/values_tree.csv" in path for path in hub.asked)


def test_the_hubs_address_comes_from_the_environment(settings, hub):
    code = (
        "from analysis.load.taxonomy import load_taxonomy; from analysis.settings import current;"
        "print(load_taxonomy(None, current()).summary_line())"
    )
    env = os.environ | {"HF_ENDPOINT": hub.url, "FAULTLINE_HOME": str(settings.home)}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().startswith("taxonomy values-in-the-wild: 2 values")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "does not give out Anthropic/values-in-the-wild (401"),
        (403, "(403"),
        (404, "(404"),
        (429, "slow down (429)"),
        (500, "failed on Anthropic/values-in-the-wild (500)"),
    ],
)
def test_a_hub_that_refuses(settings, hub, status, expected):
    hub.status = status
    sentence = refusal(None, settings, endpoint=hub.url)
    assert expected in sentence
    assert "load taxonomy PATH" in sentence


def test_a_hub_without_the_file(settings, hub):
    hub.file_status = 404
    assert "no values_tree.csv" in refusal(None, settings, endpoint=hub.url)


def test_a_hub_that_is_not_there(settings, hub):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as gone:
        port = gone.server_port
    sentence = refusal(None, settings, endpoint=f"http://127.0.0.1:{port}")
    assert "could not be reached" in sentence


@pytest.mark.real_data
def test_the_real_taxonomy_counts(settings):
    if not REAL.is_file():
        pytest.skip(f"{REAL} is absent: the real taxonomy was NOT checked")
    taxonomy = load_taxonomy(REAL, settings)
    expected = "3307 values, 266 clusters, 26 categories, 5 groups"
    assert taxonomy.summary_line() == f"taxonomy values_tree: {expected}"
    assert taxonomy.rejected == {}
    tree = pd.read_csv(REAL, keep_default_na=False, dtype=str)
    leaves = tree[tree["level"] == "0"]
    frame = library.read_taxonomy(settings)
    assert frame["value"].tolist() == leaves["name"].tolist()
    by_id = tree[tree["level"] != "0"].set_index("cluster_id")
    expected_category = leaves["parent_cluster_id"].map(by_id["parent_cluster_id"])
    assert frame["category"].tolist() == expected_category.map(by_id["name"]).tolist()
