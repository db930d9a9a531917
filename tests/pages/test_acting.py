"""No page acts past `acts`: read from the source of all pages, so that a new button is in the list
by being written."""

import ast

import pytest
from call_graph import Graph, is_page

# Nothing is looked into behind these, each for its reason.
ALLOWED = {
    # The first visit to an empty home builds the example, once, whoever comes.
    "pages.ui.example:build",
    # What reading finds out: a study that a page opened keeps it in memory (see below).
    "analysis.store.derived:keep",
    "analysis.load.human_labels:catch_up",
    # A file to download: made in memory, or in a temporary folder that is gone afterwards.
    "analysis.decks.files:content",
    "analysis.files.tables:parquet",
    "analysis.files.tables:zipped",
    "analysis.queries.snapshot:content",
    # First prompts, in a temporary folder; a journal that can't be read in its place, likewise.
    "pipeline.run.preview:preview",
    "analysis.sqlite_reading:_from_copy",
    # A connection to SQLite that refuses to write.
    "analysis.sqlite_reading:_opened",
    # Likewise, unless it is asked with `write=True`, which is found where it is said.
    "pipeline.journal.journal:reading",
    # SQL of one's own: a child that reads, under limits of its own, and belongs to the session.
    "analysis.store.sql_console.console:ask",
    "analysis.store.sql_console.console:Query.poll",
    "analysis.store.sql_console.console:Query.cancel",
    "analysis.store.sql_console.console:Query.__init__",
    # When the server starts, as `streamlit run` does; no visit leads there.
    "pages.ui.door:_open_browser",
    # Only names a folder of the hub's cache.
    "analysis.load.hub.cache:cache_paths",
}
# What all sessions of a server share, and no file: acting all the same.
SHARED = {
    "pages.ui.jobs:Jobs.start",
    "pages.ui.jobs:Jobs.dismiss",
    "pages.ui.jobs:Job.cancel",
}
# Anybody may call these: of their own session alone, or reading.
LOOKING = {"pages.ui.jobs:Jobs.all", "pages.ui.jobs:Jobs.busy", "pages.ui.jobs:Jobs.__init__"}


@pytest.fixture(scope="module")
def graph():
    return Graph(shared=frozenset(SHARED))


def test_the_list_of_pages_and_exceptions_is_whole(graph):
    assert len([m for m in graph.modules if is_page(m)]) > 15
    assert [name for name in ALLOWED | SHARED if name not in graph.functions] == []
    jobs = {i for i in graph.functions if i.startswith("pages.ui.jobs:Jobs.")}
    assert jobs <= SHARED | LOOKING


def test_nothing_acts_without_the_wrapper(graph):
    found = graph.unguarded(frozenset(ALLOWED))
    assert {i: (graph.functions[i].writes, way) for i, way in found.items()} == {}


def test_nothing_that_acts_runs_without_a_press(graph):
    assert graph.unpressed() == []


def test_each_wrapper_is_needed_and_would_be_missed(graph):
    """Take every wrapper away, one after another: each time the search must find what acts."""
    unneeded = []
    for id, function in graph.acting().items():
        right, function.right = function.right, ""
        if not graph.unguarded(frozenset(ALLOWED)):
            unneeded.append(id)
        function.right = right
    assert unneeded == []


