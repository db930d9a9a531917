"""Page and filter changes in Chromium, against the same elements sent ready-made from constants.

    python benchmarks/bench_pages.py [--small] [--rounds 1] [--visits 3] [--home FOLDER]

Studies of 44,000 and of 411,000 generated scenarios x 12 models with 24,600 judged answers. Each
page is changed to by its link, and each of its filters is set to every option once, cold: nobody
asked for it before on that server. The floor is an app that sends the very elements that our
server sent (recorded from the wire), so it does without queries, measures, figures and their
serialisation: stricter than drawing them from constants. Both servers in turns, the same
Chromium, from the click to the last movement in the page: p50 within 1.5x at 44,000 and 2x at
411,000. First visits have no goal of their own.
"""

import argparse
import pickle
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from analysis.load.files.files import load_files
from analysis.parse.taxonomy import Taxonomy, Value
from analysis.settings import Settings
from analysis.store.library.library import save_taxonomy
from analysis.store.study import list_studies
from benchmarks import pairs
from benchmarks.browsing import chromium, go, opened, pick, server, settle
from benchmarks.generate import MODELS, generate

GOALS = {44_000: 1.5, 411_000: 2.0}
FILTERS = {
    "Overview": ["Models compared"],
    "Scenarios": ["Models compared", "Order"],
    "Values": ["Models compared", "Queries", "Number"],
    "Judges": ["Slice by", "Leave out"],
}
JUDGES = ("judge_a", "judge_b", "judge_c")
DECISIONS = np.array(["compliant", "non-compliant", "ambiguous"])
KEPT = ("delta", "page_config_changed", "logo")


def judgements(rows, path, seed=5):
    """Three judges on every model's answer to some generated rows, mostly of one mind."""
    rng, models, n = np.random.default_rng(seed), len(MODELS), len(rows) * len(MODELS)

    def each(name):
        return np.repeat(rows[name].to_numpy(zero_copy_only=False), models)

    answers = [rows[f"response_{m}"].to_pylist() for m in MODELS]
    made = {
        "prompt": each("query"),
        "value1": each("value1"),
        "value2": each("value2"),
        "query_key": np.char.add(each("nudge_direction").astype(str), "_query"),
        "chunk_idx": each("chunk_index"),
        "entry_idx": each("entry_idx"),
        "model": np.tile(np.array(MODELS), len(rows)),
        "response": [answer for row in zip(*answers, strict=True) for answer in row],
    }
    common = rng.choice(3, n, p=[0.7, 0.2, 0.1])
    for judge in JUDGES:
        own = np.where(rng.random(n) < 0.85, common, rng.choice(3, n))
        made |= {f"{judge}_decision": DECISIONS[own], f"{judge}_reasoning": ["So it seems."] * n}
    pq.write_table(pa.table(made), path)
    return path


def taxonomy():
    """One of the real one's size over the generated values: 26 categories in five groups."""
    values = (
        Value(
            f"value {i:04d}",
            "",
            f"cluster {i % 266}",
            f"category {i % 26:02d}",
            f"group {i % 26 % 5}",
        )
        for i in range(3_307)
    )
    return Taxonomy("generated", tuple(values))


def study(settings, place, scenarios):
    """Load the study of that size, unless the home has it."""
    save_taxonomy(settings, taxonomy())
    name = f"pages-{scenarios}"
    if name not in {s.id for s in list_studies(settings)}:
        files = generate(place / name, scenarios, chars=40)
        first = pq.read_table(files[0]).slice(0, 2_050)
        judged = judgements(first, place / f"{name}-judged.parquet")
        load_files([place / name, judged], name, settings)
    return name


def options(page, label):
    """What a selectbox offers beside what is chosen; choices that open more widgets left out."""
    box = opened(page, label)
    now = box.input_value()
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return now, [o for o in found if o != now and not o.endswith("…")]


class Recorder:
    """What the server sent since `start`, with references to what the browser has resolved."""

    def __init__(self, page):
        self.messages, self.known = [], {}
        page.on("websocket", lambda ws: ws.on("framereceived", self.keep))

    def keep(self, payload):
        message = ForwardMsg.FromString(payload)
        if message.WhichOneof("type") == "ref_hash":
            met = ForwardMsg.FromString(self.known[message.ref_hash])
            met.metadata.CopyFrom(message.metadata)
            message = met
        elif message.hash:
            self.known[message.hash] = message.SerializeToString()
        if message.WhichOneof("type") in KEPT:
            message.hash = ""
            self.messages.append(message.SerializeToString())

    def taken(self):
        found, self.messages = self.messages, []
        return found


