"""Train the embedded labeller and write its weights.

    python benchmarks/labeller/train.py

Reads our own writing and, from `../shared/data`, labelled answers of others; stops where those are
absent, since weights trained without them would be worse. Takes some minutes. The weights are
stored as whole numbers of one byte with a unit for each column.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import corpus  # noqa: E402
import fit  # noqa: E402
import numpy as np  # noqa: E402

from analysis.measure.label_classifier import model  # noqa: E402


def main() -> None:
    """Fit on everything, calibrate on unseen voices, and write the weights."""
    if not corpus.SHARED.is_dir():
        sys.exit(f"There is no {corpus.SHARED}: the labelled answers of others are needed.")
    held = fit.table(corpus.everything())
    slope, offset = fit.calibration(held, fit.unseen_scores(held, fit.CALIBRATED))
    weights, bias = fit.columns(held)
    stored = _bytes(weights)
    np.savez_compressed(model.WEIGHTS, **stored, bias=bias, calibration=[slope, offset])
    size = model.WEIGHTS.stat().st_size / 1e6
    print(f"{len(held.examples)} answers, {size:.2f} MB, slope {slope:.2f}, offset {offset:.2f}")


def _bytes(weights: np.ndarray) -> dict[str, np.ndarray]:
    """Each column as whole numbers from -127 to 127 and the unit that they count."""
    unit = np.abs(weights).max(axis=0) / 127
    return {"table": np.ascontiguousarray(np.rint(weights / unit), "i1"), "unit": unit}


if __name__ == "__main__":
    main()