# Pages as somebody would write them who forgets the wrapper, or knows another way.
WAYS_TO_ACT = (
    # functions of ours, by a button, a callback, a link and another session's job
    "from analysis.store.study import delete_study\n"
    'if st.button("x"):\n    delete_study(None, "s")',
    "from analysis.store.study import delete_study\n"
    'st.button("x", on_click=lambda: delete_study(None, "s"))',
    "import functools as f\nfrom analysis.store.study import delete_study\n"
    'st.text_input("x", on_change=f.partial(delete_study, None))',
    "from analysis.store.study import delete_study\n"
    'if st.query_params.get("delete"):\n    delete_study(None, "s")',
    'from pages.ui.jobs import jobs\nst.button("x", on_click=jobs().all()[0].cancel)',
    "from pipeline.journal.writer import connect\nconnect(p, write=True)",
    "from pipeline.journal.journal import reading\nreading(p, write=w)",
    "class A:\n    import pipeline.run.control\n    pipeline.run.control.order(p, 'pause')",
    # files
    'open(p, "w")',
    'open(p, mode="ab")',
    "open(p, m)",
    'p.open("x")',
    'p.open(mode="r+")',
    'import os\nos.fdopen(n, "w")',
    'import io\nio.open(p, "w")',
    "import os\nos.open(p, f)",
    "import os\nos.replace(a, b)",
    "from os import remove as away\naway(p)",
    "import os\nos.link(a, b)",
    "import os as o\no.rename(a, b)",
    "p.replace(q)",
    "p.rename(q / 'a')",
    "p.rename(f'{q}.old')",
    "p.chmod(0)",
    "p.touch()",
    'st.button("x", on_click=p.unlink)',
    "list(map(os.unlink, ps))",
    'import functools\nst.button("x", on_click=functools.partial(p.replace, q))',
    "import shutil\nshutil.copy(a, b)",
    "from shutil import copyfile\ncopyfile(a, b)",
    "import shutil\nshutil.make_archive(a, 'zip')",
    "import shutil\nshutil.unpack_archive(a)",
    'import zipfile\nzipfile.ZipFile(p, "w")',
    "import zipfile\nzipfile.ZipFile(p).extractall(q)",
    'import gzip\ngzip.open(p, "wt")',
    'import tarfile\ntarfile.open(p, "w:gz")',
    # tables, arrays
    "f.to_csv(p)",
    "f.to_csv(path_or_buf=p)",
    "f.to_json(p)",
    "f.to_parquet(path=p)",
    "f.to_html(buf=p)",
    "f.to_csv(**told)",
    "f.to_pickle(p)",
    "f.to_feather(p)",
    "f.to_hdf(p, 'k')",
    "f.to_sql('t', con)",
    "import numpy as np\nnp.save(p, a)",
    "import numpy as np\nnp.savez(p, a)",
    "a.tofile(p)",
    "from numpy import savetxt\nsavetxt(p, a)",
    "from pyarrow import csv\ncsv.write_csv(t, p)",
    # databases
    "import sqlite3\nsqlite3.connect(p)",
    "from sqlite3 import connect\nconnect(p)",
    "import duckdb\nduckdb.connect(p)",
    'def f(con):\n    con.execute("DELETE FROM t")\nf(None)',
    'def f(con):\n    con.execute("DROP TABLE t")\nf(None)',
    'def f(con):\n    con.execute("ALTER TABLE t RENAME TO u")\nf(None)',
    'def f(con):\n    con.execute(f"COPY ({q}) TO x")\nf(None)',
    'con.execute("update t set a = 1")',
    # processes
    "import subprocess\nsubprocess.run(a)",
    "from subprocess import call\ncall(a)",
    "import subprocess\nsubprocess.getoutput(a)",
    "import os\nos.system(a)",
    "import os\nos.popen(a)",
    "import os\nos.posix_spawn(a, b, c)",
    "import os\nos.kill(1, 9)",
    "import asyncio\nasyncio.create_subprocess_shell(a)",
    "import multiprocessing as m\nm.Process(target=f).start()",
    "from multiprocessing import Pool\nPool(2)",
    "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor()",
    # what the whole server shares
    'import os\nos.environ["A"] = "b"',
    'from os import environ\nenviron["A"] = "b"',
    'import os\ndel os.environ["A"]',
    "import os\nos.environ.update(a)",
    "import os\nos.putenv(a, b)",
    "import os\nos.chdir(p)",
    "import os\nos.environ |= {}",
    # the network
    "import httpx2\nhttpx2.get(u)",
    "import aiohttp\naiohttp.ClientSession()",
    "from websockets import connect\nconnect(u)",
    "import urllib3\nurllib3.PoolManager()",
    "from http.client import HTTPConnection\nHTTPConnection(u)",
    "import socket\nsocket.socket()",
    "import smtplib\nsmtplib.SMTP(u)",
    "from ftplib import FTP\nFTP(u)",
    "import requests\nrequests.get(u)",
    "from urllib.request import urlopen\nurlopen(u)",
    "import openai\nopenai.OpenAI()",
)
WAYS_TO_LOOK = (
    "open(p)",
    'open(p, "rb")',
    "p.open()",
    'p.open("r", encoding="utf-8")',
    "import os\nos.open(p, os.O_RDONLY)",
    'import os\nos.environ.get("A")',
    'import os\nos.environ["A"]',
    "f.to_csv()",
    "f.to_csv(index=False)",
    "f.to_csv(None)",
    "f.to_json(orient='split')",
    "f.to_html(index=False)",
    "f.to_parquet()",
    "f.rename(columns=c)",
    "f.rename({'a': 'b'})",
    "s.rename('a')",
    "a.replace('b', 'c')",
    "moment.replace(hour=1)",
    "s.replace({'a': 'b'})",
    "import dataclasses\ndataclasses.replace(a, b=1)",
    "import zipfile\nzipfile.ZipFile(p)",
    "import duckdb\nduckdb.connect(p, read_only=True)",
    'con.execute("SELECT updated FROM t")',
    "from analysis.sqlite_reading import connect_to_read\nconnect_to_read(p)",
    "from pipeline.journal.journal import reading\nreading(p)",
    "from analysis.measure.estimates.estimates import Estimate\nEstimate(1, 0, 1, 1).to_json()",
    "from analysis.store import damage\ndamage.seal(p)",
    "def move():\n    pass\nmove()",
)


