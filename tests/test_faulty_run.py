"""One real run in which much goes wrong, from the provider's reply to the page.

A detached runner, both SDKs, a provider that fails and that echoes the key it was sent. Nothing
anywhere holds the key; a refusal, a truncation, an error and an unreadable reply stay four things.
"""

import asyncio
import hashlib
import json
import os
import pickle
import sqlite3
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from provider_kit import opened, request
from streamlit.testing.v1 import AppTest

from analysis.figures.frames import judges as judge_frames
from analysis.load.runs import load_run
from analysis.queries import judges, refusals
from analysis.report import agreement
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library.library import current_taxonomy
from analysis.store.study import open_study
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers import errors
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.live import disagreement, lanes
from pipeline.run.live import refusals as refusals_so_far
from pipeline.run.status import last_replies, log_tail, status, watch
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")

APP = str(Path(__file__).resolve().parents[1] / "app.py")
CANARY = "sk-canary-4f1d7c9e2b8a6035"
GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"
RULES = (
    Rule(Fault.AUTH, model="claude-*", stage="judge"),
    Rule(Fault.CONTENT_FILTER, stage="respond", first=2),
    Rule(Fault.LENGTH, stage="respond", first=2),
    Rule(Fault.BAD_REQUEST, stage="respond", first=2),
    *(Rule(f, first=2) for f in (Fault.SERVER_ERROR, Fault.DISCONNECT, Fault.RATE_LIMIT)),
)


def answers(asked):
    """The simulator, with the key echoed by some, and some judgements that are no JSON."""
    if asked.stage == "judge" and hashlib.sha256(asked.canonical()).digest()[0] % 5 == 0:
        return "I would rather tell you about ECHO."
    told = said(asked)
    return f"{told} (ECHO)" if asked.stage == "respond" and isinstance(told, str) else told


def echoing(core, keys):
    """Put the key of a request into its answer, as some providers do in their complaints."""
    handle = core.handle

    def answer(api, raw, headers):
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        keys.add(key)
        made = handle(api, raw, headers)
        body = made.body.replace(b"ECHO", key.encode())
        return replace(made, body=body.replace(b"simulated", b"wrong key " + key.encode()))

    core.handle = answer


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """(settings, run, keys the provider saw); the run has ended, exported and loaded."""
    home, keys, patch = tmp_path_factory.mktemp("faulty") / "home", set(), pytest.MonkeyPatch()
    settings = Settings(home=home)
    with Loopback(FaultPlan(rules=RULES), answerer=answers) as server:
        echoing(server.core, keys)
        patch.setenv("FAULTLINE_HOME", str(home))
        patch.setenv("OPENAI_LOG", "debug")
        patch.setenv("ANTHROPIC_LOG", "debug")
        patch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        patch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            patch.setenv(name, CANARY)
        run = runs.launch(planned(settings), settings, load(home))
        runs.detach(settings, run)
        until = time.monotonic() + 120
        while status(settings, run)["state"] == "running":
            assert time.monotonic() < until
            time.sleep(0.05)
        export_run(settings, run)
        load_run(run, "faulty", settings)
        yield settings, run, keys
    patch.undo()


def planned(settings):
    wish = Wish(
        families=6,
        models=(GPT, CLAUDE),
        writers=("sedge_writer",),
        judges=(GPT, CLAUDE),
        budget_usd=20.0,
        seed=2,
    )
    return parse_plan(make_plan(wish, settings, load(settings.home)).model_dump(), "plan")


# ---- the key ------------------------------------------------------------------------------------


def written(home):
    """(where, everything that stands there) for every file, compressed and paged ones read."""
    for path in home.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes().decode("utf-8", "replace")
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                yield path, f"{table.schema.metadata} {table.to_pylist()}"
            elif path.suffix == ".sqlite":
                connection = sqlite3.connect(path)
                yield path, "\n".join(connection.iterdump())
                connection.close()
            elif path.suffix == ".duckdb":
                with duckdb.connect(str(path), read_only=True) as con:
                    for (name,) in con.execute("SHOW TABLES").fetchall():
                        yield path, str(con.execute(f"SELECT * FROM {name}").fetchall())


