"""What tools write: logs, outputs and batches, as one row a query and model."""

import gzip
import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load.files import text_rows
from analysis.load.files.files import expand, load_files
from analysis.load.files.look import look, recalled, remember
from analysis.parse import roles, shapes
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import open_study

ASK = [{"role": "user", "content": "What would you do?"}]
SAY = {"role": "assistant", "content": "Talk first."}
REQUEST = {"custom_id": "a", "method": "POST", "body": {"model": "gpt-4o", "messages": ASK}}
OUTPUT = {
    "custom_id": "a",
    "response": {
        "status_code": 200,
        "body": {"model": "gpt-4o", "choices": [{"message": SAY, "finish_reason": "stop"}]},
    },
    "error": None,
}
CLAUDE = {"custom_id": "b", "params": {"model": "claude-opus-4", "messages": ASK}}
RESULT = {
    "custom_id": "b",
    "result": {
        "type": "succeeded",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Wait."}]},
    },
}
INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {"task": "t", "model": "openai/gpt-4o"},
    "samples": [
        {
            "id": 1,
            "epoch": 1,
            "input": ASK,
            "output": {"model": "gpt-4o", "choices": [{"message": SAY, "stop_reason": "stop"}]},
        }
    ],
}
PROMPTFOO = {
    "evalId": "e",
    "results": {
        "version": 3,
        "results": [
            {
                "prompt": {"raw": "Say: {{query}}"},
                "vars": {"query": "What would you do?"},
                "provider": {"id": "openai:gpt-4o"},
                "response": {"output": "Talk first."},
            },
            {
                "prompt": {"raw": "Why?"},
                "vars": {},
                "provider": {"id": "openai:gpt-4o"},
                "error": "API error: 429 Too Many Requests",
            },
        ],
    },
}


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def answers(settings: Settings, *paths: Path, **options: object) -> list[tuple[str, ...]]:
    load_files(list(paths), "made", settings, **options)
    study = open_study(settings, "made")
    with study.cursor() as con:
        found = con.execute(
            "SELECT s.query, r.model, r.outcome, t.text FROM responses r JOIN scenarios s "
            "USING (scenario_no) LEFT JOIN response_texts t USING (scenario_no, model) ORDER BY ALL"
        ).fetchall()
    study.close()
    return found


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def test_a_batch_is_read_with_its_requests(settings, tmp_path):
    made = [
        lines(tmp_path / "in.jsonl", REQUEST),
        lines(tmp_path / "out.jsonl", OUTPUT),
        lines(tmp_path / "in2.jsonl", CLAUDE),
        lines(tmp_path / "out2.jsonl", RESULT),
    ]
    assert answers(settings, *made) == [
        ("What would you do?", "claude_opus_4", "answered", "Wait."),
        ("What would you do?", "gpt_4o", "answered", "Talk first."),
    ]
    for alone, said in ((made[0], "no answers"), (made[1], "input file together")):
        with pytest.raises(FaultlineError, match=said):
            load_files([alone], "alone", settings)


def test_an_inspect_log_and_promptfoos_output(settings, tmp_path):
    (tmp_path / "log.json").write_text(json.dumps(INSPECT))
    assert answers(settings, tmp_path / "log.json") == [
        ("What would you do?", "gpt_4o", "answered", "Talk first.")
    ]
    (tmp_path / "out.json").write_text(json.dumps(PROMPTFOO))
    found = answers(settings, tmp_path / "out.json")
    assert [(q, o, t) for q, _, o, t in found] == [
        ("What would you do?", "answered", "Talk first."),
        ("Why?", "error", None),
    ]


@pytest.mark.skipif(find_spec("inspect_ai") is not None, reason="inspect_ai is installed")
def test_a_packed_inspect_log_says_what_to_do(settings, tmp_path):
    (tmp_path / "log.eval").write_bytes(b"PK\x03\x04")
    with pytest.raises(FaultlineError, match=r"pip install inspect_ai.*--to json"):
        load_files([tmp_path / "log.eval"], "made", settings)


