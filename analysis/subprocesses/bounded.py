"""The start of every child: `python -m analysis.subprocesses.bounded JSON`.

Binds the process before the module that does the work is even imported, so that nothing of it
runs unbounded. JSON holds `module`, `limits` and `lifeline`, the number of an open pipe.
"""

import json
import runpy
import sys

from analysis.subprocesses.limits import Limits, bind, end_with_parent


def main() -> None:
    request = json.loads(sys.argv[1])
    end_with_parent(int(request["lifeline"]))
    bind(Limits(**request["limits"]))
    sys.argv = [request["module"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
