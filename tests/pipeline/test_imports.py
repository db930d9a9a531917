"""Planning, running and watching need no library of tables: each command would wait for it."""

import subprocess
import sys

from run_kit import ROOT


def test_no_module_that_a_run_needs_brings_pandas_along():
    loads = (
        "import pkgutil, sys, pipeline.plan, pipeline.stages, pipeline.run, pipeline.asks\n"
        "import pipeline.__main__, pipeline.price\n"
        "for package in (pipeline.plan, pipeline.stages, pipeline.run, pipeline.asks):\n"
        "    for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "        __import__(module.name)\n"
        "print(*{'pandas', 'sklearn', 'duckdb', 'streamlit'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