def record(browser, base, name):
    """Page -> state -> messages, and page -> the (label, option) that lead from state to state."""
    page = browser.new_page()
    heard, states, steps = Recorder(page), {}, {}
    page.goto(f"{base}/?study={name}")
    settle(page)
    for title in FILTERS:
        if title != "Overview":
            heard.taken()
            go(page, title)
            settle(page)
        states[title], steps[title] = {"0": heard.taken()}, []
        for label in FILTERS[title]:
            first, others = options(page, label)
            for option in others:
                pick(page, label, option)
                settle(page)
                steps[title].append((label, option))
                states[title][str(len(steps[title]))] = heard.taken()
            pick(page, label, first)
            settle(page)
            heard.taken()
    page.close()
    return states, steps


def measure(browser, ours, floor, name, steps, visits):
    """Milliseconds of both, one list of (ours, floor) a kind of change and page."""
    mine, bare = browser.new_page(), browser.new_page()
    mine.goto(f"{ours}/?study={name}")
    bare.goto(floor)
    found = {}

    def both(kind, title, act_mine, act_bare):
        times = []
        for page, act in ((mine, act_mine), (bare, act_bare)):
            page.bring_to_front()
            times.append(act())
            settle(page)
        found.setdefault((kind, title), []).append(times)

    for page in (mine, bare):
        settle(page)
    order = [*list(FILTERS)[1:], "Overview"]
    for visit in range(visits + 1):
        for title in order:
            kind = "page change" if visit else "first visit"
            both(kind, title, lambda t=title: go(mine, t), lambda t=title: go(bare, t))
    for title in order:
        go(mine, title)
        go(bare, title)
        held = {}
        for number, (label, option) in enumerate(steps[title], start=1):
            settle(mine)
            for earlier, first in list(held.items()):
                if earlier != label:  # one filter at a time
                    pick(mine, earlier, first)
                    settle(mine)
                    del held[earlier]
            held.setdefault(
                label, mine.get_by_role("combobox", name=label, exact=True).input_value()
            )
            both(
                "filter change",
                title,
                lambda lo=(label, option): pick(mine, *lo),
                lambda n=number: pick(bare, "State", str(n)),
            )
    mine.close()
    bare.close()
    return found


def compared(browser, settings, name, rounds, visits, place):
    """All times of one study over `rounds` fresh servers."""
    with server("app.py", FAULTLINE_HOME=str(settings.home)) as (base, _):
        states, steps = record(browser, base, name)
    kept = place / f"{name}.pickle"
    kept.write_bytes(pickle.dumps(states))
    found = {}
    for _ in range(rounds):
        with (
            server("app.py", FAULTLINE_HOME=str(settings.home)) as (ours, _),
            server("benchmarks/page_floor.py", FLOOR=str(kept)) as (floor, _),
        ):
            for key, times in measure(browser, ours, floor, name, steps, visits).items():
                found.setdefault(key, []).extend(times)
    return found


def rows(found, scenarios, goal):
    """Table rows: medians of both and the ratio of the medians."""
    lines = []
    for (kind, title), times in found.items():
        ours, bare = (statistics.median(side) for side in zip(*times, strict=True))
        ratios = [a / b for a, b in times]
        asked = (
            "none | " if kind == "first visit" else f"{goal} | {pairs.verdict(ours / bare <= goal)}"
        )
        lines.append(
            f"| {scenarios:,}: {kind}, {title} (n = {len(times)}) | {ours:.0f} ms | {bare:.0f} ms "
            f"| {ours / bare:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {asked} |"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="4,400 scenarios: a smoke test")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--home", type=Path, help="a home that keeps the studies for the next run")
    args = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        place = args.home or Path(name)
        settings = Settings(home=place / "home")
        for scenarios, goal in ({4_400: 1.5} if args.small else GOALS).items():
            loaded = study(settings, place, scenarios)
            found = compared(browser, settings, loaded, args.rounds, args.visits, place)
            lines += rows(found, scenarios, goal)
    pairs.report(lines)


if __name__ == "__main__":
    main()
