"""What the tests of `analysis.subprocesses` run in children: it behaves badly on request."""

import os
import re
import subprocess
import sys
import time

from analysis.errors import FaultlineError
from analysis.subprocesses.talk import serve


def work(asked, say, cancelled):
    say({"what": "begun", "pid": os.getpid()})
    deed = asked["deed"]
    if deed == "spin in C":  # holds Python's lock: no thread, no handler of Python gets a turn
        re.match(r"(a+)+$", "a" * 60 + "b")
    if deed == "sleep":
        time.sleep(600)
    if deed == "deaf":
        while True:
            time.sleep(1)
    if deed == "children":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say({"what": "another", "pid": child.pid})
        time.sleep(600)
    if deed == "leave a child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say({"what": "another", "pid": child.pid})
    if deed == "take memory":
        return {"taken": len(b"x" * 3_000_000_000)}
    if deed == "write":
        with open(asked["path"], "wb") as out:  # noqa: PTH123
            out.write(b"x" * 20_000_000)
    if deed == "mistake":
        raise FaultlineError("That file is no file.")
    if deed == "fault":
        raise ZeroDivisionError("a bug")
    return {"result": asked.get("echo")}


if __name__ == "__main__":
    sys.exit(serve(work))
