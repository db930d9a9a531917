"""MiniLM from a folder on this machine: vectors without a network, by two optional packages.

The folder holds a sentence model as its publishers share it for ONNX: `tokenizer.json` and
`model.onnx` (or `onnx/model.onnx`). `all-MiniLM-L6-v2` gives 384 numbers a text.
"""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError
from analysis.settings import current

FOLDER = "FAULTLINE_MINILM"
MOST_TOKENS = 256
TOGETHER = 64
Vectors = npt.NDArray[np.float32]


def folder() -> Path:
    """Where the model should lie: what FAULTLINE_MINILM says, or `minilm` in the home."""
    named = os.environ.get(FOLDER, "").strip()
    return Path(named) if named else current().home / "minilm"


def check() -> None:
    """Raises FaultlineError, with what to do, when the packages or the folder are missing."""
    _package("onnxruntime")
    _package("tokenizers")
    _files(folder())


def minilm(texts: Sequence[str]) -> Vectors:
    """One row a text: the mean of its tokens' vectors, not yet of length 1.

    Raises FaultlineError, with what to do, when the packages or the folder are missing, or the
    files in it are no such model.
    """
    check()
    model, tokens = _files(folder())
    try:
        tokenizer = _package("tokenizers").Tokenizer.from_file(str(tokens))
        session = _package("onnxruntime").InferenceSession(
            str(model), providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise FaultlineError(
            f"The files in {folder()} are no sentence model ({type(error).__name__}): put "
            "tokenizer.json and model.onnx of all-MiniLM-L6-v2 there."
        ) from None
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.enable_padding()
    parts = [
        _pooled(session, tokenizer.encode_batch(list(texts[start : start + TOGETHER])))
        for start in range(0, len(texts), TOGETHER)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def _pooled(session: Any, encoded: Sequence[Any]) -> Vectors:
    """Hidden states averaged over the tokens that are no padding."""
    mask = np.array([one.attention_mask for one in encoded], np.int64)
    given = {
        "input_ids": np.array([one.ids for one in encoded], np.int64),
        "attention_mask": mask,
        "token_type_ids": np.array([one.type_ids for one in encoded], np.int64),
    }
    wanted = {part.name for part in session.get_inputs()}
    hidden = session.run(None, {name: given[name] for name in given if name in wanted})[0]
    weights = mask[:, :, None].astype(np.float32)
    total: Vectors = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
    return total.astype(np.float32)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise FaultlineError(
            "MiniLM needs two packages that are not installed: "
            "`pip install onnxruntime tokenizers`, or choose another embedder."
        ) from None


def _files(place: Path) -> tuple[Path, Path]:
    models = [
        path for path in (place / "onnx" / "model.onnx", place / "model.onnx") if path.is_file()
    ]
    tokens = place / "tokenizer.json"
    if not models or not tokens.is_file():
        lacks = "model.onnx" if not models else "tokenizer.json"
        raise FaultlineError(
            f"MiniLM is not there: {place} has no {lacks}. Put the folder of all-MiniLM-L6-v2 "
            f"(with onnx/model.onnx and tokenizer.json) there, or say where it is in {FOLDER}."
        )
    return models[0], tokens
