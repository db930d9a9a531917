"""What works in the background steps back, by itself and once."""

import subprocess
import sys


def test_a_process_steps_back_once_and_never_forward():
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os\n"
            "from analysis.subprocesses.priority import step_back\n"
            "def now(): return os.getpriority(os.PRIO_PROCESS, 0)\n"
            "before = now(); step_back(); once = now(); step_back(); twice = now()\n"
            "os.setpriority(os.PRIO_PROCESS, 0, 12); step_back()\n"
            "print(once == max(before, 5), twice == once, now() == 12)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["True"] * 3
