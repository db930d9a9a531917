"""Leans the slow way: loops over wide rows, as an independent computation for the tests."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.registry import registry

CATEGORIES = {
    "candour": ("Honest", "Mind"),
    "thrift": ("Careful", "Work"),
    "kindness": ("Warm", "People"),
    "order": ("Careful", "Work"),
    "daring": ("Honest", "Mind"),
}  # calm does not join


def taxonomy(path: Path) -> Path:
    rows = [(v, v, "cluster", c, g) for v, (c, g) in CATEGORIES.items()]
    frame = pd.DataFrame(rows, columns=["value", "description", "cluster", "category", "grp"])
    frame.to_parquet(path, index=False)
    return path


def category(value):
    return CATEGORIES.get(value, ("uncategorised", None))[0]


def cells(rows, models, measure="lean", key=category):
    """(key, model, family, number) for every position that the measure is defined for."""
    provider = {m: registry().model(m).provider for m in models}
    single = len(set(provider.values())) < 2
    for row in rows:
        for v in (1, 2):
            there = {m: row.get(f"{m}_value{v}_position") for m in models}
            there = {m: p for m, p in there.items() if p is not None}
            for m, p in there.items():
                others = [
                    q
                    for o, q in there.items()
                    if (o != m if single else provider[o] != provider[m])
                ]
                family = (row["chunk_index"], row["entry_idx"])
                if measure == "lean" and not others:
                    continue
                number = {"raw": p, "favor": float(p >= 4)}.get(measure)
                number = p - sum(others) / len(others) if number is None else number
                yield key(row[f"value{v}"]), m, family, number


def brute(rows, models, measure="lean", key=category):
    """{(key, kind, name): (n, mean, squares, families, nn, n4)} by definition."""
    totals = defaultdict(lambda: defaultdict(list))
    for k, m, family, number in cells(rows, models, measure, key):
        totals[k, m][family].append(number)
    provider = {m: registry().model(m).provider for m in models}
    units = [("model", m, [m]) for m in models]
    units += [
        ("provider", p, [m for m in models if provider[m] == p])
        for p in dict.fromkeys(provider.values())
    ]
    found = {}
    for k in {k for k, _ in totals}:
        for kind, name, members in units:
            held = [m for m in members if (k, m) in totals]
            if not held:
                continue
            influence, sizes = defaultdict(float), defaultdict(int)
            means, cases = [], 0
            for m in held:
                numbers = [x for xs in totals[k, m].values() for x in xs]
                mean, n = float(np.mean(numbers)), len(numbers)
                means.append(mean)
                cases += n
                for family, xs in totals[k, m].items():
                    sizes[family] += len(xs)
                    influence[family] += (sum(xs) - mean * len(xs)) / n / len(held)
            squares = sum(i * i for i in influence.values())
            found[k, kind, name] = (
                cases,
                float(np.mean(means)),
                squares,
                len(influence),
                sum(x**2 for x in sizes.values()),
                sum(x**4 for x in sizes.values()),
            )
    return found
