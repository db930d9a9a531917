"""MiniLM: what is missing is said with what to do; a small model of the same shape is run."""

import json

import numpy as np
import pytest

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.select import minilm as embed_minilm
from pipeline.select.embed import embed

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "tax", "law", "boat", "harbour", "the"]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(embed_minilm.FOLDER, raising=False)
    return Settings(home=tmp_path / "home")


def without_package(name):
    if name in ("onnxruntime", "tokenizers"):
        raise ImportError(name)
    raise AssertionError(name)


def test_missing_packages_are_named_with_what_to_do(settings, monkeypatch):
    monkeypatch.setattr(embed_minilm.importlib, "import_module", without_package)
    with pytest.raises(FaultlineError, match="pip install onnxruntime tokenizers"):
        embed(["a"], "minilm")


def test_a_missing_folder_is_named_before_anything_is_spent(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(embed_minilm.importlib, "import_module", lambda name: None)
    stages = ("pairs", "generate", "dedupe", "respond")
    plan = make_plan(Wish(stages=stages, embedder="minilm"), settings, load(settings.home))
    assert plan.dedupe.embedder == plan.hard.embedder == "minilm"
    with pytest.raises(FaultlineError, match=r"minilm has no model\.onnx") as told:
        runs.launch(plan, settings, load(settings.home))
    assert embed_minilm.FOLDER in str(told.value)
    assert not settings.runs.exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.onnx").touch()
    monkeypatch.setenv(embed_minilm.FOLDER, str(tmp_path / "mine"))
    with pytest.raises(FaultlineError, match=r"mine has no tokenizer\.json"):
        embed_minilm.check()


def test_a_plan_without_selections_needs_no_folder(settings):
    plan = make_plan(Wish(families=2, embedder="minilm"), settings, load(settings.home))
    assert runs.launch(plan, settings, load(settings.home))


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A sentence model of a handful of words: token vectors looked up, as ONNX."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path / "minilm"
    (folder / "onnx").mkdir(parents=True)
    wordpiece = tokenizers.models.WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(wordpiece)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(0).normal(size=(len(WORDS), 6)).astype(np.float32)
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "small",
        [
            helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["n", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, None)],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    monkeypatch.setenv(embed_minilm.FOLDER, str(folder))
    return table


def test_a_text_is_the_mean_of_its_tokens_whatever_stands_beside_it(small):
    rows = {word: small[i] for i, word in enumerate(WORDS)}
    texts = ["tax law", "the harbour boat the boat", "tax law"]
    found = embed_minilm.minilm(texts)
    assert found[0] == pytest.approx((rows["tax"] + rows["law"]) / 2, abs=1e-6)
    longer = np.mean([rows[word] for word in texts[1].split()], axis=0)
    assert found[1] == pytest.approx(longer, abs=1e-6)
    assert np.array_equal(embed_minilm.minilm(texts[:1])[0], found[0])
    grid = embed(texts, "minilm")
    assert np.array_equal(grid[0], grid[2])
    assert embed_minilm.minilm([]).shape[0] == 0


def test_files_that_are_no_model_are_said(small, tmp_path):
    (tmp_path / "minilm" / "tokenizer.json").write_text(json.dumps({"not": "a tokenizer"}))
    with pytest.raises(FaultlineError, match="are no sentence model"):
        embed_minilm.minilm(["tax"])