@pytest.mark.parametrize("ending", ["eval", "json"])
def test_inspects_own_writer_and_reader(settings, tmp_path, ending):
    """Runs where requirements-inspect.txt is installed, which the suite's environment is not."""
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    made = log.EvalLog.model_validate(
        {
            "eval": {
                "task": "t",
                "created": "2026-11-01T10:00:00+00:00",
                "model": "openai/gpt-4o",
                "dataset": {},
                "config": {},
            },
            "samples": [
                _sample(1, [{"type": "reasoning", "reasoning": "Harm?"}, _text("Talk first.")]),
                _sample(2, "", stop_reason="content_filter"),
                _sample(3, "And so", stop_reason="max_tokens"),
                _sample(4, "Wait.") | {"input": ASK},
            ],
        }
    )
    path = tmp_path / f"log.{ending}"
    log.write_eval_log(made, str(path), format=ending)
    assert [(o, t) for _, _, o, t in answers(settings, path)] == [
        ("answered", "Talk first."),
        ("api_refusal", None),
        ("truncated", "And so"),
        ("answered", "Wait."),
    ]
    (tmp_path / "cut.eval").write_bytes(path.read_bytes()[:100])
    with pytest.raises(FaultlineError, match="can't be read by inspect_ai"):
        load_files([tmp_path / "cut.eval"], "cut", settings)


def _text(said):
    return {"type": "text", "text": said}


def _sample(number, content, **more):
    message = {"role": "assistant", "content": content}
    choice = {"message": message, "stop_reason": "stop", **more}
    return {
        "id": number,
        "epoch": 1,
        "input": f"Query {number}",
        "target": "x",
        "output": {"model": "gpt-4o", "choices": [choice]},
    }


def test_columns_of_other_names_are_guessed_or_told(settings, tmp_path):
    rows = [
        {"Prompt": "Why?", "llm": "gpt-4o", "Completion": "So."},
        {"Prompt": "Why?", "llm": "o3", "Completion": "Because."},
    ]
    path = lines(tmp_path / "rows.jsonl", *rows)
    guessed = [("Why?", "gpt_4o", "answered", "So."), ("Why?", "o3", "answered", "Because.")]
    assert answers(settings, path) == guessed
    odd = lines(tmp_path / "odd.jsonl", {"a": "Why?", "b": "So."})
    told = roles.parsed(["a=query", "b=response", "model=gpt-4o"])
    assert answers(settings, odd, mapping=told) == guessed[:1]


def test_a_first_look_shows_rows_and_recalls_what_was_said(settings, tmp_path):
    path = lines(tmp_path / "odd.jsonl", {"a": "Why?", "b": "So."})
    found = look([path], settings)
    assert (found["columns"], found["rows"], found["known"]) == (
        ["a", "b"],
        [["Why?", "So."]],
        False,
    )
    remember(settings, ["b", "a"], {"a": "query"})
    assert (
        recalled(settings, ["a", "b"]) == look([path], settings)["roles"] == {"a": "query", "b": ""}
    )
    assert look([path], settings)["model"] == ""
    remember(settings, ["b", "a"], {"a": "query", "b": "response", "model": "gpt-4o"})
    again = look([path], settings)
    assert (again["model"], again["roles"]) == ("gpt-4o", {"a": "query", "b": "response"})


@pytest.mark.parametrize("told", ["query", "a=", "=query", "a=nonsense"])
def test_a_mapping_that_is_none_is_a_sentence(told):
    with pytest.raises(FaultlineError, match=r"mapping|no role"):
        roles.parsed([told])
    with pytest.raises(FaultlineError, match="Two columns"):
        roles.parsed(["a=query", "b=query"])


def test_long_rows_that_come_twice_are_merged_or_conflicts(settings, tmp_path):
    row = {"query": "Why?", "model": "gpt-4o", "response": "So."}
    path = lines(tmp_path / "r.jsonl", row, row, row | {"response": "Not so."})
    info = load_files([path], "made", settings)
    assert info.rejected == {"same scenario met again with other content": 1}
    assert info.sources[0]["repeated"] == 1


def test_further_answers_of_a_model_are_replicates_and_the_first_counts(settings, tmp_path):
    key = {"query": "Why?", "value1": "a", "value2": "b", "model": "gpt-4o"}
    told = [
        key | {"epoch": 3, "response": "Third.", "value1_position": 6, "value2_position": 0},
        key | {"epoch": 1, "response": "First.", "value1_position": 1, "value2_position": 2},
        key | {"epoch": 2, "response": "[BLOCKED]", "value1_position": 5, "value2_position": 0},
        key | {"epoch": 3, "response": "Third.", "value1_position": 6, "value2_position": 0},
        key | {"epoch": 3, "response": "Other.", "value1_position": 6, "value2_position": 0},
        key | {"epoch": 1, "model": "o3", "response": "Once.", "value1_position": 3},
    ]
    info = load_files([lines(tmp_path / "r.jsonl", *told)], "made", settings)
    study = open_study(settings, "made")
    with study.cursor() as con:
        found = con.execute(
            "SELECT model, replicate, outcome, value1_position, text FROM responses LEFT JOIN "
            "response_texts USING (scenario_no, model, replicate) ORDER BY ALL"
        ).fetchall()
    study.close()
    assert found == [
        ("gpt_4o", 0, "answered", 1, "First."),
        ("gpt_4o", 1, "api_refusal", None, None),
        ("gpt_4o", 2, "answered", 6, "Third."),
        ("o3", 0, "answered", 3, "Once."),
    ]
    assert info.rejected["same scenario met again with other content"] == 1
    assert any("3 are further answers of a model to the same query" in n for n in info.notices)
    assert [s["repeated"] for s in info.sources] == [0, 1]


