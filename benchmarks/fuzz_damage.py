"""A study's file damaged after it was built, through the commands that read it.

    python benchmarks/fuzz_damage.py [--small] [--damages N] [--seed N]

Bits that flip, pages that are zeroed, overwritten or change places, blocks that change places, ends
that are missing or too long, in a copy of one study each time; a third of them after the study was
opened. Every command has to give the answer that the whole file gives (to ten digits), or exit code
2 and one sentence that names the study and how to build it again. A trace, a crash or another
answer is a failure, and the exit code is 1.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import analysis.__main__ as program  # noqa: E402
from analysis.errors import FaultlineError  # noqa: E402
from analysis.load.files.files import load_files  # noqa: E402
from analysis.report import report  # noqa: E402
from analysis.settings import Settings  # noqa: E402
from analysis.store.study import list_studies, open_study  # noqa: E402
from benchmarks.generate import generate  # noqa: E402
from tests.damages import damage  # noqa: E402

COMMANDS = {
    "report": ("report", "small"),
    "scenarios": ("scenarios", "small", "--format", "json"),
    "outliers": ("outliers", "small", "--format", "json"),
    "clauses": ("clauses", "small", "--format", "json"),
    "snapshot": ("snapshot", "small", "--out", "{out}/snapshot"),
}
SAME, SAID, FAILED = "answered as before", "named with the way back", "failed"


def run(words: tuple[str, ...], out: Path) -> tuple[int, str, str]:
    """One command in this process: exit code, standard output, standard error."""
    heard, wrong = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["analysis", *(w.format(out=out) for w in words)]
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(wrong):
            code = program.main()
    finally:
        sys.argv = before
    return code, heard.getvalue().replace(str(out), "OUT"), wrong.getvalue()


def rounded(answer: str) -> str:
    """An answer with its numbers to ten digits: DuckDB adds up in the order of its threads."""
    return re.sub(r"-?\d+\.\d{9,}(?:e-?\d+)?", lambda m: f"{float(m[0]):.10g}", answer)


def named(sentence: str) -> bool:
    parts = ("“small”", "damaged", "--study small")
    return all(p in sentence for p in parts) and "\n" not in sentence.strip()


def outcome(words: tuple[str, ...], whole: str, out: Path) -> str:
    """What a command made of a damaged study."""
    try:
        code, heard, wrong = run(words, out)
    except Exception as error:
        return f"{FAILED}: {type(error).__name__}"
    lines = [line for line in wrong.splitlines() if not line.startswith("… ")]
    if code == 0:
        return SAME if rounded(heard) == rounded(whole) else f"{FAILED}: another answer"
    return (
        SAID if code == 2 and not heard and named("\n".join(lines)) else f"{FAILED}: {wrong[:80]}"
    )


def while_open(settings: Settings, seed: int) -> str:
    """The same for a study that was opened before, as a server has it."""
    study = open_study(settings, "small")
    try:
        damage(study.info.path, seed)
        report(study, settings)
    except FaultlineError as error:
        return SAID if named(str(error)) else f"{FAILED}: {str(error)[:80]}"
    except Exception as error:
        return f"{FAILED}: {type(error).__name__}"
    finally:
        study.close()
    return SAME


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--damages", type=int, default=210)
    parser.add_argument("--seed", type=int, default=1_000)
    given = parser.parse_args()
    count = 21 if given.small else given.damages
    found: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="faultline-damage-") as name:
        folder = Path(name)
        home = folder / "home"
        os.environ["FAULTLINE_HOME"] = str(home)
        files = generate(folder / "rows", 60, 200, shards=1)
        load_files(files, "small", Settings(home=home), copy_texts=True)
        whole = {n: run(w, folder / "whole")[1] for n, w in COMMANDS.items()}
        for seed in range(given.seed, given.seed + count):
            shutil.copytree(home, folder / "harmed")
            harmed = Settings(home=folder / "harmed")
            os.environ["FAULTLINE_HOME"] = str(harmed.home)
            if seed % 3 == 0:
                made = {"report, study open": while_open(harmed, seed)}
            else:
                damage(list_studies(harmed)[0].path, seed)
                made = {
                    n: outcome(w, whole[n], folder / f"out-{seed}-{n}") for n, w in COMMANDS.items()
                }
            for what, came in made.items():
                found.setdefault(what, Counter())[came] += 1
            shutil.rmtree(harmed.home)
    print(f"{count} damages.\n")
    print(f"| command | tries | {SAME} | {SAID} | {FAILED} |\n| --- | ---: | ---: | ---: | ---: |")
    for what, came in found.items():
        failed = came.total() - came[SAME] - came[SAID]
        print(f"| {what} | {came.total()} | {came[SAME]} | {came[SAID]} | {failed} |")
        for why in sorted(set(came) - {SAME, SAID}):
            print(f"{what}: {why}", file=sys.stderr)
    return int(any(set(c) - {SAME, SAID} for c in found.values()))


if __name__ == "__main__":
    sys.exit(main())