def test_no_file_holds_the_key_that_the_provider_was_sent(scene):
    settings, _, keys = scene
    assert keys == {CANARY}
    found = list(written(settings.home))
    kinds = {path.suffix for path, _ in found}
    assert {".json", ".sqlite", ".txt", ".parquet", ".duckdb", ".out"} <= kinds
    assert [path for path, text in found if CANARY in text] == []
    masked = {path.suffix for path, text in found if "([key])" in text}
    assert {".sqlite", ".parquet", ".duckdb"} <= masked  # it was echoed, and taken out


def test_no_screen_and_no_reading_holds_the_key(scene):
    settings, run, _ = scene
    told = [status(settings, run), str(watch(settings, run)), last_replies(settings, run, 500)]
    assert CANARY not in json.dumps(told) + str(log_tail(settings, run))
    pages = [shown("stress_test", run=run), shown("stress_test"), shown("data")]
    pages += [shown("scenarios", study="faulty", scenario="0_0_neutral")]
    assert "[key]" in pages[-1]
    assert "respond: about 36 calls" in pages[0]  # the log is open
    assert [page for page in pages if CANARY in page] == []


def shown(page, **query):
    """All that the server sends to a browser for a page: the content of every element."""
    found, left = [], [visited(page, **query).main]
    while left:
        part = left.pop()
        left += getattr(part, "children", {}).values()
        if (proto := getattr(part, "proto", None)) is not None:
            found.append(proto.SerializeToString().decode("utf-8", "replace"))
    return "\n".join(found)


def visited(page, **query):
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in query.items():
        app.query_params[key] = value
    app.session_state["run-log"] = True
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, page
    return app


FAILING = [Fault.AUTH, Fault.BAD_REQUEST, Fault.SERVER_ERROR, Fault.DISCONNECT, Fault.HANG, None]