def test_further_placements_without_texts_are_replicates(settings, tmp_path):
    key = {"query": "Why?", "value1": "a", "value2": "b", "model": "gpt-4o", "chunk_index": 7}
    told = [
        key | {"entry_idx": i, "replicate": r, "value1_position": r, "value2_position": 0}
        for i in range(2)
        for r in range(3)
    ]
    load_files([lines(tmp_path / "r.jsonl", *told)], "made", settings)
    study = open_study(settings, "made")
    with study.cursor() as con:
        found = con.execute(
            "SELECT scenario, replicate, outcome, value1_position FROM responses JOIN scenarios "
            "USING (scenario_no) ORDER BY ALL"
        ).fetchall()
    study.close()
    assert found == [(f"7_{i}_unknown", r, "answered", r) for i in range(2) for r in range(3)]


@pytest.mark.parametrize(
    ("header", "sign"), [(b"a,b,c\n", ","), (b"a;b;c\n", ";"), (b"a\tb\n", "\t"), (b'"a;b",c', ",")]
)
def test_the_sign_between_cells_is_told_from_the_header(header, sign):
    assert text_rows.delimiter(header) == sign


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rows.xlsx", "Excel"),
        ("rows.pkl", "pickle"),
        ("rows.zip", "unpack"),
        ("rows.gz", r"jsonl\.gz"),
        ("rows.db", "database"),
        ("rows.rda", "can't be loaded"),
    ],
)
def test_what_cannot_be_loaded_says_what_to_do(tmp_path, name, said):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(FaultlineError, match=said):
        expand(tmp_path / name)


def test_a_packed_file_that_unpacks_without_end_is_a_sentence(settings, tmp_path, monkeypatch):
    from analysis.load.files import containers

    monkeypatch.setattr(containers, "LEAST_UNPACKED", 1_000)
    monkeypatch.setattr(containers, "TIMES_PACKED", 2)
    (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(b" " * 3_000_000, mtime=0))
    with pytest.raises(FaultlineError, match="unpacks to more than"):
        load_files([tmp_path / "bomb.jsonl.gz"], "made", settings)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 900, mtime=0)[:20])
    with pytest.raises(FaultlineError, match="cut off"):
        load_files([tmp_path / "cut.jsonl.gz"], "made", settings)


def test_zst_reads_as_gz_does(settings, tmp_path):
    row = json.dumps({"query": "Why?", "model": "gpt-4o", "response": "So."}).encode()
    with pa.CompressedOutputStream(str(tmp_path / "r.jsonl.zst"), "zstd") as out:
        out.write(row)
    assert [t for *_, t in answers(settings, tmp_path / "r.jsonl.zst")] == ["So."]


def test_the_users_words_of_an_input():
    assert shapes.asked(json.dumps(ASK)) == "What would you do?"
    assert shapes.asked([{"role": "system", "content": "Be kind."}, *ASK]) == "What would you do?"
    assert shapes.asked("[a] plain text") == "[a] plain text"


def test_judged_rows_with_positions_are_answers_and_judgements(settings, tmp_path):
    row = {
        "query": "Why?",
        "value1": "a",
        "value2": "b",
        "model": "gpt-4o",
        "response": "So.",
        "value1_position": 2,
        "value2_position": 4,
        "gpt41_decision": "Compliant.",
    }
    info = load_files([lines(tmp_path / "r.jsonl", row)], "made", settings)
    assert (info.scenarios, info.responses, info.judges) == (1, 1, ["gpt41"])
    assert info.sources[1]["met"] == 1


def test_one_row_a_judge_is_read(settings, tmp_path):
    row = {"prompt": "Why?", "model": "gpt-4o", "response": "So.", "reasoning": "r"}
    told = [row | {"judge": j, "decision": d} for j, d in (("x", "compliant"), ("y", "maybe"))]
    info = load_files([lines(tmp_path / "r.jsonl", *told)], "made", settings)
    assert (info.judges, info.judgements) == (["x", "y"], 2)


