"""The map of 44,000 queries: time, memory and how many neighbours each setting keeps.

    python benchmarks/bench_map.py [--small]

Queries of the simulator's situations with other names, places and numbers (seeded), so that words
repeat as they do in families. Each setting runs in a process of its own, compilation included.
`kept` is the share of the 15 nearest queries by cosine that are also the 15 nearest on the plane.
The seed is fixed in what the program uses, so that a map is the same tomorrow; the line without
one shows what that costs.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pairs

SETTINGS = {
    "pca start, seed (ours)": {"init": "pca", "seed": 7},
    "spectral start, seed": {"init": "spectral", "seed": 7},
    "pca start, no seed (all threads)": {"init": "pca", "seed": None},
}


def texts(count: int) -> list[str]:
    """Queries of 80 words drawn around 1,500 themes of a made-up vocabulary."""
    dice = np.random.default_rng(3)
    words = np.array([f"w{i}" for i in range(30_000)])
    themes = dice.integers(0, len(words), (1_500, 60))
    common = dice.zipf(1.4, (count, 40)) % len(words)
    chosen = themes[dice.integers(0, len(themes), count)]
    picks = np.take_along_axis(chosen, dice.integers(0, 60, (count, 40)), axis=1)
    return [" ".join(words[row]) for row in np.hstack([common, picks])]


def vectors(count: int, path: Path) -> float:
    from analysis.measure import embed

    start = time.perf_counter()
    np.save(path, embed.unit(embed.tfidf(texts(count))))
    return time.perf_counter() - start


def one(path: str, setting: str) -> None:
    """A setting in this process; prints seconds, memory and kept."""
    import umap

    from analysis.measure import map as measure

    asked, loaded = SETTINGS[setting], np.load(path)
    start = time.perf_counter()
    points = umap.UMAP(
        n_neighbors=measure.NEIGHBOURS,
        metric="cosine",
        random_state=asked["seed"],
        init=asked["init"],
        n_jobs=1 if asked["seed"] is not None else -1,
    ).fit_transform(loaded)
    taken = time.perf_counter() - start
    share = measure.kept(loaded, points.astype(np.float32))
    print(json.dumps({"seconds": taken, "mb": pairs.peak_mb(), "kept": share}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="3,000 queries, to try it out")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(*asked.one)
        return
    count = 3_000 if asked.small else 44_000
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "vectors.npy"
        print(f"{count:,} queries; TF-IDF and SVD took {vectors(count, path):.0f} s.\n")
        print("| setting | time | memory | kept |\n| --- | --- | --- | --- |")
        for name in SETTINGS:
            found = pairs.elsewhere(str(Path(__file__)), "--one", str(path), name)
            print(
                f"| {name} | {found['seconds']:.0f} s | {found['mb']:,.0f} MB "
                f"| {found['kept']:.0%} |"
            )


if __name__ == "__main__":
    main()
