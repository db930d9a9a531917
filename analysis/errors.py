"""The one exception family that people see: what happened, to which thing, what to do."""


class FaultlineError(Exception):
    """A mistake or a broken input that a person can mend. The message is the whole story.

    The command line prints it to stderr and exits with 2, a page shows it in one box;
    neither ever shows a traceback for it.
    """