@pytest.mark.parametrize("way", ["chat", "responses", "messages"])
@pytest.mark.parametrize("fault", FAILING)
def test_no_traceback_of_a_failed_call_holds_the_key(monkeypatch, way, fault):
    """With every local variable of every frame, as error reporters send them; without a fault
    nothing listens. The names of this test hold no key: it stands in the environment alone."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, CANARY)
    rules = () if fault is None else (Rule(fault, seconds=3.0),)
    with Loopback(FaultPlan(rules=rules)) as server:
        echoing(server.core, set())

        async def failing():
            async with opened(server, way, keys=None, time_limit_s=0.5) as provider:
                if fault is None:
                    server.__exit__(None, None, None)
                await provider.send(request(way))

        try:
            asyncio.run(failing())
        except errors.ProviderError as error:
            seen = traceback.TracebackException.from_exception(error, capture_locals=True)
            told = "".join(seen.format(chain=True)) + repr(error) + str(pickle.dumps(error))
        else:
            pytest.fail("the call did not fail")
    assert "request" in told
    assert CANARY not in told
    assert os.environ["OPENAI_API_KEY"] == CANARY


# ---- four kinds ---------------------------------------------------------------------------------


def test_the_four_kinds_are_told_apart_in_the_journal_and_the_export(scene):
    settings, run, _ = scene
    seen = watch(settings, run)
    respond, judge = seen.stages["respond"], seen.stages["judge"]
    assert (respond["api_refusal"], respond["truncated"], respond["failed"]) == (2, 2, 2)
    assert judge["unparsable"] > 0
    assert judge["failed"] == judge["truncated"] == respond["unparsable"] == 0
    table = pq.read_table(settings.runs / run / "export" / "tables" / "problems.parquet")
    kinds = Counter((row["stage"], row["problem"]) for row in table.to_pylist())
    assert kinds == {
        ("respond", "api_refusal"): 2,
        ("respond", "truncated"): 2,
        ("respond", "error"): 2,
        ("judge", "unparsable"): judge["unparsable"],
    }
    assert all(row["why"] for row in table.to_pylist() if row["problem"] != "truncated")


def test_the_four_kinds_are_told_apart_in_the_study(scene):
    study = open_study(scene[0], "faulty")
    counts = refusals.outcomes(study).drop(columns="model").sum().to_dict()
    assert counts == {
        "answered": 30,
        "api_refusal": 2,
        "truncated": 2,
        "error": 2,
        "missing": 0,
        "unparsable": 0,
    }
    seen = status(scene[0], scene[1])["stages"]["judge"]
    known = judges.judges(study)
    assert known["decisions"].sum() == seen["done"]
    assert known["unknown"].sum() == seen["unparsable"] > 0
    assert known["silent"].sum() == 0
    told = agreement.section(Context(study, scene[0], current_taxonomy(scene[0])))["unparsable"]
    assert {j: said["total"] for j, said in told.items()} == dict(
        zip(known["judge"], known["unknown"], strict=True)
    )
    assert all(sum(said["words"].values()) == said["total"] for said in told.values())
    asked = judge_frames.who(study, list(known["judge"])).set_index("judge")
    assert (asked["unparsed"] == known.set_index("judge")["unknown"]).all()
    assert any("kept apart as unparsable" in n for n in study.info.notices)
    study.close()


def test_the_four_kinds_are_told_apart_on_the_page(scene):
    settings, run, _ = scene
    app = visited("stress_test", run=run)
    bars = [bar.proto.text for bar in app.get("progress")]
    assert "respond: 34 of 36 done (2 refused by the API, 2 cut off), 2 failed" in bars
    lost = watch(settings, run).stages["judge"]["unparsable"]
    assert any(bar.startswith("judge") and f" done, {lost} unreadable" in bar for bar in bars)
    (table,) = [f.value for f in app.dataframe if "Unreadable" in f.value]
    sums = table[["Failed", "Refused by API", "Cut off", "Unreadable"]].sum().tolist()
    assert sums == [2, 2, 2, lost]
    assert any("claude_haiku_4_5 is paused" in w.value for w in app.warning)
    assert any("came from the provider's cache" in c.value for c in app.caption)
    names = {button.label for button in app.button}
    assert {"Resume", "Retry the failed", "Load as a study"} <= names


def test_the_reader_says_why_there_is_no_text(scene):
    settings, run, _ = scene
    wanted = {
        "api_refusal": "refused by the API",
        "truncated": "cut off at the length limit",
        "error": "the call failed",
    }
    table = pq.read_table(settings.runs / run / "export" / "tables" / "responses.parquet")
    rows = {row["outcome"]: row["scenario"] for row in table.to_pylist()}
    for outcome, words in wanted.items():
        app = visited("scenarios", study="faulty", scenario=rows[outcome])
        assert any(words in caption.value for caption in app.caption), outcome


# ---- what is done so far ------------------------------------------------------------------------


def test_findings_so_far_are_those_of_the_study(scene):
    settings, run, _ = scene
    found, refused = disagreement(settings, run), refusals_so_far(settings, run)
    study = open_study(settings, "faulty")
    with study.cursor() as con:
        mean, high, n = con.execute(
            "SELECT avg(d), avg((d >= 1.5)::INTEGER), count(d) FROM disagreement "
            "WHERE model_set = 'all' AND d IS NOT NULL"
        ).fetchall()[0]
    study.close()
    assert (found.mean.value, found.high.value, found.scored) == pytest.approx((mean, high, n))
    assert set(refused) == {GPT, CLAUDE}
    assert sum(measured.n for measured in refused.values()) == 30
    rows = {(row["stage"], row["model"]): row for row in lanes(watch(settings, run))}
    mine = rows["judge", GPT]
    assert rows["judge", CLAUDE]["waiting"] == mine["done"] + mine["unparsable"] == 30
    assert "refused" in rows["judge", CLAUDE]["paused"]
