"""The command line: `python -m analysis`. Thin: each command calls what a page calls.

JSON goes to stdout alone; progress and errors to stderr. A user's mistake ends with exit code 2
and one plain sentence.
"""

import sys

import typer
from typer.exceptions import TyperException

from analysis.cli import app
from analysis.errors import FaultlineError
from analysis.text_safety import spelled


def main() -> int:
    """Run one command; gives the exit code."""
    try:
        return int(app(prog_name="python -m analysis", standalone_mode=False) or 0)
    except TyperException as error:
        # With nothing to do, the message is the help itself.
        message = str(getattr(error, "format_message", error.__str__)())
        print(spelled(message.rstrip()), file=sys.stderr)
        return 2
    except typer.Abort:
        return 130
    except FaultlineError as error:
        print(spelled(error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe (head, say) has what it wanted.
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
