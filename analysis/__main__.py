"""The command line: `python -m analysis`. Thin: each command calls what a page calls.

JSON goes to stdout alone; progress and errors to stderr. A user's mistake ends with exit code 2
and one plain sentence.
"""

import sys

from analysis.cli import app
from analysis.errors import FaultlineError


def main() -> int:
    """Run one command; gives the exit code."""
    try:
        app(prog_name="python -m analysis")
    except FaultlineError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe (head, say) has what it wanted.
        sys.stderr.close()
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