ROWS = [
    {"query": f"Why {i}?", "response_o3": "So.\nThen.", "response_gpt_4o": "Thus"} for i in range(3)
]
LINES = "".join(json.dumps(r) + "\n" for r in ROWS)
TABLE = "query,response_o3,response_gpt_4o\n" + "".join(
    f'Why {i}?,"So.","Thus"\n' for i in range(3)
)
BY_COLUMN = {k: [r[k] for r in ROWS] for k in ROWS[0]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("utf16.jsonl", LINES.encode("utf-16")),
        ("big.jsonl", b"\xfe\xff" + LINES.encode("utf-16-be")),
        ("no-mark.jsonl", LINES.encode("utf-16-le")),
        ("utf16.jsonl.gz", gzip.compress(LINES.encode("utf-16"), mtime=0)),
        ("utf32.json", json.dumps(ROWS).encode("utf-32")),
        ("rows.jsonlines", LINES.encode()),
        ("ROWS.JSONL.GZ", gzip.compress(LINES.encode(), mtime=0)),
        ("jq.json", "\n".join(json.dumps(r, indent=2) for r in ROWS).encode()),
        ("columns.json", json.dumps(BY_COLUMN).encode()),
        ("frame.json", json.dumps({k: dict(enumerate(v)) for k, v in BY_COLUMN.items()}).encode()),
        (
            "split.json",
            json.dumps(
                {
                    "columns": list(ROWS[0]),
                    "index": [0, 1, 2],
                    "data": [list(r.values()) for r in ROWS],
                }
            ).encode(),
        ),
        ("viewer.json", json.dumps({"rows": [{"row_idx": 0, "row": r} for r in ROWS]}).encode()),
        (
            "case.jsonl",
            LINES.replace("query", " Query ").replace("response_o3", "RESPONSE-O3").encode(),
        ),
    ],
)
def test_rows_in_other_wrappings_are_the_same_rows(settings, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    told = {("o3", "answered", "So.\nThen."), ("gpt_4o", "answered", "Thus")}
    found = answers(settings, tmp_path / name)
    assert {row[1:] for row in found} == told
    assert len(found) == 6


@pytest.mark.parametrize(
    "content",
    [
        TABLE.replace("\n", "\r").encode(),
        b"sep=;\n" + TABLE.replace(",", ";").encode(),
        TABLE.replace("\n", "\r\n").encode("utf-16"),
        ("\ufeff" + TABLE.upper().replace("WHY", "Why")).encode(),
    ],
)
def test_tables_as_spreadsheets_write_them(settings, tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    found = answers(settings, tmp_path / "rows.csv")
    assert {q for q, *_ in found} == {"Why 0?", "Why 1?", "Why 2?"}
    assert len(found) == 6


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (
            "a.parquet",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
            "git lfs pull",
        ),
        ("a.csv", b"<!DOCTYPE html><html><title>Sign in</title>", "web page"),
        ("a.pq", b"PAR1", r"rename it to \.parquet"),
        ("a.tar.gz", b"x", "tar archive: unpack it"),
        ("a.pkl", b"x", "Python pickle: it can run code"),
        ("a.parquet", b'{"query": "Why?"}', r"Name it after what it holds"),
    ],
)
def test_what_is_no_data_says_so(settings, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FaultlineError, match=said):
        load_files([tmp_path / name], "made", settings)


def test_a_conversation_in_one_field_is_query_and_answer(settings, tmp_path):
    talk = [{"role": "system", "content": "Be kind."}, *ASK, SAY]
    told = [{"model": "gpt-4o", "messages": talk}, {"model": "o3", "messages": talk}]
    found = answers(settings, lines(tmp_path / "talk.jsonl", *told))
    assert found == [
        ("What would you do?", "gpt_4o", "answered", "Talk first."),
        ("What would you do?", "o3", "answered", "Talk first."),
    ]
    (tmp_path / "talk.json").write_text(json.dumps(told))
    assert answers(settings, tmp_path / "talk.json") == found
    asked = {"model": "gpt-4o", "prompt": ASK, "response": [SAY]}
    assert answers(settings, lines(tmp_path / "asked.jsonl", asked)) == found[:1]


@pytest.mark.parametrize("asked", [ASK, json.dumps(ASK), str(ASK), {"messages": ASK}, ASK[0]])
@pytest.mark.parametrize(
    ("ending", "column"), [("jsonl", "prompt"), ("csv", "input"), ("parquet", "query")]
)
def test_a_query_that_is_a_list_of_messages_is_the_users_words(
    settings, tmp_path, asked, ending, column
):
    row = {column: asked, "model": "gpt-4o", "response": "Talk first."}
    made = tmp_path / f"asked.{ending}"
    table = pa.Table.from_pylist([row])
    if ending == "parquet":
        pq.write_table(table, made)
    elif ending == "csv":
        text = asked if isinstance(asked, str) else json.dumps(asked)
        table.to_pandas().assign(**{column: [text]}).to_csv(made, index=False)
    else:
        lines(made, row)
    found = answers(settings, made)
    assert found == [("What would you do?", "gpt_4o", "answered", "Talk first.")]