@pytest.fixture(scope="module")
def trials(graph):
    """The program with a page for each of these ways, read once."""
    pages = [*WAYS_TO_ACT, *WAYS_TO_LOOK]
    texts = {_trial(page): f"import streamlit as st\n{page}\n" for page in pages}
    return graph.with_sources(texts)


def _trial(page):
    return f"pages.trial_{(WAYS_TO_ACT + WAYS_TO_LOOK).index(page)}"


@pytest.mark.parametrize("page", WAYS_TO_ACT)
def test_a_way_to_act_is_found(trials, page):
    assert trials.unguarded(frozenset(ALLOWED), [_trial(page)])


@pytest.mark.parametrize("page", WAYS_TO_LOOK)
def test_a_way_to_look_is_left_alone(trials, page):
    assert trials.unguarded(frozenset(ALLOWED), [_trial(page)]) == {}


# What the search can't follow: code made while it runs, names that are only known then.
BLINDING = {
    "importlib",
    "ctypes",
    "cffi",
    "runpy",
    "pickle",
    "marshal",
    "code",
    "codeop",
    "builtins",
    "shelve",
    "pkgutil",
    "dill",
    "cloudpickle",
}
MADE_AT_RUN_TIME = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "globals",
    "vars",
    "locals",
    "attrgetter",
    "methodcaller",
}


def _blinding(tree):
    """Lines of a module that would blind the search."""
    imported = {
        (a.asname or a.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for a in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            homes = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            if BLINDING & {home.split(".")[0] for home in homes} or "*" in homes:
                yield node.lineno
        elif isinstance(node, ast.Name):
            if node.id in MADE_AT_RUN_TIME:
                yield node.lineno
        elif isinstance(node, ast.Attribute):
            if node.attr in {*MADE_AT_RUN_TIME, "__dict__", "modules"} - {"compile"}:
                yield node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "setattr"):
            root = node.args[0]
            while isinstance(root, ast.Attribute):
                root = root.value
            named = isinstance(node.args[1], ast.Constant)
            if isinstance(root, ast.Name) and root.id in imported and not named:
                yield node.lineno


def test_no_page_blinds_the_search(graph):
    pages = [m for m in graph.modules.values() if m.name.split(".")[0] in ("app", "pages")]
    assert len(pages) > 100
    assert [f"{m.name}:{line}" for m in pages for line in _blinding(m.tree)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import importlib",
        "from importlib import import_module",
        "import ctypes.util",
        "import pickle as p",
        "eval(a)",
        "exec(a)",
        "__import__(a)",
        "globals()[a]()",
        "vars(st)[a]()",
        "from os import *",
        "import os\ngetattr(os, a)(p)",
        "import os.path\ngetattr(os.path, a)",
        "import sys\nsys.modules[a]",
        "import os\nsetattr(os, a, b)",
        "import os\nos.__dict__[a](p)",
        "import operator as o\no.methodcaller(a)(p)",
    ],
)
def test_what_would_blind_it_is_known(text):
    assert list(_blinding(ast.parse(text)))


def test_fields_and_fixed_names_blind_nothing():
    fine = 'import os, re\ngetattr(a, b)\ngetattr(os, "sep")\nre.compile(a)'
    assert list(_blinding(ast.parse(fine))) == []


def test_every_control_is_listed_with_what_it_sets_off(graph):
    """The generated list: each widget with a press, each callback, each parameter of the address.
    Those that act wear a right; what the others set off was proved above to act on nothing."""
    controls = list(graph.controls())
    acting = {i for c in controls for i in c.sets_off if graph.functions[i].right}
    assert len(controls) > 120
    assert len(acting) > 15
    loose = [c for c in controls if c.kind in ("file_uploader", "data_editor") and not c.key]
    assert loose == []
    parameters = {c.key for c in controls if c.kind in ("get", "choice", "choices")}
    assert {"'study'", "'template'", "'run'", "'near'", "'report'"} <= parameters


def test_a_page_opens_studies_to_look(graph):
    """What reading finds out is held in memory then, not written beside the study."""
    wrong = []
    for id, function in graph.functions.items():
        if id.endswith(":") and not is_page(id[:-1]):
            continue  # its functions are looked at one by one
        if id.startswith("pages.") and not function.right and id not in _only_in_jobs(graph):
            wrong += [
                f"{id} line {call.lineno}"
                for call in ast.walk(function.node)
                if isinstance(call, ast.Call)
                and getattr(call.func, "id", "") == "open_study"
                and not any(k.arg == "keeps" for k in call.keywords)
            ]
    assert wrong == []


def _only_in_jobs(graph):
    """Functions that no page reaches but through a wrapper."""
    reached = graph.reachable(frozenset(ALLOWED))
    return {i for i in graph.functions if i not in reached}