def test_what_a_query_leaves_of_its_messages_is_said(settings, tmp_path):
    asked = [{"role": "system", "content": "Be kind."}, *ASK]
    rows = [{"query": q, "response_o3": "Wait."} for q in (asked, ASK, "[1, 2] in order?")]
    info = load_files([lines(tmp_path / "r.jsonl", *rows)], "made", settings)
    assert any(
        "2 queries are the user's last words in a list of messages. 1 had a system prompt" in n
        for n in info.notices
    )
    study = open_study(settings, "made")
    with study.cursor() as con:
        asked = {q for (q,) in con.execute("SELECT query FROM scenarios").fetchall()}
    study.close()
    assert asked == {"What would you do?", "[1, 2] in order?"}


@pytest.mark.parametrize("talk", ["messages", "conversations", "contents"])
def test_a_conversation_in_parquet_is_query_and_answer(settings, tmp_path, talk):
    row = {"model": "gpt-4o", talk: [*ASK, SAY]}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "talk.parquet")
    told = ("What would you do?", "gpt_4o", "answered", "Talk first.")
    assert answers(settings, tmp_path / "talk.parquet") == [told]
    pq.write_table(
        pa.Table.from_pylist([row | {"response": "Wait.", talk: ASK}]), tmp_path / "a.parquet"
    )
    assert answers(settings, tmp_path / "a.parquet") == [(*told[:3], "Wait.")]
    assert look([tmp_path / "talk.parquet"], settings)["roles"]["query"] == "query"


def test_labels_of_the_long_form_are_kept_or_named(settings, tmp_path):
    row = {"query": "Why?", "response": "So."}
    told = [
        row | {"model": "gpt-4o", "label": "Complete_rejection"},
        row | {"model": "o3", "label": "2_full_refusal"},
        row | {"model": "grok-4", "label": "banana"},
    ]
    info = load_files([lines(tmp_path / "r.jsonl", *told)], "made", settings)
    assert any("1 labels are none of the response types" in n for n in info.notices)
    study = open_study(settings, "made")
    with study.cursor() as con:
        found = con.execute(
            f"SELECT model, response_type FROM {labels.relation(study, 'response_types', 'r')}"
        ).fetchall()
    study.close()
    assert sorted(found) == [("gpt_4o", "complete rejection"), ("o3", "refusal of any kind")]


def test_verdicts_on_failed_calls_are_left_out_and_counted(settings, tmp_path):
    row = {"prompt": "Why?", "model": "gpt-4o", "gpt41_decision": "compliant"}
    told = [row | {"response": "So."}, row | {"model": "o3", "response": "HTTP 503"}]
    info = load_files([lines(tmp_path / "r.jsonl", *told)], "made", settings)
    assert info.rejected == {"verdict on a text that is a failed call's and no answer": 1}
    assert info.judgements == 1


def test_numbers_of_families_are_the_same_however_they_were_printed(settings, tmp_path):
    def families(name, content):
        (tmp_path / name).write_text(content)
        load_files([tmp_path / name], "made", settings)
        study = open_study(settings, "made")
        with study.cursor() as con:
            found = con.execute("SELECT DISTINCT family FROM scenarios ORDER BY 1").fetchall()
        study.close()
        return [f for (f,) in found]

    head = "query,chunk_index,entry_idx,response_o3\n"
    assert families("floats.csv", f"{head}Why?,7.0,1.0,So\nHow?,,2.0,So\n") == [
        "7_1",
        "query_" + hashlib.md5(b"How?").hexdigest()[:10],
    ]
    assert families("ids.csv", f"{head}Why?,7.0,1,So\nHow?,7,1,So\n") == ["7.0_1", "7_1"]
    assert families("blanks.csv", f"{head}Why?, 007,1 ,So\nHow?,7\u00a0,1,So\n") == ["007_1", "7_1"]
    row = '{{"query": "Why?", "chunk_index": {}, "entry_idx": 1, "response_o3": "So"}}\n'
    assert families("n.jsonl", row.format("1e5")) == ["100000_1"]
    assert families("t.jsonl", row.format('"1e5"')) == ["1e5_1"]
